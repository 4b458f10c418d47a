"""What a scripted node is asked and answers, and what an ordinary one answers to AWS's own documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.api.testing.scripted_node import ScriptedNode

HOOKS_DOCUMENT = "AWS-RunPatchBaselineWithHooks"
FINALLY = "CustomerProvidedOnExitHook"


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step of a document comes to."""

    status: str = "Success"
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """One command, as the node got it."""

    node: ScriptedNode
    command_id: str
    document: str
    parameters: dict[str, Any]
    content: dict[str, Any]
    # Where the whole output goes; no bucket: nowhere.
    bucket: str = ""
    prefix: str = ""

    @property
    def steps(self) -> list[str]:
        return [step["name"] for step in self.content.get("mainSteps", [])]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a script answers: a Step for each step name (a missing one succeeds), and the whole's status.

    ``status`` None: Failed, TimedOut or Cancelled when a step is, else Success.
    """

    steps: dict[str, Step] = field(default_factory=dict)
    status: str | None = None
    trace: str = ""


Script = Callable[[Job], Reply]
SKIPPED = Step(status="Skipped", stdout="Step execution skipped.")


def behave(job: Job) -> Reply:
    """What an ordinary node does with AWS's documents; every step of any other document succeeds."""
    if job.document == "AWS-RunShellScript":
        return Reply(steps=dict.fromkeys(job.steps, job.node.shell(job.parameters["commands"])))
    if job.document == "AWS-RunPatchBaseline":
        return _patch(job)
    if job.document == HOOKS_DOCUMENT:
        return _patch_with_hooks(job)
    return Reply()


def _patch(job: Job) -> Reply:
    node, operation = job.node, job.parameters["Operation"]
    option = job.parameters.get("RebootOption", "RebootIfNeeded")
    if operation == "Install":
        node.install()
        if option == "RebootIfNeeded" and node.pending_reboot:
            node.reboot()
    node.report_patches(operation, job.parameters.get("SnapshotId", ""), option)
    return Reply()


def _patch_with_hooks(job: Job) -> Reply:
    node, snapshot = job.node, job.parameters.get("SnapshotId", "")
    node.report_patches("Scan", snapshot)
    reboots = job.parameters.get("RebootOption", "RebootIfNeeded") == "RebootIfNeeded"
    install = job.parameters["Operation"] == "Install"
    if not install or (not node.missing and not (node.pending_reboot and reboots)):
        return _cut_short(job, "VerifyLocalPatchStatesLinux", install)
    node.install()
    node.report_patches("Install", snapshot)
    if not reboots:
        return _cut_short(job, "VerifyIfShouldRebootLinux", install)
    node.reboot()
    node.report_patches("Install", snapshot, "RebootIfNeeded")
    return Reply(steps={name: SKIPPED for name in job.steps if name.endswith("Windows")})


def _cut_short(job: Job, at: str, install: bool) -> Reply:
    """Step ``at`` ends with 168: every later one is skipped, save the hook on exit of an install."""
    steps = dict.fromkeys(job.steps[job.steps.index(at) + 1 :], SKIPPED)
    steps |= {name: SKIPPED for name in job.steps if name.endswith("Windows")}
    if install:
        steps[FINALLY] = Step()
    steps[at] = Step(code=168, stdout="Nothing to do: the remaining steps are skipped.")
    return Reply(steps=steps)
