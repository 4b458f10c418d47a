from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Step


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
def test_a_skipped_step_is_distinguished_from_one_that_ran(step: Step, skipped: bool) -> None:
    assert step.skipped is skipped
    assert step.as_dict()["skipped"] is skipped


@pytest.mark.parametrize(
    ("output", "truncated"),
    [("short", False), ("x" * 2499, False), ("x" * 2500, True), ("x\n---Output truncated---", True)],
)
def test_a_truncated_output_is_recognized(output: str, truncated: bool) -> None:
    assert Step(name="s", status="Failed", output=output).truncated is truncated
