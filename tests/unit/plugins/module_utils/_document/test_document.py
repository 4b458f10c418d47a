from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common import yaml as _yaml
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput, Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document import document as core
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import Seen, Wish
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plan import elsewhere, plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.rules import (
    attachment_names,
    meets,
    name_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.versions import surplus


def content(given: Any, form: str | None = None) -> core.Content:
    return core.content(given, form, _yaml.load, _yaml.dump)


@pytest.mark.parametrize(
    ("given", "form", "found", "parsed"),
    [
        ('{"schemaVersion": "2.2"}', None, "JSON", {"schemaVersion": "2.2"}),
        ('  \n{"a": 1}', None, "JSON", {"a": 1}),
        ("a: 1\n", None, "YAML", {"a": 1}),
        ("# only\na: [1, '2', yes]\n", "YAML", "YAML", {"a": [1, "2", True]}),
        ('{"a": 1}', "YAML", "YAML", {"a": 1}),
        ({"a": 1}, None, "JSON", {"a": 1}),
        ({"a": 1}, "YAML", "YAML", {"a": 1}),
        ("schemaVersion: 2.2\n", None, "YAML", {"schemaVersion": "2.2"}),
        ("when: 2026-01-02\n", None, "YAML", {"when": "2026-01-02"}),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n\r\n", "TEXT", "TEXT", "BEGIN:VCALENDAR\nEND:VCALENDAR"),
    ],
)
def test_content(given: Any, form: str | None, found: str, parsed: Any) -> None:
    made = content(given, form)
    assert (made.format, made.parsed) == (found, parsed)
    assert core.parse(made.text, made.format, _yaml.load) == parsed


@pytest.mark.parametrize(
    ("given", "form", "told"),
    [
        ("{", None, "not valid JSON"),
        ("a: [", None, "not valid YAML"),
        ("- a\n", None, "must be a mapping"),
        ("words", None, "must be a mapping"),
        (["a"], None, "must be a mapping"),
        ("{}" + " " * 65536, None, "at most 65536"),
        ("ä: 1\n", "JSON", "not valid JSON"),
        ("a: !!binary aGk=\n", None, "nothing that JSON can say"),
    ],
)
def test_content_that_is_none(given: Any, form: str | None, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as caught:
        content(given, form)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["shop-pre.install_1", "abc", "x" * 128, "my-aws-document"])
def test_names_that_can_be(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize(
    "name", ["ab", "x" * 129, "a b", "a/b", "", "AWS-Mine", "awsome", "Amazon-x", "amzn-x", "AWSEC2-x"]
)
def test_names_that_cannot_be(name: str) -> None:
    assert name_problems(name)


BEFORE, AFTER = content({"schemaVersion": "2.2"}), content({"schemaVersion": "2.2", "description": "new"})


def described(version: int, latest: int = 2, default: int = 1) -> core.Document:
    return core.Document(
        name="doc",
        document_version=str(version),
        latest_version=str(latest),
        default_version=str(default),
        status="Active",
        document_type="Command",
    )


def seen(latest: int = 2, default: int = 1, **more: Any) -> Seen:
    return Seen(document=described(latest, latest, default), content=BEFORE.parsed, **more)


@pytest.mark.parametrize(
    ("there", "wish", "write", "version", "default"),
    [
        pytest.param(None, {"content": AFTER}, "create", 1, None, id="created"),
        pytest.param(None, {"content": AFTER, "default_version": "latest"}, "create", 1, None, id="created as default"),
        pytest.param(seen(), {"content": BEFORE}, None, 2, None, id="the same"),
        pytest.param(seen(), {"content": AFTER}, "update", 3, None, id="another version"),
        pytest.param(seen(), {"content": AFTER, "default_version": "latest"}, "update", 3, 3, id="at once the default"),
        pytest.param(seen(), {"content": BEFORE, "default_version": "latest"}, None, 2, 2, id="the default moves on"),
        pytest.param(seen(), {"default_version": "1"}, None, 2, None, id="default already"),
        pytest.param(
            seen(default=2, asked=described(1)), {"default_version": "1"}, None, 2, 1, id="the default goes back"
        ),
        pytest.param(seen(), {"content": BEFORE, "version_name": "v2"}, None, 2, None, id="nothing to name"),
        pytest.param(seen(), {"content": AFTER, "display_name": "Doc"}, "update", 3, None, id="name and content"),
        pytest.param(seen(), {"document_type": "Command"}, None, 2, None, id="the type that it has"),
    ],
)
def test_plan(there: Seen | None, wish: dict[str, Any], write: str | None, version: int, default: int | None) -> None:
    found = plan(there, Wish(name="doc", **wish))
    assert (found.write, found.version, found.new_default) == (write, version, default)
    assert (found.before != found.after) is (write is not None or default is not None)


@pytest.mark.parametrize(
    ("there", "wish", "error", "told"),
    [
        (None, {}, InvalidInput, "no document doc yet"),
        (None, {"content": AFTER, "default_version": "2"}, InvalidInput, "no version 2"),
        (seen(), {"default_version": "3"}, InvalidInput, "no version 3 for default_version: the latest is 2"),
        (seen(), {"document_type": "Automation"}, Refused, "of type Command"),
        (seen(), {"display_name": "Doc"}, InvalidInput, "content or src is needed too"),
    ],
)
def test_plan_refuses(there: Seen | None, wish: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        plan(there, Wish(name="doc", **wish))


@pytest.mark.parametrize(
    ("purge", "to_set", "to_remove", "after"),
    [
        (True, {"b": "2"}, ("c",), {"a": "1", "b": "2", "aws:x": "y"}),
        (False, {"b": "2"}, (), {"a": "1", "b": "2", "c": "3", "aws:x": "y"}),
    ],
)
def test_tags(purge: bool, to_set: dict[str, str], to_remove: tuple[str, ...], after: dict[str, str]) -> None:
    there = {"a": "1", "b": "0", "c": "3", "aws:x": "y"}
    found = plan(seen(tags=there), Wish(name="doc", tags={"a": "1", "b": "2"}, purge_tags=purge)).tags
    assert found is not None
    assert (found.to_set, found.to_remove, found.after) == (to_set, to_remove, after)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, False),
        ("latest", False),
        ("1", False),
        ("3", False),
        ("v3", False),
        ("4", False),  # a version that there is not yet
        ("2", True),
        ("v2", True),
        ("2024-01", True),
    ],
)
def test_a_default_elsewhere_is_looked_up(asked: str | None, found: bool) -> None:
    document = dataclasses.replace(described(3, latest=3, default=1), version_name="v3")
    assert elsewhere(document, asked) is found


