# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml


def repeated_keys(text: str, is_setting: Callable[[str], bool]) -> Iterator[tuple[str, int, int]]:
    """Each key that a mapping has twice, where this loses a setting: its name, and the lines of both.

    YAML's readers keep the last one. Ansible warns of it by default, and the run goes on with the rest:
    https://docs.ansible.com/ansible/latest/reference_appendices/config.html#duplicate-yaml-dict-key

    :param text: YAML or JSON. Of a text that is neither, nothing is told.
    """
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return
    for document in documents:
        yield from _in_node(document, is_setting, False)


def _in_node(node: Any, is_setting: Callable[[str], bool], inside: bool) -> Iterator[tuple[str, int, int]]:
    """The repeated keys below a node.

    :param inside: whether the node belongs to the value of a setting.
    """
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _in_node(each, is_setting, inside)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, tuple[int, bool]] = {}
    for key, value in node.value:
        name = str(key.value)
        line = key.start_mark.line + 1
        matters = inside or is_setting(name) or _has_setting(value, is_setting)
        if name in first and name != "<<" and (matters or first[name][1]):
            yield name, first[name][0], line
        first.setdefault(name, (line, matters))
        yield from _in_node(value, is_setting, inside or is_setting(name))


def _has_setting(node: Any, is_setting: Callable[[str], bool]) -> bool:
    """Whether a setting stands anywhere below a node."""
    if isinstance(node, yaml.SequenceNode):
        return any(_has_setting(each, is_setting) for each in node.value)
    return isinstance(node, yaml.MappingNode) and any(
        is_setting(str(key.value)) or _has_setting(value, is_setting) for key, value in node.value
    )
