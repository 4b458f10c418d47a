"""What the tests of associations share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ONE, TWO, THREE, FOUR = (f"i-0000000000000000{number}" for number in range(1, 5))


def runs(ssm: Any, association_id: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return ssm.describe_association_executions(AssociationId=association_id)["AssociationExecutions"][::-1]


def finished(ssm: Any, eventually: Callable[..., Any], association_id: str, count: int = 1) -> list[dict[str, Any]]:
    def look() -> Any:
        seen = runs(ssm, association_id)
        over = [run for run in seen if run["Status"] not in ("Pending", "InProgress")]
        return over if len(over) >= count else None

    return eventually(look)


def targets(ssm: Any, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = ssm.describe_association_execution_targets(
        AssociationId=run["AssociationId"], ExecutionId=run["ExecutionId"]
    )["AssociationExecutionTargets"]
    return {item["ResourceId"]: item for item in found}
