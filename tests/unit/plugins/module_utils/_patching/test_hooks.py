"""What is wrong with the settings of role patch_hooks, and what a hook document says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import (
    hook_content,
    hook_problems,
    setting_problems,
)

SHOP: dict[str, Any] = {
    "kind": "nodejs_pm2",
    "application": "shop",
    "path": "/srv/shop",
    "port": 443,
    "health_url": "http://localhost:443/health-check",
    "user": "root",
    "environment": {"PM2_HOME": "/root/.pm2", "_x9": ""},
    "name_prefix": "shop",
    "update_command": "npm update",
    "block_port": True,
    "connection_grace": 30,
    "on_open_connections": "fail",
    "stop_timeout": 60,
    "start_timeout": 300,
    "update_timeout": 900,
}
SYSTEMD = {"kind": "systemd"}

WORKING: list[dict[str, Any]] = [
    {},
    {"application": 'it\'s $(a) "shop"'},
    {"path": "/srv/it's $(here)"},
    {"path": "", "update_command": ""},
    {**SYSTEMD, "application": "shop@1.service"},
    {**SYSTEMD, "application": "srv-\\x2dshop.mount"},
    {"port": 1},
    {"port": 65535},
    {"health_url": "https://shop.example.com/a?b=c"},
    {"user": "www-data"},
    {"environment": {}},
    {"name_prefix": "a" * 118},
    {"name_prefix": "my-aws"},
    {"connection_grace": 2940},
    {"stop_timeout": 1},
    {"start_timeout": 3000, "update_timeout": 1},
    {"kind": "custom", "application": "", "port": 0, "health_url": "", "name_prefix": "", "stop_timeout": 0},
]
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"application": ""}, "application", "not ''"),
    ({"application": "two\nlines"}, "application", r"not 'two\nlines'"),
    ({"application": "a\x7f"}, "application", "control characters"),
    ({**SYSTEMD, "application": "shop*"}, "application", "systemd unit, not 'shop*'"),
    ({**SYSTEMD, "application": "shop\n"}, "application", "systemd unit"),
    ({"path": ""}, "path", "patch_hooks_update_command"),
    ({"path": "srv/shop"}, "path", "not 'srv/shop'"),
    ({"path": "/srv\n"}, "path", "absolute path"),
    ({"port": 0}, "port", "not 0"),
    ({"port": 70000}, "port", "patch_hooks_port must be a port from 1 to 65535, not 70000"),
    ({"health_url": "localhost:443"}, "health_url", "not 'localhost:443'"),
    ({"health_url": "http://localhost/a b"}, "health_url", "http or https"),
    ({"health_url": "http://localhost/a\n"}, "health_url", "http or https"),
    ({"user": "root; reboot"}, "user", "not 'root; reboot'"),
    ({"user": "-x"}, "user", "name of a user"),
    ({"environment": {"A=B; x": "y", "OK": "z"}}, "environment", "'A=B; x'"),
    ({"environment": {"1st": "y"}}, "environment", "'1st'"),
    ({"name_prefix": "AWS-shop"}, "name_prefix", "not 'AWS-shop'"),
    ({"name_prefix": "shop/../.."}, "name_prefix", "3 to 118"),
    ({"name_prefix": "ab"}, "name_prefix", "3 to 118"),
    ({"name_prefix": "a" * 119}, "name_prefix", "3 to 118"),
    ({"connection_grace": 2941}, "stop_timeout", "3000 seconds together, not 3001"),
    ({"start_timeout": 3001}, "start_timeout", "1 to 3000 seconds, not 3001"),
    ({"start_timeout": 0}, "start_timeout", "not 0"),
    ({"update_timeout": 0}, "update_timeout", "not 0"),
    ({"update_timeout": 3001}, "update_timeout", "not 3001"),
    ({"stop_timeout": 0}, "stop_timeout", "at least 1 second, not 0"),
]


@pytest.mark.parametrize("settings", WORKING)
def test_settings_that_work(settings: dict[str, Any]) -> None:
    assert setting_problems({**SHOP, **settings}) == []


@pytest.mark.parametrize(("settings", "name", "fact"), WRONG)
def test_a_setting_that_cannot_work_is_named(settings: dict[str, Any], name: str, fact: str) -> None:
    [problem] = setting_problems({**SHOP, **settings})
    assert problem.code == f"patch_hooks_{name}_invalid"
    assert f"patch_hooks_{name}" in problem.message
    assert fact in problem.message
    assert "\n" not in problem.message


def test_every_problem_is_named_at_once() -> None:
    found = setting_problems({**SHOP, "port": 0, "user": "", "environment": {"": ""}, "stop_timeout": 4000})
    assert {problem.code.removeprefix("patch_hooks_").removesuffix("_invalid") for problem in found} == {
        "port",
        "user",
        "environment",
        "stop_timeout",
    }


def test_a_document_runs_the_script_on_linux() -> None:
    [step] = hook_content("pre", "shop-pre", "\nstop\nexit 0\n", 60)["mainSteps"]
    assert step["inputs"] == {"timeoutSeconds": 60, "runCommand": ["stop", "exit 0"]}
    assert step["precondition"] == {"StringEquals": ["platformType", "Linux"]}


HOOK = {"name": "shop-pre", "script": "true", "timeout": 60}


@pytest.mark.parametrize(
    "hooks",
    [
        {},
        {"pre": HOOK, "post": {**HOOK, "name": "shop-post"}},
        # Somebody else's documents may have any name, twice.
        {"pre": {**HOOK, "script": None, "name": "AWS-Noop"}, "post": {**HOOK, "script": None, "name": "AWS-Noop"}},
        {"pre": {**HOOK, "timeout": 5}},
        {"pre": {**HOOK, "timeout": 172800}},
    ],
)
def test_hooks_that_can_be_kept(hooks: dict[str, Any]) -> None:
    assert hook_problems(hooks) == []


@pytest.mark.parametrize(
    ("hooks", "fact"),
    [
        ({"pre": {**HOOK, "name": "aws-pre"}}, "pre: name 'aws-pre'"),
        ({"pre": {**HOOK, "timeout": 4}}, "pre: timeout must be 5 to 172800 seconds, not 4"),
        ({"pre": {**HOOK, "timeout": 172801}}, "not 172801"),
        ({"pre": HOOK, "post": HOOK}, "shop-pre is named for two hooks"),
    ],
)
def test_hooks_that_cannot(hooks: dict[str, Any], fact: str) -> None:
    [problem] = hook_problems(hooks)
    assert fact in problem.message
