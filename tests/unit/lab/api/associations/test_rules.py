"""State Manager: which associations are accepted and which are refused."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.associations import actions, rules
from lab.api.http.faults import ONE_AT_A_TIME
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode

ONE = "i-00000000000000001"
TAGGED = [{"Key": "tag:App", "Values": ["shop"]}]
NO_TARGETS = [{"Key": "aws:NoOpAutomationTag", "Values": ["AWS-NoOpAutomationTarget-Value"]}]
# Nothing runs now, and a schedule does not fire in the lab.
LATER = {"ApplyOnlyAtCronInterval": True, "ScheduleExpression": "cron(0 2 ? * SUN *)"}
COMMAND = {"Name": "AWS-Noop", "Targets": TAGGED, **LATER}
PAUSE = {"name": "pause", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
RUNBOOK = {"Name": "runbook", "AutomationTargetParameterName": "Id", "Targets": TAGGED, **LATER}
SIMPLE = {"Name": "simple", **LATER}


@pytest.fixture
def ssm(lab_api: Lab) -> Any:
    """With three documents: runbooks with and without a parameter, and a command document of an old schema."""
    client = lab_api.client("ssm")
    made: list[tuple[str, str, dict[str, Any]]] = [
        (
            "runbook",
            "Automation",
            {"schemaVersion": "0.3", "parameters": {"Id": {"type": "String"}}, "mainSteps": [PAUSE]},
        ),
        ("simple", "Automation", {"schemaVersion": "0.3", "mainSteps": [PAUSE]}),
        ("old", "Command", {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": []}}}),
    ]
    for name, kind, content in made:
        client.create_document(Name=name, DocumentType=kind, Content=json.dumps(content))
        lab_api.api.region.documents.by_name[name].latest.ready = 0.0
    return client


def create(ssm: Any, **params: Any) -> dict[str, Any]:
    described: dict[str, Any] = ssm.create_association(**params)["AssociationDescription"]
    return described


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param(SIMPLE, {"Targets": NO_TARGETS}, id="simple"),
        pytest.param(RUNBOOK, {"Targets": TAGGED, "AutomationTargetParameterName": "Id"}, id="on targets"),
        pytest.param(
            {**RUNBOOK, "Targets": [{"Key": "ParameterValues", "Values": ["a", "b"]}]},
            {"Targets": [{"Key": "ParameterValues", "Values": ["a", "b"]}]},
            id="on values",
        ),
        pytest.param(
            {"Name": "runbook", **LATER, "TargetMaps": [{"Id": ["a"]}]},
            {"TargetMaps": [{"Id": ["a"]}]},
            id="on target maps",
        ),
        pytest.param(
            {**SIMPLE, "TargetLocations": [{"Accounts": ["123456789012"], "Regions": ["eu-west-1"]}]},
            {"TargetLocations": [{"Accounts": ["123456789012"], "Regions": ["eu-west-1"]}]},
            id="elsewhere",
        ),
    ],
)
def test_a_runbook_is_kept(ssm: Any, asked: dict[str, Any], shown: dict[str, Any]) -> None:
    made = create(ssm, **asked)
    which = {"AssociationId": made["AssociationId"]}
    described = ssm.describe_association(**which)["AssociationDescription"]
    assert {name: described[name] for name in shown} == shown
    assert described["ApplyOnlyAtCronInterval"] is True
    updated = ssm.update_association(**which, **asked, MaxErrors="1")["AssociationDescription"]
    assert (updated["AssociationVersion"], updated["MaxErrors"]) == ("2", "1")
    ssm.delete_association(**which)
    assert ssm.list_associations()["Associations"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param({**RUNBOOK, "Targets": []}, "ValidationException", id="both: no targets"),
        pytest.param({"Name": "runbook", **LATER, "Targets": TAGGED}, "ValidationException", id="both: no parameter"),
        pytest.param({**SIMPLE, "Targets": NO_TARGETS}, "ValidationException", id="both: what AWS itself shows"),
        pytest.param({**RUNBOOK, "TargetMaps": [{"Id": ["a"]}]}, "InvalidTargetMaps", id="targets and maps"),
        pytest.param(
            {"Name": "runbook", **LATER, "TargetMaps": [{"X": ["a"]}]}, "InvalidTargetMaps", id="unknown in map"
        ),
        pytest.param({**RUNBOOK, "AutomationTargetParameterName": "X"}, "InvalidParameters", id="unknown parameter"),
        pytest.param({"Name": "runbook", **LATER}, "InvalidParameters", id="a value is missing"),
        pytest.param({**SIMPLE, "Parameters": {"X": ["a"]}}, "InvalidParameters", id="not declared"),
        pytest.param(
            {**RUNBOOK, "Targets": [{"Key": "ResourceGroup", "Values": ["a"]}]}, "InvalidTarget", id="target key"
        ),
        pytest.param(
            {**RUNBOOK, "Targets": [{"Key": "ParameterValues", "Values": ["a"]}, *TAGGED]}, "InvalidTarget", id="mixed"
        ),
        pytest.param(
            {**RUNBOOK, "Targets": [{"Key": "CloudConnector", "Values": ["a"]}]}, "NotImplementedInLab", id="cloud"
        ),
        pytest.param({**SIMPLE, "DocumentVersion": "9"}, "InvalidDocumentVersion", id="version"),
        pytest.param({**SIMPLE, "InstanceId": ONE}, "InvalidDocument", id="instance id"),
        pytest.param({**SIMPLE, "ScheduleExpression": "daily"}, "InvalidSchedule", id="schedule"),
        pytest.param(
            {**SIMPLE, "TargetLocations": [{"TargetLocationAlarmConfiguration": {"Alarms": [{"Name": "a"}]}}]},
            "ValidationException",
            id="alarm of a location",
        ),
    ],
)
def test_what_a_runbook_cannot_have(ssm: Any, refusal: Callable[..., str], asked: dict[str, Any], code: str) -> None:
    assert refusal(ssm.create_association, **asked) == code
    assert ssm.list_associations()["Associations"] == []


def test_the_words_of_both_or_neither(ssm: Any) -> None:
    with pytest.raises(
        ssm.exceptions.ClientError, match="Must specify both Automation Target Parameter Name and Targets"
    ):
        create(ssm, Name="runbook", Targets=TAGGED, **LATER)


@pytest.mark.parametrize(
    "more",
    [
        {"Targets": [{"Key": "resource-groups:Name", "Values": ["shop"]}]},
        {
            "Targets": [
                {"Key": "resource-groups:Name", "Values": ["shop"]},
                {"Key": "resource-groups:ResourceTypeFilters", "Values": ["AWS::EC2::Instance"]},
            ]
        },
        {"CalendarNames": ["open"]},
        {"AlarmConfiguration": {"IgnorePollAlarmFailure": False, "Alarms": [{"Name": "down"}]}},
    ],
    ids=["group", "group and types", "calendar", "alarm"],
)
def test_what_cannot_run_here_is_kept_and_refused_when_it_is_to_run(
    ssm: Any, refusal: Callable[..., str], more: dict[str, Any]
) -> None:
    made = create(ssm, **{**COMMAND, **more})
    which = {"AssociationId": made["AssociationId"]}
    assert {name: made[name] for name in more} == more
    assert refusal(ssm.start_associations_once, AssociationIds=[made["AssociationId"]]) == "NotImplementedInLab"
    at_once = {**COMMAND, **more, "ApplyOnlyAtCronInterval": False}
    assert refusal(ssm.update_association, **which, **at_once) == "NotImplementedInLab"
    assert ssm.describe_association(**which)["AssociationDescription"]["AssociationVersion"] == "1"


def test_several_are_started_together_or_not_at_all(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    fine, not_here = create(ssm, **COMMAND), create(ssm, **COMMAND, CalendarNames=["open"])
    ids = [fine["AssociationId"], not_here["AssociationId"]]
    assert refusal(ssm.start_associations_once, AssociationIds=ids) == "NotImplementedInLab"
    assert ssm.describe_association_executions(AssociationId=ids[0])["AssociationExecutions"] == []


def test_one_of_the_old_kind_is_named_by_document_and_instance(
    ssm: Any, nodes: dict[str, ScriptedNode], refusal: Callable[..., str]
) -> None:
    which = {"Name": "old", "InstanceId": ONE}
    made = create(ssm, **which)
    assert refusal(ssm.create_association, **which) == "AssociationAlreadyExists"
    create(ssm, Name="old", InstanceId="i-00000000000000002")
    assert ssm.describe_association(**which)["AssociationDescription"]["AssociationId"] == made["AssociationId"]
    by_instance = [{"key": "InstanceId", "value": ONE}]
    [listed] = ssm.list_associations(AssociationFilterList=by_instance)["Associations"]
    assert listed["InstanceId"] == ONE
    ssm.delete_association(**which)
    assert refusal(ssm.describe_association, **which) == "AssociationDoesNotExist"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"AssociationName": "mine"}, "ValidationException"),
        ({"ScheduleExpression": "rate(1 day)"}, "ValidationException"),
        ({"InstanceId": "i-0123456789abcdef0"}, "InvalidInstanceId"),
    ],
)
def test_what_one_of_the_old_kind_cannot_have(
    ssm: Any, refusal: Callable[..., str], more: dict[str, Any], code: str
) -> None:
    assert refusal(ssm.create_association, **{"Name": "old", "InstanceId": ONE, **more}) == code


@pytest.mark.parametrize("tags", [["aws:mine"], ["a", "a"]], ids=["AWS's own", "twice"])
def test_tags_that_cannot_be(ssm: Any, refusal: Callable[..., str], tags: list[str]) -> None:
    given = [{"Key": key, "Value": "x"} for key in tags]
    assert refusal(ssm.create_association, **COMMAND, Tags=given) == "InvalidTag"


def test_limits(ssm: Any, refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = create(ssm, **COMMAND)
    monkeypatch.setattr(actions, "MOST_ASSOCIATIONS", 1)
    monkeypatch.setattr(actions, "MOST_VERSIONS", 1)
    assert refusal(ssm.create_association, **COMMAND) == "AssociationLimitExceeded"
    which = {"AssociationId": made["AssociationId"]}
    assert refusal(ssm.update_association, **which, **COMMAND) == "AssociationVersionLimitExceeded"


def test_an_update_while_another_is_under_way(lab_api: Lab, ssm: Any, refusal: Callable[..., str]) -> None:
    which = {"AssociationId": create(ssm, **COMMAND)["AssociationId"]}
    lab_api.fault("busy")
    assert refusal(ssm.update_association, **which, **COMMAND) == "TooManyUpdates"
    assert refusal(ssm.delete_association, **which) == "TooManyUpdates"
    assert ssm.describe_association(**which)["AssociationDescription"]["AssociationVersion"] == "1"


@pytest.mark.parametrize(("version", "code"), [("1", "NotImplementedInLab"), ("3", "InvalidAssociationVersion")])
def test_versions(ssm: Any, refusal: Callable[..., str], version: str, code: str) -> None:
    which = {"AssociationId": create(ssm, **COMMAND)["AssociationId"]}
    ssm.update_association(**which, **COMMAND)
    assert refusal(ssm.describe_association, **which, AssociationVersion=version) == code
    assert ssm.describe_association(**which, AssociationVersion="2")


def test_every_code_is_one_of_the_service_model(ssm: Any) -> None:
    """Whatever the lab refuses, AWS has a name for it."""
    model = ssm.meta.service_model
    operations = [name for name in model.operation_names if "Association" in name]
    known = {shape.name for name in operations for shape in model.operation_model(name).error_shapes}
    sources = (inspect.getsource(module) for module in (rules, actions))
    used = {code for source in sources for code in re.findall(r'ApiError\(\s*"(\w+)"', source)}
    assert len(used) > 10
    assert used - known == {"ValidationException"}  # which every operation has


def test_every_write_that_can_be_refused_as_busy_has_that_code(ssm: Any) -> None:
    model = ssm.meta.service_model
    for name in ONE_AT_A_TIME:
        assert "TooManyUpdates" in {shape.name for shape in model.operation_model(name).error_shapes}
