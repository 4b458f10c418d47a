# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

from .call import paginate


def scaling_groups(client: Any, instance_ids: Sequence[str]) -> dict[str, str]:
    """The Auto Scaling group of each instance that is in one, 50 a call.

    The answer has managed instances unless the request excludes them.
    """
    found: dict[str, str] = {}
    for batch in batched(instance_ids, 50):
        items = paginate(client, "describe_auto_scaling_instances", "AutoScalingInstances", InstanceIds=list(batch))
        found |= {item["InstanceId"]: item["AutoScalingGroupName"] for item in items}
    return found
