"""Who carries out the runs of associations: an engine for each type of document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from lab.api.associations.views import NO_TARGETS
from lab.api.automation import children as automation_scale
from lab.api.automation.store import Execution
from lab.api.commands.store import Command, Invocation
from lab.api.errors import ApiError, NotInThisLab
from lab.api.nodes import targets

if TYPE_CHECKING:
    from lab.api.associations.store import Run, RunTarget
    from lab.api.region import Region

MANAGED = "ManagedInstance"
[NOBODY] = NO_TARGETS

# Told of every change of what runs on a target: (status, detailed status, whether it has ended).
Heard = Callable[[str, str, bool], None]


class Engine(Protocol):
    # As DescribeAssociationExecutionTargets names it.
    output_type: str

    def resource_type(self, spec: dict[str, Any]) -> str:
        """What DescribeAssociationExecutionTargets says that the targets are."""

    def check(self, region: Region, spec: dict[str, Any]) -> None:
        """:raises NotInThisLab: for what a run would need and the lab does not have."""

    def resolve(self, region: Region, spec: dict[str, Any]) -> list[str]:
        """The ids of the resources that an association means just now."""

    def start(self, region: Region, run: Run, target: RunTarget, heard: Heard) -> None:
        """Start it on one target and set the target's ``output_id`` before ``heard`` is first called.

        :raises ApiError: when it cannot be started there; the target then is Failed with that code.
        """


class RunCommand:
    """A command for each node."""

    output_type = "RunCommand"

    def resource_type(self, _spec: dict[str, Any]) -> str:
        return MANAGED

    def check(self, _region: Region, spec: dict[str, Any]) -> None:
        if any(target["Key"].lower().startswith("resource-groups:") for target in spec.get("Targets", [])):
            raise NotInThisLab("running associations of resource groups")

    def resolve(self, region: Region, spec: dict[str, Any]) -> list[str]:
        return [spec["InstanceId"]] if "InstanceId" in spec else targets.resolve(region, spec["Targets"])

    def start(self, region: Region, run: Run, target: RunTarget, heard: Heard) -> None:
        command = _command(region, run, target.resource_id)
        command.on_change = lambda invocation: heard(_status(invocation), invocation.details, invocation.ended)
        target.output_id = command.id
        region.commands.send(command)


class Automation:
    """An execution of the runbook for each target; one and no more when there are none.

    AWS documents neither the resource's type and id for what is no node, nor if these executions have a parent.
    """

    output_type = "Automation"

    def resource_type(self, spec: dict[str, Any]) -> str:
        if spec.get("TargetMaps"):
            return "TargetMaps"
        key = str(spec["Targets"][0]["Key"] if spec.get("Targets") else NOBODY["Key"])
        return key if key in ("ParameterValues", NOBODY["Key"]) else MANAGED

    def check(self, region: Region, spec: dict[str, Any]) -> None:
        keys = [target["Key"] for target in spec.get("Targets", [])]
        if NOBODY["Key"] in keys:
            raise NotInThisLab(f"running associations whose target is given as {NOBODY['Key']}")
        if len(keys) > 1:
            raise NotInThisLab("running associations of runbooks with several target keys")
        asked = _automation(spec)
        plan = automation_scale.plan(asked)
        if plan and plan.maps:
            names = self.resolve(region, spec)
            if len(set(names)) < len(names):
                raise NotInThisLab("running associations with target maps that begin with the same value")
        try:
            region.automations.check(asked)
        except NotInThisLab:
            raise
        except ApiError:
            return  # no reason to refuse the association: AWS takes it, and its run fails with this

    def resolve(self, region: Region, spec: dict[str, Any]) -> list[str]:
        plan = automation_scale.plan(_automation(spec))
        return [name for name, _given in automation_scale.parts(region, plan)] if plan else list(NOBODY["Values"])

    def start(self, region: Region, run: Run, target: RunTarget, heard: Heard) -> None:
        def ended(execution: Execution) -> None:
            heard({"Cancelled": "Failed"}.get(execution.status, execution.status), execution.status, True)

        whole = _automation(run.spec)
        asked = {name: value for name, value in whole.items() if name not in automation_scale.OF_THE_WHOLE}
        plan = automation_scale.plan(whole)
        if plan:
            own = {plan.parameter or "": [target.resource_id]}
            if plan.maps:
                own = dict(automation_scale.parts(region, plan))[target.resource_id]
            asked["Parameters"] = {**whole["Parameters"], **own}
        execution = region.automations.start(
            asked, target=target.resource_id if plan else None, association_id=run.association.id, on_end=ended
        )
        target.output_id = execution.id
        heard("InProgress", "InProgress", False)


ENGINES: dict[str, Engine] = {"Command": RunCommand(), "Automation": Automation()}


def check_runnable(region: Region, document_type: str, spec: dict[str, Any]) -> None:
    """:raises NotInThisLab: for whatever a run would need and the lab does not have, before anything has happened."""
    if document_type not in ENGINES:
        raise NotInThisLab(f"running associations of {document_type} documents")
    for member, what in (
        ("TargetLocations", "in other accounts and Regions"),
        ("CalendarNames", "with Change Calendars"),
        ("AlarmConfiguration", "with CloudWatch alarms"),
    ):
        if spec.get(member):
            raise NotInThisLab(f"running associations {what}")
    ENGINES[document_type].check(region, spec)


def _automation(spec: dict[str, Any]) -> dict[str, Any]:
    """The association as StartAutomationExecution would have it."""
    names = {
        "DocumentName": "Name",
        "DocumentVersion": "DocumentVersion",
        "TargetParameterName": "AutomationTargetParameterName",
        "Targets": "Targets",
        "TargetMaps": "TargetMaps",
    }
    asked = {ours: spec[theirs] for ours, theirs in names.items() if spec.get(theirs)}
    return {**asked, "Parameters": spec.get("Parameters", {})}


def _status(invocation: Invocation) -> str:
    return {"Cancelling": "InProgress", "Cancelled": "Failed"}.get(invocation.status, invocation.status)


def _command(region: Region, run: Run, instance_id: str) -> Command:
    from lab.api.region import new_id

    document, version = region.documents.usable(run.spec["Name"], run.spec.get("DocumentVersion"))
    return Command(
        id=new_id(),
        document=document,
        version=version,
        parameters=run.spec.get("Parameters", {}),
        waiting=[instance_id],
        concurrency=1,
        errors_allowed=0,
        delivery_timeout=region.settings.api.delivery_timeout,
        asked={
            "InstanceIds": [instance_id],
            "DocumentVersion": run.spec.get("DocumentVersion", "$DEFAULT"),
            "MaxConcurrency": "1",
            "MaxErrors": "0",
            **_s3(run.spec),
        },
    )


def _s3(spec: dict[str, Any]) -> dict[str, str]:
    location = spec.get("OutputLocation", {}).get("S3Location", {})
    return {name: location[name] for name in ("OutputS3BucketName", "OutputS3KeyPrefix") if name in location}
