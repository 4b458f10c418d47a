"""What AWS refuses when an association is created or updated."""

from __future__ import annotations

import datetime
import re
from typing import Any

from lab.api.documents.content import check_document_parameters
from lab.api.documents.store import Documents, Version
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.nodes.store import Nodes
from lab.api.nodes.targets import check_targets
from lab.api.runtime.cron import is_possible

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\(([^)]+)\)")
AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)\)")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
SHORTEST_RATE, LONGEST_RATE = 30, 31 * 24 * 60

BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
# An association by InstanceId takes documents of the first schemas only, and none of the later fields.
OLD_SCHEMAS = {"1.0", "1.2"}
NOT_WITH_INSTANCE_ID = (
    "AssociationName",
    "DocumentVersion",
    "MaxErrors",
    "MaxConcurrency",
    "OutputLocation",
    "ScheduleExpression",
)
DOCUMENT_TYPES = ("Command", "Automation", "Policy")
ONLY_AUTOMATION = ("TargetLocations", "TargetMaps", "AutomationTargetParameterName")
GROUP, GROUP_TYPES = "resource-groups:Name", "resource-groups:ResourceTypeFilters"
MOST_GROUP_TYPES = 5
BOTH = "Must specify both Automation Target Parameter Name and Targets"


def check_association(documents: Documents, nodes: Nodes, spec: dict[str, Any]) -> str:
    """Refuse what AWS refuses.

    :return: the type of the association's document.
    :raises ApiError: as CreateAssociation and UpdateAssociation would.
    """
    document, version = documents.runnable_version(spec["Name"], spec.get("DocumentVersion"))
    if document.type not in DOCUMENT_TYPES:
        raise ApiError("InvalidDocument", f"State Manager runs no documents of type {document.type}.")
    if "InstanceId" in spec:
        _check_instance_id(nodes, spec, version)
    elif document.type == "Command":
        _check_command(spec, version)
    elif document.type == "Automation":
        _check_automation(spec, version)
    else:
        raise NotImplementedInLab(f"associations of {document.type} documents")
    _check_output(spec.get("OutputLocation", {}).get("S3Location"))
    _check_schedule(spec)
    return document.type


def check_tags(tags: list[dict[str, str]]) -> None:
    keys = [tag["Key"] for tag in tags]
    if len(set(keys)) < len(keys) or any(key.lower().startswith("aws:") for key in keys):
        raise ApiError("InvalidTag", "The specified tag key or value is not valid.")


def _check_instance_id(nodes: Nodes, spec: dict[str, Any], version: Version) -> None:
    schema = version.parsed["schemaVersion"]
    if schema not in OLD_SCHEMAS:
        raise ApiError(
            "InvalidDocument",
            f"Document schema version, {schema}, is not supported by association that is created with instance id",
        )
    for member in NOT_WITH_INSTANCE_ID:
        if member in spec:
            raise ApiError("ValidationException", f"{member} can't be used with InstanceId: use Targets.")
    if spec["InstanceId"] not in nodes.instances:
        raise ApiError("InvalidInstanceId", f"The instance {spec['InstanceId']} is not valid or not managed.")
    check_document_parameters(version.parsed, spec.get("Parameters", {}))


def _check_command(spec: dict[str, Any], version: Version) -> None:
    for member in ONLY_AUTOMATION:
        if spec.get(member):
            code = "InvalidTargetMaps" if member == "TargetMaps" else "InvalidParameters"
            raise ApiError(code, f"{member} is for associations of Automation documents.")
    _check_targets(spec.get("Targets", []))
    check_document_parameters(version.parsed, spec.get("Parameters", {}))


def _check_targets(given: list[dict[str, Any]]) -> None:
    groups = {target["Key"]: target.get("Values", []) for target in given if _of_group(target.get("Key", ""))}
    if not groups:
        check_targets(given)
        return
    if len(groups) != len(given) or set(groups) - {GROUP, GROUP_TYPES} or GROUP not in groups:
        raise ApiError("InvalidTarget", "A resource group is one target by its name, and can't be mixed with others.")
    if len(groups[GROUP]) != 1 or not groups[GROUP][0]:
        raise ApiError("InvalidTarget", "Only one resource group can be specified at a time.")
    if GROUP_TYPES in groups and not 1 <= len(groups[GROUP_TYPES]) <= MOST_GROUP_TYPES:
        raise ApiError("InvalidTarget", f"At most {MOST_GROUP_TYPES} resource types can be specified.")


