# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLLECTION = Path(__file__).resolve().parents[2]
PLAYBOOK_SPECS = COLLECTION / "playbooks" / "meta" / "argument_specs.yml"


@dataclass(frozen=True, kw_only=True)
class Specs:
    """What is known of the settings of a playbook and of all roles.

    :ivar options: every setting's argument spec, by its name.
    :ivar defaults: the default of every setting of a role, not templated.
    :ivar effective: the settings that the playbook takes.
    """

    options: dict[str, dict[str, Any]]
    defaults: dict[str, Any]
    effective: frozenset[str]


def load_specs(loader: Any, playbook: str, roles: Collection[str]) -> Specs:
    """Read the argument specs and defaults.

    :param loader: Ansible's DataLoader.
    :param roles: the roles that the playbook runs.
    """
    options: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    effective: set[str] = set()
    for folder in sorted((COLLECTION / "roles").iterdir()):
        role_options = _options_of_role(loader, folder)
        role_defaults = loader.load_from_file(str(folder / "defaults" / "main.yml"), trusted_as_template=True)
        options |= role_options
        defaults |= role_defaults
        if folder.name in roles:
            effective |= set(role_options) | set(re.findall(r"\w+", str(role_defaults)))
    of_playbooks = loader.load_from_file(str(PLAYBOOK_SPECS))["argument_specs"]
    for name, spec in of_playbooks.items():
        options |= spec["options"]
        if name == playbook:
            effective |= set(spec["options"])
    return Specs(options=options, defaults=defaults, effective=frozenset(effective & set(options)))


def _options_of_role(loader: Any, folder: Path) -> dict[str, Any]:
    """The options of all entry points of a role."""
    specs = loader.load_from_file(str(folder / "meta" / "argument_specs.yml"))["argument_specs"]
    return {name: option for spec in specs.values() for name, option in spec["options"].items()}
