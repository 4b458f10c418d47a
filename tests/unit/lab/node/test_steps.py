"""What a step's end means for the step, for the steps after it and for the document."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from unit.lab.node.fake_service import INSTANCE, wait_until
from unit.lab.node.node_under_test import Node, call, document, step

OK = ("Success", 0)
SKIPPED = ("Skipped", 0)
LINUX = {"StringEquals": ["platformType", "linux"]}
WINDOWS = {"StringEquals": ["platformType", "Windows"]}
AFTER = step("after", "echo after")
LAST = step("last", "echo last", finallyStep=True)

# what it shows, the steps, the document's status, every step's status and code
ROWS: list[tuple[str, list[dict[str, Any]], str, list[tuple[str, int]]]] = [
    ("success", [step("a", "echo a"), AFTER], "Success", [OK, OK]),
    ("a failed step does not stop later ones", [step("a", "exit 3"), AFTER], "Failed", [("Failed", 3), OK]),
    ("only the last command counts", [step("a", "false", "true")], "Success", [OK]),
    ("onFailure exit", [step("a", "exit 3", onFailure="exit"), AFTER], "Failed", [("Failed", 3), SKIPPED]),
    (
        "onFailure successAndExit",
        [step("a", "exit 3", onFailure="successAndExit"), AFTER],
        "Success",
        [("Success", 168), SKIPPED],
    ),
    (
        "successAndExit does nothing for 169",
        [step("a", "exit 169", onFailure="successAndExit"), AFTER],
        "Failed",
        [("Failed", 169), SKIPPED],
    ),
    (
        "successAndExit does nothing for a step that cannot run",
        [step("a", action="aws:doMagic", onFailure="successAndExit"), AFTER],
        "Failed",
        [("Failed", 1), OK],
    ),
    (
        "onFailure exit for a step that cannot run",
        [step("a", "true", precondition={"StringEquals": ["a", "b"]}, onFailure="exit"), AFTER],
        "Failed",
        [("Failed", 1), SKIPPED],
    ),
    (
        "finallyStep may be text",
        [step("a", "exit 168"), step("last", "true", finallyStep="true")],
        "Success",
        [("Success", 168), OK],
    ),
    (
        "finallyStep in Python's spelling",
        [step("a", "exit 168"), step("last", "true", finallyStep="True")],
        "Success",
        [("Success", 168), SKIPPED],
    ),
    (
        "identical arguments of a precondition",
        [step("a", "true", precondition={"StringEquals": ["platformType", "platformType"]})],
        "Failed",
        [("Failed", 1)],
    ),
    (
        "Parameter Store in a precondition",
        [step("a", "true", precondition={"StringEquals": ["{{ssm:x}}", "b"]})],
        "Failed",
        [("Failed", 1)],
    ),
    ("aws:cloudWatch", [step("a", action="aws:cloudWatch"), AFTER], "Failed", [("Failed", 1), OK]),
    ("not in the lab", [step("a", action="aws:configurePackage"), AFTER], "Failed", [("Failed", 1), OK]),
    ("aws:refreshAssociation", [step("a", action="aws:refreshAssociation")], "Success", [OK]),
    ("onFailure without a failure", [step("a", "true", onFailure="exit"), AFTER], "Success", [OK, OK]),
    ("onSuccess exit", [step("a", "true", onSuccess="exit"), AFTER], "Success", [OK, SKIPPED]),
    ("onSuccess after a failure", [step("a", "exit 1", onSuccess="exit"), AFTER], "Failed", [("Failed", 1), OK]),
    ("168", [step("a", "exit 168"), AFTER], "Success", [("Success", 168), SKIPPED]),
    ("169", [step("a", "exit 169"), AFTER], "Failed", [("Failed", 169), SKIPPED]),
    ("finallyStep after 168", [step("a", "exit 168"), AFTER, LAST], "Success", [("Success", 168), SKIPPED, OK]),
    ("finallyStep after 169", [step("a", "exit 169"), AFTER, LAST], "Failed", [("Failed", 169), SKIPPED, OK]),
    (
        "finallyStep after onFailure exit",
        [step("a", "exit 1", onFailure="exit"), AFTER, LAST],
        "Failed",
        [("Failed", 1), SKIPPED, OK],
    ),
    (
        "finallyStep counts only last",
        [step("a", "exit 168"), LAST, AFTER],
        "Success",
        [("Success", 168), *[SKIPPED] * 2],
    ),
    (
        "a failing finallyStep",
        [step("a", "true"), step("last", "exit 1", finallyStep=True)],
        "Failed",
        [OK, ("Failed", 1)],
    ),
    ("exit 137", [step("a", "exit 137"), AFTER], "TimedOut", [("TimedOut", 137), OK]),
    ("SIGKILL", [step("a", "kill -9 $$"), AFTER], "TimedOut", [("TimedOut", 137), OK]),
    (
        "a timeout is no failure for onFailure",
        [step("a", "sleep 30", timeoutSeconds="0.3", onFailure="exit"), AFTER],
        "TimedOut",
        [("TimedOut", 137), OK],
    ),
    (
        "Failed is worse than TimedOut",
        [step("a", "exit 137"), step("b", "exit 1")],
        "Failed",
        [("TimedOut", 137), ("Failed", 1)],
    ),
    ("precondition met, any case", [step("a", "true", precondition=LINUX)], "Success", [OK]),
    ("precondition unmet", [step("a", "exit 1", precondition=WINDOWS), AFTER], "Success", [SKIPPED, OK]),
    ("nothing but skipped steps", [step("a", "exit 1", precondition=WINDOWS)], "Success", [SKIPPED]),
    (
        "a precondition without a parameter",
        [step("a", "true", precondition={"StringEquals": ["a", "a"]})],
        "Failed",
        [("Failed", 1)],
    ),
    (
        "a precondition with another operator",
        [step("a", "true", precondition={"StringNotEquals": ["platformType", "Linux"]})],
        "Failed",
        [("Failed", 1)],
    ),
    ("an unknown action", [step("a", action="aws:doMagic"), AFTER], "Failed", [("Failed", 1), OK]),
    (
        "an unknown action elsewhere",
        [step("a", action="aws:doMagic", precondition=WINDOWS), AFTER],
        "Success",
        [SKIPPED, OK],
    ),
    ("a plugin of Windows", [step("a", action="aws:psModule"), AFTER], "Success", [SKIPPED, OK]),
    ("a program that is not there", [step("a", "#!/no/such/program")], "Failed", [("Failed", 127)]),
    ("a signal", [step("a", "kill $$")], "Failed", [("Failed", 143)]),
    ("a relative directory is the root", [step("a", "[ $PWD = / ]", workingDirectory="no/such")], "Success", [OK]),
    ("a directory that is not there", [step("a", "true", workingDirectory="/no/such")], "Failed", [("Failed", 1)]),
]


@pytest.mark.parametrize(("steps", "status", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_steps_end_as_the_agent_ends_them(
    node: Node, steps: list[dict[str, Any]], status: str, expected: list[tuple[str, int]]
) -> None:
    outcome = node.run(document(*steps))
    assert outcome.status == status
    assert list(outcome.summary().values()) == expected


@pytest.mark.parametrize(
    ("operands", "value", "expected"),
    [
        (["{{ Operation }}", "Install"], "Install", OK),
        (["Install", "{{Operation}}"], "Install", OK),
        (["{{ Operation }}", "Install"], "Scan", SKIPPED),
        (["{{ Operation }}", "Install"], "install", SKIPPED),
        (["{{ Unknown }}", "Install"], "Install", ("Failed", 1)),
        (["{{ Operation }}", "{{ Operation }}"], "Install", ("Failed", 1)),
        (["platformType", "{{ Operation }}"], "Linux", ("Failed", 1)),
        (["{{ Operation }}", "{{ssm:x}}"], "Install", ("Failed", 1)),
    ],
)
def test_a_precondition_compares_a_parameter(
    node: Node, operands: list[str], value: str, expected: tuple[str, int]
) -> None:
    one = step("a", "true", precondition={"StringEquals": operands})
    outcome = node.run(document(one, Operation={"type": "String"}), {"Operation": [value]})
    assert outcome.summary() == {"a": expected}


def test_a_timeout_kills_the_whole_process_group(node: Node) -> None:
    outcome = node.run(document(step("a", "sh -c 'echo $$; exec sleep 60' &", "wait", timeoutSeconds="2")))
    child = int(outcome.text())
    assert outcome.status == "TimedOut"
    wait_until(lambda: not _is_running(child), 5)


def _is_running(pid: int) -> bool:
    # A dead child that process 1 has not collected yet is dead all the same.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_background_child_that_holds_stdout_blocks_its_step(node: Node) -> None:
    started = time.monotonic()
    outcome = node.run(document(step("a", "sleep 1 &", "echo started")))
    assert outcome.status == "Success"
    assert time.monotonic() - started >= 1
    detached = time.monotonic()
    node.run(document(step("a", "sleep 5 >/dev/null 2>&1 &", "echo started")))
    assert time.monotonic() - detached < 4


@pytest.mark.parametrize("seconds", ["0.01", "172801", "soon", ""])
def test_a_timeout_out_of_bounds_is_the_default(node: Node, seconds: str) -> None:
    assert node.run(document(step("a", "sleep 0.3", timeoutSeconds=seconds))).status == "Success"


def test_cancel_ends_the_running_step_and_all_after_it(node: Node, tmp_path: Path) -> None:
    here = tmp_path / "here"
    command_id = node.service.send(document(step("a", "echo here", f"touch '{here}'", "sleep 60"), AFTER, LAST))
    wait_until(here.exists)
    node.service.cancel(command_id)
    outcome = node.service.wait_until_final(command_id)
    assert outcome.status == "Cancelled"
    assert outcome.summary() == {"a": ("Cancelled", 137), "after": ("Cancelled", 1), "last": ("Cancelled", 1)}
    assert outcome.steps["a"]["standardOutput"] == "here\n"


def test_a_script_runs_with_sh_as_given_in_the_root_directory(node: Node) -> None:
    outcome = node.run(
        document(step("a", "pwd", "umask", "id -u", 'echo "$0" | grep -c _script.sh', "echo one |", "cat"))
    )
    assert outcome.text().split() == ["/", "0022", str(os.getuid()), "1", "one"]


def test_sh_is_not_bash_unless_the_first_line_says_so(node: Node) -> None:
    test = '[[ a == a ]] && echo "is ${BASH_VERSION:+bash}"'
    assert node.run(document(step("a", "#!/usr/bin/env bash", test))).text() == "is bash\n"
    if os.path.realpath("/bin/sh").endswith("dash"):
        assert node.run(document(step("a", test))).status == "Failed"


def test_a_document_with_the_quirks_of_awss_runs_to_its_end(node: Node) -> None:
    """Parameters of a child that are no JSON, and `[[` in a script that dash runs, where it is a missing command."""
    test = "if [[ 1 == 1 ]]; then exit 168; fi"
    node.service.documents["Child"] = document(
        step("a", "echo '{{ Operation }} {{ SnapshotId }}.'"),
        Operation={"type": "String"},
        SnapshotId={"type": "String", "default": ""},
    )
    text = '{"Operation": "Install", "SnapshotId": {{ SnapshotId }}}'
    steps = [
        call("scan", "Child", documentParameters=text, onFailure="exit"),
        step("test", test),
        step("bash", "#!/bin/bash", test),
        step("after", "true"),
        step("last", "true", finallyStep=True),
    ]
    outcome = node.run(document(*steps, SnapshotId={"type": "String", "default": ""}))
    dash = os.path.realpath("/bin/sh").endswith("dash")
    assert outcome.status == "Success"
    assert outcome.steps["scan"]["standardOutput"] == "Install .\n"
    assert outcome.summary()["test"] == (OK if dash else ("Success", 168))
    assert ("[[: not found" in outcome.steps["test"]["standardError"]) is dash
    assert outcome.summary()["bash"] == (SKIPPED if not dash else ("Success", 168))
    assert outcome.summary()["after"] == SKIPPED
    assert outcome.summary()["last"] == OK


def test_a_script_finds_the_agents_variables_beside_the_agents_own(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_AGENT", "kept")
    names = "SSM_COMMAND_ID AWS_SSM_INSTANCE_ID AWS_SSM_REGION_NAME AWS_SSM_PLATFORM_NAME AWS_SSM_PLATFORM_VERSION"
    lines = [f'echo "{name}=${name}"' for name in [*names.split(), "OF_THE_AGENT"]]
    command_id = node.service.send(document(step("a", *lines)))
    text = node.service.wait_until_final(command_id).text()
    assert dict(line.split("=", 1) for line in text.splitlines()) == {
        "SSM_COMMAND_ID": command_id,
        "AWS_SSM_INSTANCE_ID": "i-0123456789abcdef0",
        "AWS_SSM_REGION_NAME": "eu-central-1",
        "AWS_SSM_PLATFORM_NAME": "Debian GNU/Linux",
        "AWS_SSM_PLATFORM_VERSION": "12",
        "OF_THE_AGENT": "kept",
    }


def test_a_step_has_variables_of_its_own(node: Node) -> None:
    own = {"GREETING": "hello", "SSM_COMMAND_ID": "mine", "AWS_SSM_INSTANCE_ID": "mine"}
    # The agent's names are its own.
    lines = ['echo "$GREETING"', '[ "$SSM_COMMAND_ID" = mine ] || echo "$AWS_SSM_INSTANCE_ID"']
    assert node.run(document(step("a", *lines, environment=own))).text() == f"hello\n{INSTANCE}\n"
    assert node.run(document(step("a", "true", environment={"N": 1}))).summary() == {"a": ("Failed", 1)}


SKIPS: list[tuple[list[dict[str, Any]], str]] = [
    (
        [step("a", "exit 168"), AFTER],
        "Plugin with name aws:runShellScript and id after skipped due to prior step with an exit condition",
    ),
    (
        [step("after", "true", precondition=WINDOWS)],
        "Step execution skipped due to unsatisfied preconditions: "
        "'\"StringEquals\": [platformType, Windows]'. Step name: after",
    ),
    (
        [step("after", action="aws:psModule")],
        "Step execution skipped due to unsupported plugin: aws:psModule. Step name: after",
    ),
]


@pytest.mark.parametrize(("steps", "reason"), SKIPS)
def test_a_skipped_step_says_why_in_its_output_only(node: Node, steps: list[dict[str, Any]], reason: str) -> None:
    told = node.run(document(*steps)).steps["after"]
    assert (told["status"], told["code"], told["output"]) == ("Skipped", 0, reason)
    assert (told["standardOutput"], told["standardError"]) == ("", "")


@pytest.mark.parametrize(
    "one",
    [
        step("a", action="aws:doMagic"),
        step("a", "true", precondition={"StringEquals": ["a", "b"]}),
    ],
)
def test_a_step_that_cannot_run_says_why_in_its_output_only(node: Node, one: dict[str, Any]) -> None:
    told = node.run(document(one)).steps["a"]
    assert (told["status"], told["standardOutput"], told["standardError"]) == ("Failed", "", "")
    assert told["output"].endswith("Step name: a")


def legacy(*properties: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    plugins = {"aws:runShellScript": {"properties": list(properties)}}
    return {"schemaVersion": "1.2", "parameters": parameters, "runtimeConfig": plugins}


def test_a_document_of_schema_1_2_runs_all_its_properties(node: Node) -> None:
    properties: list[dict[str, Any]] = [
        {"runCommand": "{{ commands }}"},
        {"runCommand": ["echo two", "exit 4"]},
        {"runCommand": ["exit 5"]},
    ]
    commands = {"type": "StringList", "default": ["echo one"]}
    outcome = node.run(legacy(*properties, commands=commands))
    assert (outcome.status, outcome.summary()) == ("Failed", {"aws:runShellScript": ("Failed", 4)})
    assert outcome.text() == "one\n\ntwo\n"
    assert node.run(legacy({"runCommand": ["true"]}, {"runCommand": ["true"]})).status == "Success"
    assert node.run(legacy({"runCommand": ["exit 137"]}, {"runCommand": ["exit 1"]})).status == "TimedOut"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (step("a", "true"), OK),
        (step("a", "true", precondition=LINUX), ("Failed", 1)),
        (step("a", action="aws:psModule"), ("Failed", 1)),
    ],
)
def test_schema_2_0_knows_no_preconditions(node: Node, one: dict[str, Any], expected: tuple[str, int]) -> None:
    assert node.run({"schemaVersion": "2.0", "mainSteps": [one]}).summary() == {"a": expected}


@pytest.mark.parametrize(
    "content",
    [
        {"schemaVersion": "2.2", "mainSteps": []},
        {"schemaVersion": "2.2"},
        {"schemaVersion": "1.2", "runtimeConfig": {}},
        {"schemaVersion": "9.9", "mainSteps": [step("a", "true")]},
        document(step("a", "true"), x={"type": "String", "default": "b", "allowedPattern": "^a$"}),
        document(step("a", "true", precondition={"StringEquals": [1, 2]})),
    ],
)
def test_a_document_refused_before_its_first_step_gives_one_reply(node: Node, content: dict[str, Any]) -> None:
    command_id = node.service.send(content)
    outcome = node.service.wait_until_final(command_id)
    assert (outcome.status, outcome.steps) == ("Failed", {})
    assert outcome.trace
    assert node.service.actions(command_id) == ["SendReply"]
