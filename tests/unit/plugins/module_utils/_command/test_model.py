from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    Invocation,
    Sent,
    Step,
    last_line,
    pending,
    problem,
    problems,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.text import one_line

ERROR = "\n----------ERROR-------\n"


def invocation(*steps: Step, status: str = "Failed", details: str = "", trace: str = "") -> Invocation:
    return Invocation(
        command_id="c", instance_id="i-1", status=status, status_details=details, trace=trace, steps=steps
    )


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("", ""),
        ("one\ntwo\n\n  \n", "two"),
        (f"said{ERROR}it broke\n", "it broke"),
        (f"said{ERROR}it broke\nfailed to run commands: exit status 1", "it broke"),
        (f"said\n{ERROR}failed to run commands: exit status 100", "said"),
        (
            f"said{ERROR}it broke\nStep was found to have onFailure property. Further document steps will be skipped.",
            "it broke",
        ),
        (
            "x\nStep exited with code 169. Therefore, marking step as Failed. Further document steps will be skipped.",
            "x",
        ),
        ("a long story\n---Output truncated---", "a long story"),
        (f"out\n---Output truncated---{ERROR}err\n---Error truncated----", "err"),
        ("x" * 400, "x" * 299 + "…"),
        ("tabs\tand\r\nreturns\r\n", "returns"),
    ],
)
def test_last_line(output: str, line: str) -> None:
    assert last_line(output) == line


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (invocation(status="Success"), None),
        (
            invocation(
                Step(name="PreInstallScan", status="Success", response_code=0),
                Step(name="InstallNoReboot", status="Failed", response_code=4, output=f"a{ERROR}locked"),
                Step(name="OnExit", status="Failed", response_code=1, output="later"),
            ),
            "i-1: step InstallNoReboot Failed (exit code 4): locked",
        ),
        (
            invocation(Step(name="Pre", status="TimedOut", response_code=137), status="TimedOut"),
            "i-1: step Pre TimedOut (exit code 137)",
        ),
        (invocation(Step(name="Pre", status="Cancelled")), "i-1: step Pre Cancelled"),
        (
            invocation(status="TimedOut", details="DeliveryTimedOut"),
            "i-1: DeliveryTimedOut: the command was never picked up: is its SSM Agent running?",
        ),
        (
            invocation(Step(name="Pre", status="Failed", response_code=-1), details="Undeliverable"),
            "i-1: Undeliverable: the command could not be delivered: is its SSM Agent running?",
        ),
        (invocation(trace="bad\nparameter x is wrong\n"), "i-1: Failed: parameter x is wrong"),
        (invocation(status="Cancelled"), "i-1: Cancelled"),
        (invocation(Step(name="Run", status="InProgress"), status="InProgress"), "i-1: InProgress"),
    ],
)
def test_problem(found: Invocation, told: str | None) -> None:
    assert problem(found) == told


@pytest.mark.parametrize(
    ("step", "skipped"),
    [
        (Step(name="s", status="Success", output="Step execution skipped due to unsatisfied preconditions: ''"), True),
        (Step(name="s", status="Success", output="Step execution skipped due to incompatible platform."), True),
        (
            Step(
                name="s", status="Success", output="Plugin with name x and id y skipped due to prior step with an exit"
            ),
            True,
        ),
        (Step(name="s", status="Success", status_details="Skipped"), True),
        (Step(name="s", status="Success", output="packages skipped due to hold"), False),
        (Step(name="s", status="Success"), False),
    ],
)
def test_a_skipped_step_is_told_from_one_that_ran(step: Step, skipped: bool) -> None:
    assert step.skipped is skipped
    assert step.as_dict()["skipped"] is skipped


@pytest.mark.parametrize(
    ("output", "cut"),
    [("short", False), ("x" * 2499, False), ("x" * 2500, True), ("x\n---Output truncated---", True)],
)
def test_cut_output_is_known(output: str, cut: bool) -> None:
    assert Step(name="s", status="Failed", output=output).cut is cut


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Delayed", "Cancelling"])
def test_what_is_under_way_is_pending(status: str) -> None:
    seen = [invocation(status=status)]
    assert pending([Sent(command_id="c", instance_ids=frozenset({"i-1"}))], seen) == (f"i-1 {status}",)


def test_a_node_that_nobody_heard_of_is_pending() -> None:
    sent = [
        Sent(command_id="c", instance_ids=frozenset({"i-1", "i-2"})),
        Sent(command_id="d", instance_ids=frozenset({"i-1"})),
    ]
    assert pending(sent, [invocation(status="Success")]) == ("i-2 not started", "i-1 not started")


def test_pending_names_the_running_step() -> None:
    seen = [invocation(Step(name="A", status="Success"), Step(name="B", status="InProgress"), status="InProgress")]
    assert pending([Sent(command_id="c", instance_ids=frozenset({"i-1"}))], seen) == ("i-1 InProgress in step B",)


def test_many_problems_are_still_one_line() -> None:
    assert one_line(["a", "b"]) == "a; b"
    assert one_line(list("abcde")) == "a; b; c; and 2 more"
    assert problems([invocation(status="Success"), invocation(status="Cancelled")]) == ("i-1: Cancelled",)
