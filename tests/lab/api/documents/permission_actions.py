"""The API actions on document permissions: which accounts a document is shared with."""

from __future__ import annotations

from lab.api.documents.store import Document
from lab.api.errors import ApiError
from lab.api.http.wire import Call
from lab.api.region import Region
from lab.api.registry import Result, action, page

EVERYBODY = "all"
MOST_ACCOUNTS = 1000
MOST_PUBLIC = 5


@action("ssm", "ModifyDocumentPermission")
def modify_document_permission(region: Region, call: Call) -> Result:
    document = region.documents.get_writable(call.params["Name"])
    added, removed = (_accounts(call.params.get(name, [])) for name in ("AccountIdsToAdd", "AccountIdsToRemove"))
    if not added and not removed:
        raise ApiError("ValidationException", "Specify AccountIdsToAdd or AccountIdsToRemove.")
    shared_version = call.params.get("SharedDocumentVersion", "$DEFAULT")
    # A document is shared publicly or with accounts, never both: the new way replaces the other.
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-sharing.html
    stays = {} if EVERYBODY in added else {who: what for who, what in document.shares.items() if who != EVERYBODY}
    shares = {**(stays if added else document.shares), **dict.fromkeys(added, shared_version)}
    # An account that is added and removed is removed.
    shares = {} if EVERYBODY in removed else {who: what for who, what in shares.items() if who not in removed}
    _check_limits(region, document, shares)
    document.shares = shares
    region.documents.changed(document)
    return {}


@action("ssm", "DescribeDocumentPermission")
def describe_document_permission(region: Region, call: Call) -> Result:
    region.documents.get_writable(call.params["Name"])
    document = region.documents.visible_document(call.params["Name"], call)
    accounts, token = page(list(document.shares), call.params, default=200)
    return {
        "AccountIds": accounts,
        "AccountSharingInfoList": [
            {"AccountId": account, "SharedDocumentVersion": document.shares[account]} for account in accounts
        ],
        "NextToken": token,
    }


def _accounts(ids: list[str]) -> list[str]:
    accounts = [account.lower() for account in ids]
    if EVERYBODY in accounts and len(accounts) > 1:
        raise ApiError("DocumentPermissionLimit", "Accounts can either be all or a group of AWS accounts")
    return accounts


def _check_limits(region: Region, document: Document, shares: dict[str, str]) -> None:
    public = [
        other for other in region.documents.own_documents() if EVERYBODY in other.shares and other is not document
    ]
    if len(shares) > MOST_ACCOUNTS:
        raise ApiError("DocumentPermissionLimit", f"A document can be shared with {MOST_ACCOUNTS} accounts at most.")
    if EVERYBODY in shares and len(public) >= MOST_PUBLIC:
        raise ApiError("DocumentPermissionLimit", f"At most {MOST_PUBLIC} documents can be shared publicly.")
