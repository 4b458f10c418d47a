"""aws:runDocument: documents inside documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.node.ssm_agent.nested import split_name
from unit.lab.node.fake_service import wait_until
from unit.lab.node.node_under_test import Node, call, document, step

OK = ("Success", 0)
SKIPPED = ("Skipped", 0)
FAILED = ("Failed", 1)
AFTER = step("after", "true")


@pytest.fixture(autouse=True)
def no_documents(node: Node) -> Iterator[None]:
    yield
    node.service.documents.clear()
    node.service.texts.clear()


# what it shows, the child's steps, the parent's step
ROWS: list[tuple[str, list[dict[str, Any]], tuple[str, int]]] = [
    ("success", [step("a", "true")], OK),
    ("the child's code is lost", [step("a", "exit 7")], FAILED),
    ("168 ends only the child", [step("a", "exit 168"), step("b", "exit 1")], OK),
    ("169 ends only the child", [step("a", "exit 169"), step("b", "true")], FAILED),
    ("a child's timeout stays one", [step("a", "sleep 30", timeoutSeconds="0.3")], ("TimedOut", 0)),
    ("a child's 137 is a timeout", [step("a", "exit 137")], ("TimedOut", 0)),
    ("a timeout is worse than a failure here", [step("a", "exit 137"), step("b", "exit 1")], ("TimedOut", 0)),
    (
        "a child of skipped steps",
        [step("a", "exit 1", precondition={"StringEquals": ["platformType", "Windows"]})],
        SKIPPED,
    ),
    ("a child that cannot run", [step("a", action="aws:doMagic")], FAILED),
    ("a child without a step", [], FAILED),
    ("a child's onFailure", [step("a", "exit 1", onFailure="successAndExit"), step("b", "exit 1")], OK),
]


@pytest.mark.parametrize(("steps", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_childs_end_is_its_parents_steps_end(
    node: Node, steps: list[dict[str, Any]], expected: tuple[str, int]
) -> None:
    node.service.documents["Child"] = document(*steps)
    assert node.run(document(call("c", "Child"), AFTER)).summary() == {"c": expected, "after": OK}


def test_a_timed_out_child_does_not_fire_on_failure(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "sleep 30", timeoutSeconds="0.3"))
    outcome = node.run(document(call("c", "Child", onFailure="exit"), AFTER))
    assert outcome.summary() == {"c": ("TimedOut", 0), "after": OK}
    assert outcome.status == "TimedOut"


def test_a_failing_child_fires_on_failure(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "exit 3"))
    assert node.run(document(call("c", "Child", onFailure="exit"), AFTER)).summary() == {"c": FAILED, "after": SKIPPED}


def test_the_childs_output_is_put_together_in_any_order(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "echo 1", "echo e >&2"), step("b", "echo 2"))
    told = node.run(document(call("c", "Child"))).steps["c"]
    assert sorted(told["standardOutput"].split()) == ["1", "2"]
    assert told["standardError"] == "e\n"


def test_noop_is_known_without_asking(node: Node) -> None:
    before = node.service.actions().count("GetDocument")
    assert node.run(document(call("c", "AWS-Noop"))).summary() == {"c": OK}
    assert node.service.actions().count("GetDocument") == before


def test_a_document_that_is_missing_fails_the_step(node: Node) -> None:
    outcome = node.run(document(call("c", "NoSuchDocument"), AFTER))
    assert outcome.summary() == {"c": FAILED, "after": OK}
    assert "NoSuchDocument" in outcome.steps["c"]["standardError"]


@pytest.mark.parametrize("path", ["", "{{ unknown }}"])
def test_a_document_without_a_name_fails_the_step(node: Node, path: str) -> None:
    assert node.run(document(call("c", path))).summary() == {"c": FAILED}


def test_other_kinds_of_documents_are_refused(node: Node) -> None:
    one = call("c", "/srv/x.json", documentType="LocalPath")
    assert node.run(document(one)).summary() == {"c": FAILED}


CHILD = document(
    step("a", "echo '{{ word }} {{ other }}'"),
    word={"type": "String", "default": "default", "maxChars": 8},
    other={"type": "String", "default": "other"},
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"word": "given"}, "given other\n"),
        ('{"word": "text"}', "text other\n"),
        # No JSON, so it is read as YAML.
        ('{"word": plain, "other": }', "plain other\n"),
        ("word: lines\nother: of YAML", "lines of YAML\n"),
        ('{"word": {{ mine }}}', "parents other\n"),
        ('{"other": 0644}', "default 420\n"),
        # A limit in characters is one of texts.
        ('{"word": 0644}', ""),
        ('{"word": 1:30}', "1:30 other\n"),
        ({"word": None}, "default other\n"),
        ("", "default other\n"),
        (None, "default other\n"),
        ({"word": "{{ mine }}"}, "parents other\n"),
        ("{{ whole }}", "whole other\n"),
        ({"word": "x", "unknown": "y"}, "x other\n"),
    ],
)
def test_a_child_gets_its_parameters(node: Node, given: Any, expected: str) -> None:
    node.service.documents["Child"] = CHILD
    keys = {} if given is None else {"documentParameters": given}
    parent = document(
        call("c", "Child", **keys),
        mine={"type": "String", "default": "parents"},
        whole={"type": "String", "default": '{"word": "whole"}'},
    )
    assert node.run(parent).text() == expected


@pytest.mark.parametrize("given", [{"word": "much too long"}, "neither", "a: [", "[1]"])
def test_parameters_the_child_does_not_take_fail_the_step(node: Node, given: Any) -> None:
    node.service.documents["Child"] = CHILD
    assert node.run(document(call("c", "Child", documentParameters=given))).summary() == {"c": FAILED}


def test_three_deep_and_no_deeper(node: Node) -> None:
    node.service.documents.update(
        {
            "Level1": document(call("c", "Level2")),
            "Level2": document(call("c", "Level3")),
            "Level3": document(step("a", "echo deep")),
            "TooDeep": document(call("c", "Level1")),
        }
    )
    assert node.run(document(call("c", "Level1"))).text() == "deep\n"
    assert node.run(document(call("c", "TooDeep"))).summary() == {"c": FAILED}


def test_cancel_does_not_reach_into_a_child(node: Node, tmp_path: Path) -> None:
    """The child runs to its own end. Only the steps after the call are cancelled, a finallyStep too."""
    here, go = tmp_path / "here", tmp_path / "go"
    node.service.documents["Child"] = document(
        step("a", f"touch '{here}'", f"until [ -e '{go}' ]; do sleep 0.05; done"), step("b", "echo b")
    )
    unmet = step("unmet", "true", precondition={"StringEquals": ["platformType", "Windows"]})
    last = step("last", "true", finallyStep=True)
    command_id = node.service.send(document(call("c", "Child"), AFTER, unmet, call("d", "Child"), last))
    wait_until(here.exists)
    before = node.service.actions().count("DeleteMessage")
    node.service.cancel(command_id)
    node.service.wait_for(lambda: node.service.actions().count("DeleteMessage") > before)
    go.touch()
    outcome = node.service.wait_until_final(command_id)
    assert outcome.status == "Cancelled"
    assert outcome.steps["c"]["standardOutput"] == "b\n"
    cancelled = ("Cancelled", 1)
    told = {"c": OK, "after": cancelled, "unmet": SKIPPED, "d": cancelled, "last": cancelled}
    assert outcome.summary() == told


CRASHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "StringList", "default": ["a"]}, {}),
    ({"type": "String"}, {}),
]


@pytest.mark.parametrize(("definition", "given"), CRASHES, ids=["list", "no value"])
def test_a_precondition_over_no_text_crashes_a_child(node: Node, definition: dict[str, Any], given: Any) -> None:
    one = step("a", "true", precondition={"StringEquals": ["{{ x }}", "a"]})
    node.service.documents["Child"] = document(step("first", "echo ran"), one, x=definition)
    told = node.run(document(call("c", "Child", documentParameters=given), AFTER))
    assert told.summary() == {"c": FAILED, "after": OK}
    assert told.steps["c"]["output"].startswith("Plugin crashed with message")
    assert (told.steps["c"]["standardOutput"], told.steps["c"]["standardError"]) == ("", "")


@pytest.mark.parametrize(("definition", "given"), CRASHES, ids=["list", "no value"])
def test_at_top_level_such_a_document_is_never_told_of(own_node: Node, definition: dict[str, Any], given: Any) -> None:
    one = step("a", "true", precondition={"StringEquals": ["{{ x }}", "a"]})
    command_id = own_node.service.send(document(one, x=definition), given)
    assert own_node.run(document(AFTER)).summary() == {"after": OK}
    assert own_node.service.actions(command_id) == []


def test_noop_with_a_version_is_fetched(node: Node) -> None:
    node.service.documents["AWS-Noop:1"] = document(step("a", "echo fetched"))
    assert node.run(document(call("c", "AWS-Noop:1"))).text() == "fetched\n"


def test_a_child_may_be_yaml(node: Node) -> None:
    node.service.texts["Child"] = (
        "schemaVersion: '2.2'\n"
        "mainSteps:\n- name: a\n  action: aws:runShellScript\n  inputs: {runCommand: [echo yaml]}\n"
    )
    assert node.run(document(call("c", "Child"))).text() == "yaml\n"


@pytest.mark.parametrize("destination", ["", "sub/", "{folder}/"])
def test_a_downloaded_document_can_be_called(node: Node, tmp_path: Path, destination: str) -> None:
    node.service.documents["Child:2"] = document(step("a", "echo downloaded"))
    folder = destination.format(folder=tmp_path)
    download = step(
        "get",
        action="aws:downloadContent",
        sourceType="SSMDocument",
        sourceInfo='{"name": "Child:2"}',
        destinationPath=folder,
    )
    outcome = node.run(document(download, call("c", f"{folder}Child.json", documentType="LocalPath")))
    assert outcome.summary() == {"get": OK, "c": OK}
    assert outcome.steps["get"]["standardOutput"].startswith("Content downloaded to /")
    assert outcome.steps["c"]["standardOutput"] == "downloaded\n"


@pytest.mark.parametrize(
    "inputs",
    [
        {"sourceType": "S3", "sourceInfo": "{}"},
        {"sourceType": "SSMDocument", "sourceInfo": "no json"},
        {"sourceType": "SSMDocument", "sourceInfo": {"name": "NoSuchDocument"}},
        {"sourceType": "SSMDocument"},
    ],
)
def test_what_cannot_be_downloaded_fails_the_step(node: Node, inputs: dict[str, Any]) -> None:
    told = node.run(document(step("get", action="aws:downloadContent", **inputs)))
    assert told.summary() == {"get": FAILED}
    assert told.steps["get"]["standardError"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Name", ("Name", "")),
        ("Name:3", ("Name", "3")),
        (
            "arn:aws:ssm:eu-central-1:123456789012:document/Name",
            ("arn:aws:ssm:eu-central-1:123456789012:document/Name", ""),
        ),
        (
            "arn:aws:ssm:eu-central-1:123456789012:document/Name:3",
            ("arn:aws:ssm:eu-central-1:123456789012:document/Name", "3"),
        ),
    ],
)
def test_a_name_may_carry_a_version(path: str, expected: tuple[str, str]) -> None:
    assert split_name(path) == expected


def test_a_version_is_asked_for(node: Node) -> None:
    node.service.documents["Child:3"] = document(step("a", "echo three"))
    assert node.run(document(call("c", "Child:3"))).text() == "three\n"
