from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.content import content_from
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.risks import risks


def document(run: Any, schema: str = "2.2", action: str = "aws:runShellScript", **rules: Any) -> dict[str, Any]:
    step = {"name": "a", "action": action, "inputs": {"runCommand": run}}
    return {"schemaVersion": schema, "parameters": {"Word": {"type": "String", **rules}}, "mainSteps": [step]}


def old_document(properties: Any) -> dict[str, Any]:
    return {**document([]), "schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": properties}}}


def session(commands: Any) -> dict[str, Any]:
    properties = {"linux": {"commands": commands, "runAsElevated": True}}
    return {**document([]), "schemaVersion": "1.0", "sessionType": "InteractiveCommands", "properties": properties}


INJECTION = ["parameter Word becomes part of a script"]
PATTERN = ["allowedPattern of parameter Word"]


@pytest.mark.parametrize(
    ("parsed", "told"),
    [
        (document(["echo {{ Word }}"]), INJECTION),
        (document(["a", "b", "echo '{{Word}}'"]), INJECTION),
        (document(["echo {{ Word }}"], schema="2.0"), INJECTION),
        (document(["echo {{ Word }}"], action="aws:runPowerShellScript"), INJECTION),
        (document(["echo {{ Word }}"], action="aws:psModule"), INJECTION),
        (document(["echo {{ Word }}"], action="aws:softwareInventory"), []),
        (old_document([{"id": "a", "runCommand": ["echo {{ Word }}"]}]), INJECTION),
        (old_document({"id": "a", "runCommand": ["echo {{ Word }}"]}), INJECTION),
        (old_document([{"id": "a", "runCommand": "{{ Word }}"}]), []),
        (document(["echo {{ Word }}"], allowedPattern="^[a-z]*$"), []),
        (document(["echo {{ Word }}"], allowedValues=["a"]), []),
        (document(["echo $SSM_Word"], interpolationType="ENV_VAR"), []),
        (document(["echo {{ Word }}"], interpolationType="ENV_VAR"), []),
        (document("{{ Word }}"), []),  # AWS-RunShellScript: the script is the parameter
        (document(["echo {{ global:DATE }} {{ Other }}"]), []),
        (document(["echo"], allowedPattern="^(?!x).*$"), PATTERN),
        (document(["echo"], allowedPattern=r"^(a)\1$"), PATTERN),
        (document(["echo"], allowedPattern=r"^(?>a)$"), PATTERN),
        (document(["echo"], allowedPattern=r"^a++$"), PATTERN),
        (document(["echo"], allowedPattern=r"^[a-z]{1,3}+$"), PATTERN),
        (document(["echo"], allowedPattern=r"^.{0,1000}$"), []),
        (document(["echo"], allowedPattern=r"^.{0,1001}$"), PATTERN),
        (document(["echo"], allowedPattern=r"^(?:a|\.)+$"), []),
        (document(["echo"], allowedPattern=r"^(?<name>a)+$"), []),
        (document(["echo"], allowedPattern=r"^\\1[(?=)\1]\(?=$"), []),  # each of them stands for itself
        (document(["echo"], allowedPattern=r"^\++[*+]+[]a]+\{1001}$"), []),
        ({"parameters": ["odd"], "mainSteps": {"odd": 1}}, []),
        ({"parameters": {"A": {}}, "mainSteps": ["odd", {"action": "aws:runShellScript", "inputs": None}]}, []),
        ({"parameters": {"A": {}}, "runtimeConfig": ["odd"], "properties": "odd"}, []),
    ],
)
def test_risks_of_a_command_document(parsed: dict[str, Any], told: list[str]) -> None:
    found = risks(content_from(parsed), "Command")
    assert len(found) == len(told), found
    assert all(risk.startswith(start) for risk, start in zip(found, told, strict=True))


def test_a_text_has_no_risks() -> None:
    assert risks(content_from("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), "ChangeCalendar") == []


@pytest.mark.parametrize(
    ("schema", "variable"), [("2.2", True), ("2.0", False), ("1.2", False), ("1.0", False)], ids=str
)
def test_the_remedy_is_one_that_the_schema_has(schema: str, variable: bool) -> None:
    [risk] = risks(content_from({**document(["echo {{ Word }}"]), "schemaVersion": schema}), "Command")
    assert ("ENV_VAR" in risk) is variable
    assert "allowedPattern" in risk


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("Command", True),
        ("Policy", True),
        ("Session", True),
        ("Automation", False),
        ("ApplicationConfiguration", False),
    ],
)
def test_only_what_an_agent_reads_is_warned_of(kind: str, read: bool) -> None:
    both = document(["echo {{ Other }}"], allowedPattern="(?=a)")
    both["parameters"]["Other"] = {"type": "String"}
    assert len(risks(content_from(both), kind)) == (2 if read else 0)


def test_the_commands_of_a_session() -> None:
    assert len(risks(content_from(session("tail -f {{ Word }}")), "Session")) == 1
    assert risks(content_from(session("{{ Word }}")), "Session") == []


YAML = """\
schemaVersion: "0.3"
on: &limits [yes, 'no', 0644]
mainSteps:
  - name: a
    inputs: {date: 2026-01-02, again: *limits, text: !!str yes}
"""


@pytest.mark.parametrize("kind", ["Automation", "Command"])
def test_scalars_that_the_versions_of_yaml_read_differently(kind: str) -> None:
    found = risks(content_from(YAML), kind)
    places = ["the key on is on ", "on[0] is yes ", "on[2] is 0644 ", "mainSteps[0].inputs.date is 2026-01-02 "]
    assert [risk for risk, place in zip(found, places, strict=True) if not risk.startswith(place)] == []
    assert 'write "0644"' in found[2]


def test_json_and_structures_are_read_alike_everywhere() -> None:
    structure = {"schemaVersion": "2.2", "texts": ["yes", "0644", "1e3", "y"], "on": True}
    assert risks(content_from(structure), "Command") == []
    assert risks(content_from(structure, "YAML"), "Command") == []
