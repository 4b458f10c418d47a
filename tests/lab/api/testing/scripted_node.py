"""Nodes for tests: an agent as a thread, its ordinary answers, and scripts for other answers."""

from __future__ import annotations

import datetime
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError
from lab.api.moto_bridge import buckets
from lab.api.server import LabApi
from lab.node.ssm_agent.output_keys import output_key

HOOKS_DOCUMENT = "AWS-RunPatchBaselineWithHooks"
FINALLY = "CustomerProvidedOnExitHook"


@dataclass(frozen=True, kw_only=True)
class Step:
    """The result of one step of a document."""

    status: str = "Success"
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """One command as the node received it."""

    node: ScriptedNode
    command_id: str
    document: str
    parameters: dict[str, Any]
    content: dict[str, Any]
    # The bucket for the whole output; empty when it is not uploaded.
    bucket: str = ""
    prefix: str = ""

    @property
    def steps(self) -> list[str]:
        return [step["name"] for step in self.content.get("mainSteps", [])]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A script's answer: a Step for each step name (a missing one succeeds), and the command's status.

    Without a ``status`` it is Failed, TimedOut or Cancelled if a step is, else Success.
    """

    steps: dict[str, Step] = field(default_factory=dict)
    status: str | None = None
    trace: str = ""


Script = Callable[[Job], Reply]
SKIPPED = Step(status="Skipped", stdout="Step execution skipped.")


class ScriptedNode:
    """An instance's agent as a thread. Without a script it scans, installs, reboots and runs hooks as a real one would.

    Set ``missing``, ``pending_reboot`` or ``boot_id`` between commands to change its state. Set ``shell`` to answer
    AWS-RunShellScript, and ``scripts[document]`` (or ``script`` for all documents) to answer a document.
    """

    def __init__(self, instance_id: str, script: Script | None = None, *, api: LabApi | None = None) -> None:
        self.instance_id = instance_id
        self.script = script
        self.scripts: dict[str, Script] = {}
        self.shell: Callable[[list[str]], Step] = lambda _commands: Step(stdout=f"{self.boot_id}\n")
        self.agent_version = "3.3.2746.0"
        self.boot_id = str(uuid.uuid4())
        self.missing = 2
        self.installed = 10
        self.failed = 0
        self.pending_reboot = 0
        self.jobs: list[Job] = []
        # A cancellation does not reach into the documents that a document runs.
        self.obeys_cancel = True
        self.released = threading.Event()
        self.released.set()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._api = api

    def start(self, api: LabApi | None = None) -> ScriptedNode:
        self._api = api or self._api
        self._stopped.clear()
        self.ping()
        self._thread = threading.Thread(target=self._poll_messages, name=f"node-{self.instance_id}", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Go offline: no more pings or polls. Commands that run are never answered."""
        self._stopped.set()
        self.released.set()
        if self._api is not None:
            with self._api.region.engine.changed:
                self._api.region.engine.changed.notify_all()

    def hold(self) -> None:
        """Accept commands and report InProgress, but continue only after `release`."""
        self.released.clear()

    def release(self) -> None:
        self.released.set()

    def ping(self) -> None:
        self._call(
            "ssm",
            "UpdateInstanceInformation",
            InstanceId=self.instance_id,
            AgentName="amazon-ssm-agent",
            AgentVersion=self.agent_version,
            AgentStatus="Active",
            PlatformType="Linux",
            PlatformName="Debian GNU/Linux",
            PlatformVersion="12",
            ComputerName=self.instance_id,
        )

    def reboot(self) -> None:
        self.boot_id = str(uuid.uuid4())
        self.pending_reboot = 0

    def report_patches(self, operation: str, snapshot_id: str = "", reboot_option: str = "NoReboot") -> None:
        """Report patches as AWS-RunPatchBaseline does at its end."""
        moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        summary = {
            "BaselineId": "pb-0123456789abcdef0",
            "SnapshotId": snapshot_id or str(uuid.uuid4()),
            "InstalledCount": str(self.installed),
            "InstalledOtherCount": "0",
            "InstalledPendingRebootCount": str(self.pending_reboot),
            "InstalledRejectedCount": "0",
            "MissingCount": str(self.missing),
            "FailedCount": str(self.failed),
            "NotApplicableCount": "0",
            "OperationType": operation,
            "OperationStartTime": moment,
            "OperationEndTime": moment,
            "RebootOption": reboot_option,
        }
        item = {
            "TypeName": "AWS:PatchSummary",
            "SchemaVersion": "1.0",
            "CaptureTime": moment[:19] + "Z",
            "Content": [summary],
        }
        details = {**item, "TypeName": "AWS:ComplianceItem", "Content": self._patches(moment)}
        self._call("ssm", "PutInventory", InstanceId=self.instance_id, Items=[item, details])

    def _patches(self, moment: str) -> list[dict[str, str]]:
        """The single patches behind the counts. Every second one is Important."""
        counts = {
            "Missing": self.missing,
            "Failed": self.failed,
            "InstalledPendingReboot": self.pending_reboot,
            "Installed": self.installed - self.pending_reboot,
        }
        states = [state for state, count in counts.items() for _ in range(count)]
        return [
            {
                "Id": f"package-{number}",
                "Title": f"package-{number}:1.1",
                "PatchState": state,
                "PatchSeverity": ("Important", "Low")[number % 2],
                "Classification": "Security",
                "InstalledTime": moment if state.startswith("Installed") else "",
                "CVEIds": f"CVE-2026-{number:04}",
            }
            for number, state in enumerate(states)
        ]

    def install(self) -> None:
        """Install all missing patches; all of them need a reboot."""
        self.installed += self.missing
        self.pending_reboot += self.missing
        self.missing = 0

    def _call(self, service: str, action: str, **params: Any) -> dict[str, Any]:
        assert self._api is not None
        return self._api.call(service, action, params, source="node")

    def _poll_messages(self) -> None:
        while self._wait_for_message():
            got = self._call(
                "ec2messages", "GetMessages", Destination=self.instance_id, MessagesRequestId=str(uuid.uuid4())
            )
            for message in got["Messages"]:
                self._receive(message)

    def _wait_for_message(self) -> bool:
        """Wait for a message, with a ping now and then; returns False when the node or the lab has ended."""
        assert self._api is not None
        region = self._api.region
        while True:
            with region.engine.changed:
                region.engine.changed.wait_for(self._has_message_or_ended, region.settings.api.ping_lost / 3)
                if self._stopped.is_set() or region.engine.ended:
                    return False
                if region.commands.queue.visible_in(self.instance_id) == 0:
                    return True
            self.ping()

    def _has_message_or_ended(self) -> bool:
        assert self._api is not None
        region = self._api.region
        waits = region.commands.queue.visible_in(self.instance_id) == 0
        return waits or self._stopped.is_set() or region.engine.ended

    def _receive(self, message: dict[str, str]) -> None:
        self._call("ec2messages", "AcknowledgeMessage", MessageId=message["MessageId"])
        payload = json.loads(message["Payload"])
        if "sendCommand" not in message["Topic"]:
            if self.obeys_cancel:
                self._send(payload["CancelMessageId"], {}, "Cancelled")
            return
        job = Job(
            node=self,
            command_id=payload["CommandId"],
            document=payload["DocumentName"],
            parameters=payload["Parameters"],
            content=payload["DocumentContent"],
            bucket=payload["OutputS3BucketName"],
            prefix=payload["OutputS3KeyPrefix"],
        )
        self.jobs.append(job)
        # Each command has a thread, so that a cancel arrives while another command is held.
        threading.Thread(target=self._run, args=(job, message["MessageId"]), daemon=True).start()

    def _run(self, job: Job, message_id: str) -> None:
        self._send(message_id, {}, "InProgress")
        self.released.wait()
        if self._stopped.is_set():
            return
        try:
            reply = (self.scripts.get(job.document) or self.script or behave)(job)
            steps = {name: reply.steps.get(name, Step()) for name in job.steps}
            for name, step in steps.items():
                time.sleep(step.seconds)
                self._upload(job, name, step)
                self._send(message_id, {name: step}, "InProgress")
            final = steps if len(steps) == 1 else {}
            self._send(message_id, final, reply.status or _status(steps.values()), reply.trace)
        except ApiError as error:
            self._send(message_id, {}, "Failed", str(error))

    def _upload(self, job: Job, name: str, step: Step) -> None:
        assert self._api is not None
        account = self._api.region.account
        action = next(one["action"] for one in job.content["mainSteps"] if one["name"] == name)
        for stream, text in (("stdout", step.stdout), ("stderr", step.stderr)):
            if text and job.bucket and buckets.has_bucket(account, job.bucket):
                key = output_key(job.prefix, job.command_id, self.instance_id, action, name, stream)
                buckets.put(account, job.bucket, key, text)

    def _send(self, message_id: str, steps: dict[str, Step], status: str, trace: str = "") -> None:
        moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        payload = {
            "additionalInfo": {"agent": {"name": "amazon-ssm-agent", "version": self.agent_version}},
            "documentStatus": status,
            "documentTraceOutput": trace,
            "runtimeStatus": {name: _runtime(name, step, moment) for name, step in steps.items()},
        }
        text = json.dumps(payload)
        self._call("ec2messages", "SendReply", MessageId=message_id, Payload=text, ReplyId=str(uuid.uuid4()))


def _status(steps: Iterable[Step]) -> str:
    found = {step.status for step in steps}
    return next((status for status in ("Failed", "TimedOut", "Cancelled") if status in found), "Success")


def _runtime(name: str, step: Step, moment: str) -> dict[str, Any]:
    output = step.stdout + (f"\n----------ERROR-------\n{step.stderr}" if step.stderr else "")
    return {
        "status": step.status,
        "code": step.code,
        "name": "aws:runShellScript",
        "output": output[:2500],
        "startDateTime": moment,
        "endDateTime": moment,
        "stepName": name,
        "standardOutput": step.stdout,
        "standardError": step.stderr,
    }


def behave(job: Job) -> Reply:
    """The answer of an ordinary node to AWS's documents. Every step of any other document succeeds."""
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
    """Step ``at`` exits with 168, which skips all later steps except the hook on exit of an install."""
    steps = dict.fromkeys(job.steps[job.steps.index(at) + 1 :], SKIPPED)
    steps |= {name: SKIPPED for name in job.steps if name.endswith("Windows")}
    if install:
        steps[FINALLY] = Step()
    steps[at] = Step(code=168, stdout="Nothing to do: the remaining steps are skipped.")
    return Reply(steps=steps)
