from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association.report import (
    outcome_failures,
    predicted_result,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Invocation, Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.outcome import (
    Execution,
    Outcome,
    Target,
)


def execution(
    status: str = "Success", counts: dict[str, int] | None = None, number: int = 1, at: str = "2026-01-01"
) -> Execution:
    return Execution(execution_id=f"e-{number}", status=status, created_at=at, resource_count_by_status=counts or {})


def target(name: str = "i-1", status: str = "Success", details: str = "", ran: str | None = "Success") -> Target:
    step = Step(name="Install", status="Failed", response_code=2, output="no")
    invocation = (
        Invocation(command_id="c", instance_id=name, status=ran, steps=(step,) if ran == "Failed" else ())
        if ran
        else None
    )
    return Target(resource_id=name, status=status, detailed_status=details, output_id="c", invocation=invocation)


@pytest.mark.parametrize(
    ("outcome", "expected", "failures"),
    [
        pytest.param(Outcome(execution=execution(), targets=(target(),)), {"i-1"}, [], id="fine"),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(status="Failed", ran="Failed"), target("i-2"))),
            {"i-1", "i-2"},
            ["i-1: step Install Failed (exit code 2): no"],
            id="a step failed",
        ),
        pytest.param(
            Outcome(execution=execution(), targets=(target(ran="Failed"),)),
            set(),
            ["i-1: step Install Failed (exit code 2): no"],
            id="the command knows better than the target",
        ),
        pytest.param(
            Outcome(
                execution=execution("Failed"), targets=(target(status="Failed", details="AccessDenied", ran=None),)
            ),
            set(),
            ["i-1: Failed (AccessDenied)"],
            id="failed before any command",
        ),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(status="Skipped", ran=None),)),
            set(),
            ["i-1: Skipped"],
            id="skipped is no success",
        ),
        pytest.param(
            Outcome(execution=execution(), targets=(target(),)),
            {"i-1", "i-2"},
            ["i-2: AWS has no result for it"],
            id="a named node is missing",
        ),
        pytest.param(
            Outcome(execution=execution(), targets=(target(ran=None),)),
            set(),
            ["i-1: AWS has no result for it"],
            id="a success whose command has no result",
        ),
        pytest.param(
            Outcome(execution=execution("Skipped"), targets=()),
            set(),
            ["execution e-1 is Skipped, and it ran on no target"],
            id="nobody",
        ),
        pytest.param(
            Outcome(execution=execution("Failed"), targets=(target(),)),
            {"i-1"},
            ["execution e-1 is Failed"],
            id="a failure that no target explains",
        ),
    ],
)
def test_why_a_run_did_not_succeed(outcome: Outcome, expected: set[str], failures: list[str]) -> None:
    assert list(outcome_failures(outcome, frozenset(expected))) == failures


def test_a_prediction_has_what_aws_adds() -> None:
    predicted = predicted_result({"AssociationId": "a-1"}, {"document_name": "doc", "max_errors": ""}, {"Team": "shop"})
    assert predicted == {
        "association_id": "a-1",
        "document_name": "doc",
        "document_version": "$DEFAULT",
        "tags": {"Team": "shop"},
    }
