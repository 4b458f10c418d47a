from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.merge import comparable, merge
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import Fields


@pytest.mark.parametrize(
    ("current", "asked", "after"),
    [
        pytest.param({"max_errors": "1"}, {}, {"max_errors": "1"}, id="kept"),
        pytest.param({"max_errors": "1"}, {"max_errors": "0"}, {"max_errors": "0"}, id="changed"),
        pytest.param({"max_errors": "1"}, {"max_errors": ""}, {}, id="cleared"),
        pytest.param(
            {"parameters": {"a": ["1"], "b": ["2"]}},
            {"parameters": {"a": ["1"]}},
            {"parameters": {"a": ["1"]}},
            id="a given field is given as a whole",
        ),
        pytest.param(
            {"targets": [{"key": "k", "values": ["v"]}]},
            {"target_maps": [{"InstanceId": ["i-1"]}]},
            {"target_maps": [{"InstanceId": ["i-1"]}]},
            id="target maps take the place of targets",
        ),
        pytest.param(
            {"targets": [{"key": "k", "values": ["v"]}], "automation_target_parameter_name": "Id"},
            {"target_maps": [{"Id": ["i-1"]}]},
            {"target_maps": [{"Id": ["i-1"]}]},
            id="and of what goes with them",
        ),
        pytest.param({}, {"apply_only_at_cron_interval": False}, {}, id="false is not sent for nothing"),
        pytest.param(
            {"apply_only_at_cron_interval": True},
            {"apply_only_at_cron_interval": False},
            {"apply_only_at_cron_interval": False},
            id="false is sent to take true back",
        ),
    ],
)
def test_merge(current: Fields, asked: Fields, after: Fields) -> None:
    assert merge(current, asked) == after


TARGETS = [{"key": "tag:A", "values": ["1", "2"]}, {"key": "tag:B", "values": ["3"]}]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"targets": TARGETS}, {"targets": [TARGETS[1], {"key": "tag:A", "values": ["2", "1"]}]}, True),
        ({"targets": TARGETS}, {"targets": [TARGETS[0]]}, False),
        ({"document_version": "$DEFAULT"}, {}, True),
        ({"document_version": "$LATEST"}, {}, False),
        ({"max_concurrency": "100%", "max_errors": "100%"}, {}, True),
        ({"max_concurrency": "50"}, {}, False),
        ({"compliance_severity": "UNSPECIFIED", "sync_compliance": "AUTO"}, {}, True),
        ({"parameters": {"c": ["1", "2"]}}, {"parameters": {"c": ["2", "1"]}}, False),
        ({"calendar_names": ["a", "b"]}, {"calendar_names": ["b", "a"]}, True),
        (
            {"target_locations": [{"regions": ["b", "a"], "target_location_max_errors": "0"}]},
            {"target_locations": [{"regions": ["a", "b"]}]},
            True,
        ),
        ({"target_locations": [{"regions": ["a"]}]}, {"target_locations": [{"regions": ["b"]}]}, False),
        ({"target_locations": [{"regions": ["a"]}]}, {"target_locations": [{"regions": ["a"], "targets": []}]}, True),
        (
            {"alarm_configuration": {"alarms": [{"name": "a"}], "ignore_poll_alarm_failure": False}},
            {"alarm_configuration": {"alarms": [{"name": "a"}]}},
            True,
        ),
        ({"target_maps": [{"Id": ["1"]}, {"Id": ["2"]}]}, {"target_maps": [{"Id": ["2"]}, {"Id": ["1"]}]}, True),
        ({"target_maps": [{"commands": ["a", "b"]}]}, {"target_maps": [{"commands": ["b", "a"]}]}, False),
    ],
)
def test_comparable(one: Fields, other: Fields, same: bool) -> None:
    assert (comparable(one) == comparable(other)) is same
