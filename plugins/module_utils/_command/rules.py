# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._common.errors import Problem, Refused
from .._common.targets import target_problems
from .._common.times import time_problems
from .model import Command, CommandRequest
from .transformations import has_token, short_name

# AWS keeps commands for 30 days.
_SHORTEST_AGE, _LONGEST_AGE = 60, 2_592_000
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
_LOG_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]+")
_TOKEN = re.compile(r"[a-zA-Z0-9_.:/=+@-]{1,64}")


def option_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the module's options beside AWS's own limits."""
    problems = _recipient_problems(options) + target_problems(options.get("targets") or [])
    token, age = options.get("client_token"), options.get("client_token_max_age")
    if token and not _TOKEN.fullmatch(token):
        problems.append(
            Problem(f"client_token must be 1 to 64 letters, digits or characters of _.:/=+@-, not {token!r}")
        )
    if age is not None and not _SHORTEST_AGE <= age <= _LONGEST_AGE:
        problems.append(Problem(f"client_token_max_age must be {_SHORTEST_AGE} to {_LONGEST_AGE}, not {age}"))
    group = options.get("cloud_watch_log_group_name")
    if group and not _LOG_GROUP.fullmatch(group):
        problems.append(
            Problem(f"cloud_watch_log_group_name must have letters, digits or characters of .-_/# only, not {group!r}")
        )
    if options.get("document_hash_type") and not options.get("document_hash"):
        problems.append(Problem("document_hash_type requires document_hash"))
    return problems


def _recipient_problems(options: Mapping[str, Any]) -> list[Problem]:
    instance_ids, expected = options.get("instance_ids") or [], options.get("expected_target_count")
    problems = []
    if not instance_ids and not options.get("targets"):
        problems.append(Problem("instance_ids and targets are both empty: there is no node to run on"))
    if len(set(instance_ids)) < len(instance_ids):
        problems.append(Problem("instance_ids contains an instance twice", "instance_id_repeated"))
    if expected is not None and (expected < 1 or (instance_ids and expected != len(instance_ids))):
        needed = f"{len(instance_ids)}, the number of instance_ids" if instance_ids else "at least 1"
        problems.append(Problem(f"expected_target_count must be {needed}, not {expected}"))
    return problems


def query_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options of ssm_command_info beside AWS's own limits."""
    problems = time_problems(options["invoked_after"], "invoked_after")
    if options["max_commands"] < 1:
        problems.append(Problem(f"max_commands must be at least 1, not {options['max_commands']}"))
    # https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommands.html
    if options["instance_id"] and options["status"] == "Pending":
        problems.append(Problem("instance_id and status=Pending exclude each other: no node has such a command yet"))
    return problems


def find_by_token(commands: Iterable[Command], token: str, request: CommandRequest) -> Command | None:
    """The command that was sent with this token, or None.

    :raises Refused: when it differs from the request, or when there are several.
    """
    found = [command for command in commands if has_token(command.comment, token)]
    if len(found) > 1:
        ids = " and ".join(command.command_id for command in found)
        raise Refused(
            f"client_token {token} was used by commands {ids}: the module cannot tell which one is meant",
            code="client_token_ambiguous",
        )
    for command in found:
        if difference := _differences(command, request):
            raise Refused(
                f"client_token {token} belongs to command {command.command_id}, which has another {difference}: "
                "use another token for another command",
                code="client_token_taken",
            )
    return found[0] if found else None


def _differences(command: Command, request: CommandRequest) -> str:
    """How a command differs from the request. Parameters are not compared: their forms can differ."""
    different = []
    if short_name(command.document_name) != short_name(request.document_name):
        different.append(f"document ({command.document_name})")
    if sorted(command.instance_ids) != sorted(request.instance_ids):
        different.append(f"set of instances ({', '.join(command.instance_ids) or 'found by targets'})")
    if _comparable(command.targets) != _comparable(request.targets):
        different.append("set of targets")
    return " and ".join(different)


def _comparable(targets: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    return sorted((target["key"], sorted(target["values"])) for target in targets)
