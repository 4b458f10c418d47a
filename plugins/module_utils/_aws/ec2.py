# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

from .call import paginate


def describe_instances(client: Any, instance_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Instances as EC2 returns them, 200 a call. One that EC2 does not know is left out."""
    found: list[dict[str, Any]] = []
    for batch in batched(instance_ids, 200):
        # A filter, because one unknown id in InstanceIds would fail the whole call.
        filters = [{"Name": "instance-id", "Values": list(batch)}]
        reservations = paginate(client, "describe_instances", "Reservations", Filters=filters, **_with_managed(client))
        found += [instance for reservation in reservations for instance in reservation["Instances"]]
    return found


def _with_managed(client: Any) -> dict[str, bool]:
    """Instances that AWS services manage may be hidden. Older versions of botocore cannot ask for them."""
    known = client.meta.service_model.operation_model("DescribeInstances").input_shape.members
    return {"IncludeManagedResources": True} if "IncludeManagedResources" in known else {}
