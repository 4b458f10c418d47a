"""Who carries out the runs of associations: an engine for each type of document.

This is the one seam for runbooks: whoever has an engine for them adds it to ENGINES as "Automation". Until then their
associations can be created, changed, described and deleted, and whatever would run one is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from lab.api import targets
from lab.api.errors import NotInThisLab
from lab.api.ssm_command_store import Command, Invocation

if TYPE_CHECKING:
    from lab.api.region import Region
    from lab.api.ssm_association_store import Run, RunTarget

# Told of every change of what runs on a target: (status, detailed status, whether it has ended).
Heard = Callable[[str, str, bool], None]


class Engine(Protocol):
    # As DescribeAssociationExecutionTargets names them.
    resource_type: str
    output_type: str

    def resolve(self, region: Region, spec: dict[str, Any]) -> list[str]:
        """The ids of the resources that an association means just now."""

    def start(self, region: Region, run: Run, target: RunTarget, heard: Heard) -> None:
        """Start it on one target and set the target's ``output_id`` before ``heard`` is first called.

        :raises ApiError: when it cannot be started there; the target then is Failed with that code.
        """


class RunCommand:
    """A command for each node."""

    resource_type, output_type = "ManagedInstance", "RunCommand"

    def resolve(self, region: Region, spec: dict[str, Any]) -> list[str]:
        return [spec["InstanceId"]] if "InstanceId" in spec else targets.resolve(region, spec["Targets"])

    def start(self, region: Region, run: Run, target: RunTarget, heard: Heard) -> None:
        command = _command(region, run, target.resource_id)
        command.on_change = lambda invocation: heard(_status(invocation), invocation.details, invocation.ended)
        target.output_id = command.id
        region.commands.send(command)


ENGINES: dict[str, Engine] = {"Command": RunCommand()}


def check_runnable(document_type: str, spec: dict[str, Any]) -> None:
    """:raises NotInThisLab: for whatever a run would need and the lab does not have, before anything has happened."""
    if document_type not in ENGINES:
        raise NotInThisLab(f"running associations of {document_type} documents")
    if any(target["Key"].lower().startswith("resource-groups:") for target in spec.get("Targets", [])):
        raise NotInThisLab("running associations of resource groups")
    for member, what in (
        ("TargetLocations", "in other accounts and Regions"),
        ("CalendarNames", "with Change Calendars"),
        ("AlarmConfiguration", "with CloudWatch alarms"),
    ):
        if spec.get(member):
            raise NotInThisLab(f"running associations {what}")


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
