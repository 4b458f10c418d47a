# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .association import text_lists
from .execution import CommandRequest
from .patterns import instance_id_problems, mismatches, refuse, target_problems


def command_request(options: Mapping[str, Any]) -> CommandRequest:
    """The module's options as a request.

    :raises InvalidInput: naming everything that AWS would refuse and that can be told without it.
    """
    instance_ids, targets = options.get("instance_ids") or [], options.get("targets") or []
    problems = mismatches({**options, "document": options["document_name"]}) + target_problems(targets)
    problems += instance_id_problems(instance_ids)
    if not instance_ids and not targets:
        problems.append("instance_ids and targets are both empty: there is nowhere to run")
    if len(instance_ids) > 50:
        problems.append(f"at most 50 instance_ids are possible, not {len(instance_ids)}: use targets")
    if len(set(instance_ids)) < len(instance_ids):
        problems.append("instance_ids names an instance twice")
    delivery = options.get("timeout_seconds")
    if delivery is not None and not 30 <= delivery <= 2_592_000:
        problems.append(f"timeout_seconds must be from 30 to 2592000, not {delivery}")
    refuse(problems)
    log_group = options.get("cloudwatch_log_group")
    return CommandRequest(
        document_name=options["document_name"],
        document_version=options.get("document_version"),
        instance_ids=tuple(instance_ids),
        targets=tuple({"Key": target["key"], "Values": target["values"]} for target in targets),
        parameters=text_lists(options.get("parameters") or {}),
        comment=options.get("comment"),
        timeout_seconds=delivery,
        max_concurrency=options.get("max_concurrency"),
        max_errors=options.get("max_errors"),
        output_s3_bucket_name=options.get("output_s3_bucket"),
        output_s3_key_prefix=options.get("output_s3_key_prefix"),
        cloud_watch_output_config=(
            {"CloudWatchLogGroupName": log_group, "CloudWatchOutputEnabled": True} if log_group else None
        ),
    )