@pytest.mark.parametrize(
    ("numbers", "keep", "protected", "found"),
    [
        ({1, 2, 3}, 3, {3}, ()),
        ({1, 2, 3}, 2, {3}, (1,)),
        ({1, 2, 3}, 1, {3, 1}, (2,)),
        ({1, 2, 3, 4}, 2, {1, 4}, (2, 3)),
        ({1, 2, 3}, 1, {1, 2, 3}, ()),
        ({5}, 1000, {5}, ()),
    ],
)
def test_surplus_versions(numbers: set[int], keep: int, protected: set[int], found: tuple[int, ...]) -> None:
    assert surplus(numbers, keep, protected) == found


@pytest.mark.parametrize(
    ("attachments", "names"),
    [
        ([], []),
        ([{"key": "S3FileUrl", "name": "b"}, {"key": "AttachmentReference", "name": "a"}], ["a", "b"]),
        ([{"key": "S3FileUrl", "name": None}], None),
        ([{"key": "SourceUrl", "name": "a"}], None),
    ],
)
def test_names_of_attachments(attachments: list[dict[str, Any]], names: list[str] | None) -> None:
    assert attachment_names(attachments) == names


@pytest.mark.parametrize(
    ("current", "wanted", "found"),
    [
        ([], [], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": None}], True),
        ([{"name": "a", "version": "1"}], [{"name": "a", "version": "2"}], False),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}], True),
        ([{"name": "a"}, {"name": "b"}], [{"name": "a"}], False),
        ([], [{"name": "a"}], False),
    ],
)
def test_requires(current: list[dict[str, Any]], wanted: list[dict[str, Any]], found: bool) -> None:
    assert meets(current, wanted) is found
