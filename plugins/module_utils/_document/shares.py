# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._common.errors import Problem, Refused
from .model import SharePlan

# AWS's word for all accounts.
EVERYBODY = "all"
MAX_ACCOUNTS = 1000
# The version that AWS shares by default.
DEFAULT_VERSION = "$DEFAULT"


def plan_shares(current: Mapping[str, str], desired: Sequence[str], version: str | None, purge: bool) -> SharePlan:
    """
    :param current: the version that is shared with each account id (or ``all``).
    :param version: ``$LATEST``, ``$DEFAULT`` or ``$ALL`` for all desired accounts. None keeps what they have.
    :raises Refused: when AWS does not allow the result.
    """
    accounts = account_ids(desired)
    kept = {} if purge else {account: shared for account, shared in current.items() if account not in accounts}
    after = {**kept, **{account: version or current.get(account, DEFAULT_VERSION) for account in accounts}}
    if EVERYBODY in after and len(after) > 1:
        raise Refused(
            f"AWS shares a document with {EVERYBODY} or with accounts, but not with both, and it is shared with "
            f"{account_names(current)}: set purge_shares to end that",
            code="shares_exclusive",
        )
    if len(after) > MAX_ACCOUNTS:
        raise Refused(
            f"AWS shares a document with at most {MAX_ACCOUNTS} accounts, not with {len(after)}", code="too_many_shares"
        )
    return SharePlan(
        to_remove=tuple(account for account in current if account not in after),
        to_add=tuple(account for account in accounts if current.get(account) != after[account]),
        version=version,
        after=dict(sorted(after.items())),
    )


def account_ids(given: Sequence[str]) -> tuple[str, ...]:
    """The accounts as AWS writes them, each once."""
    return tuple(dict.fromkeys(account.strip().lower() for account in given))


def share_problems(given: Sequence[str]) -> list[Problem]:
    accounts = account_ids(given)
    if EVERYBODY in accounts and len(accounts) > 1:
        return [Problem("share_with takes all or account ids, but not both")]
    return []


def account_names(shares: Mapping[str, str]) -> str:
    """The first few accounts for a message."""
    shown = sorted(shares)[:5]
    return ", ".join(shown) + (f" and {len(shares) - len(shown)} more" if len(shares) > len(shown) else "")
