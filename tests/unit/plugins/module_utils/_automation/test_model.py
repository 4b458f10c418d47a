from __future__ import annotations

import botocore.session
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._automation.model import ENDED, FAILED, SUCCEEDED

SSM = botocore.session.get_session().get_service_model("ssm")
IN_PROGRESS = {
    "Pending",
    "InProgress",
    "Waiting",
    "Cancelling",
    "PendingApproval",
    "Approved",
    "Scheduled",
    "RunbookInProgress",
    "PendingChangeCalendarOverride",
    "ChangeCalendarOverrideApproved",
}


def test_every_status_of_aws_is_known() -> None:
    known = set(SSM.shape_for("AutomationExecutionStatus").enum)
    assert known == ENDED | IN_PROGRESS
    assert not ENDED & IN_PROGRESS
    assert not SUCCEEDED & FAILED
