# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import Problem

# AWS's model has this pattern for InstanceIds, but takes any text as a value of the target key InstanceIds.
_INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")


def instance_id_problems(instance_ids: Iterable[str]) -> list[Problem]:
    return [
        Problem(
            f"instance_id must look like i-0123456789abcdef0 or mi-0123456789abcdef0, not {value!r}",
            "instance_id_invalid",
        )
        for value in instance_ids
        if not _INSTANCE_ID.fullmatch(value)
    ]


def target_problems(targets: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with targets and AWS's model does not say.

    :param targets: with ``key`` and ``values``.
    """
    problems = []
    for target in targets:
        key, values = str(target.get("key") or ""), target.get("values") or []
        if not values:
            problems.append(Problem(f"target {key} needs at least one value"))
        if key == "InstanceIds" and values != ["*"]:
            problems += instance_id_problems(values)
    return problems
