from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import content_from
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import (
    DesiredDocument,
    Document,
    DocumentVersion,
    ObservedDocument,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.plan import plan_document
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.report import (
    predicted_document,
    removed_state,
    written_result,
)

CONTENT = content_from("schemaVersion: '2.2'\n")
DOCUMENT = Document(
    name="doc",
    document_version="2",
    latest_version="2",
    default_version="1",
    status="Active",
    document_type="Session",
    version_name="v2",
    hash="0b1c",
    owner="123456789012",
    created_at="2026-08-01T09:30:00.000Z",
    platform_types=("Linux",),
)


def predicted(observed: ObservedDocument | None, desired: DesiredDocument, wait: bool = True) -> Document:
    return predicted_document(observed, desired, plan_document(observed, desired), wait)


@pytest.mark.parametrize(
    ("desired", "keys", "more"),
    [
        ({}, {"document"}, set()),
        ({"tags": {"a": "b"}}, {"document"}, {"tags"}),
        ({"share_with": ("all",)}, {"document"}, {"shared_with"}),
        ({"keep_versions": 1}, {"document", "deleted_versions"}, set()),
    ],
)
def test_a_result_has_what_was_asked_for(desired: dict[str, Any], keys: set[str], more: set[str]) -> None:
    versions = tuple(DocumentVersion(document_version=str(number)) for number in (1, 2))
    observed = ObservedDocument(document=DOCUMENT, versions=versions)
    plan = plan_document(observed, DesiredDocument(name="doc", default_version="latest", **desired))
    result = written_result(DOCUMENT, plan)
    assert set(result) == keys
    assert set(result["document"]) - set(DOCUMENT.as_dict()) == more
    assert result.get("deleted_versions", [1]) == [1]


def test_a_removed_document_shows_with_whom_it_was_shared() -> None:
    assert removed_state(ObservedDocument(document=DOCUMENT, shares={})) == DOCUMENT.as_dict()
    shared = ObservedDocument(document=DOCUMENT, shares={"all": "$ALL"})
    assert removed_state(shared) == {**DOCUMENT.as_dict(), "shared_with": {"all": "$ALL"}}


@pytest.mark.parametrize(("wait", "status"), [(True, "Active"), (False, "Creating")])
def test_a_predicted_creation(wait: bool, status: str) -> None:
    desired = DesiredDocument(name="doc", content=CONTENT, version_name="v1", requires=({"name": "other"},))
    assert predicted(None, desired, wait) == Document(
        name="doc",
        document_version="1",
        latest_version="1",
        default_version="1",
        status=status,
        document_type="Command",
        document_format="YAML",
        schema_version="2.2",
        version_name="v1",
        requires=({"name": "other"},),
    )


@pytest.mark.parametrize(("wait", "status"), [(True, "Active"), (False, "Updating")])
def test_a_predicted_update(wait: bool, status: str) -> None:
    desired = DesiredDocument(name="doc", content=CONTENT, default_version="latest", target_type="/")
    found = predicted(ObservedDocument(document=DOCUMENT), desired, wait)
    assert (found.document_version, found.latest_version, found.default_version) == ("3", "3", "3")
    assert (found.status, found.document_type, found.target_type, found.version_name) == (status, "Session", "/", None)
    # Only AWS knows these of a new version.
    assert (found.hash, found.created_at) == (None, None)
    assert (found.owner, found.platform_types) == ("123456789012", ("Linux",))


def test_without_a_new_version_the_document_stays_as_it_is() -> None:
    found = predicted(ObservedDocument(document=DOCUMENT), DesiredDocument(name="doc", default_version="2"))
    assert (found.default_version, found.hash, found.document_version) == ("2", "0b1c", "2")
