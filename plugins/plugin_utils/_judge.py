# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import Problem
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import setting_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import HOOK_DOCUMENTS_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils import _settings as rules
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._run_variables import (
    RunVariables,
    is_vaulted,
    reason_of,
    texts_with,
)
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._short_way import valid_params
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._specs import Specs
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._yaml_keys import repeated_keys

# Settings that are used once for the whole fleet. All others belong to steps that every host has of its own.
FOR_THE_FLEET = ("patch_alb_", "patch_hooks_", "preflight_")
# A template may need what only the run finds out. It is judged where it is used.
_KNOWN_LATER = re.compile(rf"\b({'|'.join(sorted(rules.RESULTS))}|rollout_preflight|rollout_hooks|__\w+)\b")
_UNKNOWN = object()


class Judge:
    """What is wrong with the settings of a run, over all of its hosts."""

    def __init__(self, run: RunVariables, specs: Specs, roles: Collection[str]) -> None:
        self._run, self._specs, self._roles = run, specs, roles
        self._play = run.of_play()
        self._pattern_problems: list[Problem] = []
        hosts = self._hosts()
        self.names = [host.name for host in hosts]
        self._raw = {host.name: run.of_host(host) for host in hosts} or {"": self._play}
        self._values = {host: self._values_of(raw) for host, raw in self._raw.items()}

    def problems(self) -> list[Problem]:
        """Every problem, each in one line that names the variable, and the hosts where it is not on all of them."""
        found: dict[Problem, list[str]] = {}
        for host in self._raw:
            for problem in self._host_problems(host):
                found.setdefault(problem, []).append(host)
        return [
            *self._pattern_problems,
            *self._misspellings(),
            *self._repetitions(),
            *(self._located(problem, hosts) for problem, hosts in found.items()),
            *self._differences(),
        ]

    def warnings(self) -> list[str]:
        """What is no mistake, but has no effect."""
        used = {name for raw in self._raw.values() for name in raw if name in self._specs.options}
        without_effect = sorted(used - self._specs.effective)
        return [f"This playbook takes no notice of {', '.join(without_effect)}"] if without_effect else []

    def _hosts(self) -> list[Any]:
        """The hosts of the fleet; none where patch_alb_hosts is no pattern, or names what is not there.

        A playbook that does not take patch_alb_hosts has no fleet.
        """
        if "patch_alb_hosts" not in self._specs.effective:
            return []
        pattern = "all"
        if "patch_alb_hosts" in self._play:
            value = self._value("patch_alb_hosts", self._play)
            if isinstance(value, Problem) or rules.value_problem("patch_alb_hosts", {"type": "raw"}, value):
                return []  # told with the other settings
            pattern = value
        hosts = self._run.hosts_of(pattern)
        if not hosts:
            message = (
                f"No host matches '{pattern}': check the inventory (-i) and patch_alb_hosts. An inventory plugin that "
                "failed, for instance without credentials, has said so in a warning above"
            )
            self._pattern_problems.append(Problem(message, "no_hosts"))
        elif unmatched := self._run.unmatched(pattern):
            message = f"No host matches {', '.join(map(repr, unmatched))} in patch_alb_hosts: check the inventory (-i)"
            self._pattern_problems.append(Problem(message, "no_hosts"))
        return hosts

    def _value(self, name: str, raw: Mapping[str, Any]) -> Any:
        """The templated value, a Problem with it, or _UNKNOWN where only the run can tell."""
        try:
            return self._run.value(name, raw)
        except AnsibleUndefinedVariable as error:
            if _KNOWN_LATER.search(str(error)):
                return _UNKNOWN
            return Problem(f"{name} cannot be templated: {reason_of(error)}", "setting_undefined")
        except AnsibleError as error:
            return Problem(f"{name} cannot be templated: {reason_of(error)}", "setting_undefined")

    def _values_of(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._value(name, raw) for name in raw if name in self._specs.options}

    def _host_problems(self, host: str) -> Iterator[Problem]:
        raw, values = self._raw[host], self._values[host]
        wrong = set()
        for name, value in values.items():
            problem = value if isinstance(value, Problem) else self._value_problem(name, raw[name], value)
            if problem:
                wrong.add(name)
                yield problem
        if "patch_hooks" in self._roles and not any(name.startswith("patch_hooks_") for name in wrong):
            yield from self._hook_problems(raw)
        if values.get("preflight_instance_ids"):
            message = "preflight_instance_ids works only without the playbook: use patch_alb_hosts or --limit"
            yield Problem(message, "setting_without_effect")
        # Ansible templates hosts for the play and not for a host.
        if "patch_alb_hosts" in raw and raw["patch_alb_hosts"] != self._play.get("patch_alb_hosts"):
            message = (
                "patch_alb_hosts has no effect as a variable of hosts: set it with -e, or in the vars of "
                "import_playbook, and remove it from the inventory"
            )
            yield Problem(message, "setting_without_effect")

    def _value_problem(self, name: str, raw: Any, value: Any) -> Problem | None:
        if value is _UNKNOWN:
            return None
        option = self._specs.options[name]
        message = rules.value_problem(name, option, value)
        if message and is_vaulted(raw):
            message = f"{name} must be {rules.wanted(name, option)}, and its vaulted value is not"
        return Problem(message, "setting_invalid") if message else None

    def _hook_problems(self, raw: Mapping[str, Any]) -> list[Problem]:
        """What is wrong between the settings of the hooks."""
        names = HOOK_DOCUMENTS_SPEC["settings"]["options"]
        values = {
            name: self._value(f"patch_hooks_{name}", raw)
            for name in names
            if f"patch_hooks_{name}" in self._specs.defaults
        }
        if any(value is _UNKNOWN or isinstance(value, Problem) for value in values.values()):
            return [value for value in values.values() if isinstance(value, Problem)]
        params = valid_params(HOOK_DOCUMENTS_SPEC, {"settings": values})
        return setting_problems(params["settings"]) if params else []

    def _located(self, problem: Problem, hosts: list[str]) -> Problem:
        if len(hosts) == len(self._raw):
            return problem
        return Problem(f"{problem.message} (on {listed(hosts)})", problem.code)

    def _differences(self) -> Iterator[Problem]:
        """The settings of the whole fleet that are not the same on every host."""
        names = {name for values in self._values.values() for name in values if name.startswith(FOR_THE_FLEET)}
        for name in sorted(names):
            groups: dict[str, list[str]] = {}
            for host, raw in self._raw.items():
                value = self._value(name, raw) if name in raw or name in self._specs.defaults else None
                if isinstance(value, Problem) or value is _UNKNOWN:
                    break
                groups.setdefault(json.dumps(value, sort_keys=True, default=str), []).append(host)
            else:
                if len(groups) > 1:
                    message = (
                        f"{name} is not the same on every host ({'; '.join(map(listed, groups.values()))}), and the "
                        "whole fleet has one: give all hosts the same, or patch one part at a time with patch_alb_hosts"
                    )
                    yield Problem(message, "setting_differs")

    def _misspellings(self) -> Iterator[Problem]:
        first = next(iter(self._raw), "")
        own = self._values[first].get("patch_alb_own_variables") if first else None
        patterns = [own] if isinstance(own, str) else own if isinstance(own, list) else []
        names = {str(name) for raw in self._raw.values() for name in raw if not str(name).startswith("ansible_")}
        for message in rules.misspellings(names, self._specs.options, patterns):
            yield Problem(message, "setting_unknown")

    def _repetitions(self) -> Iterator[Problem]:
        for place, text in texts_with(self._raw.values(), rules.is_ours):
            for name, first, line in repeated_keys(text, rules.is_ours):
                message = f"{place}: the key {name} is in line {first} and again in line {line}: remove one of them"
                yield Problem(message, "setting_repeated")


def listed(hosts: list[str]) -> str:
    """Names of hosts, the first three of them in full."""
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    return f"{', '.join(hosts[:3])}{more}"
