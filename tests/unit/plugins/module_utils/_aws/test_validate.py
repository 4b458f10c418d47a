"""Requests against AWS's own limits: what the models refuse is refused, and what AWS accepts is accepted."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore
import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.patterns import java_pattern
from botocore.loaders import Loader
from botocore.model import ServiceModel

ROOT = Path(__file__).resolve().parents[5]
SERVICES = ("ssm", "elbv2", "s3")


def client_of(model: ServiceModel) -> Any:
    return SimpleNamespace(meta=SimpleNamespace(service_model=model))


@functools.cache
def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def invented(
    members: dict[str, dict[str, Any]], shapes: dict[str, dict[str, Any]] | None = None, required: tuple[str, ...] = ()
) -> Any:
    """A client of a service with one operation, Act, that takes these members."""
    request = {
        "type": "structure",
        "required": list(required),
        "members": {name: {"shape": f"{name}Shape"} for name in members},
    }
    return client_of(
        ServiceModel(
            {
                "metadata": {},
                "operations": {"Act": {"name": "Act", "input": {"shape": "Request"}}},
                "shapes": {
                    "Request": request,
                    **{f"{name}Shape": shape for name, shape in members.items()},
                    **(shapes or {}),
                },
            }
        )
    )


def messages(client: Any, operation: str, request: dict[str, Any], names: dict[str, str] | None = None) -> list[str]:
    problems = request_problems(client, operation, request, names)
    assert {problem.code for problem in problems} <= {"invalid_option"}
    return [problem.message for problem in problems]


# ---- Every kind of limit


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        ({"type": "string", "min": 3}, "abc", None),
        ({"type": "string", "min": 3}, "ab", "must have at least 3 characters, not 2"),
        ({"type": "string", "max": 3}, "abcd", "must have at most 3 characters, not 4"),
        ({"type": "string", "min": 3, "max": 4}, "ab", "must have 3 to 4 characters, not 2"),
        ({"type": "string", "min": 3, "max": 3}, "ab", "must have 3 characters, not 2"),
        # Characters, not bytes.
        ({"type": "string", "max": 3}, "äöü", None),
        ({"type": "string", "min": 1}, "", "must have at least 1 characters, not 0"),
        ({"type": "string", "enum": ["A", "B"]}, "A", None),
        ({"type": "string", "enum": ["A", "B"]}, "a", "must be one of A, B, not 'a'"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "abc", None),
        ({"type": "string", "pattern": "^[a-z]+$"}, "ab1", "must match [a-z]+, not 'ab1'"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "abc\n", "must match [a-z]+, not 'abc\\n'"),
        # The pattern is that of the whole value, also where the model does not anchor it.
        ({"type": "string", "pattern": "[a-z]+"}, "ab1", "must match [a-z]+, not 'ab1'"),
        ({"type": "string", "pattern": "a|b"}, "ab", "must match a|b, not 'ab'"),
        ({"type": "string", "pattern": "a+"}, "b" * 81, f"must match a+, not '{'b' * 80}...'"),
        # YAML may read a text as a number.
        ({"type": "string", "pattern": "^[0-9]+$"}, 12, None),
        ({"type": "string", "pattern": "^[a-z]+$"}, 12, "must match [a-z]+, not '12'"),
        ({"type": "integer", "min": 1, "max": 6}, 6, None),
        ({"type": "integer", "min": 1, "max": 6}, 0, "must be 1 to 6, not 0"),
        ({"type": "integer", "min": 1, "max": 6}, 7, "must be 1 to 6, not 7"),
        ({"type": "integer", "min": 0}, -1, "must be 0 to 2147483647, not -1"),
        ({"type": "integer"}, 2**31, "must be -2147483648 to 2147483647, not 2147483648"),
        ({"type": "integer"}, -(2**31), None),
        ({"type": "long", "max": 6}, 7, "must be at most 6, not 7"),
        ({"type": "long"}, 2**31, None),
        ({"type": "float", "min": 0}, -0.5, "must be at least 0, not -0.5"),
        ({"type": "double", "max": 1}, 1.0, None),
        # botocore refuses a value of another type.
        ({"type": "integer", "max": 1}, "2", None),
        ({"type": "boolean"}, False, None),
        ({"type": "timestamp"}, "2030-01-01T00:00:00Z", None),
        ({"type": "blob", "max": 3}, b"abc", None),
        ({"type": "blob", "max": 3}, "äö".encode(), "must have at most 3 bytes, not 4"),
    ],
)
def test_limits_of_a_value(shape: dict[str, Any], value: Any, message: str | None) -> None:
    client = invented({"FieldName": shape})
    assert messages(client, "Act", {"FieldName": value}) == ([f"field_name {message}"] if message else [])


LISTS: dict[str, dict[str, Any]] = {"Names": {"type": "list", "min": 1, "max": 2, "member": {"shape": "Name"}}}
MAPS: dict[str, dict[str, Any]] = {
    "Tags": {"type": "map", "max": 1, "key": {"shape": "Name"}, "value": {"shape": "Values"}}
}
INNER: dict[str, dict[str, Any]] = {
    "Name": {"type": "string", "max": 3},
    "Values": {"type": "list", "member": {"shape": "Name"}},
}


@pytest.mark.parametrize(
    ("members", "request_", "expected"),
    [
        (LISTS, {"Names": ["a"]}, []),
        (LISTS, {"Names": []}, ["names must have 1 to 2 items, not 0"]),
        (LISTS, {"Names": ["a", "b", "c"]}, ["names must have 1 to 2 items, not 3"]),
        (LISTS, {"Names": ["a", "abcd"]}, ["names[1] must have at most 3 characters, not 4"]),
        (LISTS, {"Names": None}, []),
        (MAPS, {"Tags": {"a": ["b"]}}, []),
        (MAPS, {"Tags": {"a": [], "b": []}}, ["tags must have at most 1 keys, not 2"]),
        (MAPS, {"Tags": {"abcd": []}}, ["the key 'abcd' of tags must have at most 3 characters, not 4"]),
        (MAPS, {"Tags": {"a": ["b", "abcd"]}}, ["tags.a[1] must have at most 3 characters, not 4"]),
    ],
)
def test_limits_inside_of_lists_and_maps(
    members: dict[str, dict[str, Any]], request_: dict[str, Any], expected: list[str]
) -> None:
    assert messages(invented(members, INNER), "Act", request_) == expected


def test_required_members_at_every_depth() -> None:
    alarm = {"type": "structure", "required": ["AlarmName"], "members": {"AlarmName": {"shape": "Name"}}}
    client = invented(
        {"Alarm": alarm, "Alarms": {"type": "list", "member": {"shape": "AlarmShape"}}, "Flag": {"type": "boolean"}},
        INNER,
        required=("Flag",),
    )
    assert messages(client, "Act", {"Flag": False}) == []
    assert messages(client, "Act", {}) == ["flag is required"]
    assert messages(client, "Act", {"Flag": None}) == ["flag is required"]
    assert messages(
        client, "Act", {"Flag": True, "Alarm": {}, "Alarms": [{"AlarmName": "a"}, {"AlarmName": None}]}
    ) == [
        "alarm.alarm_name is required",
        "alarms[1].alarm_name is required",
    ]


def test_botocore_makes_client_tokens() -> None:
    client = client_of(
        ServiceModel(
            {
                "metadata": {},
                "operations": {"Act": {"name": "Act", "input": {"shape": "Request"}}},
                "shapes": {
                    "Token": {"type": "string", "min": 1},
                    "Request": {
                        "type": "structure",
                        "required": ["ClientToken", "Other"],
                        "members": {
                            "ClientToken": {"shape": "Token", "idempotencyToken": True},
                            "Other": {"shape": "Token"},
                        },
                    },
                },
            }
        )
    )
    assert messages(client, "Act", {}) == ["other is required"]
    assert messages(client, "Act", {"Other": "x", "ClientToken": ""}) == [
        "client_token must have at least 1 characters, not 0"
    ]


def test_every_problem_is_named() -> None:
    client = invented({"A": {"type": "string", "max": 1}, "B": {"type": "integer", "max": 1}, "C": {"type": "string"}})
    assert messages(client, "Act", {"A": "ab", "B": 2, "C": "abc"}) == [
        "a must have at most 1 characters, not 2",
        "b must be -2147483648 to 1, not 2",
    ]


def test_a_member_that_the_model_does_not_know_is_left_to_botocore() -> None:
    assert messages(invented({"A": {"type": "string"}}), "Act", {"B": "x"}) == []


# ---- Requests of Systems Manager


DOCUMENT = {"Name": "shop", "Content": "{}"}


@pytest.mark.parametrize(
    ("operation", "request_", "facts"),
    [
        ("CreateDocument", {"Content": "{}"}, ["name is required"]),
        ("CreateDocument", {**DOCUMENT, "Name": None}, ["name is required"]),
        ("CreateDocument", {**DOCUMENT, "Name": "a b"}, ["name must match", "'a b'"]),
        ("CreateDocument", {**DOCUMENT, "Name": "shop\n"}, ["name must match"]),
        (
            "CreateDocument",
            {**DOCUMENT, "DocumentType": "Script"},
            ["document_type must be one of", "Command", "'Script'"],
        ),
        ("CreateDocument", {**DOCUMENT, "Content": ""}, ["content must have at least 1 characters, not 0"]),
        ("CreateDocument", {**DOCUMENT, "DisplayName": "x" * 2000}, ["display_name must", "2000"]),
        ("CreateDocument", {**DOCUMENT, "Attachments": [{"Key": "Nowhere"}]}, ["attachments[0].key", "'Nowhere'"]),
        (
            "SendCommand",
            {"DocumentName": "shop", "TimeoutSeconds": 5},
            ["timeout_seconds must be 30 to 2592000, not 5"],
        ),
        ("SendCommand", {"DocumentName": "shop", "InstanceIds": ["i-1"]}, ["instance_ids[0] must match", "'i-1'"]),
        ("SendCommand", {"DocumentName": "shop", "InstanceIds": ["i-01234567"] * 51}, ["instance_ids must have", "51"]),
        ("AddTagsToResource", {"ResourceType": "Document", "ResourceId": "a"}, ["tags is required"]),
    ],
)
def test_a_request_is_compared_with_the_service_model(
    operation: str, request_: dict[str, Any], facts: list[str]
) -> None:
    [problem] = request_problems(client_of(service("ssm")), operation, request_)
    assert [fact for fact in facts if fact not in problem.message] == []


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("CreateDocument", DOCUMENT),
        ("CreateDocument", {**DOCUMENT, "DocumentType": None, "Tags": [{"Key": "Größe", "Value": "für alle: 1"}]}),
        ("SendCommand", {"DocumentName": "shop", "InstanceIds": ["i-0123456789abcdef0"], "TimeoutSeconds": 30}),
        # botocore makes the client token itself.
        (
            "CreateMaintenanceWindow",
            {"Name": "abc", "Schedule": "rate(1 day)", "Duration": 2, "Cutoff": 1, "AllowUnassociatedTargets": False},
        ),
    ],
)
def test_a_request_within_the_limits_has_no_problem(operation: str, request_: dict[str, Any]) -> None:
    assert request_problems(client_of(service("ssm")), operation, request_) == []


def test_every_problem_is_found_and_named_by_its_option() -> None:
    request = {"Name": "a b", "Content": "", "Attachments": [{"Key": "Nowhere"}]}
    names = {"Name": "document_name", "Attachments": "files", "Attachments.Key": "files[].key"}
    problems = [
        problem.message.split(" must")[0]
        for problem in request_problems(client_of(service("ssm")), "CreateDocument", request, names)
    ]
    assert problems == ["document_name", "content", "files[].key"]


# ---- Names of options


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, ["output_location.s3_location.output_s3_bucket_name must have 3 to 63 characters, not 1"]),
        (
            {"OutputLocation.S3Location": "output_location"},
            ["output_location.output_s3_bucket_name must have 3 to 63 characters, not 1"],
        ),
        (
            {"OutputLocation.S3Location.OutputS3BucketName": "bucket"},
            ["bucket must have 3 to 63 characters, not 1"],
        ),
        # Only the whole path is a name.
        (
            {"OutputS3BucketName": "bucket", "S3Location": "location"},
            ["output_location.s3_location.output_s3_bucket_name must have 3 to 63 characters, not 1"],
        ),
    ],
)
def test_messages_name_the_option(names: dict[str, str], expected: list[str]) -> None:
    request = {"Name": "AWS-Noop", "OutputLocation": {"S3Location": {"OutputS3BucketName": "x"}}}
    assert messages(client_of(service("ssm")), "CreateAssociation", request, names) == expected


def test_a_name_for_what_is_inside_of_a_list() -> None:
    request = {"DocumentName": "AWS-Noop", "Targets": [{"Key": "tag:App", "Values": ["x"] * 51}, {"Key": "a;b"}]}
    names = {"DocumentName": "document_name", "Targets.Values": "instance_ids"}
    found = messages(client_of(service("ssm")), "SendCommand", request, names)
    assert found[0] == "instance_ids must have 0 to 50 items, not 51"
    assert found[1].startswith("targets[1].key must match ")
    assert messages(client_of(service("ssm")), "SendCommand", {"DocumentName": "a b"}, names)[0].startswith(
        "document_name must match "
    )


# ---- Patterns


def operations_in_use() -> Iterator[tuple[str, str]]:
    """Service and operation of every call that the collection makes, by the strings in its code."""
    folder = ROOT / "plugins" / "module_utils"
    strings = {
        name
        for path in folder.rglob("*.py")
        for name in re.findall(r'"([a-z0-9_]+)"', path.read_text(encoding="utf-8"))
    }
    for name in SERVICES:
        for operation in service(name).operation_names:
            if botocore.xform_name(operation) in strings:
                yield name, operation


def patterns(shape: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The patterns of a shape and of everything inside."""
    if shape.name in seen:
        return
    if "pattern" in shape.metadata:
        yield shape.metadata["pattern"]
    inside = {
        "structure": lambda: list(shape.members.values()),
        "list": lambda: [shape.member],
        "map": lambda: [shape.key, shape.value],
    }.get(shape.type_name, list)
    for member in inside():
        yield from patterns(member, seen | {shape.name})


