"""From options and AWS's responses to values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.patch_state import (
    Node,
    PatchState,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import (
    given_evidence,
    hosts_by_instance,
    instance_of,
    node_of,
    patch_filters,
    patch_of,
    patch_state_from_result,
    patch_state_of,
)
from unit.plugins.module_utils._patching.verdicts import OPTIONS, changed

NINE = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
ONE, TWO = "i-00000000000000001", "i-00000000000000002"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"hosts": {"web1": ONE, "web2": TWO}, "instance_ids": None}, {ONE: "web1", TWO: "web2"}),
        ({"hosts": {"web1": ONE, TWO: ""}, "instance_ids": None}, {ONE: "web1", TWO: TWO}),
        ({"hosts": {TWO: None}, "instance_ids": None}, {TWO: TWO}),
        ({"hosts": None, "instance_ids": [TWO, ONE, TWO]}, {TWO: TWO, ONE: ONE}),
    ],
)
def test_each_instance_has_its_host(options: dict[str, Any], expected: dict[str, str]) -> None:
    assert hosts_by_instance(options) == expected


@pytest.mark.parametrize(
    ("hosts", "codes"),
    [
        ({}, ["fleet_empty"]),
        ({"web1": ""}, ["instance_id_invalid"]),
        ({"web1": ONE, "web2": ONE}, ["instance_id_repeated"]),
        ({"web1": ONE, ONE: "", "web2": 7}, ["instance_id_repeated", "instance_id_invalid"]),
    ],
)
def test_every_host_whose_instance_is_not_certain_is_named(hosts: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(InvalidInput) as error:
        hosts_by_instance({"hosts": hosts, "instance_ids": None})
    assert [problem["code"] for problem in error.value.details["problems"]] == codes


def test_evidence_in_hand() -> None:
    evidence = given_evidence(OPTIONS)
    assert evidence.probe
    assert evidence.probe.health_ok
    assert evidence.patch_state
    assert (evidence.operation_after, evidence.health_url) == (NINE, OPTIONS["health_url"])
    assert evidence.patch_state.operation_end_time == datetime(2026, 8, 1, 9, 5, tzinfo=UTC)
    nothing = given_evidence(
        {**OPTIONS, "execution_target": {}, "patch_state": {}, "health_url": "", "snapshot_id": None}
    )
    assert (nothing.probe, nothing.patch_state, nothing.execution) == (None, None, None)
    assert (nothing.health_url, nothing.snapshot_id) == (None, "")


@pytest.mark.parametrize("text", ["2026-08-01T09:00:00Z", "2026-08-01T11:00:00+02:00", "2026-08-01T09:00:00.000Z"])
def test_times_with_their_offset(text: str) -> None:
    assert given_evidence({**OPTIONS, "operation_after": text}).operation_after == NINE


@pytest.mark.parametrize("text", ["", "yesterday", "2026-08-01T09:00:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"operation_after.*{text!r}") as error:
        given_evidence({**OPTIONS, "operation_after": text})
    assert error.value.code == "time_invalid"


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({**OPTIONS, "instance_id": "web-1"}, "'web-1'"),
        (changed("patch_state", operation_end_time="soon"), "patch_state.operation_end_time"),
        (changed("patch_state", operation_end_time=9), "patch_state.operation_end_time"),
        (changed("patch_state", missing_count="many"), "patch_state.missing_count.*'many'"),
    ],
)
def test_evidence_that_is_none(options: dict[str, Any], fact: str) -> None:
    with pytest.raises(InvalidInput, match=fact):
        given_evidence(options)


def test_what_a_module_returned_is_read_again_as_it_was() -> None:
    state = PatchState(
        instance_id="i-1",
        operation="Install",
        operation_start_time=NINE,
        operation_end_time=NINE,
        last_no_reboot_install_operation_time=NINE,
        missing_count=2,
        install_override_list="s3://b/k",
    )
    assert patch_state_from_result("i-1", {**state.as_dict(), "a_later_field": 1}) == state


def test_filters_that_were_given() -> None:
    options = {"states": ["Missing"], "kb_ids": None, "severities": ["Low", "High"], "classifications": None}
    assert patch_filters(options) == {
        "states": {"Key": "State", "Values": ["Missing"]},
        "severities": {"Key": "Severity", "Values": ["Low", "High"]},
    }
    assert patch_filters(None) == {}


def test_a_node_of_which_little_is_known() -> None:
    assert node_of({"InstanceId": "i-1"}) == Node(instance_id="i-1")
    known = node_of({"InstanceId": "i-1", "PingStatus": "Online", "LastPingDateTime": NINE, "AgentVersion": "3.3.1.0"})
    assert (known.online, known.last_ping_at, known.agent_version) == (True, NINE, "3.3.1.0")


AWS_PATCH_STATE = {
    "InstanceId": "i-1",
    "PatchGroup": "web",
    "BaselineId": "pb-1",
    "SnapshotId": "s",
    "InstallOverrideList": "s3://b/k",
    "OwnerInformation": "of no interest",
    "InstalledCount": 1,
    "InstalledOtherCount": 2,
    "InstalledPendingRebootCount": 3,
    "InstalledRejectedCount": 4,
    "MissingCount": 5,
    "FailedCount": 6,
    "UnreportedNotApplicableCount": 7,
    "NotApplicableCount": 8,
    "AvailableSecurityUpdateCount": 9,
    "CriticalNonCompliantCount": 10,
    "SecurityNonCompliantCount": 11,
    "OtherNonCompliantCount": 12,
    "OperationStartTime": NINE,
    "OperationEndTime": NINE,
    "Operation": "Scan",
    "LastNoRebootInstallOperationTime": NINE,
    "RebootOption": "NoReboot",
}
PATCH_STATE = PatchState(
    instance_id="i-1",
    patch_group="web",
    baseline_id="pb-1",
    snapshot_id="s",
    install_override_list="s3://b/k",
    installed_count=1,
    installed_other_count=2,
    installed_pending_reboot_count=3,
    installed_rejected_count=4,
    missing_count=5,
    failed_count=6,
    unreported_not_applicable_count=7,
    not_applicable_count=8,
    available_security_update_count=9,
    critical_non_compliant_count=10,
    security_non_compliant_count=11,
    other_non_compliant_count=12,
    operation_start_time=NINE,
    operation_end_time=NINE,
    operation="Scan",
    last_no_reboot_install_operation_time=NINE,
    reboot_option="NoReboot",
)


def test_a_patch_state_as_aws_has_it() -> None:
    assert patch_state_of(AWS_PATCH_STATE) == PATCH_STATE
    assert patch_state_of({"InstanceId": "i-1"}) == PatchState(instance_id="i-1")


def test_a_patch_as_aws_has_it() -> None:
    item = {"Title": "openssl", "KBId": "openssl.x86_64", "CVEIds": "CVE-1, CVE-2,", "InstalledTime": NINE}
    patch = patch_of(item)
    assert (patch.title, patch.kb_id, patch.cve_ids, patch.installed_at) == (
        "openssl",
        "openssl.x86_64",
        ("CVE-1", "CVE-2"),
        NINE,
    )
    never = patch_of({"Title": "openssl", "InstalledTime": datetime(1970, 1, 1, tzinfo=UTC)})
    assert (never.installed_at, never.cve_ids) == (None, ())


def test_an_instance_has_the_addresses_of_all_its_interfaces() -> None:
    interfaces = [
        {"VpcId": "vpc-1", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1"}, {"PrivateIpAddress": "10.0.0.2"}]},
        {"VpcId": "vpc-2", "PrivateIpAddresses": [], "Ipv6Addresses": [{"Ipv6Address": "fd00::1"}]},
    ]
    tags = [{"Key": "Name", "Value": "shop-1"}, {"Key": "kubernetes.io/cluster/k1", "Value": "owned"}]
    operator = {"Managed": True, "Principal": "eks.amazonaws.com"}
    found = instance_of({"InstanceId": "i-1", "NetworkInterfaces": interfaces, "Tags": tags, "Operator": operator})
    assert found.addresses == {("vpc-1", "10.0.0.1"), ("vpc-1", "10.0.0.2"), ("vpc-2", "fd00::1")}
    assert (found.name, found.kubernetes_cluster, found.operator) == ("shop-1", "k1", "eks.amazonaws.com")


def test_an_instance_of_ones_own_has_no_operator() -> None:
    found = instance_of({"InstanceId": "i-1", "Operator": {"Managed": False}})
    assert (found.name, found.kubernetes_cluster, found.operator, found.addresses) == ("", "", "", frozenset())


def test_all_hosts_without_an_id_are_named_in_one_line() -> None:
    with pytest.raises(InvalidInput) as error:
        hosts_by_instance({"hosts": {f"web{number}": "" for number in range(20)}, "instance_ids": None})
    [problem] = error.value.details["problems"]
    assert problem["code"] == "instance_id_invalid"
    assert all(f"'web{number}'" in problem["message"] for number in range(20))
    assert problem["message"].count("instance_id") == 1
