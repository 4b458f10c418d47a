# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import VERDICT_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.report import (
    certain_verdict,
    execution_verdict,
    refusal,
)
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._short_way import ShortWay


class ActionModule(ShortWay):
    """Judge a patch run that has reported everything, and only good things, or the patch run alone with
    O(execution_only). Everything else is the module's."""

    ARGUMENT_SPEC = VERDICT_SPEC

    def certain_result(self, params: dict[str, Any]) -> dict[str, Any] | None:
        if params["execution_only"] and not self._task.check_mode:
            judged = execution_verdict(params["execution_target"])
            failure = {"failed": True, "code": "verdict_not_ok", "msg": refusal(params["instance_id"], judged)}
            return {"changed": False, "verdict": judged, **({} if judged["ok"] else failure)}
        verdict = None if self._task.check_mode else certain_verdict(params)
        return verdict and {"changed": False, "verdict": verdict}
