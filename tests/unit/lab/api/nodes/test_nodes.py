"""Nodes, and what they have reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode

ONE, TWO = "i-00000000000000001", "i-00000000000000002"


def test_only_nodes_that_reported_are_there(lab_api: Lab, ssm: Any) -> None:
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    lab_api.start_nodes(ONE)
    (info,) = ssm.describe_instance_information()["InstanceInformationList"]
    assert (info["InstanceId"], info["PingStatus"], info["AgentVersion"]) == (ONE, "Online", "3.3.2746.0")
    assert (info["PlatformType"], info["PlatformName"]) == ("Linux", "Debian GNU/Linux")


def ids(ssm: Any, *filters: Any) -> list[str]:
    found = ssm.describe_instance_information(Filters=[{"Key": key, "Values": values} for key, values in filters])
    return [item["InstanceId"] for item in found["InstanceInformationList"]]


def test_filters(lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    nodes[TWO].agent_version = "2.0.0"
    nodes[TWO].ping()
    assert ids(ssm, ("InstanceIds", [ONE])) == [ONE]
    assert ids(ssm, ("AgentVersion", ["2.0.0"])) == [TWO]
    assert ids(ssm, ("PingStatus", ["ConnectionLost"])) == []
    assert ids(ssm, ("tag:Name", ["shop-1", "shop-2"])) == [ONE, TWO]


def test_an_instance_without_agent_is_left_out_and_an_unknown_one_refused(
    lab_api: Lab, ssm: Any, refusal: Callable[..., str]
) -> None:
    lab_api.start_nodes(ONE)
    assert ids(ssm, ("InstanceIds", [ONE, TWO])) == [ONE]
    unknown = [{"Key": "InstanceIds", "Values": ["i-0fffffffffffffffe"]}]
    assert refusal(ssm.describe_instance_information, Filters=unknown) == "InvalidInstanceId"


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ([{"Key": "Nonsense", "Values": ["x"]}], "InvalidFilterKey"),
        (
            [{"Key": "tag:a", "Values": ["x"]}, {"Key": "PingStatus", "Values": ["Online"]}],
            "InvalidInstanceInformationFilterValue",
        ),
    ],
)
def test_filters_that_are_refused(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str], filters: list[dict[str, Any]], code: str
) -> None:
    assert refusal(ssm.describe_instance_information, Filters=filters) == code


@pytest.mark.parametrize("lab_overrides", [{"api.ping_lost": 0.2}])
def test_without_pings_the_connection_is_lost(lab_api: Lab, ssm: Any, eventually: Callable[..., Any]) -> None:
    lab_api.start_nodes(ONE)[ONE].stop()

    def status() -> str:
        return ssm.describe_instance_information()["InstanceInformationList"][0]["PingStatus"]

    assert status() == "Online"
    eventually(lambda: status() == "ConnectionLost")


def test_pages(ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    pages = list(ssm.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5}))
    assert sum(len(page["InstanceInformationList"]) for page in pages) == 4


def test_a_patch_state_is_what_the_node_put_into_inventory(ssm: Any, nodes: dict[str, ScriptedNode]) -> None:
    snapshot = "11111111-2222-3333-4444-555555555555"
    assert ssm.describe_instance_patch_states(InstanceIds=[ONE, TWO])["InstancePatchStates"] == []
    nodes[ONE].pending_reboot = 3
    nodes[ONE].report_patches("Install", snapshot, "NoReboot")
    (state,) = ssm.describe_instance_patch_states(InstanceIds=[ONE, TWO])["InstancePatchStates"]
    assert (state["InstanceId"], state["Operation"], state["SnapshotId"]) == (ONE, "Install", snapshot)
    assert (state["MissingCount"], state["InstalledPendingRebootCount"], state["RebootOption"]) == (2, 3, "NoReboot")
    assert state["OperationEndTime"] >= state["OperationStartTime"]


def test_single_patches_come_from_compliance_items_in_inventory(
    lab_api: Lab, ssm: Any, nodes: dict[str, ScriptedNode]
) -> None:
    item = {
        "TypeName": "AWS:ComplianceItem",
        "SchemaVersion": "1.0",
        "CaptureTime": "2026-01-01T00:00:00Z",
        "Content": [{"Id": "steady-base", "Title": "steady-base:1.1", "PatchState": "Missing", "InstalledTime": ""}],
    }
    lab_api.api.call("ssm", "PutInventory", {"InstanceId": ONE, "Items": [item]})
    (patch,) = ssm.describe_instance_patches(InstanceId=ONE)["Patches"]
    assert (patch["Title"], patch["State"]) == ("steady-base:1.1", "Missing")
    assert (
        ssm.describe_instance_patches(InstanceId=ONE, Filters=[{"Key": "State", "Values": ["Failed"]}])["Patches"] == []
    )


def test_an_unknown_instance_has_no_patch_state_and_no_patches(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    unknown = "i-0fffffffffffffffe"
    nodes[ONE].report_patches("Scan")
    states = ssm.describe_instance_patch_states(InstanceIds=[unknown, ONE])["InstancePatchStates"]
    assert [state["InstanceId"] for state in states] == [ONE]
    assert refusal(ssm.describe_instance_patches, InstanceId=unknown) == "InvalidInstanceId"


def test_single_patches_by_filter_and_page(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    nodes[ONE].report_patches("Scan")

    def titles(**filters: list[str]) -> list[str]:
        asked = [{"Key": key, "Values": values} for key, values in filters.items()]
        return [patch["Title"] for patch in ssm.describe_instance_patches(InstanceId=ONE, Filters=asked)["Patches"]]

    assert titles(State=["Missing"]) == ["package-0:1.1", "package-1:1.1"]
    assert titles(State=["Missing", "Failed"], Severity=["Low"]) == ["package-1:1.1"]
    assert titles(KBId=["package-7"]) == ["package-7:1.1"]
    assert len(titles()) == 10
    first = ssm.describe_instance_patches(InstanceId=ONE)
    rest = ssm.describe_instance_patches(InstanceId=ONE, NextToken=first["NextToken"])
    assert len(rest["Patches"]) == 2
    missing, installed = first["Patches"][0], first["Patches"][5]
    assert (missing["Severity"], missing["CVEIds"], missing["InstalledTime"].year) == (
        "Important",
        "CVE-2026-0000",
        1970,
    )
    assert "CVEIds" not in installed
    wrong = [{"Key": "Colour", "Values": ["red"]}]
    assert refusal(ssm.describe_instance_patches, InstanceId=ONE, Filters=wrong) == "InvalidFilter"
