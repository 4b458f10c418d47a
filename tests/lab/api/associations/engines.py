"""How a run of an association acts on each target: by a command, or by an execution of a runbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from lab.api.associations.model import NO_TARGETS, Run, RunTarget
from lab.api.automation.model import Execution
from lab.api.automation.store import Automations
from lab.api.automation.targets import OF_THE_WHOLE, child_parameters, plan_targets
from lab.api.commands.store import Command, Commands, Invocation
from lab.api.documents.store import Documents
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import resolve_targets
from lab.api.registry import new_id
from lab.settings import Settings

[NO_TARGET] = NO_TARGETS

# Called after every change on a target: (status, detailed status, whether it has ended).
OnChange = Callable[[str, str, bool], None]


class AssociationEngine(Protocol):
    def check_supported(self, spec: dict[str, Any]) -> None:
        """:raises NotImplementedInLab: for what a run would need and the lab does not have."""

    def resolve(self, spec: dict[str, Any]) -> list[str]:
        """The ids of the resources that the association's targets resolve to now."""

    def start(self, run: Run, target: RunTarget, on_change: OnChange) -> None:
        """Start on one target. The target's ``output_id`` is set before ``on_change`` is first called.

        :raises ApiError: when it cannot start there. The target then fails with that code.
        """


class RunCommandEngine:
    """A command for each node."""

    def __init__(self, settings: Settings, nodes: Nodes, documents: Documents, commands: Commands) -> None:
        self._settings = settings
        self._nodes = nodes
        self._documents = documents
        self._commands = commands

    def check_supported(self, spec: dict[str, Any]) -> None:
        if any(target["Key"].lower().startswith("resource-groups:") for target in spec.get("Targets", [])):
            raise NotImplementedInLab("running associations of resource groups")

    def resolve(self, spec: dict[str, Any]) -> list[str]:
        return [spec["InstanceId"]] if "InstanceId" in spec else resolve_targets(self._nodes, spec["Targets"])

    def start(self, run: Run, target: RunTarget, on_change: OnChange) -> None:
        command = self._command(run, target.resource_id)
        command.on_change = lambda invocation: on_change(_status(invocation), invocation.details, invocation.ended)
        target.output_id = command.id
        self._commands.send(command)

    def _command(self, run: Run, instance_id: str) -> Command:
        document, version = self._documents.runnable_version(run.spec["Name"], run.spec.get("DocumentVersion"))
        return Command(
            id=new_id(),
            document=document,
            version=version,
            parameters=run.spec.get("Parameters", {}),
            waiting=[instance_id],
            concurrency=1,
            errors_allowed=0,
            delivery_timeout=self._settings.api.delivery_timeout,
            request={
                "InstanceIds": [instance_id],
                "DocumentVersion": run.spec.get("DocumentVersion", "$DEFAULT"),
                "MaxConcurrency": "1",
                "MaxErrors": "0",
                **_output_location(run.spec),
            },
        )


class AutomationEngine:
    """An execution of the runbook for each target, or exactly one when the association has no targets.

    AWS documents neither whether these executions have a parent, nor the type and id of a resource that is no node.
    """

    def __init__(self, nodes: Nodes, automations: Automations) -> None:
        self._nodes = nodes
        self._automations = automations

    def check_supported(self, spec: dict[str, Any]) -> None:
        keys = [target["Key"] for target in spec.get("Targets", [])]
        if NO_TARGET["Key"] in keys:
            raise NotImplementedInLab(f"running associations whose target is given as {NO_TARGET['Key']}")
        if len(keys) > 1:
            raise NotImplementedInLab("running associations of runbooks with several target keys")
        request = _start_request(spec)
        plan = plan_targets(request)
        if plan and plan.maps:
            names = self.resolve(spec)
            if len(set(names)) < len(names):
                raise NotImplementedInLab("running associations with target maps that begin with the same value")
        try:
            self._automations.check_request(request)
        except NotImplementedInLab:
            raise
        except ApiError:
            return  # AWS accepts the association all the same; its run fails with this error later

    def resolve(self, spec: dict[str, Any]) -> list[str]:
        plan = plan_targets(_start_request(spec))
        if plan is None:
            return list(NO_TARGET["Values"])
        return [name for name, _parameters in child_parameters(self._nodes, plan)]

    def start(self, run: Run, target: RunTarget, on_change: OnChange) -> None:
        def ended(execution: Execution) -> None:
            on_change({"Cancelled": "Failed"}.get(execution.status, execution.status), execution.status, True)

        whole = _start_request(run.spec)
        request = {name: value for name, value in whole.items() if name not in OF_THE_WHOLE}
        plan = plan_targets(whole)
        if plan:
            own = {plan.parameter or "": [target.resource_id]}
            if plan.maps:
                own = dict(child_parameters(self._nodes, plan))[target.resource_id]
            request["Parameters"] = {**whole["Parameters"], **own}
        execution = self._automations.start(
            request, target=target.resource_id if plan else None, association_id=run.association.id, on_end=ended
        )
        target.output_id = execution.id
        on_change("InProgress", "InProgress", False)


def _start_request(spec: dict[str, Any]) -> dict[str, Any]:
    """The association's fields under the names that StartAutomationExecution uses."""
    members = {
        "DocumentName": "Name",
        "DocumentVersion": "DocumentVersion",
        "TargetParameterName": "AutomationTargetParameterName",
        "Targets": "Targets",
        "TargetMaps": "TargetMaps",
    }
    request = {ours: spec[theirs] for ours, theirs in members.items() if spec.get(theirs)}
    return {**request, "Parameters": spec.get("Parameters", {})}


def _status(invocation: Invocation) -> str:
    return {"Cancelling": "InProgress", "Cancelled": "Failed"}.get(invocation.status, invocation.status)


def _output_location(spec: dict[str, Any]) -> dict[str, str]:
    location = spec.get("OutputLocation", {}).get("S3Location", {})
    return {name: location[name] for name in ("OutputS3BucketName", "OutputS3KeyPrefix") if name in location}
