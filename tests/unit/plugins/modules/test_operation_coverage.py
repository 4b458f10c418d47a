"""Every input field of every AWS operation that the collection calls is an option, or has a reason not to be one.

The fields come from the service model of the installed botocore, so that a newer one shows what AWS has added.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[4]
UTILS = ROOT / "plugins" / "module_utils"
MODULES = "ansible_collections.steadyfleet.aws_patching.plugins.modules"
# The services of a file's clients, where they are others than Systems Manager.
SERVICES = {
    "_aws/autoscaling.py": ("autoscaling",),
    "_aws/classic_elb.py": ("elb",),
    "_aws/ec2.py": ("ec2",),
    "_aws/s3.py": ("s3",),
    "_rotation/api.py": ("elbv2", "ssm"),
}
# The modules whose options become requests of a folder of module_utils.
SUBJECTS = {
    "_association": ("ssm_association", "ssm_association_info"),
    "_automation": ("ssm_automation", "ssm_automation_info"),
    "_aws": ("elb_rotation",),
    "_command": ("ssm_command", "ssm_command_info"),
    "_document": ("ssm_document", "ssm_document_info"),
    "_maintenance_window": ("ssm_maintenance_window", "ssm_maintenance_window_info"),
    "_patching": ("ssm_patch_state_info",),
    "_rotation": ("elb_rotation", "elb_rotation_info"),
    "_runnable": ("ssm_command", "ssm_association", "ssm_automation", "ssm_maintenance_window"),
}
CHOSEN = "the module names what it reads or writes by itself, from its other options and AWS's responses"
FILTERS = "the module makes the filters from its own options"
DEPRECATED_NAME = "the deprecated way to name an association by document and instance"
# Members that are not options, with the reason: of every operation, of a folder's operations, or of one operation.
NOT_OPTIONS: dict[str, dict[str, str]] = {
    "*": {
        **dict.fromkeys(("MaxResults", "NextToken", "PageSize", "Marker"), "all pages are read"),
        **dict.fromkeys(("Tags.Key", "Tags.Value"), "option tags is a mapping"),
    },
    "_aws": dict.fromkeys(
        ("Bucket", "Key", "Name", "Path", "ResourceType", "ResourceId", "Tags", "TagKeys", "Value", "Type"),
        CHOSEN,
    ),
    "s3.GetObject": {
        **dict.fromkeys(
            ("IfMatch", "IfModifiedSince", "IfNoneMatch", "IfUnmodifiedSince", "Range", "PartNumber", "VersionId"),
            "the whole current object is read",
        ),
        **dict.fromkeys(
            (
                *(f"Response{name}" for name in ("CacheControl", "ContentDisposition", "ContentEncoding")),
                *(f"Response{name}" for name in ("ContentLanguage", "ContentType", "Expires")),
            ),
            "only the content matters",
        ),
        **dict.fromkeys(
            ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"), "SSM writes output without such keys"
        ),
        **dict.fromkeys(("RequestPayer", "ExpectedBucketOwner"), "the bucket is one that the operator named"),
        "ChecksumMode": "botocore sets it",
    },
    "ssm.GetParameter": {"WithDecryption": "the ledger is no SecureString"},
    "ssm.GetParametersByPath": {
        "WithDecryption": "the ledger is no SecureString",
        "Recursive": "the ledger has one level",
        "ParameterFilters": "all of it is read",
    },
    "ssm.PutParameter": dict.fromkeys(
        ("Description", "Overwrite", "Tier", "KeyId", "AllowedPattern", "Policies", "DataType"),
        "the ledger is a plain parameter, whose size decides the tier",
    ),
    "_association": {
        "InstanceId": DEPRECATED_NAME,
        "OutputLocation.S3Location": "its members are options of output_location",
        **dict.fromkeys(("Filters", "AssociationFilterList", "ExecutionId"), FILTERS),
        "AssociationVersion": "AWS refuses an update of another version than the latest",
        "TargetLocations.TargetLocationAlarmConfiguration": "alarm_configuration is the association's own",
    },
    "_automation": dict.fromkeys(("AutomationExecutionId", "Filters", "SignalType", "Payload", "Type"), CHOSEN),
    "ssm.DescribeAutomationStepExecutions": {"ReverseOrder": "the module sorts"},
    "_command": dict.fromkeys(("CommandId", "Filters", "Details", "PluginName"), CHOSEN),
    "ssm.SendCommand": {
        "OutputS3Region": "AWS ignores it",
        "CloudWatchOutputConfig": "its members are options of their own",
    },
    "_document": {
        "PermissionType": "Share is its only value",
        "AssociationFilterList": FILTERS,
        "AccountIdsToAdd": "option share_with",
        "AccountIdsToRemove": "options share_with and purge_shares",
        "Force": "option force_delete",
    },
    "ssm.ListDocuments": {"DocumentFilterList": "deprecated in favour of Filters"},
    "_maintenance_window": {
        "ClientToken": "botocore makes it",
        "Replace": "the module sends every field that it manages",
        "Safe": "a target that a task uses stays",
        **dict.fromkeys(("WindowTargetId", "WindowTaskId"), CHOSEN),
        "TaskParameters": "deprecated in favour of TaskInvocationParameters",
        "LoggingInfo": "deprecated in favour of the output options of TaskInvocationParameters",
    },
    "_patching": dict.fromkeys(("InstanceId", "Filters"), CHOSEN),
    "_rotation": dict.fromkeys(
        ("TargetGroupArn", "Targets", "LoadBalancerArn", "Names", "CommandId", "Filters", "Details"),
        CHOSEN,
    ),
    "autoscaling.DescribeAutoScalingInstances": {
        **dict.fromkeys(("InstanceIds", "MaxRecords"), CHOSEN),
        "IncludeManagedResources": "managed instances are in the answer unless they are excluded",
    },
    "ec2.DescribeInstances": {
        "InstanceIds": "one unknown id would fail the whole call, so the ids are in a filter",
        "DryRun": "the call changes nothing",
        "IncludeManagedResources": "always, where botocore knows it",
        "Filters": CHOSEN,
    },
    "elb.DescribeLoadBalancers": {"LoadBalancerNames": "all are read"},
    "ssm.DescribeInstanceInformation": {
        "InstanceInformationFilterList": "deprecated in favour of Filters",
        "Filters": CHOSEN,
    },
    "elbv2.DescribeTargetHealth": {"Include": "anomalies play no part"},
}


def walk(shape: Any, path: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """The path of every member of a structure, such as ``Attachments.Key``."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "list":
        yield from walk(shape.member, path, above)
    elif shape.type_name == "map":
        yield from walk(shape.value, path, above)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from walk(member, inner, (*above, shape.name))


