"""The runs of an association and their targets, as its tests read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ONE, TWO, THREE, FOUR = (f"i-0000000000000000{number}" for number in range(1, 5))


def association_runs(ssm: Any, association_id: str) -> list[dict[str, Any]]:
    """The association's executions, the oldest first."""
    return ssm.describe_association_executions(AssociationId=association_id)["AssociationExecutions"][::-1]


def finished_runs(
    ssm: Any, eventually: Callable[..., Any], association_id: str, count: int = 1
) -> list[dict[str, Any]]:
    """Wait until so many executions have ended, and return those that have, the oldest first."""

    def poll() -> Any:
        runs = association_runs(ssm, association_id)
        finished = [run for run in runs if run["Status"] not in ("Pending", "InProgress")]
        return finished if len(finished) >= count else None

    return eventually(poll)


def run_targets(ssm: Any, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The targets of an execution by their resource ids."""
    targets = ssm.describe_association_execution_targets(
        AssociationId=run["AssociationId"], ExecutionId=run["ExecutionId"]
    )["AssociationExecutionTargets"]
    return {target["ResourceId"]: target for target in targets}
