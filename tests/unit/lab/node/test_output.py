"""What the service is told of a step's output."""

from __future__ import annotations

import pytest
from lab.node.ssm_agent.output import SEPARATOR, STDERR_CUT, STDOUT_CUT, cut_stream, join
from unit.lab.node.node_under_test import Node, document, step


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [
        ("out", "", "out"),
        ("out", "err", f"out{SEPARATOR}err"),
        ("", "err", f"{SEPARATOR}err"),
        ("o" * 3000, "", "o" * (2500 - len(STDOUT_CUT)) + STDOUT_CUT),
    ],
)
def test_output_is_stdout_then_a_line_then_stderr(stdout: str, stderr: str, expected: str) -> None:
    assert join(stdout, stderr) == expected


@pytest.mark.parametrize(("stdout", "stderr"), [(3000, 10), (10, 3000), (3000, 3000)])
def test_long_output_keeps_some_of_both_and_says_what_is_cut(stdout: int, stderr: int) -> None:
    joined = join("o" * stdout, "e" * stderr)
    assert 2499 <= len(joined) <= 2500
    kept_out, kept_err = joined.split(SEPARATOR)
    assert kept_out.count("o" * min(stdout, 1000)) >= 1
    assert kept_err.count("e" * min(stderr, 1000)) >= 1
    assert kept_out.endswith("\n---Output truncated---") is (stdout == 3000)
    assert kept_err.endswith("\n---Error truncated----") is (stderr == 3000)
    assert STDERR_CUT.endswith("----")


@pytest.mark.parametrize(("text", "cut"), [("a" * 23999, False), ("a" * 24000, True), ("é" * 12000, True)])
def test_limits_count_bytes(text: str, cut: bool) -> None:
    assert (cut_stream(text) != text) is cut
    assert len(cut_stream(text).encode()) <= 24000
    assert cut_stream(text).endswith("--output truncated--") is cut
    assert len(join("é" * 2000, "").encode()) <= 2502


def test_each_stream_is_cut_at_24000_bytes(node: Node) -> None:
    much = "head -c 200000 /dev/zero | tr '\\0' "
    told = node.run(document(step("a", f"{much} o", f"{much} e >&2"))).steps["a"]
    assert told["standardOutput"] == "o" * 23980 + "--output truncated--"
    assert told["standardError"] == "e" * 23980 + "--output truncated--"
    assert 2499 <= len(told["output"]) <= 2500


@pytest.mark.parametrize(
    ("lines", "stderr"),
    [
        (["printf own >&2", "exit 3"], "ownfailed to run commands: exit status 3"),
        (["echo own >&2", "exit 1"], "own\nfailed to run commands: exit status 1"),
        (["exit 137"], ""),
    ],
)
def test_stderr_names_the_exit_status_with_nothing_between(node: Node, lines: list[str], stderr: str) -> None:
    assert node.run(document(step("a", *lines))).steps["a"]["standardError"] == stderr


@pytest.mark.parametrize(
    ("signal", "word", "end"),
    [("TERM", "Terminated", "failed to run commands: exit status 143"), ("KILL", "Killed", "")],
)
def test_a_signal_leaves_its_word_on_stderr(node: Node, signal: str, word: str, end: str) -> None:
    told = node.run(document(step("a", f"kill -{signal} $$"))).steps["a"]["standardError"]
    assert word in told
    assert told.endswith(end or "\n")


def test_168_drops_stderr_and_says_so_in_stdout(node: Node) -> None:
    told = node.run(document(step("a", "echo out", "echo own >&2", "exit 168"), step("b", "true"))).steps["a"]
    remark = "Step exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped."
    assert told["standardOutput"] == f"out\n\n{remark}"
    assert (told["standardError"], told["output"]) == ("", "out\n")


def test_169_says_so_in_both_streams_and_not_in_the_output(node: Node) -> None:
    told = node.run(document(step("a", "echo out", "echo own >&2", "exit 169"), step("b", "true"))).steps["a"]
    remark = "\nStep exited with code 169. Therefore, marking step as Failed. Further document steps will be skipped."
    status = "own\nfailed to run commands: exit status 169"
    assert (told["standardOutput"], told["standardError"]) == (f"out\n{remark}", f"{status}{remark}")
    assert told["output"] == f"out\n{SEPARATOR}{status}"


def test_a_step_is_told_with_its_times_and_its_action(node: Node) -> None:
    told = node.run(document(step("a", "echo x"))).steps["a"]
    assert (told["name"], told["stepName"], told["output"]) == ("aws:runShellScript", "a", "x\n")
    assert told["startDateTime"] <= told["endDateTime"]
    assert told["endDateTime"].endswith("Z")


def test_bytes_that_are_no_text_do_no_harm(node: Node) -> None:
    assert "\ufffd" in node.run(document(step("a", r"printf '\377'"))).text()
