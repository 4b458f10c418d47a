from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.rules import (
    fields_of_one_run,
    option_problems,
    query_problems,
    require_complete,
    require_existing,
    require_replaceable,
    run_problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import (
    OPTION_NAMES,
    Fields,
    association_request,
    drop_empty,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.tags import option_tag_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.validate import request_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    InvalidInput,
    NotFound,
    Problem,
    Refused,
)

CLIENT = SimpleNamespace(meta=SimpleNamespace(service_model=botocore.session.get_session().get_service_model("ssm")))


def problems_of(fields: Fields) -> list[Problem]:
    """As the module judges its options before the first call."""
    request = {"Name": "any", **association_request(drop_empty(fields))}
    return request_problems(CLIENT, "CreateAssociation", request, OPTION_NAMES) + option_problems(fields)


TARGETS = [{"key": "tag:App", "values": ["shop"]}]
ON_SCHEDULE = {"apply_only_at_cron_interval": True}


@pytest.mark.parametrize(
    "fields",
    [
        {"targets": TARGETS, "automation_target_parameter_name": "InstanceId"},
        {"target_maps": [{"InstanceId": ["i-1"]}]},
        {"schedule_offset": 2, **ON_SCHEDULE, "schedule_expression": "cron(0 2 ? * TUE#2 *)"},
        {"schedule_expression": "rate(1 day)"},
        {"targets": [{"key": "resource-groups:Name", "values": ["shop"]}]},
        {"target_locations": [{"accounts": ["123456789012"], "exclude_accounts": ["ou-abcd-12345678"]}]},
        {"output_location": {"output_s3_bucket_name": "logs"}},
        {"schedule_expression": "", "targets": [], "output_location": {}, "duration": 0},
    ],
)
def test_what_aws_accepts(fields: Fields) -> None:
    assert problems_of(fields) == []
    require_complete(fields)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"alarm_configuration": {"ignore_poll_alarm_failure": True}}, "alarm_configuration.alarms is required"),
        ({"targets": TARGETS * 6}, "targets must have 0 to 5 items, not 6"),
        ({"target_maps": [{}]}, "target_maps[0] must have 1 to 20 keys, not 0"),
        ({"target_maps": [{"Id": ["1"] * 26}]}, "target_maps[0].Id must have 0 to 25 items, not 26"),
        ({"target_maps": [{"Id": ["1"]}] * 301}, "target_maps must have 0 to 300 items, not 301"),
        ({"target_locations": [{"accounts": []}]}, "target_locations[0].accounts must have 1 to 50 items, not 0"),
        ({"target_locations": [{"regions": ["r"] * 51}]}, "target_locations[0].regions must have 1 to 50 items"),
        ({"target_locations": [{"targets_max_errors": "x"}]}, "target_locations[0].targets_max_errors must match"),
        ({"target_locations": [{"execution_role_name": "a role"}]}, "target_locations[0].execution_role_name"),
        ({"target_locations": [{"exclude_accounts": ["12"]}]}, "target_locations[0].exclude_accounts[0]"),
        ({"target_locations": [{"regions": ["r"]}] * 101}, "target_locations must have 1 to 100 items, not 101"),
        (
            {"output_location": {"output_s3_bucket_name": "x"}},
            "output_location.output_s3_bucket_name must have 3 to 63",
        ),
        ({"schedule_offset": 7}, "schedule_offset must be 1 to 6, not 7"),
        ({"duration": -1}, "duration must be 1 to 24, not -1"),
        ({"document_name": "a b"}, "document_name must match"),
        ({"max_errors": "a few"}, "max_errors must match"),
    ],
)
def test_what_aws_refuses_is_found_before_the_first_call(fields: Fields, named: str) -> None:
    assert named in "; ".join(problem.message for problem in problems_of(fields))


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"targets": TARGETS, "target_maps": [{"Id": ["1"]}]}, "target_maps_exclusive", "targets and target_maps"),
        (
            {**ON_SCHEDULE, "schedule_expression": "rate(1 day)"},
            "cron_schedule_required",
            "apply_only_at_cron_interval",
        ),
        (
            {"schedule_offset": 2, "apply_only_at_cron_interval": False},
            "schedule_offset_not_at_interval",
            "schedule_offset",
        ),
        (
            {"automation_target_parameter_name": "Id", "target_maps": [{"Id": ["1"]}]},
            "target_maps_exclusive",
            "target_maps",
        ),
        ({"targets": [{"key": "tag:App", "values": [""]}]}, "target_value_empty", "target tag:App"),
        (
            {"targets": [{"key": "resource-groups:Name", "values": ["a", "b"]}]},
            "too_many_resource_groups",
            "one resource group, not 2",
        ),
        (
            {"target_locations": [{"targets": TARGETS * 2}]},
            "too_many_location_targets",
            "target_locations[0].targets takes one target",
        ),
        (
            {"output_location": {"output_s3_key_prefix": "p"}},
            "output_bucket_required",
            "output_location requires output_s3_bucket_name",
        ),
        ({"schedule_expression": "rate(1 hours)"}, "schedule_invalid", "schedule_expression"),
    ],
)
def test_fields_that_do_not_go_together(fields: Fields, code: str, named: str) -> None:
    problems = {problem.code: problem.message for problem in problems_of(fields)}
    assert named in problems[code]


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"schedule_offset": 2}, "schedule_offset_not_at_interval", "apply_only_at_cron_interval"),
        ({"automation_target_parameter_name": "Id"}, "targets_required", "targets"),
    ],
)
def test_fields_that_may_exist_already_are_required_later(fields: Fields, code: str, named: str) -> None:
    assert problems_of(fields) == []
    with pytest.raises(InvalidInput, match=named) as refused:
        require_complete(fields)
    assert refused.value.code == code


