from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.model import (
    DesiredAssociation,
    ObservedAssociation,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.plan import (
    plan_association,
    starts_at_once,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import (
    Fields,
    association_request,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput

TARGETS = [{"key": "tag:A", "values": ["1", "2"]}, {"key": "tag:B", "values": ["3"]}]
HERE: Fields = {"association_name": "name", "document_name": "doc", "targets": TARGETS}
CRON = {"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}


def observed(fields: Fields | None) -> ObservedAssociation | None:
    return ObservedAssociation(description=association_request(fields)) if fields else None


@pytest.mark.parametrize(
    ("current", "desired", "write", "start", "runs"),
    [
        (None, DesiredAssociation(fields=HERE), "create", False, True),
        (None, DesiredAssociation(fields=HERE, run_now=True), "create", False, True),
        (None, DesiredAssociation(fields={**HERE, **CRON}), "create", False, False),
        (None, DesiredAssociation(fields={**HERE, **CRON}, run_now=True), "create", True, True),
        (HERE, DesiredAssociation(fields=HERE), None, False, False),
        (HERE, DesiredAssociation(fields=HERE, run_now=True), None, True, True),
        (HERE, DesiredAssociation(fields={"max_errors": "0"}), "update", False, True),
        (HERE, DesiredAssociation(fields={"max_errors": "0"}, run_now=True), "update", False, True),
        ({**HERE, **CRON}, DesiredAssociation(fields={"max_errors": "0"}), "update", False, False),
        ({**HERE, **CRON}, DesiredAssociation(fields={"apply_only_at_cron_interval": False}), "update", False, True),
    ],
)
def test_plan(current: Fields | None, desired: DesiredAssociation, write: str | None, start: bool, runs: bool) -> None:
    plan = plan_association(observed(current), desired)
    assert (plan.write, plan.start, plan.runs) == (write, start, runs)
    assert (plan.state_before() != plan.state_after()) is (write is not None)


def test_plan_refuses_fields_that_are_wrong_only_together() -> None:
    current = {**HERE, "schedule_expression": "rate(1 day)"}
    with pytest.raises(InvalidInput, match="apply_only_at_cron_interval"):
        plan_association(observed(current), DesiredAssociation(fields={"apply_only_at_cron_interval": True}))


@pytest.mark.parametrize(
    ("current", "desired", "because"),
    [
        (None, DesiredAssociation(fields=HERE), "as soon as it is created, unless apply_only_at_cron_interval is true"),
        (HERE, DesiredAssociation(fields={"max_errors": "0"}), "as soon as it is updated, unless"),
        ({**HERE, **CRON}, DesiredAssociation(fields={"apply_only_at_cron_interval": False}), "is turned off"),
        ({**HERE, **CRON}, DesiredAssociation(fields={}, run_now=True), "run=now asks for it"),
        (HERE, DesiredAssociation(fields={"calendar_names": ["open"]}), "; but only while its calendars are open"),
        (HERE, DesiredAssociation(fields={}), None),
        ({**HERE, **CRON}, DesiredAssociation(fields={"max_errors": "0"}), None),
    ],
)
def test_why_it_runs_at_once(current: Fields | None, desired: DesiredAssociation, because: str | None) -> None:
    found = plan_association(observed(current), desired).runs_because
    assert found == because if because is None or found is None else because in found


@pytest.mark.parametrize(
    ("fields", "at_once"),
    [
        ({}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)"}, True),
        ({"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}, False),
        ({"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}, True),
    ],
)
def test_starts_at_once(fields: Fields, at_once: bool) -> None:
    assert starts_at_once(fields) is at_once


def test_a_name_alone_creates_nothing() -> None:
    with pytest.raises(InvalidInput) as refused:
        plan_association(None, DesiredAssociation(fields={"association_name": "name"}))
    assert refused.value.code == "document_name_required"
