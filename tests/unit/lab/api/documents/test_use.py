"""What AWS refuses when a document is run or scheduled: the document, its version, and the values of its parameters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab
from lab.api.testing.scripted_node import ScriptedNode

ONE = "i-00000000000000001"
TARGETS = [{"Key": "InstanceIds", "Values": [ONE]}]
PARAMETERS: dict[str, dict[str, Any]] = {
    "Needed": {"type": "String", "allowedPattern": "^[a-z]+$"},
    "Color": {"type": "String", "default": "red", "allowedValues": ["red", "blue"]},
    "Short": {"type": "String", "default": "ab", "minChars": 2, "maxChars": 3},
    "Count": {"type": "Integer", "default": 1, "allowedValues": [1, 2]},
    "Enabled": {"type": "Boolean", "default": True},
    "Files": {"type": "StringList", "default": ["a"], "minItems": 1, "maxItems": 2},
    "Labels": {"type": "StringMap", "default": {}},
    "Maps": {"type": "MapList", "default": []},
}
STEPS = {
    "Command": {"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": ["id"]}},
    "Automation": {"name": "a", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}},
}
SCHEMAS = {"Command": "2.2", "Automation": "0.3"}
GOOD: list[dict[str, list[str]]] = [
    {},
    {"Color": ["blue"]},
    {"Short": ["abc"]},
    {"Count": ["2"]},
    {"Enabled": ["false"]},
    {"Files": ["a", "b"]},
    {"Labels": ['{"a": "b"}']},
    {"Maps": ['{"a": "b"}', "{}"]},
]
BAD: list[dict[str, list[str]]] = [
    {"Unknown": ["x"]},
    {"needed": ["x"]},
    {"Needed": ["X"]},
    {"Needed": ["x", "y"]},
    {"Needed": []},
    {"Needed": ["x\n"]},
    {"Color": ["green"]},
    {"Color": ["Red"]},
    {"Short": ["a"]},
    {"Short": ["abcd"]},
    {"Count": ["3"]},
    {"Count": ["one"]},
    {"Count": ["1.5"]},
    {"Enabled": ["yes"]},
    {"Files": []},
    {"Files": ["a", "b", "c"]},
    {"Labels": ["a=b"]},
    {"Labels": ['["a"]']},
    {"Maps": ["a"]},
]


@pytest.fixture
def ssm(lab_api: Lab) -> Any:
    """With one document of each type, each of them Active."""
    client = lab_api.client("ssm")
    for kind, schema in SCHEMAS.items():
        content = {"schemaVersion": schema, "parameters": PARAMETERS, "mainSteps": [STEPS[kind]]}
        client.create_document(Name=kind, DocumentType=kind, Content=json.dumps(content))
    session = json.dumps({"schemaVersion": "1.0", "sessionType": "Port"})
    client.create_document(Name="Session", DocumentType="Session", Content=session)
    calendar = "BEGIN:VCALENDAR\nEND:VCALENDAR\n"
    client.create_document(Name="Calendar", DocumentType="ChangeCalendar", Content=calendar, DocumentFormat="TEXT")
    for document in lab_api.api.region.documents.own_documents():
        document.latest.ready = 0.0
    return client


@pytest.fixture
def uses(lab_api: Lab, nodes: dict[str, ScriptedNode]) -> dict[str, Callable[..., Any]]:
    """What runs or schedules a document -> a function of the document's name, its parameters and its version."""
    client = lab_api.client("ssm", checked=False)

    def send(name: str, given: dict[str, list[str]], **more: Any) -> Any:
        return client.send_command(DocumentName=name, InstanceIds=[ONE], Parameters=given, **more)

    def associate(name: str, given: dict[str, list[str]], **more: Any) -> Any:
        more = {"ScheduleExpression": "cron(0 2 ? * SUN *)", "ApplyOnlyAtCronInterval": True, **more}
        targets = {"Targets": TARGETS} if name == "Command" else {}
        return client.create_association(Name=name, Parameters=given, **targets, **more)

    def start(name: str, given: dict[str, list[str]], **more: Any) -> Any:
        return client.start_automation_execution(DocumentName=name, Parameters=given, **more)

    return {"send": send, "associate": associate, "start": start}


