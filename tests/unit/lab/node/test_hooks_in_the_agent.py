"""The role's hook documents, read by the agent: nothing an operator's setting holds may mean anything to it."""

from __future__ import annotations

from typing import Any

import pytest
from lab.node.ssm_agent.parameters import bind, substitute
from unit.roles.rendering import HOOKS, SHOP, documents

HOSTILE: list[dict[str, Any]] = [
    {"patch_hooks_application": "shop'; touch /tmp/x; '"},
    {"patch_hooks_path": '/srv/my "shop" $(id) `id`'},
    {"patch_hooks_application": "{{ AWS }} {{x}}"},
    {"patch_hooks_path": "/srv/{{ssm:/secret}}"},
]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("settings", HOSTILE, ids=str)
def test_the_agent_finds_no_reference_in_a_hook(hook: str, settings: dict[str, Any]) -> None:
    content = documents({**SHOP, **settings})[hook]
    everything = {"AWS": "replaced", "x": "replaced"}
    assert substitute(content, everything) == content
    assert bind(content, {}).values == {}
    assert "{{" not in "\n".join(content["mainSteps"][0]["inputs"]["runCommand"])


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_one_step_the_agent_knows(hook: str) -> None:
    content = documents(SHOP)[hook]
    assert content["schemaVersion"] == "2.2"
    [step] = content["mainSteps"]
    assert step["action"] == "aws:runShellScript"
    assert 5 <= int(step["inputs"]["timeoutSeconds"]) <= 172800
