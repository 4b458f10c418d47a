"""What a setting takes, and which names are none."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils import _settings as rules
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._specs import load_specs
from unit.roles.rendering import ROLES

SPECS = load_specs(DataLoader(), "patch_alb", ["preflight", "patch_hooks", "rollout"])
ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/0123456789abcdef"


def problem(name: str, value: Any) -> str | None:
    return rules.value_problem(name, SPECS.options[name], value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rollout_engine", "run_command"),
        ("rollout_healthy_polls", "3"),
        ("rollout_healthy_polls", 3),
        ("rollout_min_healthy_targets", 0),
        ("patch_alb_poll_interval", "0.1"),
        ("patch_alb_poll_interval", 5),
        ("patch_alb_serial", 1),
        ("patch_alb_serial", "30%"),
        ("patch_alb_serial", [1, "50%", "100%"]),
        ("patch_alb_hosts", "web:!web-1"),
        ("patch_alb_hosts", ["web", "!web-1"]),
        ("patch_alb_region", "us-gov-west-1"),
        ("patch_alb_target_group_arns", [ARN]),
        ("patch_alb_target_group_arns", f"{ARN},{ARN}"),
        ("patch_alb_target_group_arns", []),
        ("preflight_snapshot_id", ""),
        ("patch_hooks_application", 7),
        ("patch_hooks_block_port", "no"),
        ("patch_hooks_documents", {"pre": "shop:3", "on_exit": "other"}),
        ("patch_hooks_environment", {"PATH": "/bin"}),
    ],
)
def test_a_value_that_fits(name: str, value: Any) -> None:
    assert problem(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rollout_engine", "RunCommand"),
        ("rollout_engine", ["association"]),
        ("rollout_healthy_polls", 0),
        ("rollout_healthy_polls", True),
        ("rollout_healthy_polls", "3.5"),
        ("rollout_healthy_polls", None),
        ("rollout_min_healthy_targets", -1),
        ("patch_alb_poll_interval", "inf"),
        ("patch_alb_poll_interval", 0),
        ("patch_alb_poll_interval", {}),
        ("patch_alb_serial", "two"),
        ("patch_alb_serial", 0),
        ("patch_alb_serial", "101%"),
        ("patch_alb_serial", []),
        ("patch_alb_serial", [1, [2]]),
        ("patch_alb_serial", True),
        ("patch_alb_hosts", {}),
        ("patch_alb_hosts", ""),
        ("patch_alb_region", "eu_central_1"),
        ("patch_alb_region", ""),
        ("patch_alb_target_group_arns", "shop-web"),
        ("patch_alb_target_group_arns", [ARN, {"arn": ARN}]),
        ("patch_alb_ledger_prefix", "ledger"),
        ("preflight_snapshot_id", "today"),
        ("preflight_min_agent_version", "newest"),
        ("patch_hooks_application", ["shop"]),
        ("patch_hooks_application", True),
        ("patch_hooks_block_port", "perhaps"),
        ("patch_hooks_port", 65536),
        ("patch_hooks_documents", {"preinstall": "shop"}),
        ("patch_hooks_documents", {"pre": ["shop"]}),
        ("patch_hooks_tags", "App=shop"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_told_in_one_line(name: str, value: Any) -> None:
    told = problem(name, value)
    assert told is not None
    assert told.startswith(name)
    assert "\n" not in told


def test_the_content_of_a_mapping_is_never_shown() -> None:
    assert "s3cret" not in str(problem("patch_hooks_user", {"TOKEN": "s3cret"}))
    assert "s3cret" not in str(problem("patch_hooks_documents", {"TOKEN": "s3cret"}))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("patch_alb_min_healthy_target", "patch_alb_min_healthy_targets"),
        ("patch_hooks_prot", "patch_hooks_port"),
        ("patch_hook_port", "patch_hooks_port"),
        ("path_alb_serial", "patch_alb_serial"),
        ("Patch_alb_serial", "patch_alb_serial"),
    ],
)
def test_a_misspelling_is_told_with_the_nearest_name(name: str, nearest: str) -> None:
    [told] = rules.misspellings([name], SPECS.options, [])
    assert told.startswith(f"{name} is no variable of this collection; did you mean {nearest}?")


def test_other_names_are_none_of_our_business() -> None:
    own = ["restore_bucket*", "drain_pump"]
    known = ["preflight_result", "patch_hooks_ready", "patch_with_hooks_token", "rollout_engine"]
    names = ["port", "serial", "environment", "restore_bucket_name", "drain_pump", *known]
    assert list(rules.misspellings(names, SPECS.options, own)) == []
    assert len(list(rules.misspellings(["restore_bucket_name"], SPECS.options, []))) == 1


def test_every_number_has_a_range() -> None:
    numbers = [name for name, option in SPECS.options.items() if option["type"] in {"int", "float"}]
    assert [name for name in numbers if not name.endswith(tuple(rules.RANGES))] == []


def test_every_default_fits() -> None:
    literal = {name: option["default"] for name, option in SPECS.options.items() if "default" in option}
    plain = {name: value for name, value in literal.items() if "{{" not in str(value)}
    assert [told for name, value in plain.items() if (told := problem(name, value))] == []


def test_the_results_are_those_that_the_roles_leave_behind() -> None:
    found = set(rules.RESULTS)
    text = "\n".join(path.read_text() for path in ROLES.glob("*/tasks/*.yml"))
    left = set(re.findall(r"register: ([a-z]\w+)", text)) | set(re.findall(r"set_fact:\n\s+([a-z]\w+):", text))
    assert found >= left
    assert {name for name in found if not re.search(rf"\b{name}\b", text)} == set()


def test_settings_that_the_playbook_does_not_take() -> None:
    assert "drain_wait_timeout" in SPECS.effective
    assert "drain_min_healthy_targets" not in SPECS.effective
