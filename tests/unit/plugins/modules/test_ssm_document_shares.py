"""ssm_document: with whom a document is shared, and how that ends."""

from __future__ import annotations

from typing import Any

import pytest
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.document_under_test import NAME, Documents, command

A, B, C = "111122223333", "444455556666", "012345678901"
MANY = [f"9{number:011}" for number in range(45)]
READS = ["DescribeDocument", "DescribeDocumentPermission"]
MODIFY = "ModifyDocumentPermission"


@pytest.fixture
def document(aws: Lab, run_module: RunModule) -> Documents:
    documents = Documents(aws, run_module)
    assert not documents(content=command())["failed"]
    return documents


def shares(lab: Lab) -> dict[str, str]:
    return lab.api.region.documents.get(NAME).shares


@pytest.mark.parametrize(
    ("there", "options", "writes", "after"),
    [
        pytest.param({}, {"share_with": [A, B]}, 1, {A: "$DEFAULT", B: "$DEFAULT"}, id="shared"),
        pytest.param({A: "$ALL"}, {"share_with": [B]}, 2, {B: "$DEFAULT"}, id="purged"),
        pytest.param({A: "$ALL"}, {"share_with": []}, 1, {}, id="ended"),
        pytest.param({A: "$ALL"}, {"share_with": [C], "purge_shares": False}, 1, {A: "$ALL", C: "$DEFAULT"}, id="kept"),
        pytest.param(
            {A: "$ALL", B: "$DEFAULT"},
            {"share_with": [A, B], "shared_document_version": "$LATEST"},
            1,
            {A: "$LATEST", B: "$LATEST"},
            id="another version",
        ),
        pytest.param({A: "$ALL"}, {"share_with": ["All"]}, 2, {"all": "$DEFAULT"}, id="to everybody"),
        pytest.param({"all": "$DEFAULT"}, {"share_with": [A]}, 2, {A: "$DEFAULT"}, id="to one only"),
        pytest.param({}, {"share_with": MANY}, 3, dict.fromkeys(MANY, "$DEFAULT"), id="twenty a call"),
        pytest.param(dict.fromkeys(MANY, "$ALL"), {"share_with": []}, 3, {}, id="twenty a call, ended"),
    ],
)
def test_sharing(
    document: Documents, aws: Lab, there: dict[str, str], options: dict[str, Any], writes: int, after: dict[str, str]
) -> None:
    aws.api.region.documents.get(NAME).shares = dict(there)
    done = document.four_steps([MODIFY] * writes, READS, **options)
    assert shares(aws) == done["document"]["shared_with"] == done["diff"]["after"]["shared_with"] == after
    assert done["diff"]["before"]["shared_with"] == there


@pytest.mark.parametrize(
    "options",
    [
        {"share_with": [B, A]},
        {"share_with": [A], "purge_shares": False},
        {"share_with": [A, B], "shared_document_version": "$ALL"},
        {},
    ],
)
def test_what_is_no_change_of_sharing(document: Documents, aws: Lab, options: dict[str, Any]) -> None:
    aws.api.region.documents.get(NAME).shares = {A: "$ALL", B: "$ALL"}
    aws.forget_calls()
    assert document(**options)["changed"] is False
    assert not aws.writes()


def test_hundreds_of_accounts_are_read_in_pages(document: Documents, aws: Lab) -> None:
    many = [f"9{number:011}" for number in range(450)]
    aws.api.region.documents.get(NAME).shares = dict.fromkeys(many, "$DEFAULT")
    aws.forget_calls()
    assert document(share_with=many)["changed"] is False
    assert len(aws.calls("DescribeDocumentPermission")) == 3
    document.refused(
        "too_many_shares", "1000 accounts", share_with=[f"8{number:011}" for number in range(551)], purge_shares=False
    )


def test_never_public_and_private_at_once(document: Documents, aws: Lab) -> None:
    aws.api.region.documents.get(NAME).shares = {A: "$ALL"}
    document.refused("shares_exclusive", "111122223333: set purge_shares", share_with=["all"], purge_shares=False)


def test_a_shared_document_is_deleted_only_when_told(document: Documents, aws: Lab) -> None:
    aws.api.region.documents.get(NAME).shares = dict.fromkeys(MANY, "$ALL")
    document.refused(
        "document_shared",
        "900000000000, 900000000001, 900000000002, 900000000003, 900000000004 and 40 more",
        state="absent",
    )
    done = document.four_steps(
        [MODIFY] * 3 + ["DeleteDocument"], ["DescribeDocument"], state="absent", unshare_on_delete=True
    )
    assert done["diff"]["before"]["shared_with"] == dict.fromkeys(MANY, "$ALL")


def test_the_flag_that_some_types_need_is_passed_on(document: Documents, aws: Lab) -> None:
    document(state="absent", force_delete=True)
    [deleted] = aws.calls("DeleteDocument")
    assert deleted.parameters == {"Name": NAME, "Force": True}


def test_the_earlier_names_of_the_flags_still_work(document: Documents, aws: Lab) -> None:
    aws.api.region.documents.get(NAME).shares = {A: "$ALL"}
    assert document(state="absent", unshare=True, force=True)["changed"] is True
    assert aws.writes()[-2:] == [MODIFY, "DeleteDocument"]
    assert aws.calls("DeleteDocument")[0].parameters == {"Name": NAME, "Force": True}
