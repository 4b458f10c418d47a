"""Role rollout: what its defaults take from the settings of the playbook and of the single roles."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from unit.roles.rendering import ROLES, load

ONE = "i-00000000000000001"
PREFLIGHT = {
    "snapshot_id": "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11",
    "instances": {ONE: {"target_group_arns": ["arn:shop"], "context": {"snapshot_id": "of-an-earlier-run"}}},
}
SETTINGS = [
    ("patch_alb_min_healthy_targets", "rollout_min_healthy_targets", 4),
    ("patch_alb_reboot_option", "rollout_reboot_option", "NoReboot"),
    ("patch_alb_ledger_prefix", "rollout_ledger_prefix", "/another/ledger"),
    ("patch_alb_poll_interval", "rollout_poll_interval", 0.5),
    ("drain_wait_timeout", "rollout_drain_timeout", 7),
    ("patch_with_hooks_engine", "rollout_engine", "run_command"),
    ("patch_with_hooks_wait_timeout", "rollout_patch_timeout", 7),
    ("patch_with_hooks_association_name", "rollout_association_name", "ours"),
    ("patch_with_hooks_client_token", "rollout_client_token", "ours"),
    ("patch_with_hooks_token", "rollout_client_token", "ours"),
    ("verify_health_wait_timeout", "rollout_verify_timeout", 7),
    ("verify_health_timeout", "rollout_health_timeout", 7),
    ("restore_wait_timeout", "rollout_restore_timeout", 7),
    ("restore_healthy_polls", "rollout_healthy_polls", 7),
    ("restore_require_healthy", "rollout_require_healthy", "none"),
    ("restore_release", "rollout_release_quarantine", True),
]


def default(name: str, **settings: Any) -> Any:
    """The value of a variable of the role for instance ONE."""
    defaults = load(ROLES / "rollout" / "defaults" / "main.yml")
    variables = {**defaults, "inventory_hostname": ONE, "rollout_preflight": PREFLIGHT, **settings}
    return Templar(loader=DataLoader(), variables=variables).template(variables[name])


@pytest.mark.parametrize(("setting", "variable", "value"), SETTINGS)
def test_a_setting_of_the_playbook_reaches_the_role(setting: str, variable: str, value: Any) -> None:
    assert default(variable) != value
    assert default(variable, **{setting: value}) == value


def test_every_setting_that_a_default_takes_is_tested() -> None:
    text = (ROLES / "rollout" / "defaults" / "main.yml").read_text()
    words = set(text.replace("{", " ").replace("(", " ").replace(")", " ").split())
    taken = {word for word in words if word.startswith(("patch_", "drain_", "verify_", "restore_"))}

    assert taken == {setting for setting, _variable, _value in SETTINGS}


def test_an_interrupted_run_is_resumed_with_what_the_preflight_knows_of_the_instance() -> None:
    assert default("rollout_run_id") == PREFLIGHT["snapshot_id"]
    assert default("rollout_target_group_arns") == ["arn:shop"]
    assert default("rollout_client_token") == f"of-an-earlier-run/{ONE}"


def test_the_instance_is_the_one_of_the_inventory() -> None:
    assert default("rollout_instance_id", instance_id="i-9", inventory_hostname="web-1") == "i-9"
    assert default("rollout_instance_id", instance_id="") == ONE
