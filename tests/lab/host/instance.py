"""An instance as the lab sees it from outside: its boots, one after another, and what can be done to it."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ..settings import Settings
from . import image, network, rootfs
from .commands import SYSTEM_PATH, LabError, find
from .init import REBOOT
from .layout import REPOSITORY, RUN, InstancePlan

STATE_FOLDER = "/var/lib/amazon/ssm"
# Where an instance sees the setting agent.folder.
AGENT_FOLDER_INSIDE = "/usr/local/lib/lab-agent"


class Boot:
    """One boot: a process that has moved into its own namespaces, plugged into the bridge."""

    def __init__(self, plan: InstancePlan, settings: Settings, log: Path, **details: Any) -> None:
        file = RUN / f"{plan.instance_id}.json"
        length = ipaddress.ip_network(settings.network.cidr).prefixlen
        file.write_text(json.dumps({"name": plan.name, "ip": plan.ip, "prefix_length": length, **details}))
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-m", "lab.host.boot", str(file)],
                env={**_python_environment(), "PATH": SYSTEM_PATH, "PYTHONPATH": str(REPOSITORY / "tests")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise LabError(f"{plan.instance_id} does not boot: see {log}")
        self.pid: int = json.loads(line)["pid"]
        network.plug_in(plan, self.pid)
        self.say("network")

    def say(self, word: str) -> None:
        stdin = _pipe(self._process.stdin)
        stdin.write(f"{word}\n")
        stdin.flush()

    def wait(self) -> int:
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()
        return code

    def kill(self) -> None:
        self._process.kill()


def _python_environment() -> dict[str, str]:
    name = "PYTHONPYCACHEPREFIX"
    return {name: os.environ[name]} if name in os.environ else {"PYTHONDONTWRITEBYTECODE": "1"}


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def provision(settings: Settings, programs: image.Programs, debs: Path, log: Path) -> Callable[..., None]:
    """What `image.ensure` boots: a machine outside the fleet that runs the given commands."""
    base = ".".join(settings.network.gateway.split(".")[:2])
    plan = InstancePlan(number=0, instance_id="image", name="image", zone="", ip=f"{base}.250.1")

    def boot(disk: rootfs.Disk, commands: list[list[str]]) -> None:
        binds = {**programs.binds(), str(debs): image.PACKAGES_INSIDE}
        details = {
            "disk": str(disk.base),
            "binds": binds,
            "environment": image.LOGIN_ENVIRONMENT,
            "provision": commands,
        }
        if Boot(plan, settings, log, **details).wait() != 0:
            raise LabError(f"the instances' image could not be made: see {log}")

    return boot


class Instance:
    """`emit` reports each boot and reboot; `run` is a thread's body and boots until `stop`."""

    def __init__(
        self, plan: InstancePlan, settings: Settings, programs: image.Programs, log: Path, emit: Callable[..., None]
    ) -> None:
        self.plan = plan
        self.disk = rootfs.Disk(RUN / plan.instance_id)
        self.failed: str | None = None
        self._settings = settings
        self._programs = programs
        self._log = log
        self._emit = emit
        self._boot: Boot | None = None
        self._stopping = threading.Event()

    @property
    def pid(self) -> int:
        if self._boot is None:
            raise LabError(f"{self.plan.instance_id} is rebooting: try again")
        return self._boot.pid

    def run(self, source: Path) -> None:
        try:
            image.copy_for(source, self.plan, self.disk)
            (self.disk.root / STATE_FOLDER.lstrip("/")).mkdir(parents=True)
            while not self._stopping.is_set():
                self._one_boot()
        except (LabError, OSError) as error:
            self.failed = f"{self.plan.instance_id}: {error}"

    def _one_boot(self) -> None:
        self._emit("boot", instance_id=self.plan.instance_id)
        self._boot = Boot(
            self.plan,
            self._settings,
            self._log,
            disk=str(self.disk.base),
            binds=self._binds(),
            environment=image.SERVICE_ENVIRONMENT,
            services=self._services(),
        )
        code = self._boot.wait()
        self._boot = None
        if not self._stopping.is_set():
            reason = "asked for" if code == REBOOT else f"first process ended with {code}"
            self._emit("reboot", instance_id=self.plan.instance_id, reason=reason)
            self._stopping.wait(self._settings.instance.boot_seconds)

    def _binds(self) -> dict[str, str]:
        folder = self._settings.agent.folder
        return {**self._programs.binds(), **({folder: AGENT_FOLDER_INSIDE} if folder else {})}

    def _services(self) -> dict[str, list[str]]:
        agent = self._other_agent() if self._settings.agent.program else self._agent()
        return {"agent": agent, "pm2": ["/usr/bin/env", "PM2_HOME=/root/.pm2", "/usr/local/bin/pm2", "resurrect"]}

    def _other_agent(self) -> list[str]:
        """The command of the setting agent.program. What it must know is in its environment and in its words."""
        told = {
            "endpoint": self._settings.network.api_endpoint,
            "instance_id": self.plan.instance_id,
            "region": self._settings.account.region,
            "state_folder": STATE_FOLDER,
            "folder": AGENT_FOLDER_INSIDE,
        }
        variables = {
            "AWS_ENDPOINT_URL": told["endpoint"],
            "AWS_REGION": told["region"],
            "LAB_INSTANCE_ID": told["instance_id"],
            "LAB_STATE_FOLDER": told["state_folder"],
        }
        words = [word.format_map(told) for word in self._settings.agent.program]
        return ["/usr/bin/env", *(f"{name}={value}" for name, value in variables.items()), *words]

    def _agent(self) -> list[str]:
        agent = self._settings.agent
        return [
            "/usr/local/bin/lab-python", f"{image.NODE_FOLDER_INSIDE}/agent.py",
            "--endpoint", self._settings.network.api_endpoint,
            "--instance-id", self.plan.instance_id,
            "--state-dir", STATE_FOLDER,
            "--region", self._settings.account.region,
            "--ip-address", self.plan.ip,
            "--agent-version", agent.version,
            "--ping-interval", str(agent.ping_interval),
            "--retry-pause", str(agent.retry_pause),
            "--orphan-resume", str(agent.orphan_resume),
            "--message-pause", str(agent.message_pause),
        ]  # fmt: skip

    def execute(self, command: list[str], seconds: float = 60) -> dict[str, Any]:
        """Run a command inside, as its root, and say how it ended."""
        enter = [find("nsenter"), "--target", str(self.pid), "--mount", "--pid", "--net", "--uts", "--ipc", "--root"]
        done = subprocess.run(
            [*enter, "--wd", "--", *command],
            env=image.LOGIN_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return {"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}

    def break_application(self, on: bool) -> None:
        mark = self.disk.root / "var/lib/shop/app-broken"
        if on:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def stop_agent(self, on: bool) -> None:
        if self._boot is None:
            raise LabError(f"{self.plan.instance_id} is rebooting: try again")
        self._boot.say("agent-off" if on else "agent-on")

    def reboot(self) -> None:
        if self._boot is not None:
            self._boot.say("reboot")

    def cut_power(self) -> None:
        """End the boot without asking anybody."""
        if self._boot is not None:
            self._boot.kill()

    def stop(self) -> None:
        self._stopping.set()
        self.cut_power()
        if self.failed is None:
            shutil.rmtree(self.disk.base, ignore_errors=True)
