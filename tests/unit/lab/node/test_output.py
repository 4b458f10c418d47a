"""What the service is told of a step's output."""

from __future__ import annotations

import pytest
from lab.node.ssm_agent.result import SEPARATOR, join_output
from unit.lab.node.node_under_test import Node, document, step


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [
        ("out", "", "out"),
        ("out", "err", f"out{SEPARATOR}err"),
        ("", "err", f"{SEPARATOR}err"),
        ("o" * 3000, "", "o" * 2500),
    ],
)
def test_output_is_stdout_then_a_line_then_stderr(stdout: str, stderr: str, expected: str) -> None:
    assert join_output(stdout, stderr) == expected


@pytest.mark.parametrize(("stdout", "stderr"), [(3000, 10), (10, 3000), (3000, 3000)])
def test_long_output_keeps_some_of_both_and_fits(stdout: int, stderr: int) -> None:
    joined = join_output("o" * stdout, "e" * stderr)
    assert len(joined) == 2500
    kept_out, kept_err = joined.split(SEPARATOR)
    assert len(kept_out) >= min(stdout, 1000)
    assert len(kept_err) >= min(stderr, 1000)


def test_each_stream_is_cut_at_24000_characters(node: Node) -> None:
    much = "head -c 200000 /dev/zero | tr '\\0' "
    told = node.run(document(step("a", f"{much} o", f"{much} e >&2"))).steps["a"]
    assert told["standardOutput"] == "o" * 24000
    assert told["standardError"] == "e" * 24000
    assert len(told["output"]) == 2500


@pytest.mark.parametrize("code", [1, 3, 168, 169])
def test_stderr_names_the_exit_status(node: Node, code: int) -> None:
    told = node.run(document(step("a", "echo own >&2", f"exit {code}"))).steps["a"]
    assert told["standardError"] == f"own\n\nfailed to run commands: exit status {code}"


@pytest.mark.parametrize(("code", "status"), [(168, "Success"), (169, "Failed")])
def test_stdout_says_that_the_rest_is_skipped(node: Node, code: int, status: str) -> None:
    told = node.run(document(step("a", f"exit {code}"), step("b", "true"))).steps["a"]
    assert f"exited with code {code}. Therefore, marking step as {status}" in told["standardOutput"]


def test_a_step_is_told_with_its_times_and_its_action(node: Node) -> None:
    told = node.run(document(step("a", "echo x"))).steps["a"]
    assert (told["name"], told["stepName"], told["output"]) == ("aws:runShellScript", "a", "x\n")
    assert told["startDateTime"] <= told["endDateTime"]
    assert told["endDateTime"].endswith("Z")


def test_bytes_that_are_no_text_do_no_harm(node: Node) -> None:
    assert "\ufffd" in node.run(document(step("a", r"printf '\377'"))).text()
