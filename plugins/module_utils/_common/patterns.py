# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Problem, raise_if_any

# As in AWS's own service model, so that wrong input is told before anything is changed, and never more strictly than
# AWS tells it.
_MAX_CONCURRENCY = r"[1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%"
_MAX_ERRORS = r"0|[1-9][0-9]*|[1-9][0-9]%|[0-9]%|100%"
PATTERNS = {
    "association_id": (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "a UUID"),
    "association_name": (r"[a-zA-Z0-9_\-.]{3,128}", "3 to 128 letters, digits, dots, dashes or underscores"),
    "document": (r"[a-zA-Z0-9_\-.:/]{3,128}", "a document's name or ARN"),
    "document_version": (r"\$LATEST|\$DEFAULT|[1-9][0-9]*", "$DEFAULT, $LATEST or a number"),
    "version_name": (r"[a-zA-Z0-9_\-.]{1,128}", "1 to 128 letters, digits, dots, dashes or underscores"),
    "target_type": (r"/[\w.\-:/]{0,199}", "a resource type as /AWS::EC2::Instance, or / for any"),
    "display_name": (r"[\w.\-:/ ]{0,1024}", "at most 1,024 letters, digits, spaces or any of _.-:/"),
    "max_concurrency": (_MAX_CONCURRENCY, "a number from 1, or 1% to 100%"),
    "max_errors": (_MAX_ERRORS, "a number from 0, or 0% to 100%"),
    "automation_target_parameter_name": (r".{1,50}", "1 to 50 characters"),
    "association_dispatch_assume_role": (r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+", "the ARN of an IAM role"),
    "instance_id": (r"i-(\w{8}|\w{17})|mi-\w{17}", "as i-0123456789abcdef0 or mi-0123456789abcdef0"),
    "target_key": (r"[\w\s.:/=\-@]{1,163}", "as tag:Name, InstanceIds or resource-groups:Name"),
    "s3_bucket": (r".{3,63}", "3 to 63 characters"),
    "s3_key_prefix": (r".{0,500}", "at most 500 characters"),
    "s3_region": (r".{3,20}", "3 to 20 characters"),
    "document_hash": (r".{1,256}", "at most 256 characters"),
    "token": (r"[a-zA-Z0-9_.:/=+@-]{1,64}", "1 to 64 letters, digits or any of _.:/=+@-"),
    "log_group": (r"[.\-_/#A-Za-z0-9]{1,512}", "1 to 512 letters, digits or any of .-_/#"),
    "alarm_name": (r"(?!\s*$).{1,255}", "1 to 255 characters"),
    "comment": (r"(?s:.{0,100})", "at most 100 characters"),
}


def mismatch(pattern: str, value: Any, name: str = "") -> str | None:
    """What is wrong with one value, or None."""
    expression, meaning = PATTERNS[pattern]
    if re.fullmatch(expression, str(value)):
        return None
    return f"{name or pattern} must be {meaning}, not {str(value)!r}"


def mismatches(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with each value whose name is a pattern's; unset and empty values are fine."""
    return [found for name in PATTERNS if values.get(name) and (found := mismatch(name, values[name]))]


def refuse(problems: list[str]) -> None:
    """:raises InvalidInput: naming every problem, when there is one."""
    raise_if_any(Problem(problem) for problem in problems)


def instance_id_problems(instance_ids: list[str]) -> list[str]:
    return [found for value in instance_ids if (found := mismatch("instance_id", value))]


def target_problems(targets: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the targets of a command or an association."""
    problems = [] if len(targets) <= 5 else [f"at most 5 targets are possible, not {len(targets)}"]
    for target in targets:
        key, values = str(target.get("key") or ""), target.get("values") or []
        if found := mismatch("target_key", key, "the key of a target"):
            problems.append(found)
        if not 1 <= len(values) <= 50:
            problems.append(f"target {key} needs 1 to 50 values, not {len(values)}")
        if key == "InstanceIds" and values != ["*"]:
            problems += instance_id_problems(values)
    return problems
