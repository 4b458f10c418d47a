from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    PatchingError,
    Refused,
    WaitFailed,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import content_from
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import (
    DesiredDocument,
    Document,
    DocumentVersion,
    ObservedDocument,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plan import (
    needs_lookup,
    needs_users,
    plan_document,
    surplus_versions,
)

BEFORE, AFTER = content_from({"schemaVersion": "2.2"}), content_from({"schemaVersion": "2.2", "description": "new"})


def described(version: int, latest: int = 2, default: int = 1) -> Document:
    return Document(
        name="doc",
        document_version=str(version),
        latest_version=str(latest),
        default_version=str(default),
        status="Active",
        document_type="Command",
    )


def observed(latest: int = 2, default: int = 1, **more: Any) -> ObservedDocument:
    return ObservedDocument(document=described(latest, latest, default), content=BEFORE.parsed, **more)


FAILED = ObservedDocument(
    document=dataclasses.replace(described(2), status="Failed", status_information="no such step"),
    content=BEFORE.parsed,
)


@pytest.mark.parametrize(
    ("there", "desired", "write", "version", "default"),
    [
        pytest.param(None, {"content": AFTER}, "create", 1, None, id="created"),
        pytest.param(None, {"content": AFTER, "default_version": "latest"}, "create", 1, None, id="created as default"),
        pytest.param(observed(), {"content": BEFORE}, None, 2, None, id="the same"),
        pytest.param(observed(), {"content": AFTER}, "update", 3, None, id="another version"),
        pytest.param(
            observed(), {"content": AFTER, "default_version": "latest"}, "update", 3, 3, id="at once the default"
        ),
        pytest.param(
            observed(), {"content": BEFORE, "default_version": "latest"}, None, 2, 2, id="the default moves on"
        ),
        pytest.param(observed(), {"default_version": "1"}, None, 2, None, id="default already"),
        pytest.param(
            observed(default=2, default_candidate=described(1)),
            {"default_version": "1"},
            None,
            2,
            1,
            id="the default goes back",
        ),
        pytest.param(observed(), {"content": BEFORE, "version_name": "v2"}, None, 2, None, id="nothing to name"),
        pytest.param(observed(), {"content": AFTER, "display_name": "Doc"}, "update", 3, None, id="name and content"),
        pytest.param(observed(), {"document_type": "Command"}, None, 2, None, id="the type that it has"),
    ],
)
def test_plan(
    there: ObservedDocument | None, desired: dict[str, Any], write: str | None, version: int, default: int | None
) -> None:
    plan = plan_document(there, DesiredDocument(name="doc", **desired))
    assert (plan.write, plan.version, plan.new_default) == (write, version, default)
    assert (plan.before != plan.after) is (write is not None or default is not None)


@pytest.mark.parametrize(
    ("there", "desired", "error", "code"),
    [
        (None, {}, InvalidInput, "content_required"),
        (None, {"content": AFTER, "default_version": "2"}, InvalidInput, "document_version_not_found"),
        (observed(), {"default_version": "3"}, InvalidInput, "document_version_not_found"),
        (observed(), {"document_type": "Automation"}, Refused, "document_type_fixed"),
        (observed(), {"display_name": "Doc"}, InvalidInput, "content_required"),
        (observed(), {"content": BEFORE, "display_name": "Doc"}, Refused, "content_unchanged"),
        (FAILED, {"content": BEFORE}, WaitFailed, "document_failed"),
        (FAILED, {"default_version": "2"}, WaitFailed, "document_failed"),
    ],
)
def test_plan_refuses(
    there: ObservedDocument | None, desired: dict[str, Any], error: type[PatchingError], code: str
) -> None:
    with pytest.raises(error) as refused:
        plan_document(there, DesiredDocument(name="doc", **desired))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("purge", "to_set", "to_remove", "after"),
    [
        (True, {"b": "2"}, ("c",), {"a": "1", "b": "2", "aws:x": "y"}),
        (False, {"b": "2"}, (), {"a": "1", "b": "2", "c": "3", "aws:x": "y"}),
    ],
)
def test_tags(purge: bool, to_set: dict[str, str], to_remove: tuple[str, ...], after: dict[str, str]) -> None:
    there = {"a": "1", "b": "0", "c": "3", "aws:x": "y"}
    found = plan_document(
        observed(tags=there), DesiredDocument(name="doc", tags={"a": "1", "b": "2"}, purge_tags=purge)
    ).tags
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
def test_another_default_version_is_looked_up(asked: str | None, found: bool) -> None:
    document = dataclasses.replace(described(3, latest=3, default=1), version_name="v3")
    assert needs_lookup(document, asked) is found


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
    assert surplus_versions(numbers, keep, protected) == found


