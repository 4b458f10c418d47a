"""ssm_association against the lab's API: what runs at once, whose run it is, and AWS on a bad day."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association import api as ssm_associations
from lab.api.testing.kit import Lab, RunModule
from lab.api.testing.scripted_node import ScriptedNode
from unit.plugins.modules.association_kit import CRON, NAME, ONE, SHELL, caller, described, four_steps

HERE = {**SHELL, "instance_ids": [ONE]}
WRITES = ["CreateAssociation", "UpdateAssociation", "StartAssociationsOnce"]


@pytest.fixture
def association(run_module: RunModule) -> Any:
    return caller(run_module)


# --- what runs at once


@pytest.mark.parametrize(
    ("there", "given", "because"),
    [
        pytest.param(None, HERE, "as soon as it is created", id="created"),
        pytest.param(None, {**HERE, **CRON}, None, id="created to wait for its schedule"),
        pytest.param(None, {**HERE, **CRON, "run_now": True}, "run=now asks for it", id="created and run now"),
        pytest.param(HERE, {"max_errors": "1"}, "as soon as it is updated", id="updated"),
        pytest.param(HERE, {}, None, id="left alone"),
        pytest.param({**HERE, **CRON}, {"max_errors": "1"}, None, id="updated to wait for its schedule"),
        pytest.param({**HERE, **CRON}, {"apply_only_at_cron_interval": False}, "is turned off", id="let loose"),
        pytest.param(HERE, {"run_now": True}, "run=now asks for it", id="run now"),
        pytest.param({**HERE, **CRON}, {"tags": {"a": "b"}}, None, id="only tagged"),
    ],
)
def test_what_runs_at_once_is_predicted_and_true(
    association: Any,
    aws: Lab,
    nodes: dict[str, ScriptedNode],
    there: dict[str, Any] | None,
    given: dict[str, Any],
    because: str | None,
) -> None:
    if there:
        association(**there)
    before = len(nodes[ONE].jobs)
    for check in (True, False):
        result = association(check=check, **given)
        assert result["runs_at_once"] is (because is not None)
        assert (because or "") in result.get("runs_at_once_because", "")
        assert ("runs_at_once_because" in result) is result["runs_at_once"]
    assert len(nodes[ONE].jobs) - before == (because is not None)
    assert ("execution" in result) is (because is not None)


# --- whose run it is


def test_an_update_follows_the_run_of_its_own_version(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    association(**HERE)
    result = association(parameters={"commands": "id"})
    assert result["execution"]["association_version"] == result["association"]["association_version"] == "2"


def test_run_now_does_not_follow_an_earlier_run_that_is_shown_late(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    association(**HERE, **CRON)
    [there] = aws.api.region.associations.by_id.values()
    aws.client("ssm").start_associations_once(AssociationIds=[there.id])
    # AWS tells the time of an answer in whole seconds.
    there.runs[0].created -= datetime.timedelta(seconds=1)
    shown, polls = ssm_associations.list_executions, itertools.count()
    monkeypatch.setattr(ssm_associations, "list_executions", lambda *args: shown(*args) if next(polls) else ())
    result = association(run_now=True)
    assert [run.id for run in there.runs].index(result["execution"]["execution_id"]) == 1


# --- AWS on a bad day


def test_a_throttled_write_is_repeated(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    def throttled(actions: list[str], **options: Any) -> dict[str, Any]:
        aws.fault("throttling", actions=WRITES, next=1)
        aws.forget_calls()
        result: dict[str, Any] = association(**options)
        assert not result["failed"], result
        assert aws.writes() == actions
        return result

    throttled(["CreateAssociation"] * 2, **HERE)
    throttled(["UpdateAssociation"] * 2, max_errors="1")
    throttled(["StartAssociationsOnce"] * 2, run_now=True)
    assert len(nodes[ONE].jobs) == 3


def test_a_new_association_is_started_when_aws_knows_it(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    start, attempts = ssm_associations.start_association, itertools.count()
    unknown = "12345678-1234-1234-1234-123456789012"
    monkeypatch.setattr(
        ssm_associations, "start_association", lambda client, there: start(client, there if next(attempts) else unknown)
    )
    assert association(**HERE, **CRON, run_now=True)["execution"]["status"] == "Success"
    assert aws.writes() == ["CreateAssociation", "StartAssociationsOnce", "StartAssociationsOnce"]


def test_writes_wait_for_somebody_else_s_update(association: Any, aws: Lab) -> None:
    association(**HERE, **CRON)
    steps: list[tuple[list[str], dict[str, Any]]] = [
        (["UpdateAssociation"] * 2, {"max_errors": "1"}),
        (["AddTagsToResource"] * 2, {"tags": {"a": "b"}}),
        (["DeleteAssociation"] * 2, {"state": "absent"}),
    ]
    for actions, options in steps:
        aws.fault("busy", next=1)
        aws.forget_calls()
        result = association(**options)
        assert (result["failed"], result["changed"], aws.writes()) == (False, True, actions)


def test_an_update_that_aws_never_accepts_is_named(association: Any, aws: Lab) -> None:
    association(**HERE, **CRON)
    aws.fault("busy")
    result = association(max_errors="1", wait_timeout=1)
    assert "association check-shop: nothing was written: UpdateAssociation: TooManyUpdates" in result["msg"]


def test_stale_reads_cause_no_second_write(association: Any, aws: Lab) -> None:
    """Each write makes AWS run it."""
    aws.fault("stale", seconds=0.6)
    four_steps(aws, association, ["CreateAssociation"], **HERE, **CRON)
    four_steps(aws, association, ["UpdateAssociation"], max_errors="1")


def test_stale_reads_cause_no_second_deletion(association: Any, aws: Lab) -> None:
    aws.fault("stale", seconds=0.6)
    association(**HERE, **CRON)  # which waits until it is shown
    four_steps(aws, association, ["DeleteAssociation"], state="absent")


def test_a_run_is_followed_with_stale_reads(association: Any, aws: Lab, nodes: dict[str, ScriptedNode]) -> None:
    aws.fault("stale", seconds=0.3)
    for options in (HERE, {"max_errors": "1"}, {"run_now": True}):
        assert association(**options)["execution"]["status"] == "Success"
    assert len(nodes[ONE].jobs) == 3


def test_a_deleted_association_that_is_still_listed_is_ignored(
    association: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    association(**HERE, **CRON)
    [deleted] = described(aws)
    association(state="absent")
    association(**HERE, **CRON)
    listed = ssm_associations.list_associations
    monkeypatch.setattr(ssm_associations, "list_associations", lambda *args: [deleted, *listed(*args)])
    result = association(max_errors="1", wait=False)
    assert (result["failed"], result["changed"]) == (False, True)


def test_a_creation_that_may_have_been_done_is_not_repeated(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode]
) -> None:
    aws.fault("server_error", actions=["CreateAssociation"])
    result = association(**HERE, wait_timeout=1)
    assert "CreateAssociation: InternalServerError" in result["msg"]
    assert result["code"] == "association_unanswered"
    assert aws.writes() == ["CreateAssociation"]
    assert described(aws, NAME) == []


@pytest.mark.parametrize("behind", [0.0, 0.3], ids=["at once", "late"])
def test_a_creation_whose_response_is_lost_is_found(
    association: Any, aws: Lab, nodes: dict[str, ScriptedNode], behind: float
) -> None:
    if behind:
        aws.fault("stale", seconds=behind)
    aws.fault("lost_answer", actions=["CreateAssociation"], next=1)
    result = association(**HERE)
    assert (result["failed"], result["changed"], result["execution"]["status"]) == (False, True, "Success")
    assert aws.writes() == ["CreateAssociation"]
    assert len(nodes[ONE].jobs) == 1
    [created] = aws.api.region.associations.by_id
    assert result["association"]["association_id"] == created


def test_a_start_whose_response_is_lost_says_so(association: Any, aws: Lab) -> None:
    association(**HERE, **CRON)
    aws.fault("lost_answer", actions=["StartAssociationsOnce"], next=1)
    aws.forget_calls()
    assert association(run="now")["code"] == "association_start_unanswered"
    assert aws.writes() == ["StartAssociationsOnce"]
    [there] = aws.api.region.associations.by_id.values()
    assert len(there.runs) == 1
