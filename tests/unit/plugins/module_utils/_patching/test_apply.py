"""The commands that patch_preflight and patch_verdict send, against an AWS that is a script."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.context import Context
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import WaitFailed
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.apply import (
    gather_evidence,
    scan_fleet,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.read import (
    PatchingContext,
    patching_context,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.verdict import Evidence
from unit.plugins.module_utils.scripted_aws import PACE, Aws, commands, shown

BEFORE = datetime(2026, 8, 1, tzinfo=UTC)
SENT = {"Command": {"CommandId": "c", "Status": "Pending"}}
NO_STATES: dict[str, list[Any]] = {"InstancePatchStates": []}


def context_of(aws: Aws) -> PatchingContext:
    context = Context(client=aws, deadline=aws.deadline(), interval=PACE)
    return patching_context(context, aws, lambda: aws, ledger_prefix="/ledger")


def test_a_node_that_the_cancelled_probe_never_reached_is_named() -> None:
    aws = Aws(
        {
            "send_command": [SENT],
            "list_command_invocations": [shown(("i-1", "Success"))],
            "list_commands": [commands("Cancelled", 2)],
        }
    )
    with pytest.raises(WaitFailed) as failed:
        scan_fleet(context_of(aws), {"i-1": None, "i-2": None}, "snapshot", scan=False)
    assert failed.value.code == "scan_failed"
    assert failed.value.details["problems"] == ["i-2: AWS has no result for it"]


def test_the_last_line_of_a_long_output_is_in_the_message() -> None:
    listed = shown(("i-1", "Failed"), output="x" * 2500)
    complete = {"StandardOutputContent": "x" * 3000, "StandardErrorContent": "no space left\n"}
    aws = Aws(
        {
            "send_command": [SENT],
            "list_command_invocations": [listed],
            "get_command_invocation": [complete],
            "describe_instance_patch_states": [NO_STATES],
        }
    )
    with pytest.raises(WaitFailed, match="no space left"):
        scan_fleet(context_of(aws), {"i-1": None}, "snapshot", scan=False)
    evidence = gather_evidence(
        context_of(aws), "i-1", Evidence(probe=None, patch_state=None, operation_after=BEFORE), 10, []
    )
    assert evidence.probe
    assert evidence.probe.failure
    assert "no space left" in evidence.probe.failure
