from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils import _yaml
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core import document as core
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.document_plan import Seen, Wish, plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._core.errors import InvalidInput, Refused


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
    assert core.name_problems(name) == []


@pytest.mark.parametrize(
    "name", ["ab", "x" * 129, "a b", "a/b", "", "AWS-Mine", "awsome", "Amazon-x", "amzn-x", "AWSEC2-x"]
)
def test_names_that_cannot_be(name: str) -> None:
    assert core.name_problems(name)


BEFORE, AFTER = content({"schemaVersion": "2.2"}), content({"schemaVersion": "2.2", "description": "new"})


def seen(latest: int = 2, default: int = 1, tags: dict[str, str] | None = None) -> Seen:
    document = core.Document(
        name="doc",
        document_version=str(latest),
        latest_version=str(latest),
        default_version=str(default),
        status="Active",
        document_type="Command",
    )
    return Seen(document=document, content=BEFORE.parsed, tags=tags)


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
        pytest.param(seen(default=2), {"default_version": "1"}, None, 2, 1, id="the default goes back"),
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
