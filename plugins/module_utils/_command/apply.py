# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from contextlib import suppress

from .._aws.context import Context, SendOnceContext
from .._aws.once import once, unanswered
from .._common.errors import AwsError, PatchingError, WaitTimeout
from . import api
from .model import Command, CommandRequest
from .read import find_command

# AWS shows a new command a moment after it has accepted it.
_VISIBLE_WITHIN = 30.0


def send_command(context: SendOnceContext, request: CommandRequest) -> Command:
    """Send a command exactly once.

    :raises AwsError: also when there was no response; then it says that it is not known whether the command runs.
    """
    client = context.send_once_client()
    try:
        return once(context, lambda: api.send_command(client, request), "the command was not sent")
    except AwsError as error:
        if not unanswered(error):
            raise
        message = f"{error}; it is not known whether the command runs: look for it in AWS before you send it again"
        raise AwsError(message, error.aws_code, error.operation, code="command_unanswered") from error


def send_command_with_token(
    context: SendOnceContext, request: CommandRequest, token: str | None, max_age: int
) -> Command:
    """Send a command exactly once. Without a response, the command is looked for by its token."""
    try:
        return send_command(context, request)
    except AwsError as error:
        if token is None or not unanswered(error):
            raise
        with suppress(WaitTimeout):
            found = context.at_most(_VISIBLE_WITHIN).poll_until(
                lambda found: found is not None,
                lambda: find_command(context.client, request, token, max_age),
                describe=lambda _found: "not found",
            )
            if found:
                return found
        raise


def cancel_command(context: Context, command_id: str) -> tuple[bool, str]:
    """Ask AWS to cancel a command.

    :return: whether AWS accepted the request, and what it means, in words.
    """
    try:
        api.cancel_command(context.client, command_id)
    except PatchingError as error:
        return False, f"the cancellation failed, so the command may still run: {error}"
    # A cancellation does not reach into the documents that a document runs, and a reboot makes the agent forget it.
    return True, (
        "its cancellation is requested, which need not stop what a node runs already: do not patch, restore or reboot "
        "a node before the command has ended there"
    )