TAGS = [{"aws:mine": "x"}, {"": "x"}, {"a*": "x"}, {"a": "x" * 257}, {str(n): "" for n in range(51)}]


@pytest.mark.parametrize("tags", TAGS)
def test_tags_that_aws_refuses(tags: dict[str, str]) -> None:
    assert option_tag_problems(CLIENT, tags)


def test_fields_of_an_association_that_stays_are_refused_for_one_run() -> None:
    desired = {"association_name": "name", "document_name": "doc", "duration": 4}
    with pytest.raises(InvalidInput, match="duration") as refused:
        fields_of_one_run(desired)
    assert refused.value.code == "run_once_option_excluded"
    with pytest.raises(InvalidInput, match="document_name") as refused:
        fields_of_one_run({"association_name": "name"})
    assert refused.value.code == "run_once_option_required"
    del desired["duration"]
    assert fields_of_one_run(desired) == desired


ONE_RUN = {"association_name": "name", "document_name": "doc", "targets": TARGETS}


@pytest.mark.parametrize(
    ("observed", "named"),
    [
        ({**ONE_RUN, "schedule_expression": "rate(1 day)"}, "has a schedule"),
        ({**ONE_RUN, "document_name": "other"}, "another document_name"),
        ({**ONE_RUN, "targets": [{"key": "tag:App", "values": ["web"]}]}, "another targets"),
        ({**ONE_RUN, "target_maps": [{"Id": ["1"]}]}, "another target_maps"),
    ],
)
def test_an_association_of_somebody_else_is_not_replaced(observed: Fields, named: str) -> None:
    require_replaceable({**ONE_RUN, "max_errors": "1"}, ONE_RUN)
    with pytest.raises(Refused, match=named) as refused:
        require_replaceable(observed, ONE_RUN)
    assert refused.value.code == "association_name_taken"


def test_only_an_id_must_exist() -> None:
    require_existing({}, "a-1")
    require_existing(None, None)
    with pytest.raises(NotFound, match="a-1") as failed:
        require_existing(None, "a-1")
    assert failed.value.code == "association_not_found"


NAMED = {"association_id": None, "association_name": "check-shop"}


def test_an_association_has_a_name_or_an_id() -> None:
    [problem] = run_problems({"association_id": "", "association_name": None, "run": None, "state": "present"})
    assert problem.code == "association_not_named"


@pytest.mark.parametrize(
    ("run", "state", "code"),
    [
        (None, "absent", None),
        (None, "run_once", None),
        ("now", "present", None),
        ("once", "present", None),
        ("once", "run_once", None),
        ("now", "run_once", "run_requires_present"),
        ("now", "absent", "run_requires_present"),
        ("once", "absent", "run_requires_present"),
    ],
)
def test_run_beside_state(run: str | None, state: str, code: str | None) -> None:
    assert [problem.code for problem in run_problems({**NAMED, "run": run, "state": state})] == ([code] if code else [])


QUERY: dict[str, Any] = {
    "filters": None,
    "max_executions": 0,
    "executions_after": None,
    "include_execution_targets": False,
}


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ({"filters": {"Name": ["a", "b"]}}, "filter_invalid", "Name"),
        ({"max_executions": -1}, "max_executions_negative", "max_executions"),
        ({"max_executions": 1, "executions_after": "yesterday"}, "time_invalid", "executions_after"),
        ({"executions_after": "2026-08-01"}, "max_executions_required", "executions_after requires max_executions"),
        (
            {"include_execution_targets": True},
            "max_executions_required",
            "include_execution_targets requires max_executions",
        ),
    ],
)
def test_queries_that_are_refused(query: dict[str, Any], code: str, named: str) -> None:
    assert query_problems(QUERY) == []
    [problem] = query_problems({**QUERY, **query})
    assert problem.code == code
    assert named in problem.message
