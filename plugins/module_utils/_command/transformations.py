# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.parameters import text_lists
from .._common.patterns import instance_id_problems, mismatch, mismatches, refuse, target_problems
from .model import CommandRequest

MOST_INSTANCES = 50
_PATTERN_OF = {
    "output_s3_bucket": "s3_bucket",
    "output_s3_key_prefix": "s3_key_prefix",
    "cloudwatch_log_group": "log_group",
}
_NOTIFICATION = {
    "notification_arn": "NotificationArn",
    "notification_events": "NotificationEvents",
    "notification_type": "NotificationType",
}


def command_request(options: Mapping[str, Any]) -> CommandRequest:
    """The module's options as a request.

    :raises InvalidInput: naming everything that AWS would refuse and that can be told without it.
    """
    instance_ids, targets = options.get("instance_ids") or [], options.get("targets") or []
    comment = commented(options.get("comment"), options.get("token"))
    problems = mismatches({**options, "document": options["document_name"], "comment": None})
    problems += [
        found
        for name, pattern in _PATTERN_OF.items()
        if options.get(name) and (found := mismatch(pattern, options[name], name))
    ]
    problems += target_problems(targets) + instance_id_problems(instance_ids)
    problems += _recipient_problems(instance_ids, targets, options.get("expected_target_count"))
    problems += _number_problems(options) + _alarm_problems(options.get("alarm_configuration"))
    if comment and (found := mismatch("comment", comment, _comment_name(options))):
        problems.append(found)
    if options.get("document_hash_type") and not options.get("document_hash"):
        problems.append("document_hash_type is of no use without document_hash")
    refuse(problems)
    return CommandRequest(
        document_name=options["document_name"],
        document_version=options.get("document_version"),
        document_hash=options.get("document_hash"),
        document_hash_type=options.get("document_hash_type"),
        instance_ids=tuple(instance_ids),
        targets=tuple({"Key": target["key"], "Values": target["values"]} for target in targets),
        parameters=text_lists(options.get("parameters") or {}),
        comment=comment,
        timeout_seconds=options.get("timeout_seconds"),
        max_concurrency=options.get("max_concurrency"),
        max_errors=options.get("max_errors"),
        output_s3_bucket_name=options.get("output_s3_bucket"),
        output_s3_key_prefix=options.get("output_s3_key_prefix"),
        service_role_arn=options.get("service_role_arn"),
        notification_config=_notification(options.get("notification_config")),
        cloud_watch_output_config=_logs(options),
        alarm_configuration=_alarm(options.get("alarm_configuration")),
    )


def commented(comment: str | None, token: str | None) -> str | None:
    """The command's comment with the token as its last word: the one place of a command that AWS shows to everybody."""
    return " ".join(part for part in (comment, f"token={token}" if token else "") if part) or None


def _comment_name(options: Mapping[str, Any]) -> str:
    return "comment with the token behind it" if options.get("token") else "comment"


def short_name(document: str) -> str:
    """A document's name without the ARN around it."""
    return document.rsplit("document/", 1)[-1] if document.startswith("arn:") else document


def _recipient_problems(instance_ids: list[str], targets: list[Any], expected: int | None) -> list[str]:
    problems = []
    if not instance_ids and not targets:
        problems.append("instance_ids and targets are both empty: there is nowhere to run")
    if len(instance_ids) > MOST_INSTANCES:
        # Two commands would each have their own max_concurrency and max_errors: neither would hold any more.
        problems.append(f"at most {MOST_INSTANCES} instance_ids are possible, not {len(instance_ids)}: use targets")
    if len(set(instance_ids)) < len(instance_ids):
        problems.append("instance_ids names an instance twice")
    if expected is not None and (expected < 1 or (instance_ids and expected != len(instance_ids))):
        wanted = f"{len(instance_ids)}, the number of instance_ids" if instance_ids else "at least 1"
        problems.append(f"expected_target_count must be {wanted}, not {expected}")
    return problems


def _number_problems(options: Mapping[str, Any]) -> list[str]:
    problems = []
    delivery = options.get("timeout_seconds")
    if delivery is not None and not 30 <= delivery <= 2_592_000:
        problems.append(f"timeout_seconds must be from 30 to 2592000, not {delivery}")
    age = options.get("token_max_age")
    # AWS keeps commands for 30 days.
    if age is not None and not 60 <= age <= 2_592_000:
        problems.append(f"token_max_age must be from 60 to 2592000, not {age}")
    return problems


def _alarm_problems(alarm: Mapping[str, Any] | None) -> list[str]:
    if alarm is None:
        return []
    names = [one["name"] for one in alarm["alarms"]]
    if len(names) != 1:
        return ["alarm_configuration needs exactly one alarm"]
    return [found] if (found := mismatch("alarm_name", names[0], "the name of the alarm")) else []


def _alarm(alarm: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if alarm is None:
        return None
    asked: dict[str, Any] = {"Alarms": [{"Name": one["name"]} for one in alarm["alarms"]]}
    if alarm.get("ignore_poll_alarm_failure") is not None:
        asked["IgnorePollAlarmFailure"] = alarm["ignore_poll_alarm_failure"]
    return asked


def _notification(wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    return {_NOTIFICATION[name]: value for name, value in wanted.items() if value is not None}


def _logs(options: Mapping[str, Any]) -> dict[str, Any] | None:
    group, enabled = options.get("cloudwatch_log_group"), options.get("cloudwatch_output_enabled")
    if not group and enabled is None:
        return None
    asked: dict[str, Any] = {"CloudWatchOutputEnabled": True if enabled is None else enabled}
    return {**asked, "CloudWatchLogGroupName": group} if group else asked
