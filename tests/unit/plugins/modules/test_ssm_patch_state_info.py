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
    assert max(sizes) == 50
    assert sum(sizes) >= 51


def test_missing_credentials_get_one_line(run_module: RunModule, aws: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = run_module("ssm_patch_state_info", {"instance_ids": [aws.instance_ids[0]]})
    assert "no AWS credentials were found" in result["msg"]
    assert "\n" not in result["msg"]
