"""Parameters: types, defaults, checks, and what may not be done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab.node.ssm_agent import re2
from lab.node.ssm_agent.parameters import ParameterError, bind, substitute
from unit.lab.node.node_under_test import Node, call, document, step

VALUES = {"word": "one", "list": ["a", "b c"], "evil": "{{ word }}", "number": 3, "nothing": None, "dollars": "$$HOME"}
VALUES |= {"stored": "{{ssm:x}}", "float": 1000.0, "symbols": ["<a> & é"]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{{ word }}", "one"),
        ("{{word}}", "one"),
        ("a {{ word }} b", "a one b"),
        ("{{ list }}", ["a", "b c"]),
        ("x {{ list }}", 'x ["a","b c"]'),
        # A list is not spliced into another one.
        (["{{ list }}", "{{ word }}"], [["a", "b c"], "one"]),
        (" {{ word }}", " one"),
        ("{{\t\n word }}", "one"),
        ("{{ nothing }}", None),
        ("x {{ nothing }}", "x null"),
        ("{{ dollars }}", "$$HOME"),
        ("a {{ dollars }}", "a $HOME"),
        ("{{ stored }}", "{{ssm:x}}"),
        ("n={{ float }}", "n=1000"),
        ("{{ symbols }}!", '["\\u003ca\\u003e \\u0026 é"]!'),
        ({"key": ["{{ word }}"]}, {"key": ["one"]}),
        ("{{ unknown }}", "{{ unknown }}"),
        ("a {{unknown}}", "a {{unknown}}"),
        ("{{ not-a-name }}", "{{ not-a-name }}"),
        ("{{ number }}", 3),
        ("n={{ number }}", "n=3"),
        # What a value brings in is not read again.
        ("{{ evil }}", "{{ word }}"),
        ("a {{ evil }}", "a {{ word }}"),
        (7, 7),
    ],
)
def test_substitution(given: Any, expected: Any) -> None:
    assert substitute(given, VALUES) == expected


@pytest.mark.parametrize(
    ("definition", "supplied", "expected"),
    [
        ({"type": "String"}, "x", "x"),
        ({"type": "StringList"}, ["x", "y"], ["x", "y"]),
        ({"type": "StringList"}, ["x"], ["x"]),
        # The type of a value is the service's business, or the calling document's.
        ({"type": "StringList"}, "x", "x"),
        ({"type": "String", "default": "d"}, None, "d"),
        ({"type": "StringList", "default": ["d"]}, None, ["d"]),
        ({"type": "String"}, None, None),
    ],
)
def test_a_parameter_gets_its_value(definition: dict[str, Any], supplied: Any, expected: Any) -> None:
    supplied_values = {} if supplied is None else {"x": supplied}
    assert bind({"parameters": {"x": definition}}, supplied_values).values == {"x": expected}


@pytest.mark.parametrize("name", ["a-b", "a_b", "a b", ""])
def test_a_name_of_other_characters_is_no_parameter(name: str) -> None:
    assert bind({"parameters": {name: {"type": "String", "default": "x"}}}, {}).values == {}


CHILD_LIMITS: list[tuple[dict[str, Any], Any]] = [
    ({"allowedValues": ["Scan", "Install"]}, "Uninstall"),
    ({"minChars": 3}, "ab"),
    ({"maxChars": 3}, "abcd"),
    ({"type": "StringList", "minItems": 2}, ["a"]),
    ({"type": "StringList", "maxItems": 1}, ["a", "b"]),
    ({"type": "StringList", "allowedValues": ["a"]}, ["a", "b"]),
]


@pytest.mark.parametrize(("definition", "value"), CHILD_LIMITS)
def test_limits_other_than_the_pattern_hold_in_children_only(definition: dict[str, Any], value: Any) -> None:
    one = {"parameters": {"x": definition}}
    assert bind(one, {"x": value}).values == {"x": value}
    with pytest.raises(ParameterError, match="Parameter x"):
        bind(one, {"x": value}, in_child=True)


@pytest.mark.parametrize("in_child", [False, True])
def test_the_pattern_holds_everywhere(in_child: bool) -> None:
    with pytest.raises(ParameterError, match="Parameter x: value 'b1' does not match"):
        bind(
            {"parameters": {"x": {"type": "StringList", "allowedPattern": "^[a-z]+$"}}},
            {"x": ["a", "b1"]},
            in_child=in_child,
        )


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("^abc$", "abc", True),
        ("^abc$", "abc\n", False),
        ("(^$)|^x$", "", True),
        ("(^$)|^x$", "\n", False),
        ("[$]", "a$", True),
        (r"\$", "a$", True),
        (r"\\$", "a\\", True),
    ],
)
def test_patterns_are_read_as_re2(pattern: str, text: str, expected: bool) -> None:
    assert re2.search(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", "("])
def test_what_re2_does_not_know_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="invalid regular expression"):
        re2.search(pattern, "a")


def test_a_violated_pattern_fails_the_document_without_steps(node: Node) -> None:
    outcome = node.run(document(step("a", "true"), x={"type": "String", "allowedPattern": "^a$"}), {"x": ["b"]})
    assert outcome.status == "Failed"
    assert outcome.steps == {}
    assert "Parameter x" in outcome.trace


def test_values_of_the_wrong_choice_or_length_are_the_services_business(node: Node) -> None:
    definition = {"type": "String", "allowedValues": ["a"], "maxChars": 1}
    outcome = node.run(document(step("a", "echo '{{ x }}'"), x=definition), {"x": ["longer"]})
    assert (outcome.status, outcome.text()) == ("Success", "longer\n")


def test_text_is_substituted_before_the_shell_sees_it(node: Node) -> None:
    outcome = node.run(document(step("a", "echo '{{ x }}'"), x={"type": "String"}), {"x": ["'; echo 'injected"]})
    assert outcome.text() == "\ninjected\n"


ENV_VAR = {"x": {"type": "String", "interpolationType": "ENV_VAR"}}
SHOW = step("a", 'printf "%s|%s" "${SSM_x-unset}" "{{ x }}"')


def test_env_var_keeps_text_away_from_the_shell(node: Node) -> None:
    evil = "$(echo injected) ; `id` \" '"
    outcome = node.run(document(SHOW, **ENV_VAR), {"x": [evil]})
    assert outcome.text() == f"{evil}|{{{{ x }}}}"


def test_env_var_still_substitutes_outside_scripts(node: Node) -> None:
    one = step("a", "true", precondition={"StringEquals": ["{{ x }}", "yes"]})
    assert node.run(document(one, **ENV_VAR), {"x": ["no"]}).summary() == {"a": ("Skipped", 0)}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.3.2745.0", "unset|text"),
        ("3.2.9999.0", "unset|text"),
        ("3.3.2746.0", "text|{{ x }}"),
        ("3.4.0.0", "text|{{ x }}"),
    ],
)
def test_env_var_needs_a_new_agent(tmp_path: Path, version: str, expected: str) -> None:
    node = Node(tmp_path, version=version)
    node.boot()
    assert node.run(document(SHOW, **ENV_VAR), {"x": ["text"]}).text() == expected
    node.close()


def test_a_value_from_parameter_store_is_fetched_by_the_node(node: Node) -> None:
    node.service.parameters["/shop/word"] = {"Name": "/shop/word", "Type": "String", "Value": "stored"}
    outcome = node.run(document(step("a", "echo {{ x }}"), x={"type": "String"}), {"x": ["{{ssm:/shop/word}}"]})
    assert outcome.text() == "stored\n"


@pytest.mark.parametrize(
    ("name", "reason"), [("/no/such", "Parameter Store does not have /no/such"), ("/secret", "is a SecureString")]
)
def test_a_value_parameter_store_cannot_give_fails_the_document(node: Node, name: str, reason: str) -> None:
    node.service.parameters["/secret"] = {"Name": "/secret", "Type": "SecureString", "Value": "hidden"}
    outcome = node.run(document(step("a", f"echo {{{{ssm:{name}}}}}")))
    assert outcome.status == "Failed"
    assert reason in outcome.trace


def test_a_stored_value_is_filled_in_after_the_documents_parameters(node: Node) -> None:
    """What it brings in is text, even where it looks like a reference."""
    node.service.parameters["word"] = {"Name": "word", "Type": "String", "Value": "{{ y }}"}
    node.service.parameters["list"] = {"Name": "list", "Type": "StringList", "Value": "echo a,echo b"}
    lines = ["echo '{{ssm:word}}' '{{ y }}'", "{{ssm:list}}"]
    outcome = node.run(document(step("a", *lines), y={"type": "String"}), {"y": ["given"]})
    assert outcome.text() == "{{ y }} given\na\nb\n"


def test_a_stored_value_may_stand_in_a_child_and_is_checked_there(node: Node) -> None:
    node.service.parameters["word"] = {"Name": "word", "Type": "String", "Value": "stored"}
    child = {"type": "String", "allowedPattern": "^stored$", "maxChars": 2, "default": "{{ssm:word}}"}
    node.service.documents["Child"] = document(step("a", "echo {{ x }}"), x=child)
    assert node.run(document(call("c", "Child"))).text() == "stored\n"
    given = document(call("c", "Child", documentParameters={"x": "{{ssm:word}}"}))
    assert node.run(given).summary() == {"c": ("Failed", 1)}, "the calling document fills it in: it is longer than 2"


@pytest.mark.parametrize(
    ("lines", "default", "status", "code"),
    [
        ("{{ x }}", ["echo a", "exit 3"], "Failed", 3),
        (["{{ x }}"], ["echo a"], "Failed", 1),
        ("echo text", "", "Failed", 1),
        (7, "", "Failed", 1),
        ([7], "", "Failed", 1),
        (None, "", "Success", 0),
        ("{{ x }}", None, "Success", 0),
    ],
)
def test_run_command_is_a_list_of_texts(node: Node, lines: Any, default: Any, status: str, code: int) -> None:
    one = {"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": lines}}
    assert node.run(document(one, x={"type": "StringList", "default": default})).summary() == {"a": (status, code)}
