# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.plugins.action.normal import ActionModule as RunTheModule
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.verdict import beyond_doubt


class ActionModule(RunTheModule):
    """A patch run that has told everything, and only good things, is judged right here: a module run costs a second.

    Whatever has to be asked, is in doubt or is not what it should be, is the module's.
    """

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        verdict = None if self._task.check_mode else beyond_doubt(self._task.args)
        if verdict is None:
            result: dict[str, Any] = super().run(tmp, task_vars)
            return result
        return {"changed": False, "verdict": verdict}
