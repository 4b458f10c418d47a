"""The arguments that an action plugin takes for valid are those that its module takes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import VERDICT_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import certain_verdict
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._short_way import (
    _CONNECTION_OPTIONS,
    valid_params,
)
from unit.plugins.module_utils._patching.verdicts import OPTIONS

ARGUMENTS = {name: value for name, value in OPTIONS.items() if value is not None}


def test_the_connection_options_are_those_of_amazon_aws() -> None:
    def facts(options: dict[str, Any]) -> dict[str, tuple[str, set[str]]]:
        return {name: (each.get("type", "str"), set(each.get("aliases", ()))) for name, each in options.items()}

    assert facts(_CONNECTION_OPTIONS) == facts(aws_argument_spec())


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"region": "eu-central-1", "aws_profile": "x"},
        {"health_timeout": "90", "validate_certs": "no"},
        {"target_group_arns": None},
    ],
)
def test_valid_arguments_become_params(more: dict[str, Any]) -> None:
    params = valid_params(VERDICT_SPEC, {**ARGUMENTS, **more})
    assert params is not None
    assert params["healthy_polls"] == 3
    assert params["health_timeout"] == int(more.get("health_timeout", 60))
    assert params["instance_id"] == ARGUMENTS["instance_id"]


@pytest.mark.parametrize(
    "more",
    [
        {"target_group_arn": ["arn"]},
        {"regoin": "eu-central-1"},
        {"healthy_polls": "many"},
        {"patch_state": ["a"]},
        {"validate_certs": "perhaps"},
        {"reboot_option": "Never"},
        {"aws_profile": "x", "aws_access_key": "y"},
    ],
    ids=str,
)
def test_invalid_arguments_do_not(more: dict[str, Any]) -> None:
    assert valid_params(VERDICT_SPEC, {**ARGUMENTS, **more}) is None


@pytest.mark.parametrize("name", ["instance_id", "operation_after"])
def test_a_missing_argument_does_not(name: str) -> None:
    arguments = {key: value for key, value in ARGUMENTS.items() if key != name}
    assert valid_params(VERDICT_SPEC, arguments) is None
    # Ansible makes an empty text of none, and the verdict is not certain then.
    params = valid_params(VERDICT_SPEC, {**arguments, name: None})
    assert params is not None
    assert certain_verdict(params) is None
    assert certain_verdict({**params, name: ARGUMENTS[name]}) is not None
