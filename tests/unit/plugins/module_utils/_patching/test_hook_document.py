"""Which documents of the operator's own can run as hooks on Linux."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import Document
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hook_document import (
    content_problems,
    is_numbered,
    kind_problem,
    lookup_problem,
    split_version,
)

ARN = "arn:aws:ssm:eu-central-1:123456789012:document/shop-pre"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("shop-pre", ("shop-pre", "")),
        ("shop-pre:3", ("shop-pre", "3")),
        ("shop-pre:$LATEST", ("shop-pre", "$LATEST")),
        ("shop-pre:release-1", ("shop-pre", "release-1")),
        (ARN, (ARN, "")),
        (f"{ARN}:12", (ARN, "12")),
        ("arn:aws:ssm:eu-central-1:123456789012:shop", ("arn:aws:ssm:eu-central-1:123456789012:shop", "")),
    ],
)
def test_name_and_version(name: str, parts: tuple[str, str]) -> None:
    assert split_version(name) == parts


@pytest.mark.parametrize(("version", "expected"), [("3", True), ("$DEFAULT", True), ("$LATEST", True), ("v3", False)])
def test_numbers_of_versions(version: str, expected: bool) -> None:
    assert is_numbered(version) is expected


FOUND = Document(name="shop-pre", document_version="3", status="Active", document_type="Command", schema_version="2.2")


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (FOUND, None),
        (None, "hook_document_not_found"),
        (Document(name="shop-pre", status="Failed"), "hook_document_not_active"),
    ],
)
def test_a_document_that_is_not_there(found: Document | None, code: str | None) -> None:
    problem = lookup_problem("pre", "shop-pre:3", found)
    assert (problem and problem.code) == code
    assert problem is None or problem.message.startswith("pre: document shop-pre")


@pytest.mark.parametrize(
    ("kind", "schema", "code"),
    [
        ("Command", "1.2", None),
        ("Command", "2.0", None),
        ("Command", "2.2", None),
        ("Command", "0.3", "hook_document_schema_unsupported"),
        ("Automation", "0.3", "hook_document_type_unsupported"),
        ("Session", "1.0", "hook_document_type_unsupported"),
    ],
)
def test_type_and_schema(kind: str, schema: str, code: str | None) -> None:
    problem = kind_problem("post", "x", Document(name="x", document_type=kind, schema_version=schema))
    assert (problem and problem.code) == code


def step(action: str = "aws:runShellScript", **members: Any) -> dict[str, Any]:
    return {"name": "s", "action": action, **members}


def when(*operands: str) -> dict[str, Any]:
    return {"precondition": {"StringEquals": list(operands)}}


def content(*steps: dict[str, Any], schema: str = "2.2", **parameters: Any) -> dict[str, Any]:
    return {"schemaVersion": schema, "parameters": parameters, "mainSteps": list(steps)}


SHELL, POWERSHELL = step(), step("aws:runPowerShellScript")
REQUIRED, WITH_DEFAULT = {"type": "String"}, {"type": "String", "default": "blue"}
RUNNING: list[dict[str, Any]] = [
    content(SHELL),
    content(SHELL, schema="2.0"),
    content(POWERSHELL, SHELL),
    content(step("aws:runPowerShellScript", **when("platformType", "Linux"))),
    content(step(**when("platformType", "LINUX"))),
    content(step(**when("linux", "platformType"))),
    content(step(**when("platformType", "Windows")), SHELL),
    content(step("aws:runDocument")),
    content(SHELL, colour=WITH_DEFAULT),
    content(SHELL, colour={"type": "String", "default": ""}),
    content(step(**when("{{ colour }}", "blue")), colour=WITH_DEFAULT),
    {"schemaVersion": "2.2", "mainSteps": [SHELL]},
    {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": []}}},
]
FAILING: list[tuple[dict[str, Any], str, str]] = [
    (content(SHELL, colour=REQUIRED), "hook_document_parameter_required", "colour"),
    (content(POWERSHELL), "hook_document_not_for_linux", "aws:runPowerShellScript"),
    (content(step("aws:psModule")), "hook_document_not_for_linux", "aws:psModule"),
    (content(step(**when("platformType", "Windows"))), "hook_document_not_for_linux", "aws:runShellScript"),
    (content(step(**when("{{colour}}", "red")), colour=WITH_DEFAULT), "hook_document_not_for_linux", "skip"),
    (content(), "hook_document_not_for_linux", "no step at all"),
    ({"schemaVersion": "1.2", "runtimeConfig": {"aws:psModule": {}}}, "hook_document_not_for_linux", "aws:psModule"),
    (content(step(**when("platformType", "Linux")), schema="2.0"), "hook_document_step_invalid", "2.2"),
    (content(step("aws:cloudWatch"), SHELL, schema="2.0"), "hook_document_step_invalid", "aws:cloudWatch"),
    (content(step(precondition={"StringLike": ["a", "b"]})), "hook_document_step_invalid", "StringLike"),
    (content(step(**when("a"))), "hook_document_step_invalid", "two texts"),
    (content(step(**when("a", "a"))), "hook_document_step_invalid", "both sides"),
    (content(step(**when("a", "b"))), "hook_document_step_invalid", "platformType or a parameter"),
    (content(step(**when("{{ ssm:x }}", "b"))), "hook_document_step_invalid", "Parameter Store"),
    (
        content(step(**when("platformType", "{{ colour }}")), colour=WITH_DEFAULT),
        "hook_document_step_invalid",
        "with a parameter",
    ),
]


@pytest.mark.parametrize("document", RUNNING)
def test_a_document_that_runs(document: dict[str, Any]) -> None:
    assert content_problems("pre", "shop-pre", document) == []


@pytest.mark.parametrize(("document", "code", "fact"), FAILING)
def test_a_document_that_does_not(document: dict[str, Any], code: str, fact: str) -> None:
    [problem] = content_problems("on_exit", "shop-on-exit", document)
    assert problem.code == code
    assert problem.message.startswith("on_exit: document shop-on-exit ") or "on_exit: document shop-on-exit:" in (
        problem.message
    )
    assert fact in problem.message
    assert "\n" not in problem.message
