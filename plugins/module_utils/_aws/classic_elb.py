# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .call import paginate


def classic_load_balancers(client: Any) -> dict[str, list[str]]:
    """The names of the Classic Load Balancers that each instance is registered with; 400 load balancers a call."""
    found: dict[str, list[str]] = {}
    for balancer in paginate(client, "describe_load_balancers", "LoadBalancerDescriptions"):
        for instance in balancer.get("Instances", []):
            found.setdefault(instance["InstanceId"], []).append(balancer["LoadBalancerName"])
    return found