@functools.cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@functools.cache
def methods_of(services: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """The services and operations by the names of a client's methods."""
    return {xform_name(name): (service, name) for service in services for name in model(service).operation_names}


@functools.cache
def called_operations() -> tuple[tuple[str, str], ...]:
    """The folder of module_utils and the name of every operation that its files name as a client's method."""
    found = set()
    for path in sorted(UTILS.rglob("*.py")):
        if path.parent == UTILS or (path.stem != "api" and path.parent.name != "_aws"):
            continue
        methods = methods_of(SERVICES.get(path.relative_to(UTILS).as_posix(), ("ssm",)))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in methods:
                found.add((path.parent.name, ".".join(methods[node.value])))
    return tuple(sorted(found))


def option_names(spec: Mapping[str, Any]) -> set[str]:
    """The names of all options and suboptions."""
    return {name for option, rules in spec.items() for name in (option, *option_names(rules.get("options") or {}))}


@functools.cache
def options_of(folder: str) -> frozenset[str]:
    specs = [importlib.import_module(f"{MODULES}.{module}").SPEC for module in SUBJECTS[folder]]
    return frozenset(name for spec in specs for name in option_names(spec))


def members_of(operation: str) -> list[str]:
    service, name = operation.split(".")
    return list(walk(model(service).operation_model(name).input_shape))


def folders_of(operation: str) -> list[str]:
    return [folder for folder, each in called_operations() if each == operation]


def uncovered(operation: str) -> list[str]:
    """The members of an operation's input that are neither an option nor in the table."""
    folders = folders_of(operation)
    options = {name for folder in folders for name in options_of(folder)}
    excepted = [member for key in ("*", operation, *folders) for member in NOT_OPTIONS.get(key, {})]
    return [
        member
        for member in members_of(operation)
        if xform_name(member.split(".")[-1]) not in options
        and not any(member == each or member.startswith(f"{each}.") for each in excepted)
    ]


@pytest.mark.parametrize("operation", sorted({operation for _folder, operation in called_operations()}))
def test_every_input_field_is_an_option_or_has_a_reason(operation: str) -> None:
    assert uncovered(operation) == []


def test_a_new_field_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above prove nothing if a field that nobody knows goes unseen."""
    members = members_of("ssm.CreateDocument")
    monkeypatch.setitem(globals(), "members_of", lambda _: [*members, "Moon", "Attachments.Moon"])
    assert uncovered("ssm.CreateDocument") == ["Moon", "Attachments.Moon"]


def test_the_table_names_only_what_there_is() -> None:
    keys = {"*", *(each for pair in called_operations() for each in pair)}
    assert set(NOT_OPTIONS) <= keys
    for key, reasons in NOT_OPTIONS.items():
        operations = {pair[1] for pair in called_operations() if key in {"*", *pair}}
        members = {member for operation in operations for member in members_of(operation)}
        assert set(reasons) <= members, key


def test_every_service_is_seen() -> None:
    """More would be missing from SERVICES."""
    assert {operation.split(".")[0] for _folder, operation in called_operations()} == {
        service for services in [("ssm",), *SERVICES.values()] for service in services
    }
