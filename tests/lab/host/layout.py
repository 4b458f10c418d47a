"""Where things of the lab are: in the repository, under build/, and inside its own mount namespace."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..settings import Settings

REPOSITORY = Path(__file__).resolve().parents[3]
NODE_FOLDER = REPOSITORY / "tests" / "lab" / "node"
TOOLS_NPM = REPOSITORY / "build" / "npm"
# What is built once and kept between starts.
CACHE = REPOSITORY / "build" / "cache" / "lab"
# A private tmpfs lies over /run in the lab's mount namespace: short enough for socket names, gone with the lab.
RUN = Path("/run/lab")


@dataclass(frozen=True)
class Layout:
    """The files of one lab below `base` (build/lab unless told otherwise)."""

    base: Path

    @property
    def state(self) -> Path:
        return self.base / "state.json"

    @property
    def lock(self) -> Path:
        return self.base / "lock"

    @property
    def control(self) -> Path:
        return self.base / "control.sock"

    @property
    def events(self) -> Path:
        return self.base / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.base / "lab.log"

    @property
    def repositories(self) -> Path:
        return self.base / "repositories"

    def instance_log(self, instance_id: str) -> Path:
        return self.base / f"{instance_id}.log"

    def clear(self) -> None:
        """Forget the last run."""
        self.base.mkdir(parents=True, exist_ok=True)
        for pattern in ("*.log", "*.jsonl", "*.sock", "state.json"):
            for path in self.base.glob(pattern):
                path.unlink()


@dataclass(frozen=True, kw_only=True)
class InstancePlan:
    """Who an instance is; the same for the same number in every lab."""

    number: int
    instance_id: str
    name: str
    zone: str  # the letter
    ip: str

    @property
    def mac(self) -> str:
        # Fixed, so that neighbours need not learn a new one after a reboot.
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.ip.split("."))


def plan_instances(settings: Settings, count: int) -> list[InstancePlan]:
    zones = settings.account.zones
    prefix = ".".join(settings.network.gateway.split(".")[:2])
    plans = []
    for number in range(1, count + 1):
        place = (number - 1) % len(zones)
        name = f"{settings.load_balancer.name}-{number}"
        plans.append(
            InstancePlan(
                number=number,
                instance_id="i-0" + hashlib.sha256(name.encode()).hexdigest()[:16],
                name=name,
                zone=zones[place],
                ip=f"{prefix}.{place + 1}.{10 + number}",
            )
        )
    return plans
