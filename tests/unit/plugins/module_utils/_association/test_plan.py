from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.plan import Wish, plan
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.transformations import Fields
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput

TARGETS = [{"key": "tag:A", "values": ["1", "2"]}, {"key": "tag:B", "values": ["3"]}]
HERE = {"association_name": "name", "document": "doc", "targets": TARGETS}
CRON = {"schedule_expression": "cron(0 2 * * ? *)", "apply_only_at_cron_interval": True}


@pytest.mark.parametrize(
    ("current", "wish", "write", "start", "runs"),
    [
        (None, Wish(fields=HERE), "create", False, True),
        (None, Wish(fields=HERE, run_now=True), "create", False, True),
        (None, Wish(fields={**HERE, **CRON}), "create", False, False),
        (None, Wish(fields={**HERE, **CRON}, run_now=True), "create", True, True),
        (HERE, Wish(fields=HERE), None, False, False),
        (HERE, Wish(fields=HERE, run_now=True), None, True, True),
        (HERE, Wish(fields={"max_errors": "0"}), "update", False, True),
        (HERE, Wish(fields={"max_errors": "0"}, run_now=True), "update", False, True),
        ({**HERE, **CRON}, Wish(fields={"max_errors": "0"}), "update", False, False),
        ({**HERE, **CRON}, Wish(fields={"apply_only_at_cron_interval": False}), "update", False, True),
    ],
)
def test_plan(current: Fields | None, wish: Wish, write: str | None, start: bool, runs: bool) -> None:
    found = plan(current, None, wish)
    assert (found.write, found.start, found.runs) == (write, start, runs)
    assert (found.shown_before() != found.shown_after()) is (write is not None)


def test_plan_refuses_what_only_together_is_wrong() -> None:
    current = {**HERE, "schedule_expression": "rate(1 day)"}
    with pytest.raises(InvalidInput, match="does not go with a rate"):
        plan(current, None, Wish(fields={"apply_only_at_cron_interval": True}))


@pytest.mark.parametrize(
    ("current", "wish", "because"),
    [
        (None, Wish(fields=HERE), "as soon as it is created, unless apply_only_at_cron_interval is true"),
        (HERE, Wish(fields={"max_errors": "0"}), "as soon as it is updated, unless"),
        ({**HERE, **CRON}, Wish(fields={"apply_only_at_cron_interval": False}), "is turned off"),
        ({**HERE, **CRON}, Wish(fields={}, run_now=True), "run_now asks for it"),
        (HERE, Wish(fields={"calendar_names": ["open"]}), "; but only while its calendars are open"),
        (HERE, Wish(fields={}), None),
        ({**HERE, **CRON}, Wish(fields={"max_errors": "0"}), None),
    ],
)
def test_why_it_runs_at_once(current: Fields | None, wish: Wish, because: str | None) -> None:
    found = plan(current, None, wish).runs_because
    assert found == because if because is None or found is None else because in found
