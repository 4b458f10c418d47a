# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action.normal import ActionModule as RunModule
from ansible_collections.amazon.aws.plugins.doc_fragments import common, region


class ShortWay(RunModule):
    """An action that returns a certain result without its module, and runs the module in every other case.

    A module run takes about a second. The arguments are validated by the module's own argument spec first, so that this
    action accepts nothing that the module would refuse. The module reports what is wrong with invalid arguments.
    """

    # The module's argument spec, without amazon.aws's connection options.
    ARGUMENT_SPEC: ClassVar[dict[str, Any]]

    @abstractmethod
    def certain_result(self, params: dict[str, Any]) -> dict[str, Any] | None:
        """The task's result, from valid arguments with their defaults; None when the module has to run."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        params = valid_params(self.ARGUMENT_SPEC, self._task.args)
        result: dict[str, Any] | None = None if params is None else self.certain_result(params)
        return super().run(tmp, task_vars) if result is None else result


def valid_params(argument_spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the module would have as params, or None when it would refuse the arguments."""
    validator = ArgumentSpecValidator({**_CONNECTION_OPTIONS, **argument_spec}, mutually_exclusive=_MUTUALLY_EXCLUSIVE)
    result = validator.validate(dict(arguments))
    params: dict[str, Any] = result.validated_parameters
    return None if result.error_messages else params


def _connection_options() -> dict[str, Any]:
    """The argument spec of the options that every module of amazon.aws takes, as region and profile.

    It comes from amazon.aws's documentation: its argument spec can only be imported together with boto3.
    """
    documented: dict[str, Any] = {}
    for fragment in (common, region):
        documented |= yaml_load(fragment.ModuleDocFragment.MODULES)["options"]
    return {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documented.items()
    }


# amazon.aws refuses these when it connects.
_MUTUALLY_EXCLUSIVE = [("profile", name) for name in ("access_key", "secret_key", "session_token")]
# Ansible imports an action plugin before it forks a worker for each host, so this is read once for all of them.
_CONNECTION_OPTIONS = _connection_options()
