"""The action plugin of patch_hook_documents, run by Ansible: settings are judged without a module and without AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.plugins.action.playing import play, ran_module

pytestmark = pytest.mark.live

SETTINGS: dict[str, Any] = {
    "kind": "nodejs_pm2",
    "application": "shop",
    "path": "/srv/shop",
    "port": "443",
    "health_url": "http://localhost:443/health-check",
    "user": "root",
    "environment": {"PM2_HOME": "/root/.pm2"},
    "name_prefix": "shop",
    "update_command": "npm update",
    "block_port": "true",
    "connection_grace": "30",
    "on_open_connections": "fail",
    "stop_timeout": "60",
    "start_timeout": "300",
    "update_timeout": "900",
}
# Arguments that are not valid, and what the module says about each.
INVALID: dict[str, tuple[dict[str, Any], list[str]]] = {
    "misspelt": ({"settings": {**SETTINGS, "prot": 443}}, ["Unsupported parameters", "prot"]),
    "misspelt_option": ({"settings": SETTINGS, "setings": {}}, ["Unsupported parameters", "setings"]),
    "wrong_type": ({"settings": {**SETTINGS, "port": "https"}}, ["port", "int"]),
    "unknown_choice": ({"settings": {**SETTINGS, "kind": "docker"}}, ["kind", "docker"]),
    "missing": ({"settings": {name: SETTINGS[name] for name in SETTINGS if name != "user"}}, ["user"]),
    "no_settings": ({}, ["settings"]),
    "empty_settings": ({"settings": {}}, ["settings"]),
}


def task(args: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"steadyfleet.aws_patching.patch_hook_documents": {"validate_only": True, **args}, **keywords}


def test_settings_are_judged_without_a_module(tmp_path: Path) -> None:
    wrong = {"settings": {**SETTINGS, "port": 70000, "user": "a b"}}
    results = play(
        {
            "right": task({"settings": SETTINGS}),
            "check": task({"settings": SETTINGS}, check_mode=True),
            "wrong": task(wrong),
            "wrong_in_check": task(wrong, check_mode=True),
            "not_only": task({"settings": SETTINGS, "validate_only": False}),
        },
        tmp_path,
    )
    for name in ("right", "check"):
        assert (results[name]["failed"], results[name]["changed"]) == (False, False)
        assert not ran_module(results[name])
    for name in ("wrong", "wrong_in_check"):
        assert results[name]["failed"]
        assert not ran_module(results[name])
        assert "patch_hooks_port must be a port from 1 to 65535, not 70000" in results[name]["msg"]
        assert len(results[name]["problems"]) == 2
        assert results[name]["code"] in [problem["code"] for problem in results[name]["problems"]]
    assert results["not_only"]["failed"], "the module has no AWS library here"
    assert ran_module(results["not_only"])


def test_invalid_arguments_are_the_modules_to_refuse(tmp_path: Path) -> None:
    results = play({name: task(args) for name, (args, _facts) in INVALID.items()}, tmp_path)
    for name, (_args, facts) in INVALID.items():
        assert results[name]["failed"], name
        assert all(fact in results[name]["msg"] for fact in facts), results[name]["msg"]
