# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .._command.model import Step
from .._common.errors import Problem
from .node_script import APPLICATION, BEGIN, END, FIREWALL, PM2, PORT, SPACE, SYSTEMD, UPDATE
from .probe import Probe, parse_probe, probe_script

# The scan runs on the node at the same time, so that an application on a small instance may be slow for a moment.
_HEALTH_SECONDS = 20
# The first word of a shell command, when it is a plain one. Whatever else begins a command only the shell can read.
_FIRST_WORD = re.compile(r"\s*([A-Za-z0-9_.+/-]+)(?=[\s;&|]|$)")
_FINDING = re.compile(r"^finding=(\w+) ?(.*)$", re.MULTILINE)
_WARNING = "release_locked"
# What the script can find, and what the operator can do about it.
_TEXTS = {
    "user_missing": "there is no user {0}: correct patch_hooks_user",
    "tool_missing": "{0} is not on PATH: install it, or set PATH in patch_hooks_environment",
    "firewall_missing": (
        "{0} is not installed, and patch_hooks_block_port needs it: install the package iptables, "
        "or set patch_hooks_block_port: false"
    ),
    "firewall_unusable": "{0}: repair it, or set patch_hooks_block_port: false",
    "path_missing": "there is no directory {0}: correct patch_hooks_path",
    "update_tool_missing": (
        "{0}, the first word of patch_hooks_update_command, is no command there: install it, or correct "
        "patch_hooks_update_command or PATH in patch_hooks_environment"
    ),
    "application_missing": "{0}: correct patch_hooks_application, patch_hooks_user or patch_hooks_kind",
    "application_unknown": "whether it has the application cannot be told: {0}: repair that",
    "port_closed": "nothing listens on port {0}: correct patch_hooks_port, or start the application",
    "space_low": "{0}: make room, or change min_free_space",
    "package_manager_busy": "{0} is running and holds the lock of the packages: start again when it has ended",
    "packages_interrupted": "an interrupted install is left behind: run 'dpkg --configure -a' there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCheck:
    """What every node is looked at for before anything is done to it."""

    settings: Mapping[str, Any] | None = None
    """Of role patch_hooks, valid. Without them nothing of an application is looked at."""
    min_free_space: Mapping[str, int] = field(default_factory=dict)
    """In MiB, by path."""

    @property
    def health_url(self) -> str | None:
        return (self.settings or {}).get("health_url") or None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReport:
    """What a node reported of itself."""

    boot_id: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def check_script(check: NodeCheck) -> str:
    """A script for ``sh`` that only reads, ends within three minutes, and prints one line for each finding.

    :raises InvalidInput: for a health URL that is none.
    """
    settings = check.settings
    parts = [probe_script(check.health_url, _HEALTH_SECONDS), BEGIN]
    if settings and settings["kind"] != "custom":
        parts += [_application_part(settings)]
    if settings and _names_port(settings):
        parts += [f"port={int(settings['port'])}", PORT]
    parts += [f"path={_text(path)} need={int(need)}\n{SPACE}" for path, need in check.min_free_space.items()]
    return "\n".join(part.strip("\n") for part in [*parts, END])


def node_report(instance_id: str, steps: Iterable[Step], check: NodeCheck) -> NodeReport:
    """Read what the script has printed. Each line names the instance, what was found and what to change."""
    steps = tuple(steps)
    probe = parse_probe(steps)
    output = "\n".join(step.output for step in steps).replace("\r", "")
    found = [(name, detail.strip()) for name, detail in _FINDING.findall(output)]
    problems = [
        Problem(f"{instance_id}: {_TEXTS[name].format(detail)}", f"node_{name}")
        for name, detail in found
        if name in _TEXTS
    ]
    return NodeReport(
        boot_id=probe.boot_id,
        problems=(*problems, *_health_problems(instance_id, probe, check.health_url)),
        warnings=tuple(_release_warning(instance_id, detail) for name, detail in found if name == _WARNING),
    )


def _application_part(settings: Mapping[str, Any]) -> str:
    """The part of the script that looks for everything that the hooks of role patch_hooks need."""
    variables = {
        "application": settings["application"],
        "app_user": settings["user"],
        "app_path": settings["path"],
        "update_word": _first_word(settings["update_command"]),
    }
    lines = [f"{name}={_text(value)}" for name, value in variables.items()]
    exports = [f"{name}={_text(value)}; export {name}" for name, value in settings["environment"].items()]
    pm2 = settings["kind"] == "nodejs_pm2"
    parts = [*lines, APPLICATION.replace("ENVIRONMENT", "\n".join(exports) or ":"), PM2 if pm2 else SYSTEMD]
    parts += [FIREWALL] if settings["block_port"] else []
    return "\n".join([*parts, UPDATE] if settings["update_command"] else parts)


def _names_port(settings: Mapping[str, Any]) -> bool:
    """Whether the port is meant. With ``kind: custom`` no hook uses it, and it may just be the default."""
    if settings["kind"] != "custom":
        return True
    return f":{settings['port']}" in urlsplit(settings["health_url"]).netloc


def _first_word(command: str) -> str:
    match = _FIRST_WORD.match(command)
    return match[1] if match else ""


def _text(value: Any) -> str:
    """A value that no shell and no ``{{ }}`` of SSM ever sees."""
    return f"\"$(printf %s '{base64.b64encode(str(value).encode()).decode()}' | base64 -d)\""


def _health_problems(instance_id: str, probe: Probe, url: str | None) -> list[Problem]:
    if not url or probe.health_ok:
        return []
    why = probe.health_message or "the node reported nothing about it"
    message = (
        f"{instance_id}: {url} is not healthy on the instance: {why}: repair the application, or correct "
        "patch_hooks_health_url"
    )
    return [Problem(message, "node_health_url_unhealthy")]


def _release_warning(instance_id: str, detail: str) -> str:
    locked, _space, newest = detail.partition(" ")
    return (
        f"{instance_id}: its repositories stay at release {locked} of Amazon Linux 2023, and {newest} is out: what the "
        "newer release has is not installed and does not count as missing; upgrade with dnf upgrade "
        f"--releasever={newest}"
    )
