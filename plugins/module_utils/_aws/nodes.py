# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

from .._common.errors import AwsError
from .call import paginate

_NODES_PER_CALL = 50


def list_nodes(client: Any, instance_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What Systems Manager knows of nodes, 50 a call. One that it does not know is left out."""
    return [node for batch in batched(instance_ids, _NODES_PER_CALL) for node in _list_batch(client, batch)]


def _list_batch(client: Any, batch: Sequence[str]) -> list[dict[str, Any]]:
    try:
        return paginate(
            client,
            "describe_instance_information",
            "InstanceInformationList",
            Filters=[{"Key": "InstanceIds", "Values": list(batch)}],
            PaginationConfig={"PageSize": _NODES_PER_CALL},
        )
    except AwsError as error:
        if error.aws_code != "InvalidInstanceId":
            raise
        # AWS refuses the whole call for one unknown id, and need not say which: ask for each half.
        if len(batch) == 1:
            return []
        half = len(batch) // 2
        return _list_batch(client, batch[:half]) + _list_batch(client, batch[half:])
