# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .errors import Problem

# AWS's model has this pattern for InstanceIds, but takes any text as a value of the target key InstanceIds.
_INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Target.html
_NODE_KEY = re.compile(r"tag:.+|tag-key|instanceids|resource-groups:(name|resourcetypefilters)", re.IGNORECASE)
_RUNBOOK_KEY = re.compile(r"ResourceGroup|ParameterValues|AWS::.+|CloudConnector|aws:NoOpAutomationTag")
# https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-state-manager-targets-and-rate-controls.html
_GROUP = "resource-groups:name"
# Keys that go with no other kind of key.
_EXCLUSIVE = re.compile(r"instanceids|resource-groups:", re.IGNORECASE)


def instance_id_problems(instance_ids: Iterable[str]) -> list[Problem]:
    return [
        Problem(
            f"instance_id must look like i-0123456789abcdef0 or mi-0123456789abcdef0, not {value!r}",
            "instance_id_invalid",
        )
        for value in instance_ids
        if not _INSTANCE_ID.fullmatch(value)
    ]


def named_instances(targets: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The nodes that targets name one by one."""
    named = [target["values"] for target in targets if is_instance_key(target["key"])]
    return tuple(dict.fromkeys(value for values in named for value in values if value != "*"))


def is_instance_key(key: str) -> bool:
    return key.lower() == "instanceids"


def target_problems(targets: Sequence[Mapping[str, Any]], of_runbook: bool = False) -> list[Problem]:
    """What is wrong with targets and AWS's model does not say.

    :param targets: with ``key`` and ``values``.
    :param of_runbook: whether the targets can be those of a runbook, which takes more keys.
    """
    problems = [problem for target in targets for problem in _one_problems(target, of_runbook)]
    keys = [str(target["key"]) for target in targets]
    if repeated := [key for key, count in Counter(keys).items() if count > 1]:
        message = f"target key {', '.join(repeated)} is given twice: one entry takes all its values"
        problems.append(Problem(message, "target_key_repeated"))
    kinds = {kind for key in keys if (kind := _EXCLUSIVE.match(key))}
    alone = {kind[0].lower() for kind in kinds}
    if alone and (len(alone) > 1 or len(kinds) < len(keys)):
        message = f"targets {', '.join(dict.fromkeys(keys))} exclude each other: InstanceIds and groups stand alone"
        problems.append(Problem(message, "target_keys_exclusive"))
    return problems


def _one_problems(target: Mapping[str, Any], of_runbook: bool) -> Iterator[Problem]:
    key, values = str(target["key"]), target.get("values") or []
    if not (_NODE_KEY.fullmatch(key) or (of_runbook and _RUNBOOK_KEY.fullmatch(key))):
        yield Problem(
            "the key of a target must be tag:NAME, tag-key, InstanceIds, resource-groups:Name or "
            f"resource-groups:ResourceTypeFilters, not {key!r}",
            "target_key_invalid",
        )
    if not values:
        yield Problem(f"target {key} needs at least one value", "target_value_empty")
    if "" in values and not is_instance_key(key):
        yield Problem(f"target {key} has an empty value", "target_value_empty")
    if key.lower() == _GROUP and len(values) > 1:
        yield Problem(f"target {key} takes one resource group, not {len(values)}", "too_many_resource_groups")
    if is_instance_key(key) and values != ["*"]:
        yield from instance_id_problems(values)
