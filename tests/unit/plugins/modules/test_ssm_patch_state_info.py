"""ssm_patch_state_info against the lab's API."""

from __future__ import annotations

from typing import Any

import pytest

Lab = Any
RunModule = Any


def test_never_scanned_and_scanned(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one, two = aws.instance_ids[:2]
    nodes[one].missing, nodes[one].pending_reboot = 3, 1
    snapshot = "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11"
    nodes[one].report_patches("Scan", snapshot)
    result = run_module("ssm_patch_state_info", {"instance_ids": [two, one, two]})
    second, first = result["instances"]
    assert not result["changed"]
    assert (second["instance_id"], second["ping_status"], second["patch_state"]) == (two, "Online", None)
    assert first["last_ping_at"].endswith("Z")
    assert (first["agent_version"], first["platform_type"]) == ("3.3.2746.0", "Linux")
    state = first["patch_state"]
    assert (state["operation"], state["snapshot_id"], state["missing_count"]) == ("Scan", snapshot, 3)
    assert (state["installed_pending_reboot_count"], state["failed_count"]) == (1, 0)
    assert state["operation_end_time"].endswith("Z")
    assert aws.writes() == []


def test_an_unknown_instance_is_named(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    strange = "i-0ffffffffffffffff"
    result = run_module("ssm_patch_state_info", {"instance_ids": [*aws.instance_ids, strange]})
    assert result["failed"]
    assert result["msg"].startswith(f"{strange} is not known to SSM in this Region: check the id")
    assert all(each not in result["msg"] for each in aws.instance_ids)


@pytest.mark.parametrize("lab_overrides", [{"api.ping_lost": 0.0}])
def test_an_agent_that_is_silent(run_module: RunModule, aws: Lab) -> None:
    one = aws.instance_ids[0]
    aws.start_nodes(one)[one].stop()
    (only,) = run_module("ssm_patch_state_info", {"instance_ids": [one]})["instances"]
    assert only["ping_status"] == "ConnectionLost"


def test_a_fleet_is_read_fifty_at_a_time(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    strange = [f"i-{number:017x}" for number in range(100, 151)]
    run_module("ssm_patch_state_info", {"instance_ids": strange})
    sizes = [len(call.parameters["Filters"][0]["Values"]) for call in aws.calls("DescribeInstanceInformation")]
    assert sizes[0] == 50
    assert max(sizes) == 50


def test_one_unknown_instance_costs_a_few_calls_not_fifty(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    known = list(aws.instance_ids)
    spec = aws.api.region.nodes.instances[known[0]]
    more = [f"i-{number:017x}" for number in range(100, 145)]
    # As if there were as many; without an agent they are not shown, and not refused either.
    aws.api.region.nodes.instances.update(dict.fromkeys(more, spec))
    aws.api.region.nodes.running = lambda instance_id: instance_id in known
    strange = "i-0ffffffffffffffff"
    result = run_module("ssm_patch_state_info", {"instance_ids": [*known, *more, strange]})
    assert strange in result["msg"] or "and 43 more" in result["msg"]
    assert len(aws.calls("DescribeInstanceInformation")) <= 13


def test_many_are_read_in_one_call_of_each_kind(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    for node in nodes.values():
        node.report_patches("Scan")
    run_module("ssm_patch_state_info", {"instance_ids": list(aws.instance_ids)})
    assert [call.action for call in aws.calls()] == ["DescribeInstanceInformation", "DescribeInstancePatchStates"]


def test_patch_by_patch_when_asked(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one, two = aws.instance_ids[:2]
    nodes[one].installed = 150
    nodes[one].report_patches("Scan")
    asked = {"instance_ids": [one, two], "include_patches": True}
    first, second = run_module("ssm_patch_state_info", asked)["instances"]
    assert (len(first["patches"]), second["patches"]) == (152, [])
    # AWS shows 100 at a time, and nothing is asked of the one that was never scanned.
    assert len(aws.calls("DescribeInstancePatches")) == 2
    assert first["patches"][0] == {
        "title": "package-0:1.1",
        "kb_id": "package-0",
        "classification": "Security",
        "severity": "Important",
        "state": "Missing",
        "installed_at": None,
        "cve_ids": ["CVE-2026-0000"],
    }
    assert first["patches"][-1]["installed_at"].endswith("Z")


def test_patches_by_state_and_severity(run_module: RunModule, aws: Lab, nodes: Any) -> None:
    one = aws.instance_ids[0]
    nodes[one].failed = 2
    nodes[one].report_patches("Scan")
    asked = {"states": ["Missing", "Failed"], "severities": ["Low"]}
    options = {"instance_ids": [one], "include_patches": True, "patch_filters": asked}
    [only] = run_module("ssm_patch_state_info", options)["instances"]
    assert [(patch["title"], patch["state"]) for patch in only["patches"]] == [
        ("package-1:1.1", "Missing"),
        ("package-3:1.1", "Failed"),
    ]


@pytest.mark.parametrize("fault", ["throttling", "server_error"])
def test_bad_days_of_aws_are_survived(run_module: RunModule, aws: Lab, nodes: Any, fault: str) -> None:
    nodes[aws.instance_ids[0]].report_patches("Scan")
    aws.fault(fault, next=1)
    result = run_module("ssm_patch_state_info", {"instance_ids": [aws.instance_ids[0]], "include_patches": True})
    assert len(result["instances"][0]["patches"]) == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"instance_ids": ["shop-1"]}, "instance_ids must match"),
        ({"instance_ids": ["shop-1"]}, "'shop-1'"),
        ({"patch_filters": {"states": ["Missing"]}}, "patch_filters requires include_patches=true"),
        ({"include_patches": True, "patch_filters": {"states": []}}, "patch_filters.states is empty"),
        (
            {"include_patches": True, "patch_filters": {"states": ["Missing"], "kb_ids": ["x", "x" * 257]}},
            "patch_filters.kb_ids[1] must have 1 to 256",
        ),
        ({"include_patches": True, "patch_filters": {"colours": ["red"]}}, "colours"),
    ],
)
def test_wrong_input_makes_no_call(run_module: RunModule, aws: Lab, options: dict[str, Any], said: str) -> None:
    result = run_module("ssm_patch_state_info", {"instance_ids": [aws.instance_ids[0]], **options})
    assert result["failed"]
    assert said in result["msg"]
    assert not aws.calls()


def test_missing_credentials_get_one_line(run_module: RunModule, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = run_module("ssm_patch_state_info", {"instance_ids": [aws.instance_ids[0]]})
    assert "no AWS credentials were found" in result["msg"]
    assert "\n" not in result["msg"]
