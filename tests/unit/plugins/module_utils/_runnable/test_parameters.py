from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.model import (
    Parameter,
    RunnableDocument,
    RunRequest,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.parameters import (
    has_values_to_judge,
    parameter_problems,
)


def problems(values: list[str] | None, filled: frozenset[str] = frozenset(), **declared: Any) -> list[tuple[str, str]]:
    parameter = Parameter(name="Word", **declared)
    document = RunnableDocument(
        name="shop", version="1", type="Command", status="Active", parameters={"Word": parameter}
    )
    given = {} if values is None else {"Word": values}
    request = RunRequest(document_name="shop", types=("Command",), parameters=given, filled=filled)
    return [(problem.code, problem.message) for problem in parameter_problems(document, request)]


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ({}, ["x"]),
        ({}, [""]),
        ({}, None),
        ({"allowed_values": ("a", "b")}, ["b"]),
        ({"allowed_values": ("a",)}, ["{{ ssm:word }}"]),
        ({"allowed_pattern": "^[a-z]+$"}, ["abc"]),
        ({"allowed_pattern": "[a-z]"}, ["1a1"]),
        ({"allowed_pattern": "("}, ["any"]),
        ({"allowed_pattern": "^i-[0-9]+$"}, ["{{TARGET_ID}}"]),
        ({"min_chars": 1, "max_chars": 2}, ["ab"]),
        ({"type": "StringList", "min_items": 1, "max_items": 2}, ["a", "b"]),
        ({"type": "StringList", "min_items": 2}, ["{{ ssm:words }}"]),
        ({"type": "StringList"}, []),
        ({"type": "List<AWS::EC2::Instance::Id>"}, ["i-1", "i-2"]),
        ({"type": "Integer"}, ["12"]),
        ({"type": "Boolean"}, ["True"]),
        ({"type": "StringMap"}, ['{"a": "b"}']),
        ({"type": "MapList"}, ['{"a": "b"}', "{}"]),
        ({"type": "AWS::IAM::Role::Arn"}, ["arn:aws:iam::1:role/r"]),
    ],
)
def test_what_a_document_takes(declared: dict[str, Any], values: list[str] | None) -> None:
    assert problems(values, **declared) == []


@pytest.mark.parametrize(
    ("declared", "values", "code", "fact"),
    [
        ({"required": True}, None, "parameter_required", "document shop requires a value for parameter Word"),
        ({}, ["a", "b"], "parameter_invalid", "takes one value, not 2"),
        ({}, [], "parameter_invalid", "takes one value, not 0"),
        ({"allowed_values": ("a", "b")}, ["c"], "parameter_invalid", "must be one of 'a', 'b', not 'c'"),
        ({"allowed_pattern": "^[a-z]+$"}, ["A"], "parameter_invalid", "must match ^[a-z]+$, not 'A'"),
        ({"min_chars": 2}, ["a"], "parameter_invalid", "must have at least 2 characters, not 1"),
        ({"min_chars": 1, "max_chars": 2}, [""], "parameter_invalid", "must have 1 to 2 characters, not 0"),
        ({"max_chars": 2}, ["abc"], "parameter_invalid", "must have at most 2 characters, not 3"),
        ({"type": "StringList", "max_items": 1}, ["a", "b"], "parameter_invalid", "at most 1 items, not 2"),
        ({"type": "StringList", "allowed_values": ("a",)}, ["a", "c"], "parameter_invalid", "not 'c'"),
        ({"type": "StringList", "allowed_values": ("a",)}, ["{{ ssm:x }}", "c"], "parameter_invalid", "not 'c'"),
        ({"type": "Integer"}, ["1.5"], "parameter_invalid", "must be of type Integer, not '1.5'"),
        ({"type": "Integer"}, ["true"], "parameter_invalid", "must be of type Integer"),
        ({"type": "Boolean"}, ["yes"], "parameter_invalid", "must be of type Boolean"),
        ({"type": "StringMap"}, ["[]"], "parameter_invalid", "must be of type StringMap"),
        ({"type": "MapList"}, ["{}", "x"], "parameter_invalid", "must be of type MapList"),
        ({"max_chars": 2}, ["x" * 200], "parameter_invalid", "not 200"),
    ],
)
def test_what_a_document_does_not_take(
    declared: dict[str, Any], values: list[str] | None, code: str, fact: str
) -> None:
    [(found, message)] = problems(values, **declared)
    assert found == code
    assert fact in message


def test_a_parameter_that_the_targets_fill_needs_no_value() -> None:
    assert problems(None, filled=frozenset({"Word"}), required=True) == []


@pytest.mark.parametrize(("given", "filled"), [({"Wrod": ["x"]}, frozenset()), ({}, frozenset({"Wrod"}))])
def test_unknown_parameters_are_named_with_those_that_exist(
    given: dict[str, list[str]], filled: frozenset[str]
) -> None:
    document = RunnableDocument(
        name="shop", version="1", type="Command", status="Active", parameters={"Word": Parameter(name="Word")}
    )
    request = RunRequest(document_name="shop", types=("Command",), parameters=given, filled=filled)
    [problem] = parameter_problems(document, request)
    assert problem.code == "parameter_unknown"
    assert "no parameter Wrod (it has Word)" in problem.message


def test_parameters_that_are_not_known_are_not_judged() -> None:
    needed = {"Word": Parameter(name="Word", required=True)}
    document = RunnableDocument(name="shop", version="1", type="Command", status="Active", parameters=needed)
    request = RunRequest(document_name="shop", types=("Command",), parameters=None)
    assert parameter_problems(document, request) == []
    assert not has_values_to_judge(document, request)


@pytest.mark.parametrize(
    ("given", "judged"),
    [({}, False), ({"Word": ["x"]}, True), ({"Word": ["{{ x }}"]}, False), ({"Wrod": ["x"]}, False)],
)
def test_the_content_is_read_only_for_values(given: dict[str, list[str]], judged: bool) -> None:
    document = RunnableDocument(
        name="shop", version="1", type="Command", status="Active", parameters={"Word": Parameter(name="Word")}
    )
    request = RunRequest(document_name="shop", types=("Command",), parameters=given)
    assert has_values_to_judge(document, request) is judged
