# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import (
    PatchingError,
    Problem,
)
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._judge import Judge
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._run_variables import RunVariables
from ansible_collections.steadyfleet.aws_patching.plugins.plugin_utils._specs import load_specs

SPEC = {
    "playbook": {"type": "str", "required": True},
    "roles": {"type": "list", "elements": "str", "required": True},
}
# What every playbook of the collection pins in playbooks/vars/controller.yml, and which only -e and set_fact override.
PINNED = {"ansible_connection": ("local", "ansible.builtin.local"), "ansible_become": (False,)}


class ActionModule(ActionBase):
    """Judge every setting of a run, on the controller, once for all hosts."""

    BYPASS_HOST_LOOP = True
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, params = self.validate_argument_spec(SPEC)
        if self._is_deselected(variables):
            return {"changed": False, "skipped": True, "skip_reason": "The tags of this run leave the playbook out"}
        specs = load_specs(self._loader, params["playbook"], params["roles"])
        judge = Judge(RunVariables(self._task, self._loader, specs.defaults), specs, params["roles"])
        problems = [*self._tag_problems(variables), *self._pin_problems(variables), *judge.problems()]
        result = {"changed": False, "hosts": judge.names, "warnings": judge.warnings()}
        return {**result, **failure(problems)} if problems else result

    def _is_deselected(self, variables: dict[str, Any]) -> bool:
        """Whether the user has given the playbook tags, and this run leaves them out.

        The task itself has the tag always. The other tasks have the tags of C(import_playbook), and no others.
        """
        others = self._without_tags()
        return bool(others.tags) and not self._is_selected(others, variables)

    def _tag_problems(self, variables: dict[str, Any]) -> list[Problem]:
        if self._is_selected(self._without_tags(), variables):
            return []
        message = (
            "--tags and --skip-tags (and their settings in ansible.cfg) leave all steps of this playbook out: run it "
            "without them, or give import_playbook a tag"
        )
        return [Problem(message, "tags_given")]

    def _without_tags(self) -> Any:
        task = self._task.copy()
        task.tags = []
        return task

    def _is_selected(self, task: Any, variables: dict[str, Any]) -> bool:
        play = self._task.get_play()
        selected: bool = task.evaluate_tags(play.only_tags, play.skip_tags, all_vars=variables)
        return selected

    def _pin_problems(self, variables: dict[str, Any]) -> list[Problem]:
        problems = []
        for name, allowed in PINNED.items():
            try:
                value = self._templar.template(variables.get(name, allowed[0]))
            except AnsibleError:
                value = "a template that fails"
            if value not in allowed:
                message = (
                    f"{name} must be {str(allowed[0]).lower()}, because every task of this playbook runs on the "
                    f"controller, not {str(value)!r}: remove it from -e or set_fact"
                )
                problems.append(Problem(message, "controller_overridden"))
        return problems


def failure(problems: list[Problem]) -> dict[str, Any]:
    """The result that refuses a run, with one line for each problem."""
    error = PatchingError("\n".join(each.message for each in problems), code=problems[0].code)
    return {
        "failed": True,
        "msg": str(error),
        "code": error.code,
        "problems": [{"message": each.message, "code": each.code} for each in problems],
    }
