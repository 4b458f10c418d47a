"""The action plugin of patch_verdict, run by Ansible: a verdict that is certain needs no module and no AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.plugins.action.playing import play, ran_module

pytestmark = pytest.mark.live

BOOT_ID = "22222222-2222-2222-2222-222222222222"
URL = "http://localhost:443/health-check"
ARGS: dict[str, Any] = {
    "instance_id": "i-00000000000000001",
    "operation_after": "2026-08-01T09:00:00Z",
    "health_url": URL,
    "execution_target": {
        "status": "Success",
        "steps": [
            {
                "name": "CustomerProvidedOnExitHook",
                "status": "Success",
                "output": f"boot_id={BOOT_ID}\nhealth=0 200\nhealth_url={URL}\n",
            }
        ],
    },
    "patch_state": {"operation": "Install", "operation_end_time": "2026-08-01T09:05:00.000Z"},
}
# Arguments that are not valid, and what the module says about each.
INVALID: dict[str, tuple[dict[str, Any], list[str]]] = {
    "misspelt": ({**ARGS, "target_group_arn": ["arn"]}, ["Unsupported parameters", "target_group_arn"]),
    "misspelt_connection": ({**ARGS, "regoin": "eu-central-1"}, ["Unsupported parameters", "regoin"]),
    "wrong_type": ({**ARGS, "healthy_polls": "many"}, ["healthy_polls", "int"]),
    "wrong_dict": ({**ARGS, "patch_state": ["a"]}, ["patch_state", "dict"]),
    "wrong_connection_type": ({**ARGS, "validate_certs": "perhaps"}, ["validate_certs", "bool"]),
    "unknown_choice": ({**ARGS, "reboot_option": "Never"}, ["reboot_option", "Never"]),
    "missing_id": ({name: ARGS[name] for name in ARGS if name != "instance_id"}, ["instance_id"]),
    "missing_time": ({name: ARGS[name] for name in ARGS if name != "operation_after"}, ["operation_after"]),
}


def task(args: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"steadyfleet.aws_patching.patch_verdict": args, **keywords}


def test_only_what_is_certain_needs_no_module(tmp_path: Path) -> None:
    defaults = {"group/steadyfleet.aws_patching.aws": {"region": "eu-central-1", "aws_profile": "x"}}
    results = play(
        {
            "certain": task(ARGS),
            "with_connection": task(ARGS, module_defaults=defaults),
            "check": task(ARGS, check_mode=True),
            "other_url": task({**ARGS, "health_url": "http://localhost:443/another"}),
            "with_groups": task({**ARGS, "target_group_arns": ["arn"]}),
            "no_time": task({**ARGS, "operation_after": "yesterday"}),
        },
        tmp_path,
    )
    for name in ("certain", "with_connection"):
        assert (results[name]["failed"], results[name]["changed"]) == (False, False)
        assert (results[name]["verdict"]["ok"], results[name]["verdict"]["boot_id"]) == (True, BOOT_ID)
        assert not ran_module(results[name])
    for name in ("check", "other_url", "with_groups", "no_time"):
        assert results[name]["failed"], "the module has no AWS library here"
        assert ran_module(results[name])


def test_invalid_arguments_are_the_modules_to_refuse(tmp_path: Path) -> None:
    results = play({name: task(args) for name, (args, _facts) in INVALID.items()}, tmp_path)
    for name, (_args, facts) in INVALID.items():
        assert results[name]["failed"], name
        assert "verdict" not in results[name]
        assert all(fact in results[name]["msg"] for fact in facts), results[name]["msg"]
