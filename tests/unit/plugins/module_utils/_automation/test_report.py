from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import (
    AutomationExecution,
    AutomationStep,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.report import (
    execution_failure,
    execution_result,
    listed_result,
    progress,
    shorten_message,
)


def step(name: str = "s", status: str = "Success", action: str = "aws:sleep", **more: Any) -> AutomationStep:
    started = None if status == "Pending" else "2026-08-01T09:30:00.000Z"
    return AutomationStep(name=name, action=action, status=status, started_at=started, **more)


def execution(status: str = "Success", *steps: AutomationStep, **more: Any) -> AutomationExecution:
    return AutomationExecution(execution_id="e-1", status=status, document_name="shop", steps=steps, **more)


BAD = step("bad", "Failed", failure_message="Step fails.  Please refer to Automation Service Troubleshooting Guide for "
           "more diagnosis details.")  # fmt: skip
CHILD = execution("Failed", BAD, target="i-1")


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (execution("Success", step()), None),
        (execution("CompletedWithSuccess"), None),
        (execution("Success", BAD), None),
        (execution("Failed", BAD), "execution e-1 of shop is Failed in step bad (aws:sleep): Step fails."),
        (execution("Failed", failure_message="no role"), "execution e-1 of shop is Failed: no role"),
        (execution("Rejected"), "execution e-1 of shop is Rejected"),
        (execution("Exited"), "execution e-1 of shop is Exited"),
        (
            execution("Failed", step("cause", "Failed", failure_message="x"), BAD, failure_message="x"),
            "execution e-1 of shop is Failed in step cause (aws:sleep): x",
        ),
        (execution("Success", scaled=True), "execution e-1 of shop ran nowhere: nothing matches its targets"),
        (
            execution("Success", scaled=True, children=(CHILD, execution("Success", target="i-2"))),
            "1 of 2 targets of execution e-1 of shop did not succeed: i-1: Failed in step bad (aws:sleep): Step fails.",
        ),
    ],
)
def test_a_failure_in_one_line(found: AutomationExecution, line: str | None) -> None:
    assert execution_failure(found) == line


def test_how_far_it_is() -> None:
    asking = execution("Waiting", current_step_name="ask", current_action="aws:approve")
    assert progress(asking) == "execution e-1 of shop is Waiting in step ask (aws:approve)"
    busy = execution("InProgress", step("i-1"), step("i-2", "InProgress"), step("i-3", "Pending"), scaled=True)
    assert progress(busy) == "execution e-1 of shop is InProgress: i-2 InProgress, i-3 Pending".replace(", ", "; ")


def test_long_messages_are_cut_and_lines_joined() -> None:
    assert shorten_message("a\n  b " + "x" * 900) == "a b " + "x" * 395 + "…"


def test_what_aws_does_not_list_is_missing() -> None:
    found = execution("Failed", BAD, parameters={"A": ["b"]}, children=(CHILD,), outputs={"bad.Output": ["x"]})
    complete, listed = execution_result(found), listed_result(found)
    assert set(complete) - set(listed) == {"parameters", "steps", "failed_steps", "children"}
    assert listed == {name: complete[name] for name in listed}
