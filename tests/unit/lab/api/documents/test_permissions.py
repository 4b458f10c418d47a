"""The accounts that documents are shared with, and what sharing prevents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab

STEP = '{"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": ["id"]}}'
TEXT = f'{{"schemaVersion": "2.2", "mainSteps": [{STEP}]}}'
A, B = "111122223333", "444455556666"
MANY = [f"{number:012}" for number in range(1001)]


@pytest.fixture
def share(ssm: Any) -> Callable[..., Any]:
    ssm.create_document(Name="my-doc", Content=TEXT)

    def modify(name: str = "my-doc", **params: Any) -> Any:
        return ssm.modify_document_permission(Name=name, PermissionType="Share", **params)

    return modify


def shared(ssm: Any, **params: Any) -> dict[str, str]:
    found = ssm.describe_document_permission(Name="my-doc", PermissionType="Share", **params)
    assert found["AccountIds"] == [item["AccountId"] for item in found["AccountSharingInfoList"]]
    return {item["AccountId"]: item["SharedDocumentVersion"] for item in found["AccountSharingInfoList"]}


def test_accounts_are_added_and_removed(ssm: Any, share: Callable[..., Any]) -> None:
    share(AccountIdsToAdd=[A, B], SharedDocumentVersion="$LATEST")
    share(AccountIdsToAdd=[B])
    assert shared(ssm) == {A: "$LATEST", B: "$DEFAULT"}
    share(AccountIdsToAdd=[A], AccountIdsToRemove=[A])
    assert shared(ssm) == {B: "$DEFAULT"}


def test_public_or_private_and_never_both(ssm: Any, share: Callable[..., Any]) -> None:
    share(AccountIdsToAdd=[A])
    share(AccountIdsToAdd=["All"])
    assert shared(ssm) == {"all": "$DEFAULT"}
    share(AccountIdsToAdd=[B])
    assert shared(ssm) == {B: "$DEFAULT"}
    share(AccountIdsToRemove=["all"])
    assert shared(ssm) == {}


def test_permissions_come_in_pages(ssm: Any, share: Callable[..., Any]) -> None:
    share(AccountIdsToAdd=MANY[:5])
    first = ssm.describe_document_permission(Name="my-doc", PermissionType="Share", MaxResults=3)
    assert first["AccountIds"] == MANY[:3]
    assert list(shared(ssm, NextToken=first["NextToken"])) == MANY[3:5]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"name": "none", "AccountIdsToAdd": [A]}, "InvalidDocument"),
        ({"name": "AWS-Noop", "AccountIdsToAdd": [A]}, "AccessDeniedException"),
        ({"AccountIdsToAdd": ["12"]}, "ValidationException"),
        ({"AccountIdsToAdd": MANY[:21]}, "ValidationException"),
        ({"AccountIdsToAdd": [A], "SharedDocumentVersion": "1"}, "ValidationException"),
        ({}, "ValidationException"),
        ({"AccountIdsToAdd": ["all", A]}, "DocumentPermissionLimit"),
    ],
)
def test_what_sharing_refuses(
    share: Callable[..., Any], refusal: Callable[..., str], params: dict[str, Any], code: str
) -> None:
    assert refusal(share, **params) == code


def test_a_thousand_accounts_and_five_public_documents(
    lab_api: Lab, ssm: Any, share: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    lab_api.api.region.documents.get("my-doc").shares = dict.fromkeys(MANY[:999], "$DEFAULT")
    share(AccountIdsToAdd=[MANY[999]])
    assert refusal(share, AccountIdsToAdd=[MANY[1000]]) == "DocumentPermissionLimit"
    for number in range(5):
        ssm.create_document(Name=f"public-{number}", Content=TEXT)
        share(name=f"public-{number}", AccountIdsToAdd=["all"])
    assert refusal(share, AccountIdsToAdd=["all"]) == "DocumentPermissionLimit"
    share(name="public-1", AccountIdsToAdd=["all"], SharedDocumentVersion="$ALL")


def test_a_shared_document_is_not_deleted(ssm: Any, share: Callable[..., Any], refusal: Callable[..., str]) -> None:
    share(AccountIdsToAdd=[A])
    assert refusal(ssm.delete_document, Name="my-doc") == "InvalidDocumentOperation"
    share(AccountIdsToRemove=[A])
    ssm.delete_document(Name="my-doc")


def test_reads_can_be_behind(lab_api: Lab, ssm: Any, share: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    lab_api.fault("stale", seconds=0.2)
    share(AccountIdsToAdd=[A])
    ssm.update_document(Name="my-doc", Content=TEXT.replace('"a"', '"b"'), DocumentVersion="$LATEST")

    def versions() -> int:
        try:
            return len(ssm.list_document_versions(Name="my-doc")["DocumentVersions"])
        except ssm.exceptions.InvalidDocument:
            return 0

    assert versions() < 2
    eventually(lambda: versions() == 2)
    assert shared(ssm) == {A: "$DEFAULT"}
    assert ssm.describe_document(Name="my-doc", DocumentVersion="2")["Document"]["LatestVersion"] == "2"


def test_a_read_that_is_behind_shows_what_was(lab_api: Lab, ssm: Any, refusal: Callable[..., str]) -> None:
    lab_api.fault("stale", seconds=30)
    ssm.create_document(Name="new-doc", Content=TEXT)
    assert refusal(ssm.describe_document, Name="new-doc") == "InvalidDocument"
    assert refusal(ssm.create_document, Name="new-doc", Content=TEXT) == "DocumentAlreadyExists"
