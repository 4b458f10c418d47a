# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._common.errors import Refused

# Everybody, in AWS's words.
EVERYBODY = "all"
A_CALL = 20
MOST = 1000
# What AWS shares when nothing is said.
USUAL = "$DEFAULT"


@dataclass(frozen=True, kw_only=True)
class SharePlan:
    """Whom to stop and to begin sharing with, and who has which version afterwards."""

    to_remove: tuple[str, ...] = ()
    to_add: tuple[str, ...] = ()
    version: str | None = None
    after: dict[str, str]


def plan_shares(current: Mapping[str, str], wanted: Sequence[str], version: str | None, purge: bool) -> SharePlan:
    """From one set of accounts to another.

    :param current: account id (or ``all``) and the version shared with it.
    :param version: ``$LATEST``, ``$DEFAULT`` or ``$ALL`` for all that are wanted; None leaves it to AWS for new ones.
    :raises Refused: when AWS offers no way.
    """
    asked = accounts(wanted)
    kept = {} if purge else {who: what for who, what in current.items() if who not in asked}
    after = {**kept, **{who: version or current.get(who, USUAL) for who in asked}}
    if EVERYBODY in after and len(after) > 1:
        raise Refused(
            f"AWS shares a document with {EVERYBODY} or with accounts, never both, and it is shared with "
            f"{named(current)}: set purge_shares to end that"
        )
    if len(after) > MOST:
        raise Refused(f"AWS shares a document with at most {MOST} accounts, and these would be {len(after)}")
    return SharePlan(
        to_remove=tuple(who for who in current if who not in after),
        to_add=tuple(who for who in asked if current.get(who) != after[who]),
        version=version,
        after=dict(sorted(after.items())),
    )


def accounts(wanted: Sequence[str]) -> tuple[str, ...]:
    """As AWS writes them, each once."""
    return tuple(dict.fromkeys(account.strip().lower() for account in wanted))


def share_problems(wanted: Sequence[str]) -> list[str]:
    asked = accounts(wanted)
    wrong = [account for account in asked if account != EVERYBODY and not (len(account) == 12 and account.isdecimal())]
    problems = [f"share_with must hold account ids of 12 digits (quoted), or all, not {account!r}" for account in wrong]
    if EVERYBODY in asked and len(asked) > 1:
        problems.append("share_with is all or some account ids, never both")
    return problems


def calls(asked: Sequence[str]) -> list[list[str]]:
    """As many at a time as AWS takes."""
    return [list(asked[start : start + A_CALL]) for start in range(0, len(asked), A_CALL)]


def named(shares: Mapping[str, str]) -> str:
    """For a message: the first few of them."""
    shown = sorted(shares)[:5]
    return ", ".join(shown) + (f" and {len(shares) - len(shown)} more" if len(shares) > len(shown) else "")