def patterns_in_use() -> set[str]:
    return {
        pattern
        for name, operation in operations_in_use()
        if (shape := service(name).operation_model(operation).input_shape)
        for pattern in patterns(shape)
    }


UUID = "0123abcd-89EF-0123-4567-89abcdef0123"
# Each pattern of the operations in use, with values that AWS documents or shows, and values that it refuses.
SAMPLES: dict[str, tuple[list[str], list[str]]] = {
    r"(?i)all|[0-9]{12}": (["all", "All", "123456789012"], ["12345678901", "everyone"]),
    r"([$]LATEST|[$]DEFAULT|[$]ALL)": (["$LATEST", "$DEFAULT", "$ALL"], ["1", "LATEST"]),
    r"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)": (["$LATEST", "$DEFAULT", "1", "10"], ["0", "1.0", "latest", "1$LATEST"]),
    r"(^[1-9][0-9]*$)": (["1", "27"], ["0", "$LATEST"]),
    r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)": (
        ["i-02573cafcfEXAMPLE", "i-1a2b3c4d", "mi-0123456789abcdef0"],
        ["i-1", "mi-1a2b3c4d", "web-1"],
    ),
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}": ([UUID], [UUID[:-1], f"{UUID}0"]),
    r"[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}": ([UUID], ["token"]),
    r"^[0-9a-fA-F]{8}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{12}$": ([UUID], ["web"]),
    r"[\w+=,.@/-]+": (["AWS-SystemsManager-AutomationExecutionRole", "path/role+a=b,c.d@e"], ["a role", ""]),
    r"^(([$]LATEST)|([1-9][0-9]*))$": (["$LATEST", "3"], ["$DEFAULT", "0"]),
    r"^((ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})|(\d{12}))$": (
        ["ou-ab12-cdef3456", "123456789012"],
        ["r-ab12", "1234567890123"],
    ),
    r"^(?!\s*$).+": (["shop-errors", " a", "Fehler über 5 %"], ["", "  "]),
    r"^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$": (["0", "10", "0%", "7%", "10%", "100%"], ["-1", "101%", "1.5"]),
    r"^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$": (["1", "500", "1%", "10%", "100%"], ["0", "0%", "101%"]),
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": (
        ["", "Team", "Größe 2:a/b=c+d-e@f.g_h", "部門", "ⅷ²", "no\u00a0break"],
        ["a;b", "a\tb#"],
    ),
    r"^([a-zA-Z0-9:/_-]+)$": (["alias/aws/ssm", f"arn:aws:kms:eu-central-1:123456789012:key/{UUID}"], ["a key", ""]),
    r"^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$": (["tag:App", "Path"], ["tag:", "Value"]),
    r"^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name": (
        ["InstanceIds", "tag:App", "tag:Größe m", "tag-key", "resource-groups:Name"],
        ["tag:a;b", "tag:a+b"],
    ),
    r"^[\w\.\-\:\/ ]*$": (["", "Shop: pre/post 1.0"], ["a;b"]),
    r"^[a-zA-Z0-9_\-.:/]{3,128}$": (
        ["AWS-RunShellScript", "arn:aws:ssm:us-east-1:123456789012:document/shop"],
        ["ab", "a b c"],
    ),
    r"^[a-zA-Z0-9_\-.]{1,128}$": (["1.0", "Release_12.1-a"], ["", "a b", "a/b"]),
    r"^[a-zA-Z0-9_\-.]{3,128}$": (["shop-sunday", "a_b.c"], ["ab", "a b c", "a/b"]),
    r"^\/[\w\.\-\:\/]*$": (["/", "/AWS::EC2::Instance"], ["AWS::EC2::Instance", "/a b"]),
    (r"^https:\/\/[-a-zA-Z0-9@:%._\+~#=]{1,253}\.s3(\.[a-z\d-]{9,16})?\.amazonaws\.com\/.{1,2000}"): (
        ["https://bucket.s3.amazonaws.com/a.json", "https://bucket.s3.eu-central-1.amazonaws.com/a/b.json"],
        ["http://bucket.s3.amazonaws.com/a.json", "https://bucket.s3.amazonaws.com/"],
    ),
    r"^mw-[0-9a-f]{17}$": (["mw-0c50858d01e23b456"], ["mw-0c50858d01example", "mw-1"]),
    r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+": (
        ["arn:aws:iam::123456789012:role/a", "arn:aws-us-gov:iam::123456789012:role/path/a"],
        ["arn:aws:iam::1:role/a", "a"],
    ),
}


