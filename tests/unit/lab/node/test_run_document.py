"""aws:runDocument: documents inside documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.node.ssm_agent.nested import split_name
from unit.lab.node.node_under_test import Node, call, document, step

OK = ("Success", 0)
SKIPPED = ("Skipped", 0)
FAILED = ("Failed", 1)
AFTER = step("after", "true")


@pytest.fixture(autouse=True)
def no_documents(node: Node) -> Iterator[None]:
    yield
    node.service.documents.clear()


# what it shows, the child's steps, the parent's step
ROWS: list[tuple[str, list[dict[str, Any]], tuple[str, int]]] = [
    ("success", [step("a", "true")], OK),
    ("the child's code is lost", [step("a", "exit 7")], FAILED),
    ("168 ends only the child", [step("a", "exit 168"), step("b", "exit 1")], OK),
    ("169 ends only the child", [step("a", "exit 169"), step("b", "true")], FAILED),
    ("a child's timeout stays one", [step("a", "sleep 30", timeoutSeconds="0.3")], ("TimedOut", 1)),
    ("a child of skipped steps", [step("a", "exit 1", precondition={"StringEquals": ["platformType", "Windows"]})], OK),
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
    assert outcome.summary() == {"c": ("TimedOut", 1), "after": OK}
    assert outcome.status == "TimedOut"


def test_a_failing_child_fires_on_failure(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "exit 3"))
    assert node.run(document(call("c", "Child", onFailure="exit"), AFTER)).summary() == {"c": FAILED, "after": SKIPPED}


def test_the_childs_output_is_put_together(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "echo 1", "echo e >&2"), step("b", "echo 2"))
    told = node.run(document(call("c", "Child"))).steps["c"]
    assert (told["standardOutput"], told["standardError"]) == ("1\n2\n", "e\n")


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
        ('{"word": 0644}', "420 other\n"),
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


def test_cancel_reaches_a_child(node: Node) -> None:
    node.service.documents["Child"] = document(step("a", "sleep 60"), step("b", "true"))
    command_id = node.service.send(document(call("c", "Child"), AFTER))
    node.service.wait_for(lambda: any(a == "GetDocument" and b["Name"] == "Child" for a, b in node.service.calls[-3:]))
    node.service.cancel(command_id)
    outcome = node.service.wait_until_final(command_id)
    assert outcome.status == "Cancelled"
    assert outcome.summary() == {"c": ("Cancelled", 137), "after": ("Cancelled", 1)}


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
