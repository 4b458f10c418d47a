"""patch_verdict against the lab's API, after patch runs of ssm_association."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import patch_state_results
from lab.api.testing.scripted_node import Step

QUICK = {"poll_interval": 0.05, "wait_timeout": 10}
URL = "http://localhost:443/health-check"
BEFORE = "11111111-1111-1111-1111-111111111111"
LONG_AGO = "2026-01-01T00:00:00Z"

Lab = Any
RunModule = Any


@pytest.fixture
def patched(aws: Lab, nodes: Any) -> Any:
    """The first node, right after a patch run that rebooted it; its application answers as `answers` says."""
    node = nodes[aws.instance_ids[0]]
    node.missing = 0
    node.report_patches("Install", SNAPSHOT, "RebootIfNeeded")
    answer(node, "health=0 200")
    return node


SNAPSHOT = "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"


def answer(node: Any, health: str) -> None:
    node.shell = lambda _commands: Step(stdout=f"boot_id={node.boot_id}\n{health}\n")


def execution(*failed: tuple[str, str, int]) -> dict[str, Any]:
    steps = [
        {"name": name, "status": "Success", "response_code": 0, "output": ""}
        for name in ("PreInstallScan", "InstallNoReboot", "RebootHandlingAndReporting")
    ]
    for name, status, code in failed:
        steps.append({"name": name, "status": status, "response_code": code, "output": "its last words"})
    status = "Failed" if failed else "Success"
    return {"resource_id": "i", "status": status, "detailed_status": status, "command_id": "c", "steps": steps}


@pytest.fixture
def judge(run_module: RunModule, aws: Lab) -> Any:
    def judge(check: bool = False, **args: Any) -> dict[str, Any]:
        given = {
            "instance_id": aws.instance_ids[0],
            "operation_after": LONG_AGO,
            "snapshot_id": SNAPSHOT,
            "boot_id_before": BEFORE,
            "execution_target": execution(),
            "health_url": URL,
            "health_timeout": 1,
        }
        wanted = {key: value for key, value in {**given, **args}.items() if value is not None}
        return run_module("patch_verdict", {**QUICK, **wanted}, check=check)

    return judge


def test_patched_and_serving(judge: Any, patched: Any, aws: Lab) -> None:
    result = judge()
    verdict = result["verdict"]
    assert (result["failed"], result["changed"], verdict["ok"], verdict["reasons"]) == (False, False, True, [])
    assert (verdict["reboot_due"], verdict["rebooted"], verdict["boot_id"]) == (True, True, patched.boot_id)
    assert verdict["patch_state"]["operation"] == "Install"
    assert len(aws.calls("SendCommand")) == 1
    assert URL not in str(aws.calls("SendCommand")[0].parameters)


def test_every_reason_is_told_in_one_line(judge: Any, patched: Any, aws: Lab) -> None:
    patched.pending_reboot = 1
    patched.report_patches("Install", SNAPSHOT)
    answer(patched, "health=22 curl: (22) The requested URL returned error: 500 500")
    result = judge(
        boot_id_before=patched.boot_id, execution_target=execution(("CustomerProvidedPostInstallHook", "Failed", 1))
    )
    assert result["verdict"]["reasons"] == [
        "step CustomerProvidedPostInstallHook Failed (exit code 1): its last words",
        "patches are 1 waiting for a reboot",
        "a reboot was due and did not happen",
        f"{URL} is not healthy on the instance: curl: (22) The requested URL returned error: 500",
    ]
    assert result["msg"] == f"{aws.instance_ids[0]}: {'; '.join(result['verdict']['reasons'])}"
    assert result["verdict"]["ok"] is False
    assert "\n" not in result["msg"]


def told(node: Any, aws: Lab, **changes: Any) -> dict[str, Any]:
    """A patch run whose last step has told everything, and the patch state that was read after it."""
    output = f"boot_id={node.boot_id}\nhealth=0 200\nhealth_url={URL}\n"
    steps = [{"name": "CustomerProvidedOnExitHook", "status": "Success", "response_code": 0, "output": output}]
    run = execution()
    run["steps"] += steps
    state = patch_state_results(aws.client("ssm"), [aws.instance_ids[0]])[aws.instance_ids[0]]
    aws.forget_calls()
    return {"execution_target": run, "patch_state": {**state, **changes}}


def test_what_is_known_is_not_asked_again(judge: Any, patched: Any, aws: Lab) -> None:
    verdict = judge(**told(patched, aws))["verdict"]
    assert (verdict["ok"], verdict["rebooted"], verdict["boot_id"]) == (True, True, patched.boot_id)
    assert aws.calls() == []


def test_a_patch_state_that_is_too_old_is_read_again(judge: Any, patched: Any, aws: Lab) -> None:
    assert judge(**told(patched, aws, operation_end_time="2025-12-31T00:00:00Z"))["verdict"]["ok"]
    assert [call.action for call in aws.calls()] == ["DescribeInstancePatchStates"]


def test_an_old_patch_state_is_no_proof(judge: Any, patched: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching import waiters as _nodes

    monkeypatch.setattr(_nodes, "_REPORT_SECONDS", 0.2)
    state = aws.client("ssm").describe_instance_patch_states(InstanceIds=[aws.instance_ids[0]])
    ended = state["InstancePatchStates"][0]["OperationEndTime"].isoformat()
    (reason,) = judge(operation_after=ended)["verdict"]["reasons"]
    assert reason.startswith("the patch state is not of this run: its operation ended at 20")
    assert len(aws.calls("DescribeInstancePatchStates")) > 2


def test_a_patch_state_that_comes_late_is_waited_for(judge: Any, patched: Any, aws: Lab) -> None:
    state = aws.client("ssm").describe_instance_patch_states(InstanceIds=[aws.instance_ids[0]])
    ended = state["InstancePatchStates"][0]["OperationEndTime"].isoformat()
    aws.forget_calls()

    def report_after_the_first_look() -> None:
        ends = time.monotonic() + 8
        while not aws.calls("DescribeInstancePatchStates") and time.monotonic() < ends:
            time.sleep(0.02)
        patched.report_patches("Install", SNAPSHOT)

    later = threading.Thread(target=report_after_the_first_look)
    later.start()
    assert judge(operation_after=ended)["verdict"]["ok"]
    later.join()
    assert len(aws.calls("DescribeInstancePatchStates")) > 1


def test_no_patch_state_at_all(judge: Any, nodes: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching import waiters as _nodes

    monkeypatch.setattr(_nodes, "_REPORT_SECONDS", 0.2)
    answer(nodes[aws.instance_ids[0]], "health=0 200")
    assert judge()["verdict"]["reasons"] == ["no patch state was reported"]


def test_a_probe_that_fails_is_a_reason(judge: Any, patched: Any, aws: Lab) -> None:
    patched.shell = lambda _commands: Step(status="Failed", code=127, stderr="sh: not found")
    (reason,) = judge()["verdict"]["reasons"]
    assert re.fullmatch(
        f"the probe failed: {aws.instance_ids[0]}: step .* Failed \\(exit code 127\\): sh: not found", reason
    )


def test_a_probe_that_does_not_come_back_is_a_reason(judge: Any, patched: Any, aws: Lab) -> None:
    patched.hold()
    (reason,) = judge(wait_timeout=1)["verdict"]["reasons"]
    assert reason.startswith("the probe did not come back: gave up after 1 s: ")
    assert aws.instance_ids[0] in reason


def test_what_the_probe_does_not_say_is_not_known(judge: Any, patched: Any) -> None:
    patched.shell = lambda _commands: Step(stdout="hello\n")
    assert judge()["verdict"]["reasons"] == [
        "its boot id is not known",
        f"{URL} is not healthy on the instance: the probe reported nothing about it",
    ]


def test_target_health_is_judged_where_groups_are_named(judge: Any, patched: Any, aws: Lab) -> None:
    arns = [aws.target_group("shop-web"), aws.target_group("shop-api")]
    assert judge(target_group_arns=arns)["verdict"]["ok"]
    assert len(aws.calls("DescribeTargetHealth")) == 2 + 3 * 2
    aws.client("elbv2").deregister_targets(TargetGroupArn=arns[0], Targets=[{"Id": aws.instance_ids[0], "Port": 443}])
    (reason,) = judge(target_group_arns=arns)["verdict"]["reasons"]
    assert reason == "it is not registered in target group shop-web"


# An instance that was never scanned has no last operation, and patch_preflight does not scan in check mode.
@pytest.mark.parametrize("options", [{}, {"operation_after": ""}], ids=["scanned", "never scanned"])
def test_check_mode_reads_nothing(judge: Any, patched: Any, aws: Lab, options: dict[str, str]) -> None:
    result = judge(check=True, **options)
    assert (result["failed"], result["changed"], result["verdict"]["ok"]) == (False, False, None)
    assert aws.calls() == []


@pytest.mark.parametrize(
    ("args", "code", "facts"),
    [
        ({"instance_id": "shop-1"}, "instance_id_invalid", ["'shop-1'"]),
        ({"patch_state": {"operation_end_time": "soon"}}, "time_invalid", ["patch_state", "'soon'"]),
        ({"patch_state": {"missing_count": "few"}}, "patch_state_invalid", ["missing_count", "'few'"]),
        ({"operation_after": ""}, "time_invalid", ["operation_after"]),
        ({"operation_after": "yesterday"}, "time_invalid", ["operation_after", "'yesterday'"]),
        ({"health_url": "http://x/ ; rm -rf /"}, "health_url_invalid", ["health_url", "rm -rf"]),
    ],
)
def test_wrong_input(judge: Any, aws: Lab, args: dict[str, Any], code: str, facts: list[str]) -> None:
    result = judge(**args)
    assert result["code"] == code
    assert all(fact in result["msg"] for fact in facts)
    assert aws.writes() == []


def test_a_patch_run_can_be_judged_alone(judge: Any, aws: Lab) -> None:
    failed = judge(execution_only=True, execution_target=execution(("CustomerProvidedPrePatchHook", "Failed", 1)))
    assert failed["code"] == "verdict_not_ok"
    assert failed["verdict"]["untouched"] is False, "the install ran"
    assert judge(execution_only=True)["verdict"]["ok"]
    assert aws.calls() == []
