# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-statuses.html
# The statuses that are longer than a word belong to change requests and runbook workflows. Exited is a loop that a step
# has left, so it is no failure of a step.
SUCCEEDED = frozenset({"Success", "CompletedWithSuccess"})
FAILED = frozenset(
    {"Failed", "TimedOut", "Cancelled", "Rejected", "ChangeCalendarOverrideRejected", "CompletedWithFailure"}
)
ENDED = SUCCEEDED | FAILED | {"Exited"}


@dataclass(frozen=True, kw_only=True)
class AutomationRequest:
    """The request of StartAutomationExecution."""

    # By the options' names. A field that is not set is absent.
    fields: dict[str, Any]
    tags: dict[str, str]
    client_token: str | None

    def as_dict(self) -> dict[str, Any]:
        token = {"client_token": self.client_token} if self.client_token else {}
        return {**self.fields, **token, **({"tags": self.tags} if self.tags else {})}

    @property
    def document_name(self) -> str:
        return str(self.fields["document_name"])

    @property
    def document_version(self) -> str:
        return str(self.fields.get("document_version", "$DEFAULT"))

    @property
    def parameters(self) -> dict[str, list[str]]:
        return dict(self.fields.get("parameters", {}))

    @property
    def target_parameters(self) -> frozenset[str]:
        """The parameters that get their values from targets."""
        names = {name for one in self.fields.get("target_maps", []) for name in one}
        target_parameter = self.fields.get("target_parameter_name")
        return frozenset(names | ({target_parameter} if target_parameter else set()))


@dataclass(frozen=True, kw_only=True)
class AutomationStep:
    name: str
    action: str
    status: str
    step_execution_id: str = ""
    started_at: str | None = None
    ended_at: str | None = None
    response_code: str | None = None
    response: str | None = None
    failure_message: str | None = None
    outputs: dict[str, list[str]] = field(default_factory=dict)
    is_critical: bool | None = None
    on_failure: str | None = None
    next_step: str | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def failed(self) -> bool:
        return self.status in FAILED

    @property
    def started(self) -> bool:
        return self.started_at is not None


@dataclass(frozen=True, kw_only=True)
class AutomationExecution:
    execution_id: str
    status: str
    document_name: str = ""
    document_version: str = ""
    mode: str = "Auto"
    started_at: str | None = None
    ended_at: str | None = None
    failure_message: str | None = None
    current_step_name: str | None = None
    current_action: str | None = None
    parent_execution_id: str | None = None
    target: str | None = None
    target_parameter_name: str | None = None
    resolved_targets: tuple[str, ...] = ()
    # Whether it has targets, target maps or locations: then its steps are executions of their own.
    scaled: bool = False
    steps_truncated: bool = False
    parameters: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)
    steps: tuple[AutomationStep, ...] = ()
    children: tuple[AutomationExecution, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCEEDED

    @property
    def between_steps(self) -> bool:
        """Whether an interactive execution waits for the signal to start the next step."""
        return self.mode == "Interactive" and self.status == "Waiting"

    def step(self, name: str) -> AutomationStep | None:
        return next((step for step in self.steps if step.name == name), None)
