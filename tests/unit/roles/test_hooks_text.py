"""What the hook documents say, before anything runs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from unit.roles.rendering import HOOKS, SHOP, documents, scripts, setting_codes

NASTY = [
    "plain",
    "with space",
    "it's",
    '"quoted"',
    "$(touch owned)",
    "`touch owned`",
    "${HOME}",
    "a;b|c&d>e",
    "back\\slash\\n",
    "{{ ssm:parameter }}",
    "{{{{ x }}}}",
    "{{{",
    "'{{'",
    "line\nbreak",
    "-rf",
    "*",
    "日本語",
]
KINDS = ("nodejs_pm2", "systemd")

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", KINDS)
def test_the_hooks_pass_shellcheck_whatever_the_values(kind: str, tmp_path: Path) -> None:
    files = []
    for number, value in enumerate(["shop", 'it\'s a "shop"; $(reboot) `x` {{ y }}\n']):
        for hook, text in scripts({**SHOP, "patch_hooks_kind": kind, "patch_hooks_application": value}).items():
            file = tmp_path / f"{hook}{number}.sh"
            file.write_text(text + "\n")
            files.append(str(file))

    checked = subprocess.run(["shellcheck", "--shell=sh", *files], capture_output=True, text=True, check=False)

    assert checked.stdout + checked.stderr == ""
    assert checked.returncode == 0
    assert len(files) == 2 * len(HOOKS)


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize(
    ("setting", "variable"),
    [
        ("patch_hooks_application", "$application"),
        ("patch_hooks_path", "$app_path"),
        ("patch_hooks_health_url", "$health_url"),
        ("patch_hooks_update_command", "$update_command"),
    ],
)
def test_a_value_reaches_the_script_unharmed_and_harmless(
    value: str, setting: str, variable: str, tmp_path: Path
) -> None:
    for text in scripts({**SHOP, setting: value}).values():
        settings = text[: text.index("exec < /dev/null")]

        shown = subprocess.run(
            ["sh", "-c", f'{settings}\nprintf %s "{variable}"'],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )

        assert shown.stdout == value
        assert "{{" not in text, "the SSM Agent would substitute it"
        assert list(tmp_path.iterdir()) == []


def test_environment_values_are_quoted_too(tmp_path: Path) -> None:
    text = scripts({**SHOP, "patch_hooks_environment": {"GREETING": "$(touch owned) {{x}} it's"}})["post"]
    settings = text[: text.index("exec < /dev/null")]

    shown = subprocess.run(
        ["sh", "-c", f"{settings}\nsh -c 'printf %s \"$GREETING\"'"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout == "$(touch owned) {{x}} it's"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_documents_are_what_the_agent_runs(kind: str) -> None:
    settings = {**SHOP, "patch_hooks_kind": kind, "patch_hooks_start_timeout": 77}
    rendered = documents(settings)

    assert tuple(rendered) == HOOKS
    for content in rendered.values():
        [step] = content["mainSteps"]
        assert content["schemaVersion"] == "2.2"
        assert "parameters" not in content, "nobody passes parameters to a hook"
        assert step["action"] == "aws:runShellScript"
        assert step["precondition"] == {"StringEquals": ["platformType", "Linux"]}
        assert len(step["inputs"]["runCommand"]) > 50
    assert rendered["on_exit"]["mainSteps"][0]["inputs"]["timeoutSeconds"] > 77


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"patch_hooks_application": ""}, "application"),
        ({"patch_hooks_application": "two\nlines"}, "application"),
        ({"patch_hooks_kind": "systemd", "patch_hooks_application": "shop*"}, "application"),
        ({"patch_hooks_path": ""}, "path"),
        ({"patch_hooks_path": "srv/shop"}, "path"),
        ({"patch_hooks_port": 0}, "port"),
        ({"patch_hooks_port": 65536}, "port"),
        ({"patch_hooks_health_url": "localhost:443"}, "health_url"),
        ({"patch_hooks_health_url": "http://localhost/a b"}, "health_url"),
        ({"patch_hooks_health_url": "http://localhost/a\n"}, "health_url"),
        ({"patch_hooks_user": "root; reboot"}, "user"),
        ({"patch_hooks_environment": {"A=B; x": "y"}}, "environment"),
        ({"patch_hooks_name_prefix": "AWS-shop"}, "name_prefix"),
        ({"patch_hooks_name_prefix": "shop/../.."}, "name_prefix"),
        ({"patch_hooks_connection_grace": 2999}, "stop_timeout"),
        ({"patch_hooks_start_timeout": 3001}, "start_timeout"),
        ({"patch_hooks_update_timeout": 0}, "update_timeout"),
    ],
)
def test_the_role_has_each_setting_validated(settings: dict[str, Any], setting: str) -> None:
    assert setting_codes({**SHOP, **settings}) == [f"patch_hooks_{setting}_invalid"]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patch_hooks_application": 'it\'s $(a) "shop"'},
        {"patch_hooks_path": "/srv/it's $(here)"},
        {"patch_hooks_kind": "systemd", "patch_hooks_application": "shop@1.service", "patch_hooks_path": ""},
        {"patch_hooks_kind": "custom", "patch_hooks_application": ""},
    ],
)
def test_valid_settings_are_accepted(settings: dict[str, Any]) -> None:
    assert setting_codes({**SHOP, **settings}) == []
