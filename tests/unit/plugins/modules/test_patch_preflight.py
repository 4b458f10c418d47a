"""patch_preflight against the lab's API, with nodes that scan."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from lab.api.testing.scripted_node import Job, Reply, Step

QUICK = {"poll_interval": 0.05, "wait_timeout": 10}
PREFIX = "/steadyfleet/aws_patching/ledger"
HARMLESS = {"SendCommand"}

Lab = Any
RunModule = Any


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    return {"load_balancer.deregistration_delay": 0}


@pytest.fixture
def preflight(run_module: RunModule, aws: Lab) -> Any:
    """preflight(...): the module on the whole fleet."""

    def preflight(check: bool = False, **args: Any) -> dict[str, Any]:
        return run_module("patch_preflight", {**QUICK, "instance_ids": list(aws.instance_ids), **args}, check=check)

    return preflight


def drain(run_module: RunModule, instance_id: str, **args: Any) -> None:
    result = run_module("elb_rotation", {**QUICK, "instance_id": instance_id, "state": "drained", **args})
    assert not result["failed"]


def test_who_needs_patching(preflight: Any, aws: Lab, nodes: Any) -> None:
    one, two, three, four = aws.instance_ids
    nodes[one].missing = 2
    nodes[two].missing, nodes[two].pending_reboot = 0, 1
    nodes[three].missing, nodes[three].failed = 0, 1
    nodes[four].missing = 0
    result = preflight()
    found = result["preflight"]
    assert (result["failed"], result["changed"], found["scanned"]) == (False, False, True)
    reasons = {each: (item["needs_patching"], item["reason"]) for each, item in found["instances"].items()}
    assert reasons == {
        one: (True, "2 missing"),
        two: (True, "1 waiting for a reboot"),
        three: (True, "1 failed"),
        four: (False, ""),
    }
    first = found["instances"][one]
    assert (first["boot_id"], first["agent_version"]) == (nodes[one].boot_id, "3.3.2746.0")
    assert (first["in_rotation"], first["phase"]) == (True, "")
    assert set(first["target_group_arns"]) == {aws.target_group("shop-web"), aws.target_group("shop-api")}
    assert first["context"]["snapshot_id"] == found["snapshot_id"] == str(uuid.UUID(found["snapshot_id"]))
    assert first["context"]["operation_after"] > found["started_at"]


def test_the_fleet_is_asked_once(preflight: Any, aws: Lab, nodes: Any) -> None:
    snapshot = "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"
    preflight(snapshot_id=snapshot)
    sent = {call.parameters["DocumentName"]: call.parameters for call in aws.calls("SendCommand")}
    assert len(aws.calls("SendCommand")) == 2
    assert sent["AWS-RunPatchBaseline"]["Parameters"] == {
        "Operation": ["Scan"],
        "RebootOption": ["NoReboot"],
        "SnapshotId": [snapshot],
    }
    assert all(sorted(command["InstanceIds"]) == sorted(aws.instance_ids) for command in sent.values())
    assert len(aws.calls("DescribeTargetGroups", "DescribeInstanceInformation", "GetParametersByPath")) == 3
    assert len(aws.calls("DescribeTargetHealth")) == 2
    assert set(aws.writes()) <= HARMLESS


def test_the_rollout_pins_the_document_that_patches(preflight: Any, aws: Lab, nodes: Any) -> None:
    version = aws.client("ssm").describe_document(Name="AWS-RunPatchBaselineWithHooks")["Document"]["DefaultVersion"]
    assert preflight(check=True)["preflight"]["patch_document_version"] == version
    del aws.api.region.documents.by_name["AWS-RunPatchBaselineWithHooks"]
    aws.forget_calls()
    result = preflight()
    assert result["code"] == "patch_document_not_found"
    assert "AWS-RunPatchBaselineWithHooks" in result["msg"]
    assert aws.calls("SendCommand") == []


def test_a_reboot_that_is_not_wanted_is_no_reason(preflight: Any, aws: Lab, nodes: Any) -> None:
    for node in nodes.values():
        node.missing, node.pending_reboot = 0, 1
    found = preflight(reboot_option="NoReboot")["preflight"]["instances"]
    assert not any(item["needs_patching"] for item in found.values())


def test_check_mode_sends_nothing(preflight: Any, aws: Lab, nodes: Any) -> None:
    one, two = aws.instance_ids[:2]
    nodes[one].missing = 0
    nodes[one].report_patches("Scan")
    result = preflight(check=True)
    assert aws.calls("SendCommand") == []
    assert aws.writes() == []
    found = result["preflight"]
    assert not found["scanned"]
    assert not found["instances"][one]["needs_patching"]
    assert found["instances"][two]["reason"].startswith("not known: it was never scanned")


def test_without_a_scan_the_last_state_decides(preflight: Any, aws: Lab, nodes: Any) -> None:
    for node in nodes.values():
        node.report_patches("Scan")
    result = preflight(scan=False)
    assert [call.parameters["DocumentName"] for call in aws.calls("SendCommand")] == ["AWS-RunShellScript"]
    assert all(item["reason"] == "2 missing" for item in result["preflight"]["instances"].values())


def test_one_that_was_never_scanned_stops_a_run_without_a_scan(preflight: Any, aws: Lab, nodes: Any) -> None:
    result = preflight(scan=False)
    assert [problem["code"] for problem in result["problems"]] == ["never_scanned"] * 4
    assert [problem["message"].split(":")[0] for problem in result["problems"]] == list(aws.instance_ids)


def test_a_scan_that_reports_nothing_new_stops(
    preflight: Any, aws: Lab, nodes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching import waiters as _nodes

    monkeypatch.setattr(_nodes, "_REPORT_SECONDS", 0.2)
    one = aws.instance_ids[0]
    nodes[one].report_patches("Scan", "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11")
    nodes[one].scripts["AWS-RunPatchBaseline"] = lambda _job: Reply()
    result = preflight()
    [problem] = result["problems"]
    assert problem["code"] == result["code"] == "scan_not_reported"
    assert problem["message"].startswith(f"{one}: ")
    assert "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11" in problem["message"]


def test_a_failing_scan_names_instance_and_step(preflight: Any, aws: Lab, nodes: Any) -> None:
    one = aws.instance_ids[0]

    def locked(job: Job) -> Reply:
        return Reply(steps={"PatchLinux": Step(status="Failed", code=4, stderr="another patch run holds the lock")})

    nodes[one].scripts["AWS-RunPatchBaseline"] = locked
    result = preflight()
    assert result["msg"] == f"{one}: step PatchLinux Failed (exit code 4): another patch run holds the lock"


def test_capacity_matters_only_for_who_needs_patching(preflight: Any, aws: Lab, nodes: Any) -> None:
    one, two, *_rest = aws.instance_ids
    for node in nodes.values():
        node.missing = 0
    assert not preflight(min_healthy_targets=4)["failed"]
    nodes[one].missing = 1
    result = preflight(min_healthy_targets=4)
    [problem] = result["problems"]
    assert problem["code"] == "capacity_too_low"
    assert problem["message"].startswith(f"{one} cannot leave target group shop-")
    assert "4 healthy now, 3 would remain, 4 needed" in problem["message"]
    assert two not in result["msg"]


def test_the_queue_names_the_hosts_in_order(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one, two, three, four = aws.instance_ids
    hosts = {"web3": one, "web1": two, "web2": three, four: ""}
    nodes[two].missing = 0
    drain(run_module, one)
    found = run_module("patch_preflight", {**QUICK, "hosts": hosts})["preflight"]
    assert found["queue"] == ["web3", four, "web2"]
    assert {each: item["host"] for each, item in found["instances"].items()} == {
        one: "web3",
        two: "web1",
        three: "web2",
        four: four,
    }


def test_without_hosts_the_queue_names_instances(preflight: Any, aws: Lab, nodes: Any) -> None:
    nodes[aws.instance_ids[0]].missing = 0
    found = preflight(instance_ids=list(reversed(aws.instance_ids)))["preflight"]
    assert found["queue"] == sorted(aws.instance_ids[1:])
    assert all(item["host"] == each for each, item in found["instances"].items())


@pytest.mark.parametrize("lab_overrides", [{"api.ping_lost": 0.3}])
def test_an_offline_agent_stops_before_anything_is_sent(preflight: Any, aws: Lab) -> None:
    one, *rest = aws.instance_ids
    aws.start_nodes()[one].stop()
    wait_until_lost(aws, one)
    result = preflight()
    assert f"{one}: its SSM agent is offline (ConnectionLost, last ping 20" in result["msg"]
    assert aws.calls("SendCommand") == []
    assert all(each not in result["msg"] for each in rest)


def wait_until_lost(aws: Lab, instance_id: str) -> None:
    """An agent is lost some time after its last ping."""
    ends = time.monotonic() + 5
    wanted = [{"Key": "InstanceIds", "Values": [instance_id]}]
    while time.monotonic() < ends:
        found = aws.client("ssm").describe_instance_information(Filters=wanted)["InstanceInformationList"]
        if found[0]["PingStatus"] == "ConnectionLost":
            return
        time.sleep(0.05)
    raise AssertionError(f"{instance_id} is still online")


def test_every_obstacle_is_told_at_once(preflight: Any, run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one, two, *_rest = aws.instance_ids
    strange = "i-0ffffffffffffffff"
    nodes[one].agent_version = "2.3.1.0"
    nodes[one].ping()
    drain(run_module, two)
    run_module("elb_rotation", {**QUICK, "instance_id": two, "state": "quarantined", "reason": "it broke"})
    aws.forget_calls()
    result = preflight(instance_ids=[*aws.instance_ids, strange])
    problems = {problem["code"]: problem["message"] for problem in result["problems"]}
    assert list(problems) == ["instance_unknown", "agent_too_old", "instance_quarantined"]
    assert problems["instance_unknown"].startswith(strange)
    assert problems["agent_too_old"].startswith(f"{one}: its SSM agent 2.3.1.0 is older than 3.0.502.0")
    assert problems["instance_quarantined"].startswith(two)
    assert "(it broke)" in problems["instance_quarantined"]
    assert "\n" not in result["msg"]
    assert aws.writes() == []


def test_quarantined_ones_can_be_passed_over(preflight: Any, run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one = aws.instance_ids[0]
    drain(run_module, one)
    run_module("elb_rotation", {**QUICK, "instance_id": one, "state": "quarantined", "reason": "it broke"})
    aws.forget_calls()
    found = preflight(ignore_quarantined=True)["preflight"]["instances"][one]
    assert (found["needs_patching"], found["phase"], found["reason"]) == (False, "quarantined", "it broke")
    assert all(one not in call.parameters["InstanceIds"] for call in aws.calls("SendCommand"))


def test_what_a_killed_run_left_is_taken_up(preflight: Any, run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one = aws.instance_ids[0]
    context = {"boot_id": "b", "snapshot_id": "s", "operation_after": "2026-08-01T09:00:00.000Z"}
    drain(run_module, one, run_id="r1", context=context)
    aws.forget_calls()
    found = preflight()["preflight"]["instances"][one]
    assert (found["needs_patching"], found["phase"], found["in_rotation"]) == (True, "drained", False)
    assert found["reason"] == "taken out of rotation by run r1 and not put back yet"
    assert (found["context"], found["boot_id"]) == (context, "b")
    assert len(found["registrations"]) == 2
    assert all(one not in call.parameters["InstanceIds"] for call in aws.calls("SendCommand"))


def test_one_in_no_group(preflight: Any, aws: Lab, nodes: Any) -> None:
    one = aws.instance_ids[0]
    for group in ("shop-web", "shop-api"):
        aws.client("elbv2").deregister_targets(
            TargetGroupArn=aws.target_group(group), Targets=[{"Id": one, "Port": 443}]
        )
    [problem] = preflight()["problems"]
    assert problem["code"] == "instance_in_no_target_group"
    assert problem["message"].startswith(one)
    found = preflight(allow_no_target_group=True)["preflight"]["instances"][one]
    assert (found["needs_patching"], found["in_rotation"], found["target_group_arns"]) == (True, False, [])


SETTINGS: dict[str, Any] = {
    "kind": "systemd",
    "application": "shop.service",
    "path": "",
    "port": "443",
    "health_url": "http://localhost:443/health-check",
    "user": "root",
    "environment": {},
    "name_prefix": "shop",
    "update_command": "",
    "block_port": "true",
    "connection_grace": "30",
    "on_open_connections": "fail",
    "stop_timeout": "60",
    "start_timeout": "300",
    "update_timeout": "900",
}


def reporting(node: Any, *lines: str) -> None:
    node.shell = lambda _commands: Step(stdout="\n".join([f"boot_id={node.boot_id}", "health=0 200", *lines, ""]))


def test_what_a_node_lacks_stops_before_anything_is_drained(preflight: Any, aws: Lab, nodes: Any) -> None:
    one, two, three, four = aws.instance_ids
    reporting(nodes[one], "finding=tool_missing curl", "finding=port_closed 443")
    reporting(nodes[two], "finding=release_locked 2023.5.1 2023.6.1")
    reporting(nodes[three], "finding=application_missing there is no application shop")
    nodes[three].missing = 0  # nothing will be done to it
    reporting(nodes[four])
    result = preflight(hook_settings=SETTINGS)
    assert [problem["code"] for problem in result["problems"]] == ["node_tool_missing", "node_port_closed"]
    assert all(problem["message"].startswith(f"{one}: ") for problem in result["problems"])
    assert "\n" not in result["msg"]
    assert set(aws.writes()) <= HARMLESS


def test_a_release_lock_is_only_a_warning(preflight: Any, aws: Lab, nodes: Any) -> None:
    for node in nodes.values():
        reporting(node)
    reporting(nodes[aws.instance_ids[1]], "finding=release_locked 2023.5.1 2023.6.1")
    result = preflight(hook_settings=SETTINGS)
    assert not result["failed"]
    [warning] = result["warnings"]
    assert warning.startswith(f"{aws.instance_ids[1]}: ")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"hook_settings": {**SETTINGS, "port": 0}}, "patch_hooks_port_invalid"),
        ({"hook_settings": {**SETTINGS, "prot": 1}}, "hook_settings_invalid"),
        ({"hook_settings": {**SETTINGS, "port": "https"}}, "hook_settings_invalid"),
        ({"min_free_space": {"boot": 1}}, "min_free_space_invalid"),
        ({"min_free_space": {"/boot": "much"}}, "min_free_space_invalid"),
    ],
)
def test_wrong_settings_of_the_check(preflight: Any, aws: Lab, args: dict[str, Any], code: str, check: bool) -> None:
    assert preflight(check=check, **args)["code"] == code
    assert aws.calls() == []


ONE, TWO = "i-00000000000000001", "i-00000000000000002"
WRONG_FLEETS: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"instance_ids": []}, "fleet_empty", ["check the inventory"]),
    ({"hosts": {}}, "fleet_empty", ["check the inventory"]),
    ({"instance_ids": ["shop-1"]}, "instance_id_invalid", ["'shop-1'"]),
    ({"hosts": {"web1": "", "web2": ONE}}, "instance_id_invalid", ["'web1'", "instance_id"]),
    ({"hosts": {"web1": "i-1", "web2": ONE}}, "instance_id_invalid", ["host web1", "'i-1'"]),
    ({"hosts": {"web1": ONE, "web2": TWO, "web3": ONE}}, "instance_id_repeated", ["web1", "web3", ONE]),
    ({"hosts": {"web1": ONE, ONE: ""}}, "instance_id_repeated", ["web1", ONE]),
    ({"instance_ids": [ONE], "snapshot_id": "today"}, "snapshot_id_invalid", ["snapshot_id", "'today'"]),
]


@pytest.mark.parametrize(("args", "code", "facts"), WRONG_FLEETS)
def test_wrong_input_gets_one_line(
    run_module: RunModule, aws: Lab, args: dict[str, Any], code: str, facts: list[str]
) -> None:
    result = run_module("patch_preflight", {**QUICK, **args})
    assert result["code"] == code
    assert all(fact in result["msg"] for fact in facts)
    assert "\n" not in result["msg"]
    assert aws.calls() == []


def test_every_wrong_host_is_named_at_once(run_module: RunModule) -> None:
    result = run_module("patch_preflight", {**QUICK, "hosts": {"web1": "x", "web2": ONE, "web3": ONE, "web4": "y"}})
    assert all(host in result["msg"] for host in ("web1", "web2", "web3", "web4"))
    assert len(result["problems"]) == 3


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "one of the following is required: hosts, instance_ids"),
        ({"hosts": {"web1": ONE}, "instance_ids": [ONE]}, "mutually exclusive"),
    ],
)
def test_hosts_or_instance_ids(run_module: RunModule, args: dict[str, Any], said: str) -> None:
    assert said in run_module("patch_preflight", {**QUICK, **args})["msg"]
