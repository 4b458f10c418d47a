"""The two engines of patch_with_hooks: what each asks its module for, and that their results can be judged alike."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode
from unit.roles.rendering import ROLES, load

ROLE = ROLES / "patch_with_hooks"
ONE = "i-00000000000000001"
SNAPSHOT = "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"
MODULES = {"association": "ssm_association", "run_command": "ssm_command"}


def arguments(engine: str, **settings: Any) -> dict[str, Any]:
    """What the engine's task hands to its module."""
    variables = {
        **load(ROLE / "defaults" / "main.yml"),
        **load(ROLE / "vars" / "main.yml"),
        "inventory_hostname": ONE,
        "patch_with_hooks_snapshot_id": SNAPSHOT,
        "patch_with_hooks_poll_interval": 0.05,
        **settings,
    }
    [task] = load(ROLE / "tasks" / f"{engine}.yml")
    assert task["register"] == "patch_with_hooks_result"
    templated: dict[str, Any] = Templar(loader=DataLoader(), variables=variables).template(
        task[f"steadyfleet.aws_patching.{MODULES[engine]}"]
    )
    return templated


def test_there_is_a_file_for_each_engine_that_can_be_chosen() -> None:
    spec = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]["patch_with_hooks_engine"]
    files = {path.stem for path in (ROLE / "tasks").glob("*.yml")} - {"main"}
    assert set(spec["choices"]) == files == set(MODULES)
    assert spec["default"] == "association"


def test_both_engines_run_the_same_document_with_the_same_parameters() -> None:
    association, command = arguments("association"), arguments("run_command")
    assert association["document"] == command["document_name"] == "AWS-RunPatchBaselineWithHooks"
    assert association["parameters"] == command["parameters"]
    for name in ("document_version", "instance_ids", "wait_timeout", "poll_interval"):
        assert association[name] == command[name]


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({}, f"{SNAPSHOT}/{ONE}"),
        ({"patch_with_hooks_instance_id": "i-9"}, f"{SNAPSHOT}/i-9"),
        ({"patch_with_hooks_token": "mine"}, "mine"),
    ],
)
def test_the_token_is_of_this_instance_in_this_rollout(settings: dict[str, Any], token: str) -> None:
    assert arguments("run_command", **settings)["token"] == token


@pytest.mark.parametrize(("wait", "delivery"), [(10800, 3600), (600, 600), (5, 30)])
def test_nothing_is_delivered_after_the_role_has_given_up(wait: int, delivery: int) -> None:
    assert int(arguments("run_command", patch_with_hooks_wait_timeout=wait)["timeout_seconds"]) == delivery


def test_a_controller_that_was_killed_patches_nobody_twice(
    run_module: RunModule, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    nodes[ONE].hold()
    killed = run_module("ssm_command", arguments("run_command", patch_with_hooks_wait_timeout=1))
    assert killed["failed"]
    nodes[ONE].release()
    again = run_module("ssm_command", arguments("run_command"))
    assert (again["failed"], again["attached"]) == (False, True)
    assert [job.document for job in nodes[ONE].jobs] == ["AWS-RunPatchBaselineWithHooks"]
    assert aws.writes() == ["SendCommand"]


@pytest.mark.parametrize("engine", MODULES)
def test_the_verdict_reads_the_result_of_either(
    run_module: RunModule, nodes: dict[str, ScriptedNode], engine: str
) -> None:
    boots = [nodes[ONE].boot_id]
    result = run_module(MODULES[engine], arguments(engine))
    found = run_module(
        "patch_verdict",
        {
            "instance_id": ONE,
            "operation_after": "2026-01-01T00:00:00Z",
            "snapshot_id": SNAPSHOT,
            "boot_id_before": boots[0],
            "execution_target": result["execution"]["targets"][0],
            "poll_interval": 0.05,
            "wait_timeout": 15,
        },
    )
    # Nodes of this lab are no Linux: they tell nothing of their boot. Everything about the steps is told.
    assert found["verdict"]["reboot_due"] is True
    assert not [reason for reason in found["verdict"]["reasons"] if "step" in reason or "patch run" in reason]


def test_both_engines_leave_the_same_result_behind(run_module: RunModule, nodes: dict[str, ScriptedNode]) -> None:
    association, command = (run_module(MODULES[engine], arguments(engine)) for engine in MODULES)
    for part in ("execution", "patch_states"):
        assert set(association[part]) == set(command[part]), part
    [theirs], [ours] = association["execution"]["targets"], command["execution"]["targets"]
    assert set(ours) == set(theirs)
    assert [set(step) for step in ours["steps"]] == [set(step) for step in theirs["steps"]]
    assert set(command["patch_states"][ONE]) == set(association["patch_states"][ONE])
    assert command["patch_states"][ONE]["snapshot_id"] == SNAPSHOT
