# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

from .._common.errors import InvalidInput, Problem, raise_if_any
from .._rotation.rules import checked_instance_ids, ec2_instance_id_problems
from .fleet import Instance
from .patch_state import Node, Patch, PatchState
from .probe import probed_by_hook
from .verdict import Evidence, execution_steps

PATCH_FILTERS = {"states": "State", "severities": "Severity", "classifications": "Classification", "kb_ids": "KBId"}
# The tag of every node of a cluster. https://docs.aws.amazon.com/eks/latest/userguide/worker.html
_KUBERNETES_TAG = "kubernetes.io/cluster/"
_NODE_FIELDS = {field.name for field in fields(Node)}
_PATCH_STATE_FIELDS = {field.name for field in fields(PatchState)}
_TIMES = ("operation_start_time", "operation_end_time", "last_no_reboot_install_operation_time")


def hosts_by_instance(options: Mapping[str, Any]) -> dict[str, str]:
    """The fleet of patch_preflight: each instance id with the name of its host.

    :param options: ``hosts``, from host name to instance id (where that is empty, the host's name is the id), or
        ``instance_ids``, each of which stands for its host as well.
    :raises InvalidInput: naming every host whose instance is not certain.
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
    without = [host for host, instance_id in ids.items() if host == instance_id and ec2_instance_id_problems(host)]
    if without:
        yield Problem(
            f"no EC2 instance id is known for {', '.join(map(repr, without))}: set the variable instance_id of each "
            "host, in an aws_ec2 inventory by compose",
            "instance_id_invalid",
        )
    for host, instance_id in ids.items():
        for problem in ec2_instance_id_problems(instance_id) if host not in without else ():
            yield Problem(f"host {host}: {problem.message}; correct its variable instance_id", problem.code)
        if (other := hosts.setdefault(instance_id, host)) != host:
            yield Problem(
                f"hosts {other} and {host} have the same instance id {instance_id}: name each instance once",
                "instance_id_repeated",
            )


def given_evidence(options: Mapping[str, Any]) -> Evidence:
    """The evidence that the caller of patch_verdict has in hand. The rest must be read, or probed on the instance.

    :raises InvalidInput: for options that are not what they should be.
    """
    [instance_id] = checked_instance_ids([options["instance_id"]])
    execution, patch_state = options["execution_target"] or None, options["patch_state"]
    health_url = options["health_url"] or None
    return Evidence(
        probe=probed_by_hook(execution_steps(execution), health_url),
        patch_state=patch_state_from_result(instance_id, patch_state) if patch_state else None,
        operation_after=_time("operation_after", options["operation_after"]),
        snapshot_id=options["snapshot_id"] or "",
        boot_id_before=options["boot_id_before"] or "",
        health_url=health_url,
        execution=execution,
        reboot_option=options["reboot_option"],
    )


def patch_state_from_result(instance_id: str, result: Mapping[str, Any]) -> PatchState:
    """A patch state as a module returned it, the other way round of ``as_dict``.

    :raises InvalidInput: for a time or a number that is none.
    """
    values = {name: value for name, value in result.items() if name in _PATCH_STATE_FIELDS}
    times = {name: _time(f"patch_state.{name}", values[name]) if values.get(name) else None for name in _TIMES}
    for name, value in values.items():
        if name.endswith("_count") and not isinstance(value, int):
            raise InvalidInput(f"patch_state.{name} must be a number, not {value!r}", code="patch_state_invalid")
    return PatchState(**{**values, **times, "instance_id": instance_id})


def patch_filters(options: Mapping[str, list[str] | None] | None) -> dict[str, dict[str, Any]]:
    """AWS's filter for each option. A patch passes when it has, for each of them, one of its values."""
    given = {name: values for name, values in (options or {}).items() if values is not None}
    return {name: {"Key": PATCH_FILTERS[name], "Values": values} for name, values in given.items()}


def instance_of(item: Mapping[str, Any]) -> Instance:
    """From DescribeInstances."""
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
    clusters = [key.removeprefix(_KUBERNETES_TAG) for key in tags if key.startswith(_KUBERNETES_TAG)]
    operator = item.get("Operator", {})
    return Instance(
        instance_id=item["InstanceId"],
        name=tags.get("Name", ""),
        addresses=frozenset(_addresses(item)),
        operator=operator.get("Principal", "an AWS service") if operator.get("Managed") else "",
        kubernetes_cluster=clusters[0] if clusters else "",
    )


def _addresses(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for interface in item.get("NetworkInterfaces", []):
        for key, each in (("PrivateIpAddresses", "PrivateIpAddress"), ("Ipv6Addresses", "Ipv6Address")):
            yield from ((interface.get("VpcId", ""), address[each]) for address in interface.get(key, []))


def node_of(item: Mapping[str, Any]) -> Node:
    """From DescribeInstanceInformation."""
    values = {**camel_dict_to_snake_dict(dict(item)), "last_ping_at": item.get("LastPingDateTime")}
    return Node(**{name: value for name, value in values.items() if name in _NODE_FIELDS})


def patch_state_of(item: Mapping[str, Any]) -> PatchState:
    """From DescribeInstancePatchStates."""
    values = camel_dict_to_snake_dict(dict(item))
    return PatchState(**{name: value for name, value in values.items() if name in _PATCH_STATE_FIELDS})


def patch_of(item: Mapping[str, Any]) -> Patch:
    """From DescribeInstancePatches."""
    installed = item.get("InstalledTime")
    return Patch(
        title=item["Title"],
        kb_id=item.get("KBId", ""),
        classification=item.get("Classification", ""),
        severity=item.get("Severity", ""),
        state=item.get("State", ""),
        # AWS has the beginning of time for what is not installed, and for what it does not know the time of.
        installed_at=installed if installed and installed.timestamp() > 0 else None,
        cve_ids=tuple(one.strip() for one in item.get("CVEIds", "").split(",") if one.strip()),
    )


def _time(option: str, text: str) -> datetime:
    """An ISO 8601 time with its offset."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        message = f"{option} must be a time like 2026-08-01T09:30:00Z, not {text!r}"
        raise InvalidInput(message, code="time_invalid")
    return found