REFUSED = {
    "send": ("Command", "InvalidParameters"),
    "associate": ("Command", "InvalidParameters"),
    "start": ("Automation", "InvalidAutomationExecutionParametersException"),
}


@pytest.mark.parametrize("use", REFUSED)
def test_parameters(ssm: Any, uses: dict[str, Callable[..., Any]], refusal: Callable[..., str], use: str) -> None:
    name, code = REFUSED[use]
    for given in GOOD:
        uses[use](name, {"Needed": ["x"], **given})
    for given in BAD:
        assert refusal(lambda given=given: uses[use](name, {"Needed": ["x"], **given})) == code, given
    assert refusal(lambda: uses[use](name, {"Color": ["red"]})) == code


def test_an_association_of_a_runbook(
    ssm: Any, uses: dict[str, Callable[..., Any]], refusal: Callable[..., str]
) -> None:
    for given in BAD:
        assert refusal(lambda given=given: uses["associate"]("Automation", {"Needed": ["x"], **given})) == (
            "InvalidParameters"
        ), given


@pytest.mark.parametrize(
    ("use", "name", "code"),
    [
        ("send", "Automation", "InvalidDocument"),
        ("send", "Session", "InvalidDocument"),
        ("send", "Calendar", "InvalidDocument"),
        ("send", "none", "InvalidDocument"),
        ("associate", "Session", "InvalidDocument"),
        ("associate", "Calendar", "InvalidDocument"),
        ("associate", "none", "InvalidDocument"),
        ("start", "Command", "AutomationDefinitionNotFoundException"),
        ("start", "Calendar", "AutomationDefinitionNotFoundException"),
        ("start", "none", "AutomationDefinitionNotFoundException"),
    ],
)
def test_documents_of_the_wrong_type(
    ssm: Any, uses: dict[str, Callable[..., Any]], refusal: Callable[..., str], use: str, name: str, code: str
) -> None:
    assert refusal(lambda: uses[use](name, {"Needed": ["x"]})) == code


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("send", "InvalidDocumentVersion"),
        ("associate", "InvalidDocumentVersion"),
        ("start", "AutomationDefinitionVersionNotFoundException"),
    ],
)
def test_versions_that_do_not_exist(
    ssm: Any, uses: dict[str, Callable[..., Any]], refusal: Callable[..., str], use: str, code: str
) -> None:
    name = REFUSED[use][0]
    assert refusal(lambda: uses[use](name, {"Needed": ["x"]}, DocumentVersion="2")) == code
    assert refusal(lambda: uses[use](name, {"Needed": ["x"]}, DocumentVersion="two")) == "ValidationException"


def test_a_window_s_task_is_stored_without_these_checks(ssm: Any) -> None:
    window_id = ssm.create_maintenance_window(
        Name="night", Schedule="rate(7 days)", Duration=2, Cutoff=1, AllowUnassociatedTargets=True
    )["WindowId"]
    for name, kind in (("none", "RUN_COMMAND"), ("Automation", "RUN_COMMAND"), ("Command", "AUTOMATION")):
        invocation = {"Parameters": {"Unknown": ["x"]}, "DocumentVersion": "9"}
        ssm.register_task_with_maintenance_window(
            WindowId=window_id,
            TaskArn=name,
            TaskType=kind,
            Targets=TARGETS,
            MaxConcurrency="1",
            MaxErrors="0",
            TaskInvocationParameters={"RunCommand" if kind == "RUN_COMMAND" else "Automation": invocation},
        )
    assert len(ssm.describe_maintenance_window_tasks(WindowId=window_id)["Tasks"]) == 3