def _of_group(key: str) -> bool:
    return key.lower().startswith("resource-groups:")


def _check_automation(spec: dict[str, Any], version: Version) -> None:
    parameter, given, maps = (spec.get(name) for name in ("AutomationTargetParameterName", "Targets", "TargetMaps"))
    if maps and given:
        raise ApiError("InvalidTargetMaps", "Both Targets and TargetMaps can't be specified together.")
    if bool(given) != bool(parameter):
        raise ApiError("ValidationException", BOTH)
    if given:
        _check_automation_targets(given)
    declared = version.parsed.get("parameters", {})
    mapped = {name for each in maps or [] for name in each}
    if unknown := mapped - set(declared):
        raise ApiError("InvalidTargetMaps", f"Parameters {sorted(unknown)} are not defined in the document.")
    if parameter and parameter not in declared:
        raise ApiError("InvalidParameters", f'Parameter "{parameter}" is not defined in the document.')
    if any("TargetLocationAlarmConfiguration" in location for location in spec.get("TargetLocations", [])):
        raise ApiError("ValidationException", "TargetLocationAlarmConfiguration is not supported by State Manager.")
    _check_parameters(declared, spec.get("Parameters", {}), mapped | ({parameter} if parameter else set()))


def _check_automation_targets(given: list[dict[str, Any]]) -> None:
    (first, *more) = given
    if first.get("Key") == "CloudConnector":
        raise NotImplementedInLab("cloud connectors as targets")
    if first.get("Key") not in ("ParameterValues", "aws:NoOpAutomationTag"):
        _check_targets(given)
    elif more or not first.get("Values"):
        raise ApiError("InvalidTarget", f"{first['Key']} needs values, and can't be mixed with other target keys.")


def _check_parameters(declared: dict[str, Any], given: dict[str, list[str]], from_targets: set[str]) -> None:
    """Check the parameters; one that gets its value from the targets needs no other value."""
    filled = {name: {"default": "", **rules} if name in from_targets else rules for name, rules in declared.items()}
    check_document_parameters({"parameters": filled}, given)


def _check_output(location: dict[str, str] | None) -> None:
    """Check the form only: AWS does not look for the bucket before output is written to it."""
    if location is None:
        return
    bucket, region = location.get("OutputS3BucketName"), location.get("OutputS3Region")
    if bucket is None or not BUCKET.fullmatch(bucket) or ".." in bucket:
        raise ApiError("InvalidOutputLocation", f"The S3 bucket {bucket} is not valid.")
    if region is not None and not REGION.fullmatch(region):
        raise ApiError("InvalidOutputLocation", f"The S3 Region {region} is not valid.")


def _check_schedule(spec: dict[str, Any]) -> None:
    expression, only_then = spec.get("ScheduleExpression"), spec.get("ApplyOnlyAtCronInterval", False)
    if "ScheduleOffset" in spec and not only_then:
        raise ApiError("ValidationException", "ScheduleOffset requires ApplyOnlyAtCronInterval.")
    if expression is None:
        return
    rate = RATE.fullmatch(expression)
    if rate and only_then:
        raise ApiError("ValidationException", "ApplyOnlyAtCronInterval is not supported for rate expressions.")
    if not (_rate_fits(rate) if rate else _other_fits(expression)):
        raise ApiError("InvalidSchedule", f"The schedule expression {expression} is not valid.")


def _rate_fits(rate: re.Match[str]) -> bool:
    minutes = int(rate[1]) * MINUTES[rate[2].rstrip("s")]
    return SHORTEST_RATE <= minutes < LONGEST_RATE and (int(rate[1]) == 1) != rate[2].endswith("s")


def _other_fits(expression: str) -> bool:
    cron = CRON.fullmatch(expression)
    if cron is None:
        return _is_time(expression)
    # State Manager's cron: minutes, hours, day of month, month, day of week, and a year; seconds may come first.
    if not is_possible(cron[1], (5, 6, 7)):
        return False
    *seconds, _minute, _hour, _day, month = cron[1].split()[: 5 if len(cron[1].split()) == 7 else 4]
    # State Manager has no months, and its seconds are 0.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
    return month == "*" and seconds in ([], ["0"])


def _is_time(expression: str) -> bool:
    at = AT.fullmatch(expression)
    try:
        return at is not None and bool(datetime.datetime.fromisoformat(at[1]))
    except ValueError:
        return False
