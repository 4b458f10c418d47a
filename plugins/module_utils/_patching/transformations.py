# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._common.errors import Problem, raise_if_any
from .._rotation.rules import instance_id_problems


def hosts_by_instance(options: Mapping[str, Any]) -> dict[str, str]:
    """The fleet of patch_preflight: each instance id with the name of its host.

    :param options: ``hosts``, from host name to instance id (where that is empty, the host's name is the id), or
        ``instance_ids``, each of which stands for its host as well.
    :raises InvalidInput: naming every host whose instance cannot be told.
    """
    given = options["hosts"]
    if given is None:
        given = dict.fromkeys(options["instance_ids"])
    ids = {str(host): str(instance_id or host) for host, instance_id in given.items()}
    raise_if_any(_host_problems(ids))
    return {instance_id: host for host, instance_id in ids.items()}


def _host_problems(ids: Mapping[str, str]) -> Iterator[Problem]:
    if not ids:
        yield Problem("the fleet is empty: no host was found to patch; check the inventory", "fleet_empty")
    hosts: dict[str, str] = {}
    for host, instance_id in ids.items():
        for problem in instance_id_problems(instance_id):
            named = problem.message if host == instance_id else f"host {host}: {problem.message}"
            yield Problem(f"{named}; set instance_id for the host", problem.code)
        if (other := hosts.setdefault(instance_id, host)) != host:
            yield Problem(
                f"hosts {other} and {host} have the same instance id {instance_id}: name each instance once",
                "instance_id_not_unique",
            )
