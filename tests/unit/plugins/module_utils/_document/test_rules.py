from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import PatchingError
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import content_from
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import (
    DesiredDocument,
    Document,
    DocumentRemoval,
    ObservedDocument,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.rules import (
    desired_problems,
    name_problems,
    refuse_update,
    removal_problems,
    satisfies_requires,
)

DOCUMENT = Document(name="doc", document_version="1", latest_version="2", default_version="2", status="Active")


@pytest.mark.parametrize("name", ["shop-pre.install_1", "abc", "my-aws-document"])
def test_names_that_are_free(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize("name", ["AWS-Mine", "awsome", "Amazon-x", "amzn-x", "AWSEC2-x"])
def test_names_that_belong_to_aws(name: str) -> None:
    assert name_problems(name)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"keep_versions": 0}, "keep_versions"),
        ({"keep_versions": 1001}, "keep_versions"),
        ({"share_with": ("all", "111122223333")}, "share_with"),
        ({"tags": {"aws:mine": "x"}}, "aws:mine"),
        ({"name": "aws-doc"}, "aws-doc"),
    ],
)
def test_what_is_wrong_with_the_options(options: dict[str, Any], named: str) -> None:
    [problem] = desired_problems(DesiredDocument(**{"name": "doc", **options}))
    assert named in problem.message


@pytest.mark.parametrize("options", [{}, {"keep_versions": 1}, {"keep_versions": 1000}, {"share_with": ("all", "All")}])
def test_options_without_a_problem(options: dict[str, Any]) -> None:
    assert desired_problems(DesiredDocument(name="doc", **options)) == []


@pytest.mark.parametrize(
    ("observed", "removal", "found"),
    [
        ({}, {}, []),
        ({"shares": {"all": "$ALL"}}, {}, [("document_shared", "all")]),
        ({"shares": {"all": "$ALL"}}, {"unshare_on_delete": True}, []),
        ({"users": {"a-1": "$DEFAULT"}}, {}, [("document_in_use", "a-1")]),
        (
            {"shares": {"111122223333": "$ALL"}, "users": {"a-1": "1"}},
            {},
            [("document_shared", "111122223333"), ("document_in_use", "a-1")],
        ),
        ({"users": {"a-1": "2", "a-2": "$LATEST"}}, {"document_version": "1"}, []),
        ({"users": {"a-1": "1"}}, {"version_name": "v1"}, [("document_in_use", "a-1")]),
        (
            {"document": dataclasses.replace(DOCUMENT, default_version="1")},
            {"document_version": "1"},
            [("default_version_in_use", "version 1")],
        ),
    ],
)
def test_what_aws_does_not_delete(
    observed: dict[str, Any], removal: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    there = ObservedDocument(**{"document": DOCUMENT, **observed})
    problems = removal_problems(there, DocumentRemoval(name="doc", **removal))
    assert [problem.code for problem in problems] == [code for code, _fact in found]
    assert all(fact in problem.message for problem, (_code, fact) in zip(problems, found, strict=True))


@pytest.mark.parametrize(
    ("document", "attachments", "changed", "code"),
    [
        ({}, None, {"content"}, None),
        ({}, None, {"target_type"}, None),
        ({}, None, {"display_name"}, "content_unchanged"),
        ({"schema_version": "1.2"}, None, {"content"}, "document_schema_fixed"),
        ({"schema_version": "1.2", "document_type": "Session"}, None, {"content"}, None),
        ({"attachments": ("a",)}, None, {"content"}, "attachments_not_given"),
        ({"attachments": ("a",)}, (), {"content", "attachments"}, None),
    ],
)
def test_updates_that_aws_refuses(
    document: dict[str, Any], attachments: tuple[Any, ...] | None, changed: set[str], code: str | None
) -> None:
    observed = dataclasses.replace(DOCUMENT, **{"document_type": "Command", "schema_version": "2.2", **document})
    desired = DesiredDocument(name="doc", content=content_from({"a": 1}), attachments=attachments)
    if code is None:
        refuse_update(observed, desired, changed)
        return
    with pytest.raises(PatchingError) as refused:
        refuse_update(observed, desired, changed)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("current", "desired", "found"),
    [
        ([], [], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": None}], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": "2"}], False),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}], True),
        ([{"name": "a"}, {"name": "b"}], [{"name": "a"}], False),
        ([], [{"name": "a"}], False),
    ],
)
def test_requires(current: list[dict[str, Any]], desired: list[dict[str, Any]], found: bool) -> None:
    assert satisfies_requires(current, desired) is found
