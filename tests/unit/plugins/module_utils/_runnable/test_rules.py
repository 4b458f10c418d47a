from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.model import (
    RunnableDocument,
    RunRequest,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.rules import (
    document_problems,
    is_elsewhere,
    missing_problem,
    node_problems,
)

ONE, TWO = "i-00000000000000001", "i-00000000000000002"


def document(**fields: Any) -> RunnableDocument:
    good = {"type": "Command", "status": "Active", "hashes": {"Sha256": "abc"}, "platform_types": ("Linux",)}
    return RunnableDocument(name="shop", version="3", **{**good, **fields})


def request(**fields: Any) -> RunRequest:
    return RunRequest(document_name="shop", **{"types": ("Command",), **fields})


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [
        ("AWS-RunShellScript", False),
        ("arn:aws:ssm:eu-central-1:123456789012:document/shop", False),
        ("arn:aws:ssm:us-east-1:123456789012:document/shop", True),
    ],
)
def test_a_document_of_another_region(name: str, elsewhere: bool) -> None:
    assert is_elsewhere(name, "eu-central-1") is elsewhere


@pytest.mark.parametrize(
    ("aws_code", "code"),
    [
        ("InvalidDocument", "document_not_found"),
        ("ValidationException", "document_not_found"),
        ("InvalidDocumentVersion", "document_version_not_found"),
        ("InternalServerError", None),
    ],
)
def test_what_an_error_says(aws_code: str, code: str | None) -> None:
    problem = missing_problem(request(document_version="7"), aws_code)
    assert (problem and problem.code) == code


@pytest.mark.parametrize(
    ("observed", "wanted", "codes"),
    [
        ({}, {}, []),
        ({"type": "Automation"}, {}, ["document_type_unsuitable"]),
        ({"type": "Policy"}, {"types": ("Command", "Policy")}, []),
        ({"status": "Creating"}, {}, ["document_not_active"]),
        ({}, {"document_hash": "abc"}, []),
        ({}, {"document_hash": "abd"}, ["document_hash_mismatch"]),
        ({}, {"document_hash": "abd", "document_hash_type": "Sha1"}, []),
        ({}, {"parameters": {"Word": ["x"]}}, ["parameter_unknown"]),
        ({"type": "Automation"}, {"parameters": {"Word": ["x"]}}, ["document_type_unsuitable"]),
    ],
)
def test_documents(observed: dict[str, Any], wanted: dict[str, Any], codes: list[str]) -> None:
    assert [problem.code for problem in document_problems(document(**observed), request(**wanted))] == codes


@pytest.mark.parametrize(
    ("platforms", "needs_nodes", "codes"),
    [
        ({ONE: "Linux", TWO: "Linux"}, True, []),
        ({ONE: "Linux"}, True, ["node_unknown"]),
        ({ONE: "Linux"}, False, []),
        ({ONE: "Linux", TWO: "Windows"}, False, ["document_platform_unsuitable"]),
        ({TWO: "Windows"}, True, ["node_unknown", "document_platform_unsuitable"]),
    ],
)
def test_nodes(platforms: dict[str, str], needs_nodes: bool, codes: list[str]) -> None:
    wanted = request(instance_ids=(ONE, TWO), needs_nodes=needs_nodes)
    assert [problem.code for problem in node_problems(wanted, document(), platforms)] == codes


def test_the_platform_of_an_unknown_document_is_not_judged() -> None:
    wanted = request(instance_ids=(ONE,))
    assert node_problems(wanted, None, {ONE: "Windows"}) == []
    assert node_problems(wanted, document(platform_types=()), {ONE: "Windows"}) == []
