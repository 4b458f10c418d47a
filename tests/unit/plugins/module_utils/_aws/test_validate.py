from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems


@pytest.fixture(scope="module")
def ssm() -> Any:
    """Only what the code reads of a client: the service model of the installed botocore."""
    return SimpleNamespace(meta=SimpleNamespace(service_model=botocore.session.Session().get_service_model("ssm")))


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
    ssm: Any, operation: str, request_: dict[str, Any], facts: list[str]
) -> None:
    [problem] = request_problems(ssm, operation, request_)
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
def test_a_request_within_the_limits_has_no_problem(ssm: Any, operation: str, request_: dict[str, Any]) -> None:
    assert request_problems(ssm, operation, request_) == []


def test_every_problem_is_found_and_named_by_its_option(ssm: Any) -> None:
    request = {"Name": "a b", "Content": "", "Attachments": [{"Key": "Nowhere"}]}
    names = {"Name": "document_name", "Attachments": "files", "Attachments.Key": "files[].key"}
    problems = [
        problem.message.split(" must")[0] for problem in request_problems(ssm, "CreateDocument", request, names)
    ]
    assert problems == ["document_name", "content", "files[].key"]


def test_a_long_value_is_shortened_in_the_message(ssm: Any) -> None:
    [problem] = request_problems(ssm, "CreateDocument", {**DOCUMENT, "Name": " " * 100})
    assert len(problem.message) < 200
    assert "..." in problem.message


def test_every_pattern_of_the_service_models_can_be_used() -> None:
    """The patterns are written for Java. One that Python cannot compile would fail a module."""
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import _compiled

    patterns = set()
    for service in ("ssm", "elbv2", "ec2"):
        model = botocore.session.Session().get_service_model(service)
        shapes = (model.shape_for(name) for name in model.shape_names)
        patterns |= {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}
    assert len(patterns) > 50
    for pattern in patterns:
        _compiled(pattern)