def test_every_pattern_in_use_can_be_read() -> None:
    unreadable = {pattern for pattern in patterns_in_use() if java_pattern(pattern) is None}
    assert unreadable == set()


def test_every_pattern_in_use_has_samples() -> None:
    used = patterns_in_use()
    assert len(used) > 20
    assert used - set(SAMPLES) == set()


@pytest.mark.parametrize("pattern", SAMPLES)
def test_samples(pattern: str) -> None:
    client = invented({"Field": {"type": "string", "pattern": pattern}})
    accepted, refused = SAMPLES[pattern]
    assert [value for value in accepted if messages(client, "Act", {"Field": value})] == []
    assert [value for value in refused if not messages(client, "Act", {"Field": value})] == []


@pytest.mark.parametrize(("category", "letter"), [(r"\p{L}", "L"), (r"\p{N}", "N"), (r"\p{Z}", "Z")])
def test_a_unicode_category_holds_all_its_characters(category: str, letter: str) -> None:
    characters = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)).startswith(letter)]
    expression = java_pattern(f"[{category}]*")
    assert expression is not None
    assert expression.fullmatch("".join(characters))
    assert not expression.fullmatch(";")


def test_a_dash_behind_a_class_is_a_dash() -> None:
    client = invented({"Field": {"type": "string", "pattern": r"^[\w-.]+$"}})
    assert messages(client, "Act", {"Field": "a-b.c"}) == []
    assert messages(client, "Act", {"Field": "a,b"}) == [r"field must match [\w-.]+, not 'a,b'"]


