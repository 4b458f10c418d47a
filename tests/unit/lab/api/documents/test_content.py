"""What CreateDocument accepts and refuses in the content of documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from lab.api.documents.content import LARGEST, check_content, parameters_for_agent, parse_content
from lab.api.errors import ApiError
from lab.api.http.wire import service_model
from lab.api.runbooks.inputs import ACTIONS, ONE_OF, PLUGINS

SHELL: dict[str, Any] = {"name": "say", "action": "aws:runShellScript", "inputs": {"runCommand": ["id"]}}
CALENDAR = "BEGIN:VCALENDAR\r\nPRODID:-//AWS//Change Calendar 1.0//EN\r\nEND:VCALENDAR\r\n"
TEMPLATE = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Ref AWS::StackName\n"


def command(**fields: Any) -> dict[str, Any]:
    return {"schemaVersion": "2.2", "mainSteps": [SHELL], **fields}


def runbook(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"schemaVersion": "0.3", "mainSteps": list(steps or [step("aws:pause")]), **fields}


def step(action: str, name: str = "one", /, **inputs: Any) -> dict[str, Any]:
    return {"name": name, "action": action, "inputs": inputs}


def refusal(parsed: dict[str, Any], document_type: str) -> str | None:
    try:
        check_content(parsed, document_type)
    except ApiError as error:
        return error.code
    return None


def parameter(kind: str, **fields: Any) -> dict[str, Any]:
    return {"A": {"type": kind, **fields}}


@pytest.mark.parametrize(
    "declared",
    [
        parameter("String", default="3600"),
        parameter("StringList", default=["a", "b"], minItems=1, maxItems=2),
        parameter("StringList", default="{{ ssm:my-commands }}"),
        parameter("Boolean", default=True, allowedValues=[True, False]),
        parameter("Integer", default=3, allowedValues=[1, 2, 3]),
        parameter("StringMap", default={}, displayType="textarea"),
        parameter("StringMap", default={"Events": ["Failed"]}, maxChars=150),
        parameter("MapList", default=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": "50"}}], maxItems=2),
        parameter("String", default="", allowedPattern="^i-[a-z0-9]{8,17}$"),
        parameter("String", allowedPattern=r"^[\p{L}0-9_\-]+$"),
    ],
)
@pytest.mark.parametrize("document_type", ["Command", "Automation"])
def test_parameters_that_both_take(declared: dict[str, Any], document_type: str) -> None:
    document = command if document_type == "Command" else runbook
    assert refusal(document(parameters=declared), document_type) is None


@pytest.mark.parametrize("kind", ["AWS::EC2::Instance::Id", "List<AWS::EC2::Instance::Id>", "AWS::S3::Bucket::Name"])
def test_only_runbooks_declare_resources(kind: str) -> None:
    assert refusal(runbook(parameters=parameter(kind)), "Automation") is None
    assert refusal(command(parameters=parameter(kind)), "Command") == "InvalidDocumentContent"


@pytest.mark.parametrize(
    "declared",
    [
        parameter("Text"),
        parameter("string"),
        {"A": {}},
        {"A": "String"},
        {"a b": {"type": "String"}},
        {"a-b": {"type": "String"}},
        {"": {"type": "String"}},
        ["A"],
        parameter("String", defaultValue="x"),
        parameter("String", default=3600),
        parameter("String", default=True),
        parameter("String", default=["a"]),
        parameter("StringList", default="a"),
        parameter("StringList", default=[1]),
        parameter("StringList", default=["a"], minItems=2),
        parameter("Boolean", default="true"),
        parameter("Boolean", default=1),
        parameter("Integer", default="3"),
        parameter("Integer", default=1.5),
        parameter("Integer", default=True),
        parameter("StringMap", default=["a"]),
        parameter("StringMap", default="a"),
        parameter("MapList", default={"a": "b"}),
        parameter("String", default="x", allowedValues=["y"]),
        parameter("StringList", default=["y", "x"], allowedValues=["y"]),
        parameter("Integer", default=4, allowedValues=[1, 2]),
        parameter("String", allowedValues="y"),
        parameter("String", default="X", allowedPattern="^[a-z]*$"),
        parameter("String", allowedPattern="["),
        parameter("String", default="abc", maxChars=2),
        parameter("String", interpolationType="SHELL"),
    ],
)
@pytest.mark.parametrize("document_type", ["Command", "Automation"])
def test_parameters_that_both_refuse(declared: Any, document_type: str) -> None:
    document = command if document_type == "Command" else runbook
    assert refusal(document(parameters=declared), document_type) == "InvalidDocumentContent"


@pytest.mark.parametrize("version", [2.2, 2, None, "2.1", "0.3", "", ["2.2"]])
def test_a_schema_version_is_text_that_aws_knows(version: Any) -> None:
    expected = "InvalidDocumentContent" if version is None else "InvalidDocumentSchemaVersion"
    assert refusal(command(schemaVersion=version), "Command") == expected
    runbook_version = 0.3 if version == "0.3" else version
    assert refusal(runbook(schemaVersion=runbook_version), "Automation") == expected


@pytest.mark.parametrize(
    "parsed",
    [
        command(mainSteps=None),
        command(mainSteps={"a": SHELL}),
        command(mainSteps=["id"]),
        command(mainSteps=[SHELL, SHELL]),
        command(schemaVersion="2.0", mainSteps=[SHELL, SHELL]),
        command(mainSteps=[{**SHELL, "action": "aws:runScript"}]),
        command(mainSteps=[{**SHELL, "action": "aws:executeAwsApi"}]),
        command(mainSteps=[{**SHELL, "inputs": ["id"]}]),
        command(runtimeConfig={}),
        command(mainSteps=[SHELL], assumeRole="x"),
        command(mainstep=[SHELL]),
        {"schemaVersion": "1.2", "mainSteps": [SHELL]},
        {"schemaVersion": "1.2", "runtimeConfig": {"aws:nonsense": {}}},
    ],
)
def test_command_documents_that_are_refused(parsed: dict[str, Any]) -> None:
    assert refusal(parsed, "Command") == "InvalidDocumentContent"


@pytest.mark.parametrize(
    "parsed",
    [
        command(**{"$schema": "http://amazonaws.com/schemas/ec2/v3-0/runcommand#"}),
        command(schemaVersion="2.0"),
        {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": [{"runCommand": ["id"]}]}}},
        command(mainSteps=[{**SHELL, "name": "aws:runShellScript", "precondition": {"StringEquals": ["a", "b"]}}]),
    ],
)
def test_command_documents_that_are_taken(parsed: dict[str, Any]) -> None:
    assert refusal(parsed, "Command") is None


@pytest.mark.parametrize("action", PLUGINS)
def test_each_plugin_needs_its_inputs(action: str) -> None:
    inputs = dict.fromkeys(PLUGINS[action], "x")
    assert refusal(command(mainSteps=[step(action, **inputs)]), "Command") is None
    for name in inputs:
        left = {other: value for other, value in inputs.items() if other != name}
        assert refusal(command(mainSteps=[step(action, **left)]), "Command") == "InvalidDocumentContent"


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_needs_its_inputs(action: str) -> None:
    special: dict[str, Any] = {"Choices": [{"Variable": "x", "StringEquals": "y", "NextStep": "end"}]}
    special["Steps"] = [step("aws:pause", "inner")]
    inputs = {name: special.get(name, "x") for name in (*ACTIONS[action], *ONE_OF.get(action, ())[:1])}
    end = step("aws:pause", "end")
    assert refusal(runbook(step(action, **inputs), end), "Automation") is None
    for name in inputs:
        left = {other: value for other, value in inputs.items() if other != name}
        assert refusal(runbook(step(action, **left), end), "Automation") == "InvalidDocumentContent"


SCRIPT = {"Runtime": "python3.11", "Handler": "main"}
LOOP = step(
    "aws:loop",
    "each",
    Iterators="{{ Ids }}",
    IteratorDataType="String",
    Steps=[
        step("aws:sleep", "wait", Duration="PT1S"),
        step("aws:changeInstanceState", "stop", InstanceIds=["{{each.CurrentIteratorValue}}"], DesiredState="stopped"),
    ],
)
UNTIL = step(
    "aws:loop",
    "until",
    Steps=[step("aws:invokeLambdaFunction", "call", FunctionName="f")],
    LoopCondition={"Variable": "{{ call.ShouldRetry }}", "BooleanEquals": True},
    MaxIterations=3,
)


@pytest.mark.parametrize(
    "parsed",
    [
        runbook(LOOP, step("aws:pause", "end"), parameters={"Ids": {"type": "StringList"}}),
        runbook(UNTIL),
        runbook(step("aws:executeScript", **SCRIPT, Script="f'{{x}}' + '{{ range .Items }}'")),
        runbook(step("aws:executeScript", Runtime="PowerShell 7.4", Script="Get-Date")),
        runbook(step("aws:createStack", StackName="s", TemplateBody="{{ resolve:ssm }} {{ Name }}")),
        runbook(step("aws:runCommand", DocumentName="d", Parameters={"commands": ["docker ps --format {{.Names}}"]})),
        runbook(step("aws:updateVariable", Name="variable:n", Value=["1"]), variables=parameter("StringList")),
        runbook(step("aws:sleep", Duration="{{ variable:n }}"), variables={"n": {"type": "String"}}),
        runbook({**step("aws:pause"), "onCancel": "Abort", "onFailure": "Continue"}),
        runbook(outputs=["one.Output"], assumeRole="{{ global:REGION }}"),
    ],
)
def test_runbooks_that_are_taken(parsed: dict[str, Any]) -> None:
    assert refusal(parsed, "Automation") is None


@pytest.mark.parametrize(
    "parsed",
    [
        runbook(step("aws:nonsense")),
        runbook(step("aws:runShellScript", runCommand=["id"])),
        runbook(step("aws:pause"), step("aws:pause")),
        runbook(step("aws:pause", "a b")),
        runbook(nonsense=1),
        runbook(step("aws:executeScript", Runtime="python3.11", Script="x")),
        runbook(step("aws:executeScript", **SCRIPT, Script="{{ NoSuchParameter }}")),
        runbook(step("aws:sleep", Duration="{{ NoSuchParameter }}")),
        runbook(step("aws:sleep", Duration="{{ no.Output }}")),
        runbook(step("aws:sleep", Duration="PT1S", Timestamp="2030-01-01T00:00:00Z")),
        runbook(step("aws:loop", Steps=[], Iterators="x")),
        runbook(step("aws:loop", Steps=[step("aws:nonsense", "two")], Iterators="x")),
        runbook(step("aws:loop", Steps=[step("aws:pause")], Iterators="x")),
        runbook({**step("aws:pause"), "onFailure": "Stop"}),
        runbook({**step("aws:pause"), "onCancel": "step:none"}),
        runbook({**step("aws:pause"), "nextStep": "none"}),
        runbook({**step("aws:pause"), "outputs": [{"Name": "x", "Type": "String"}]}),
        runbook({**step("aws:pause"), "outputs": [{"Name": "x", "Selector": "$.x", "Type": "Text"}]}),
        runbook(outputs=["none.Output"]),
        runbook(variables={"n": {"type": "Text"}}),
    ],
)
def test_runbooks_that_are_refused(parsed: dict[str, Any]) -> None:
    assert refusal(parsed, "Automation") == "InvalidDocumentContent"


@pytest.mark.parametrize("session_type", ["Standard_Stream", "Port", "InteractiveCommands", "NonInteractiveCommands"])
def test_session_documents(session_type: str) -> None:
    parsed = {"schemaVersion": "1.0", "sessionType": session_type, "inputs": {"runAsEnabled": False}}
    assert refusal(parsed, "Session") is None
    assert refusal({**parsed, "sessionType": "Stream"}, "Session") == "InvalidDocumentContent"
    assert refusal({**parsed, "schemaVersion": "2.2"}, "Session") == "InvalidDocumentSchemaVersion"


@pytest.mark.parametrize(
    ("content", "form", "document_type"),
    [
        ("{", "JSON", "Command"),
        ("[]", "JSON", "Command"),
        ("a: &a [*a]", "YAML", "Command"),
        ("a: 2026-99-99", "YAML", "Command"),
        ("a: {{ b }}", "YAML", "Command"),
        ("a: !Ref b", "YAML", "Command"),
        (json.dumps(command()), "TEXT", "Command"),
        (json.dumps(runbook()), "TEXT", "Automation"),
        ("{", "JSON", "CloudFormation"),
        ("a: [", "YAML", "CloudFormation"),
        ("not a calendar", "TEXT", "ChangeCalendar"),
        ("{}", "JSON", "ChangeCalendar"),
    ],
)
def test_content_that_is_not_what_its_format_says(content: str, form: str, document_type: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_content(content, form, document_type)
    assert caught.value.code == "InvalidDocumentContent"


def test_the_size_is_counted_in_bytes() -> None:
    parse_content(json.dumps({"a": "x" * (LARGEST - 9)}), "JSON", "Command")
    for content in (json.dumps({"a": "x" * (LARGEST - 8)}), json.dumps({"a": "ü" * 40_000}, ensure_ascii=False)):
        with pytest.raises(ApiError) as caught:
            parse_content(content, "JSON", "Command")
        assert caught.value.code == "MaxDocumentSizeExceeded"


def test_the_agent_gets_a_map_as_text() -> None:
    declared = {"parameters": {"M": {"type": "StringMap"}, "L": {"type": "StringList"}, "S": {"type": "String"}}}
    given = {"M": ['{"a": "b"}'], "L": ["x", "y"], "S": ["z"]}
    assert parameters_for_agent(declared, given) == {"M": '{"a": "b"}', "L": ["x", "y"], "S": "z"}


# A type without a schema may use the names of other types for something else.
OWN = '{"schemaVersion": 1, "description": {}, "parameters": {"a": 1}, "files": ["b"], "mainSteps": "c"}'
CONTENT: dict[str, tuple[str, str]] = {
    "Command": (json.dumps(command()), "JSON"),
    "Automation": (yaml.safe_dump(runbook()), "YAML"),
    "Session": ('{"schemaVersion": "1.0", "sessionType": "Port"}', "JSON"),
    "Policy": ('{"schemaVersion": "2.0", "mainSteps": []}', "JSON"),
    "Package": ('{"schemaVersion": "2.0", "version": "1", "packages": {}}', "JSON"),
    "ChangeCalendar": (CALENDAR, "TEXT"),
    "CloudFormation": (TEMPLATE, "YAML"),
    "ConformancePackTemplate": (TEMPLATE, "YAML"),
    "AutoApprovalPolicy": ("permit (principal, action, resource);", "TEXT"),
    "ApplicationConfiguration": ("[1, 2]", "JSON"),
}


@pytest.mark.parametrize("document_type", service_model("ssm").shape_for("DocumentType").enum)
def test_every_type_is_stored(ssm: Any, document_type: str) -> None:
    content, form = CONTENT.get(document_type, (OWN, "JSON"))
    request = {"Name": "my-doc", "Content": content, "DocumentFormat": form, "DocumentType": document_type}
    described = ssm.create_document(**request)["DocumentDescription"]
    assert (described["DocumentType"], described["DocumentFormat"]) == (document_type, form)
    got = ssm.get_document(Name="my-doc", DocumentFormat=form)
    assert (got["DocumentType"], got["DocumentFormat"]) == (document_type, form)
    if form == "TEXT" or "!Ref" in content:
        assert got["Content"] == content
    else:
        assert yaml.safe_load(got["Content"]) == yaml.safe_load(content)
    assert [
        found["Name"]
        for found in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    ] == ["my-doc"]


def test_a_calendar_is_text_whatever_is_asked_for(ssm: Any) -> None:
    request = {"Name": "my-doc", "DocumentFormat": "TEXT", "DocumentType": "ChangeCalendar"}
    ssm.create_document(Content=CALENDAR, **request)
    got = ssm.get_document(Name="my-doc")
    assert (got["Content"], got["DocumentFormat"]) == (CALENDAR, "TEXT")
    changed = CALENDAR.replace("1.0", "1.1")
    ssm.update_document(Name="my-doc", Content=changed, DocumentFormat="TEXT", DocumentVersion="$LATEST")
    assert ssm.get_document(Name="my-doc", DocumentVersion="$LATEST")["Content"] == changed


def variants(value: Any) -> Iterator[Any]:
    """The structure, with one value in it replaced by each kind of JSON value."""
    yield from (None, True, 3, 1.5, "", "text", [], ["text"], {}, {"a": None}, [None])
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: variant} for variant in variants(item))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from ([*value[:number], variant, *value[number + 1 :]] for variant in variants(item))


BRANCH = step(
    "aws:branch",
    Choices=[{"Or": [{"Not": {"Variable": "x", "StringEquals": "y"}}], "NextStep": "end"}],
    Default="end",
)
EVERYTHING = {"String": "x", "StringList": ["x"], "Integer": 1, "Boolean": True, "StringMap": {}, "MapList": [{}]}
PARAMETERS = {
    kind: {"type": kind, "default": default, "allowedValues": [default], "minItems": 0, "maxChars": 9}
    for kind, default in EVERYTHING.items()
}


@pytest.mark.parametrize(
    ("document_type", "parsed"),
    [
        ("Command", command(parameters=PARAMETERS)),
        ("Command", {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {}}}),
        ("Automation", runbook(LOOP, BRANCH, step("aws:pause", "end"), outputs=["end.x"], parameters=PARAMETERS)),
        ("Session", {"schemaVersion": "1.0", "sessionType": "Port", "parameters": PARAMETERS}),
        ("Package", {"schemaVersion": "2.0", "files": {"a": {"checksums": {"sha256": "b"}}}}),
    ],
)
def test_whatever_is_sent_gets_an_answer_of_aws_s(document_type: str, parsed: dict[str, Any]) -> None:
    for variant in variants(parsed):
        if isinstance(variant, dict):
            assert refusal(variant, document_type) in (None, "InvalidDocumentContent", "InvalidDocumentSchemaVersion")
