# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._aws.client import AnsibleAWSModule, connect
from ._common.errors import PatchingError
from ._common.wait import Deadline, Pace

__all__ = ["WAIT_SPEC", "AnsibleAWSModule", "connect", "deadline", "pace", "report", "run"]

WAIT_SPEC: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 3600},
    "poll_interval": {"type": "float", "default": 5.0},
}

Result = dict[str, Any]


def run(body: Callable[[AnsibleAWSModule], Result], argument_spec: dict[str, Any], **options: Any) -> None:
    """A module's whole life: build it, run ``body``, exit. The one place where an exception becomes fail_json.

    :param body: gets the module and returns the result; raises PatchingError for whatever the operator must know.
    :param options: of AnsibleModule, as ``required_if``; check mode is on unless told otherwise.
    """
    module = AnsibleAWSModule(argument_spec=argument_spec, **{"supports_check_mode": True, **options})
    try:
        result = body(module)
    except PatchingError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(**result)


def deadline(module: AnsibleAWSModule) -> Deadline:
    """The one deadline of this call, from ``wait_timeout``."""
    return Deadline.after(module.params["wait_timeout"])


def pace(module: AnsibleAWSModule, not_before: float = 0.0) -> Pace:
    """How often this call looks, from ``poll_interval``."""
    return Pace(first=module.params["poll_interval"], not_before=not_before)


def report(before: Any, after: Any, **result: Any) -> Result:
    """A result whose ``changed`` and ``diff`` are told by the same two values, so that they cannot disagree."""
    return {"changed": before != after, "diff": {"before": before, "after": after}, **result}
