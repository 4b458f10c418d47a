# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import context
from ansible._internal._datatag._tags import Origin
from ansible.errors import AnsibleError
from ansible.inventory.manager import split_host_pattern
from ansible.parsing.vault import EncryptedString
from ansible.template import Templar
from ansible.utils.vars import combine_vars


class RunVariables:
    """The variables of every host of a run, with Ansible's own precedence.

    They are templated one by one, on request: a vaulted or unfinished variable that nobody asks for stays as it is.
    """

    def __init__(self, task: Any, loader: Any, defaults: Mapping[str, Any]) -> None:
        """:param defaults: the roles' defaults, for the templates that refer to them."""
        self._task, self._loader, self._defaults = task, loader, defaults
        self._manager = task.get_variable_manager()
        self._inventory = self._manager._inventory

    def hosts_of(self, pattern: Any) -> list[Any]:
        """The hosts of the inventory, within C(--limit), that match a pattern."""
        return list(self._inventory.get_hosts(pattern, ignore_restrictions=True))

    def unmatched(self, pattern: Any) -> list[str]:
        """The parts of a pattern that match no host, whether they add hosts or leave some out."""
        parts = split_host_pattern(pattern)
        return [
            part
            for part in parts
            if not self._inventory.get_hosts(part.lstrip("!&"), ignore_limits=True, ignore_restrictions=True)
        ]

    def of_play(self) -> dict[str, Any]:
        """The variables that belong to no host: those with which Ansible templates C(hosts) and C(serial)."""
        return dict(self._manager.get_vars(play=self._task.get_play()))

    def of_host(self, host: Any) -> dict[str, Any]:
        return dict(self._manager.get_vars(play=self._task.get_play(), host=host, task=self._task))

    def value(self, name: str, variables: Mapping[str, Any]) -> Any:
        """The templated value of a variable.

        :raises AnsibleError: when a template in it fails, for instance on an undefined variable.
        """
        everything = combine_vars(dict(self._defaults), dict(variables), merge=False)
        return Templar(loader=self._loader, variables=everything).template(everything[name])


def is_vaulted(raw: Any) -> bool:
    return isinstance(raw, EncryptedString)


def reason_of(error: AnsibleError) -> str:
    """Why a template failed, in one line without the places that Ansible adds."""
    reasons = [str(error).strip().splitlines()[0]]
    while isinstance(error.__cause__, AnsibleError) and not reasons[-1].endswith("is undefined"):
        error = error.__cause__
        reasons.append(str(error).strip().splitlines()[0])
    return reasons[-1]


def texts_with(variables: Iterable[Mapping[str, Any]], is_setting: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Where settings were written: the name of each file, or -e, and its text.

    An encrypted file is left out.
    """
    files = {path for each in variables for name in each if is_setting(name) for path in _paths_of(name, each[name])}
    for given in context.CLIARGS.get("extra_vars") or ():
        if given.startswith("@"):
            files.add(given[1:])
        elif given.lstrip().startswith(("{", "[")):
            yield "-e", given
    for path in sorted({str(Path(each).resolve()) for each in files}):
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if not text.startswith("$ANSIBLE_VAULT"):
            yield path, text


def _paths_of(*values: Any) -> Iterator[str]:
    """The files that values come from."""
    for origin in map(Origin.get_tag, values):
        if origin and origin.path:
            yield origin.path