def versions(count: int) -> tuple[DocumentVersion, ...]:
    return tuple(
        DocumentVersion(document_version=str(number), version_name=f"v{number}") for number in range(1, count + 1)
    )


@pytest.mark.parametrize(
    ("there", "desired", "first", "last"),
    [
        pytest.param(observed(3, 1, versions=versions(3)), {"keep_versions": 2}, (), (2,), id="the oldest in no use"),
        pytest.param(
            observed(3, 1, versions=versions(3), users={"a-1": "2", "a-2": "$LATEST"}),
            {"keep_versions": 1},
            (),
            (),
            id="all used",
        ),
        pytest.param(
            observed(1000, 1000, versions=versions(1000)),
            {"content": AFTER, "keep_versions": 999},
            (1,),
            (2,),
            id="full",
        ),
        pytest.param(
            observed(1000, 1, versions=versions(1000)),
            {"content": AFTER, "keep_versions": 999, "default_version": "latest"},
            (2,),
            (1,),
            id="full, and the oldest is the default until the end",
        ),
    ],
)
def test_versions_to_delete(
    there: ObservedDocument, desired: dict[str, Any], first: tuple[int, ...], last: tuple[int, ...]
) -> None:
    plan = plan_document(there, DesiredDocument(name="doc", **desired))
    assert (plan.delete_first, plan.delete_last) == (first, last)


@pytest.mark.parametrize(
    ("there", "desired", "code"),
    [
        (observed(2, versions=versions(2)), {"content": AFTER, "version_name": "v1"}, "version_name_taken"),
        (observed(1000, versions=versions(1000)), {"content": AFTER}, "too_many_versions"),
    ],
)
def test_a_version_that_cannot_be_added(there: ObservedDocument, desired: dict[str, Any], code: str) -> None:
    with pytest.raises(PatchingError) as refused:
        plan_document(there, DesiredDocument(name="doc", **desired))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("there", "desired", "found"),
    [
        (observed(3, 1, versions=versions(3)), {}, False),
        (observed(3, 1, versions=versions(3)), {"keep_versions": 3}, False),
        (observed(3, 1, versions=versions(3)), {"keep_versions": 2}, True),
        (observed(3, 1, versions=versions(3)), {"keep_versions": 3, "content": AFTER}, True),
        (observed(2, 1, versions=versions(2)), {"keep_versions": 1}, False),
        (observed(2, 1, versions=versions(2)), {"keep_versions": 1, "default_version": "latest"}, True),
    ],
)
def test_when_users_must_be_read(there: ObservedDocument, desired: dict[str, Any], found: bool) -> None:
    assert needs_users(there, DesiredDocument(name="doc", **desired)) is found


def test_the_states_of_a_creation() -> None:
    desired = DesiredDocument(
        name="doc",
        content=AFTER,
        requires=({"name": "other"},),
        tags={"a": "b"},
        share_with=("all",),
        keep_versions=3,
    )
    plan = plan_document(None, desired)
    assert plan.before == {}
    assert plan.after == {
        "content": AFTER.parsed,
        "target_type": None,
        "display_name": None,
        "requires": [{"name": "other"}],
        "latest_version": 1,
        "default_version": 1,
        "tags": {"a": "b"},
        "shared_with": {"all": "$DEFAULT"},
        "versions": [1],
    }
