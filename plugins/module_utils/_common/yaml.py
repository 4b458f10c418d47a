# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# The only file that reads and writes YAML: with Ansible's own classes, which use the C library where there is one.
from ansible.module_utils.common.yaml import HAS_YAML, SafeDumper, SafeLoader, yaml_dump

from .errors import InvalidInput

# Aliases can make a short text expand to more than fits into memory.
_MOST_NODES = 100_000
# PyYAML's C library ends the process when it builds what is nested some thousand times.
_DEEPEST = 100
_NO_LINE_BREAKS = 1 << 30


class _Dumper(SafeDumper):
    """PyYAML writes YAML 1.1, and quotes a text only when YAML 1.1 reads it as something else. This one also quotes
    what YAML 1.2 reads as something else, and what some parsers of YAML 1.1 read as a boolean."""


if HAS_YAML:
    _Dumper.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|[yYnN])\Z"),
        list("-+.0123456789yYnN"),
    )


def load(text: str) -> Any:
    """
    :raises ValueError: when it is not one YAML document, has a key twice, or contains an alias of what it stands in.
    """
    _need_library()
    try:
        _refuse_depth(text)
        loader = SafeLoader(text)
        root = loader.get_single_node()
        for count, _place in enumerate(_places(root)):
            if count == _MOST_NODES:
                raise ValueError(f"its aliases expand to more than {_MOST_NODES} values")
        return None if root is None else loader.construct_document(root)
    except Exception as error:  # PyYAML's own errors can't be named without importing it, which may fail
        raise ValueError(_reason(error)) from error


def plain_scalars(text: str) -> list[tuple[str, str]]:
    """Path and text of each scalar that has neither quotes nor a tag, such as ``inputs.limits[0]``.

    :param text: YAML that :func:`load` accepts.
    """
    loader = SafeLoader(text)
    seen: set[int] = set()
    found = []
    for path, node in _places(loader.get_single_node()):
        if node.id == "scalar" and not node.style and id(node) not in seen:
            seen.add(id(node))  # an alias is another path to the same scalar
            if node.tag == loader.resolve(type(node), node.value, (True, False)):
                found.append((path, node.value))
    return found


def dump(value: Any, compact: bool = False) -> str:
    """
    :param value: of JSON's types only.
    :param compact: in as few characters as possible.
    """
    _need_library()
    layout = {"default_flow_style": True, "width": _NO_LINE_BREAKS} if compact else {}
    text: str = yaml_dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **layout)
    return text


def _refuse_depth(text: str) -> None:
    """Go through the text's events, which nest nothing."""
    loader, depth = SafeLoader(text), 0
    while loader.check_event():
        event = type(loader.get_event()).__name__
        depth += event in ("MappingStartEvent", "SequenceStartEvent")
        depth -= event in ("MappingEndEvent", "SequenceEndEvent")
        if depth > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} times")


def _places(node: Any, path: str = "", above: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every node below this one and itself, with its path. A key's path is that of its value, with ``the key`` before.

    :param above: the nodes that this one stands in.
    """
    if node is None:
        return
    if any(node is each for each in above):
        raise ValueError(f"{path} is an alias of a value that it is part of")
    yield path, node
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            yield from _places(item, f"{path}[{index}]", (*above, node))
    elif node.id == "mapping":
        yield from _places_in_mapping(node, path, (*above, node))


def _places_in_mapping(node: Any, path: str, above: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key, item in node.value:
        name = key.value if key.id == "scalar" else "?"
        inner = f"{path}.{name}" if path else name
        same = _key_in_python(key) if key.id == "scalar" else id(key)
        if same in seen:
            raise ValueError(f"the key {inner} is there twice, again in line {key.start_mark.line + 1}")
        seen.add(same)
        yield from _places(key, f"the key {inner}", above)
        yield from _places(item, inner, above)


def _key_in_python(key: Any) -> str:
    """Equal for keys of which PyYAML keeps one only: it reads true and yes as True, which is the key 1 in Python."""
    if key.tag == "tag:yaml.org,2002:bool":
        return "1" if key.value.lower() in ("true", "yes", "on") else "0"
    return "null" if key.tag == "tag:yaml.org,2002:null" else str(key.value)


def _reason(error: Exception) -> str:
    """PyYAML's own message has several lines, with a copy of the text and arrows."""
    mark = getattr(error, "problem_mark", None)
    said = [getattr(error, name, None) for name in ("context", "problem")]
    if mark is None or not any(said):
        return str(error)
    return f"{', '.join(filter(None, said))}, in line {mark.line + 1}, column {mark.column + 1}"


def _need_library() -> None:
    if not HAS_YAML:
        raise InvalidInput("YAML needs the Python library PyYAML where this module runs", code="library_missing")
