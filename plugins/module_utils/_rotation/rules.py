# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re

from .._common.errors import Problem, raise_if_any

_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def ec2_instance_id_problems(*instance_ids: str) -> list[Problem]:
    """The values that are no ids of EC2 instances. AWS would take them for targets that are not registered: its
    model has no pattern for the id of a target."""
    return [
        Problem(f"{each!r} is no EC2 instance id; it must look like i-0123456789abcdef0", "instance_id_invalid")
        for each in instance_ids
        if not _INSTANCE_ID.fullmatch(each)
    ]


def checked_instance_ids(instance_ids: list[str]) -> list[str]:
    """The ids, each of them once.

    :raises InvalidInput: naming every id that is none.
    """
    raise_if_any(ec2_instance_id_problems(*instance_ids))
    return list(dict.fromkeys(instance_ids))
