# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from .._common.errors import AwsError
from .._common.wait import Deadline, PollInterval, wait
from . import api
from .document import Document
from .shares import SharePlan

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Tools:
    client: Any
    deadline: Deadline
    interval: PollInterval
    # Whether to wait until what was written is Active, and seen by whoever asks.
    waits: bool

    def until(
        self, look: Callable[[], Answer], done: Callable[[Answer], bool], what: Callable[[Answer], str]
    ) -> Answer:
        return wait(look, done, deadline=self.deadline, interval=self.interval, describe=what)

    def write(self, act: Callable[[], Answer], what: str) -> Answer:
        """Do it as soon as AWS has done the change before it: one at a time."""
        answers: list[Answer] = []

        def attempt() -> AwsError | None:
            try:
                answers.append(act())
            except AwsError as error:
                if error.aws_code != "TooManyUpdates":
                    raise
                return error
            return None

        self.until(attempt, lambda refused: refused is None, lambda refused: f"{what}: {refused}")
        return answers[0]


def find(tools: Tools, name: str) -> Document | None:
    """The document with its latest version, when nobody is changing it just now."""
    return tools.until(
        lambda: api.describe(tools.client, name),
        lambda seen: seen is None or seen.settled or not tools.waits,
        lambda seen: f"document {name} is still {seen.status if seen else 'absent'}",
    )


def set_default(tools: Tools, document: Document, number: int) -> Document:
    """Make a version the default one as soon as it can be used; the document as it is then."""
    # Moving the default to a version that is not Active would break whoever uses it.
    await_active(tools, document, number)
    api.set_default(tools.client, document.name, number)
    if not tools.waits:
        return replace(document, default_version=str(number))
    moved = tools.until(
        lambda: api.describe(tools.client, document.name),
        lambda seen: seen is not None and seen.default_version == str(number),
        lambda _: f"AWS does not show version {number} as the default one of document {document.name} yet",
    )
    return moved or document


def await_active(tools: Tools, document: Document, number: int) -> Document:
    """Wait until a version can be used.

    :raises WaitFailed: with AWS's own reason, when it never can.
    """
    which = f"version {number} of document {document.name}"
    is_it = document.document_version == str(number)
    known: list[Document] = [document] if is_it and document.settled else []
    version = str(number) if number < int(document.latest_version) else "$LATEST"

    def look_again() -> Document | None:
        return known.pop() if known else api.describe(tools.client, document.name, version)

    def right(seen: Document | None) -> Document | None:
        """Reads may be behind, and show the version before."""
        return seen if seen and seen.document_version == str(number) else None

    active = wait(
        look_again,
        lambda seen: (found := right(seen)) is not None and found.status == "Active",
        deadline=tools.deadline,
        interval=tools.interval,
        describe=lambda seen: f"{which} is {found.status if (found := right(seen)) else 'not there'}",
        failure_of=lambda seen: found.failure if (found := right(seen)) else None,
    )
    return active or document


def share(tools: Tools, name: str, todo: SharePlan) -> None:
    """Share and stop sharing, and wait until AWS shows it."""
    if not (todo.to_add or todo.to_remove):
        return
    api.share(tools.client, name, todo)
    if tools.waits:
        tools.until(
            lambda: api.list_shares(tools.client, name),
            lambda shares: shares == todo.after,
            lambda shares: f"document {name} is shared with {len(shares)} accounts, not with {len(todo.after)}",
        )


def delete_versions(tools: Tools, name: str, numbers: tuple[int, ...]) -> None:
    """Delete old versions, and wait until they are gone."""
    for number in numbers:
        tools.write(partial(api.delete, tools.client, name, number), f"version {number} of {name} is not deleted")
    if numbers and tools.waits:
        tools.until(
            lambda: {version.number for version in api.list_versions(tools.client, name)} & set(numbers),
            lambda left: not left,
            lambda left: f"versions {sorted(left)} of document {name} are still there",
        )