@pytest.mark.parametrize("pattern", [r"^[\p{P}]*$", r"^\p{Alpha}+$", r"a++b(?<name>c)", "["])
def test_a_pattern_that_python_cannot_read_is_left_to_aws(pattern: str) -> None:
    assert java_pattern(pattern) is None
    client = invented({"Field": {"type": "string", "pattern": pattern, "max": 3}})
    assert messages(client, "Act", {"Field": "x"}) == []
    assert messages(client, "Act", {"Field": "long"}) == ["field must have at most 3 characters, not 4"]


# ---- What AWS accepts


@pytest.mark.parametrize("name", ["elbv2", "s3"])
def test_the_examples_of_aws_are_accepted(name: str) -> None:
    """The requests in AWS's own examples, as botocore brings them. There are none for Systems Manager."""
    examples = Loader().load_service_model(name, "examples-1")["examples"]
    requests = [(operation, each.get("input", {})) for operation, listed in examples.items() for each in listed]
    assert len(requests) > 20
    client = client_of(service(name))
    assert [(operation, found) for operation, each in requests if (found := messages(client, operation, each))] == []


# From the references of the operations: https://docs.aws.amazon.com/cli/latest/reference/ssm/
ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    (
        "SendCommand",
        {
            "DocumentName": "AWS-RunShellScript",
            "DocumentVersion": "$DEFAULT",
            "Parameters": {"commands": ["echo hello"], "workingDirectory": [""]},
            "Targets": [{"Key": "tag:Environment", "Values": ["Dev", "Größe"]}],
            "MaxConcurrency": "50%",
            "MaxErrors": "0",
            "TimeoutSeconds": 30,
            "Comment": "x" * 100,
            "OutputS3BucketName": "s3-example-bucket",
            "OutputS3KeyPrefix": "",
            "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "/aws/ssm/a", "CloudWatchOutputEnabled": True},
            "NotificationConfig": {"NotificationEvents": ["All"], "NotificationType": "Invocation"},
            "AlarmConfiguration": {"Alarms": [{"Name": "shop errors"}]},
        },
    ),
    ("SendCommand", {"DocumentName": "AWS-Noop", "InstanceIds": ["i-02573cafcfEXAMPLE"] * 50, "Targets": None}),
    (
        "CreateAssociation",
        {
            "Name": "arn:aws:ssm:us-east-1:123456789012:document/shop",
            "AssociationName": "shop-patches",
            "ScheduleExpression": "cron(0 2 ? * SUN *)",
            "ScheduleOffset": 1,
            "Targets": [{"Key": "InstanceIds", "Values": ["*"]}],
            "OutputLocation": {"S3Location": {"OutputS3Region": "eu-central-1", "OutputS3BucketName": "a.b"}},
            "ComplianceSeverity": "CRITICAL",
            "TargetLocations": [{"Accounts": ["ou-ab12-cdef3456"], "Regions": ["eu-central-1"]}],
            "TargetMaps": [{"InstanceId": ["i-02573cafcfEXAMPLE"]}],
        },
    ),
    (
        "StartAutomationExecution",
        {"DocumentName": "AWS-RestartEC2Instance", "ClientToken": UUID, "Parameters": {"InstanceId": ["i-1a2b3c4d"]}},
    ),
    ("SendAutomationSignal", {"AutomationExecutionId": UUID, "SignalType": "Approve", "Payload": {"Comment": ["ok"]}}),
    (
        "CreateDocument",
        {
            "Content": "{}",
            "Name": "shop-pre-install",
            "DisplayName": "Shop: pre/post 1.0",
            "VersionName": "1.0",
            "DocumentType": "Command",
            "DocumentFormat": "YAML",
            "TargetType": "/AWS::EC2::Instance",
            "Attachments": [{"Key": "SourceUrl", "Values": ["s3://bucket/folder"], "Name": "setup.sh"}],
            "Tags": [{"Key": "Team", "Value": ""}],
        },
    ),
    ("ModifyDocumentPermission", {"Name": "shop", "PermissionType": "Share", "AccountIdsToAdd": ["all"]}),
    (
        "CreateMaintenanceWindow",
        {
            "Name": "My-First-Maintenance-Window",
            "Schedule": "cron(0 18 ? * TUE *)",
            "ScheduleTimezone": "America/Los_Angeles",
            "ScheduleOffset": 6,
            "StartDate": "2030-01-31T02:00:00+01:00",
            "Duration": 24,
            "Cutoff": 0,
            "AllowUnassociatedTargets": False,
        },
    ),
    (
        "RegisterTaskWithMaintenanceWindow",
        {
            "WindowId": "mw-0c5ed765acfeebf00",
            "Targets": [{"Key": "WindowTargetIds", "Values": [UUID]}],
            "TaskArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:SSMTestStateMachine",
            "TaskType": "STEP_FUNCTIONS",
            "Priority": 0,
            "MaxConcurrency": "1",
            "MaxErrors": "100%",
            "TaskInvocationParameters": {
                "StepFunctions": {"Input": "{}", "Name": "x"},
                "Lambda": {"Payload": b"x" * 4096, "Qualifier": "1", "ClientContext": "e30="},
                "RunCommand": {"TimeoutSeconds": 2592000, "DocumentVersion": "3", "DocumentHashType": "Sha256"},
                "Automation": {"Parameters": {"InstanceId": ["{{RESOURCE_ID}}"]}},
            },
        },
    ),
    ("PutParameter", {"Name": "/steadyfleet/ledger/i-1a2b3c4d", "Value": "{}", "Type": "String", "Tier": "Standard"}),
    ("GetParametersByPath", {"Path": "/steadyfleet/ledger", "Recursive": False, "MaxResults": 10}),
    ("AddTagsToResource", {"ResourceType": "MaintenanceWindow", "ResourceId": "mw-0c5ed765acfeebf00", "Tags": []}),
    ("ListCommands", {"InstanceId": "mi-0123456789abcdef0", "Filters": [{"key": "Status", "value": "Success"}]}),
]


@pytest.mark.parametrize(("operation", "request_"), ACCEPTED, ids=[operation for operation, _request in ACCEPTED])
def test_what_aws_accepts_is_accepted(operation: str, request_: dict[str, Any]) -> None:
    assert messages(client_of(service("ssm")), operation, request_) == []
