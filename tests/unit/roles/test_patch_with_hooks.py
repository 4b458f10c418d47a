"""The two engines of patch_with_hooks: the arguments of their modules, and that both results have one form."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode
from unit.roles.rendering import ROLES, load

ROLE, ROLLOUT = ROLES / "patch_with_hooks", ROLES / "rollout"
ONE = "i-00000000000000001"
SNAPSHOT = "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"
MODULES = {"association": "ssm_association", "run_command": "ssm_command"}


def arguments(engine: str, **settings: Any) -> dict[str, Any]:
    """What the engine's task hands to its module, when the role has given its own variables to role rollout."""
    variables = {
        **load(ROLLOUT / "defaults" / "main.yml"),
        **load(ROLE / "defaults" / "main.yml"),
        **load(ROLLOUT / "vars" / "main.yml"),
        "inventory_hostname": ONE,
        "patch_with_hooks_snapshot_id": SNAPSHOT,
        "patch_with_hooks_poll_interval": 0.05,
        **load(ROLE / "tasks" / "main.yml")[0]["vars"],
        **settings,
    }
    [task] = load(ROLLOUT / "tasks" / f"patch_by_{engine}.yml")
    assert task["register"] == "rollout_patch_result"
    templated: dict[str, Any] = Templar(loader=DataLoader(), variables=variables).template(
        task[f"steadyfleet.aws_patching.{MODULES[engine]}"]
    )
    return templated


def test_there_is_a_file_for_each_engine_that_can_be_chosen() -> None:
    files = {path.stem.removeprefix("patch_by_") for path in (ROLLOUT / "tasks").glob("patch_by_*.yml")}
    for role, entry_point in ((ROLE, "main"), (ROLLOUT, "validate"), (ROLLOUT, "main")):
        options = load(role / "meta" / "argument_specs.yml")["argument_specs"][entry_point]["options"]
        [engine] = [option for name, option in options.items() if name.endswith("_engine")]
        assert set(engine["choices"]) == files == set(MODULES)


def test_both_engines_run_the_same_document_with_the_same_parameters() -> None:
    association, command = arguments("association"), arguments("run_command")
    assert association["document_name"] == command["document_name"] == "AWS-RunPatchBaselineWithHooks"
    assert association["parameters"] == command["parameters"]
    for name in ("document_version", "instance_ids", "wait_timeout", "poll_interval"):
        assert association[name] == command[name]


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        ({}, f"{SNAPSHOT}/{ONE}"),
        ({"patch_with_hooks_instance_id": "i-9"}, f"{SNAPSHOT}/i-9"),
        ({"patch_with_hooks_client_token": "mine"}, "mine"),
        ({"patch_with_hooks_token": "by its old name"}, "by its old name"),
    ],
)
def test_the_token_is_of_this_instance_in_this_rollout(settings: dict[str, Any], token: str) -> None:
    assert arguments("run_command", **settings)["client_token"] == token


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
