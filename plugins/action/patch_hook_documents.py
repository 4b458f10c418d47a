# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    PatchingError,
    raise_if_any,
)
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.hooks import setting_problems
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.options import HOOK_DOCUMENTS_SPEC
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._short_way import ShortWay


class ActionModule(ShortWay):
    """Judge settings with O(validate_only=true). Everything else is the module's."""

    ARGUMENT_SPEC = HOOK_DOCUMENTS_SPEC

    def certain_result(self, params: dict[str, Any]) -> dict[str, Any] | None:
        if not (params["validate_only"] and params["settings"]):
            return None
        try:
            raise_if_any(setting_problems(params["settings"]))
        except PatchingError as error:
            return {"changed": False, "failed": True, "msg": str(error), "code": error.code, **error.details}
        return {"changed": False}
