# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._aws.client import AnsibleAWSModule, connect
from ._aws.context import Context
from ._common.errors import PatchingError
from ._common.options import wait_spec
from ._common.wait import Deadline, PollInterval

__all__ = [
    "AnsibleAWSModule",
    "Result",
    "connect",
    "context",
    "deadline",
    "poll_interval",
    "report",
    "run",
    "wait_spec",
]

Result = dict[str, Any]


def run(run_module: Callable[[AnsibleAWSModule], Result], argument_spec: dict[str, Any], **options: Any) -> None:
    """Build the module, call ``run_module``, exit. This is the one place where an exception becomes fail_json.

    :param run_module: gets the module and returns the result; raises PatchingError for what the operator must know.
    :param options: of AnsibleModule, as ``required_if``. Check mode is supported unless they say otherwise.
    """
    module = AnsibleAWSModule(argument_spec=argument_spec, **{"supports_check_mode": True, **options})
    try:
        result = run_module(module)
    except PatchingError as error:
        module.fail_json(msg=str(error), code=error.code, **error.details)
    module.exit_json(**result)


def deadline(module: AnsibleAWSModule) -> Deadline:
    """The one deadline of this module run, from ``wait_timeout``."""
    return Deadline.after(module.params["wait_timeout"])


def poll_interval(module: AnsibleAWSModule) -> PollInterval:
    """The polling interval of this module run, from ``poll_interval``."""
    return PollInterval(initial=module.params["poll_interval"])


def context(module: AnsibleAWSModule, service: str = "ssm") -> Context:
    """The context of this module run: a client of one service, and the options of :func:`wait_spec`."""
    return Context(
        client=connect(module, service),
        deadline=deadline(module),
        interval=poll_interval(module),
        wait=module.params["wait"],
    )


def report(before: Any, after: Any, **result: Any) -> Result:
    """A result whose ``changed`` and ``diff`` come from the same two values, so that they cannot disagree."""
    return {"changed": before != after, "diff": {"before": before, "after": after}, **result}
