from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import (
    Invocation,
    SentCommand,
    Step,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.report import (
    invocation_failure,
    invocation_failures,
    last_line,
    pending,
    sent_failures,
)

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
        (f"said{ERROR}it brokefailed to run commands: exit status 1", "it broke"),
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
    ("found", "failure"),
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
            "i-1: DeliveryTimedOut: the command was not picked up: is the SSM Agent running?",
        ),
        (
            invocation(Step(name="Pre", status="Failed", response_code=-1), details="Undeliverable"),
            "i-1: Undeliverable: the command could not be delivered: is the SSM Agent running?",
        ),
        (invocation(trace="bad\nparameter x is wrong\n"), "i-1: Failed: parameter x is wrong"),
        (invocation(status="Cancelled"), "i-1: Cancelled"),
        (invocation(Step(name="Run", status="InProgress"), status="InProgress"), "i-1: InProgress"),
    ],
)
def test_why_an_invocation_failed(found: Invocation, failure: str | None) -> None:
    assert invocation_failure(found) == failure


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Delayed", "Cancelling"])
def test_what_is_under_way_is_pending(status: str) -> None:
    shown = [invocation(status=status)]
    assert pending([SentCommand(command_id="c", instance_ids=frozenset({"i-1"}))], shown) == (f"i-1 {status}",)


def test_a_node_that_aws_does_not_show_is_pending() -> None:
    sent = [
        SentCommand(command_id="c", instance_ids=frozenset({"i-1", "i-2"})),
        SentCommand(command_id="d", instance_ids=frozenset({"i-1"})),
    ]
    assert pending(sent, [invocation(status="Success")]) == ("i-2 not started", "i-1 not started")


def test_pending_names_the_running_step() -> None:
    shown = [invocation(Step(name="A", status="Success"), Step(name="B", status="InProgress"), status="InProgress")]
    assert pending([SentCommand(command_id="c", instance_ids=frozenset({"i-1"}))], shown) == (
        "i-1 InProgress in step B",
    )


def test_only_failures_are_named() -> None:
    assert invocation_failures([invocation(status="Success"), invocation(status="Cancelled")]) == ("i-1: Cancelled",)


def test_a_node_without_a_result_is_a_failure_of_its_command() -> None:
    sent = [SentCommand(command_id=name, instance_ids=frozenset({"i-1"})) for name in ("c", "d")]
    assert sent_failures(sent, [invocation(status="Success")]) == ("i-1: AWS has no result for it",)
    assert sent_failures(sent[:1], [invocation(status="Success")]) == ()
    assert sent_failures(sent[:1], [invocation(status="Cancelled")]) == ("i-1: Cancelled",)
