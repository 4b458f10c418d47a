"""The lab's API in process, nodes that do as told, and the collection's modules run as Ansible runs them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

ROOT = Path(__file__).parents[2]
COLLECTION = "ansible_collections.steadyfleet.aws_patching"


def _make_importable() -> None:
    """`lab`, and the checkout under the collection's name, whatever the checkout's folder is called."""
    home = ROOT / "build" / "collections" / "ansible_collections"
    link = home / "steadyfleet" / "aws_patching"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(Path("..") / ".." / ".." / "..")
    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    # amazon.aws comes in the PyPI package `ansible`, a regular package: ours is found beside it, not instead of it.
    packages = importlib.import_module("ansible_collections")
    if str(home) not in list(packages.__path__):
        packages.__path__ = [*packages.__path__, str(home)]


_make_importable()

from lab.api.balancer import MemoryBalancer  # noqa: E402
from lab.api.calls import CallRecord  # noqa: E402
from lab.api.region import InstanceSpec  # noqa: E402
from lab.api.scripted import ScriptedNode  # noqa: E402
from lab.api.server import LabApi  # noqa: E402
from lab.settings import Settings, load  # noqa: E402

INSTANCE_IDS = tuple(f"i-0000000000000000{number}" for number in range(1, 5))
# Fast enough for a test, slow enough to be seen: every delay is still there.
FAST = {
    "load_balancer.deregistration_delay": 1,
    "load_balancer.watch_interval": 0.02,
    "api.invocation_delay": 0.1,
    "api.document_activation": 0.1,
    "api.association_start": 0.05,
    "api.long_poll": 2.0,
    "api.fault_delay": 0.2,
    "api.fault_staleness": 0.5,
}


@dataclass
class Lab:
    """The API under test. `api` is the real thing; the rest is what tests ask of it most."""

    api: LabApi
    balancer: MemoryBalancer
    url: str
    settings: Settings
    nodes: dict[str, ScriptedNode] = field(default_factory=dict)

    @property
    def instance_ids(self) -> tuple[str, ...]:
        return INSTANCE_IDS

    def client(self, service: str, checked: bool = True) -> Any:
        """A real boto3 client that repeats nothing by itself, so that every refusal is seen once.

        :param checked: False leaves out the client's own checks: it must be the service that refuses.
        """
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.settings.account.region,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="not-a-secret",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=checked),
        )

    def target_group(self, name: str) -> str:
        """The ARN of a target group: shop-web or shop-api."""
        return next(group.arn for group in self.api.region.target_groups.by_arn.values() if group.name == name)

    def fault(self, name: str, on: bool = True, **options: Any) -> None:
        self.api.fault(name, on, **options)

    def calls(self, *actions: str) -> list[CallRecord]:
        """The controller's calls, in order; of these actions only, when any are named."""
        return [record for record in self.api.calls.controller() if not actions or record.action in actions]

    def writes(self) -> list[str]:
        """The actions of the controller's calls that ask for a change, in order."""
        return [record.action for record in self.api.calls.writes()]

    def forget_calls(self) -> None:
        self.api.calls.clear()

    def start_nodes(self, *instance_ids: str) -> dict[str, ScriptedNode]:
        """Bring agents online (all of them when none is named)."""
        for instance_id in instance_ids or INSTANCE_IDS:
            self.nodes[instance_id] = ScriptedNode(instance_id).start(self.api)
        return self.nodes


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    """Settings of the lab to change; override this fixture, or parametrize it, in a test module."""
    return {}


@pytest.fixture
def lab_api(lab_overrides: dict[str, Any]) -> Iterator[Lab]:
    """The API served on 127.0.0.1 with four instances in two target groups, and no agent online yet."""
    settings = load(None, {**FAST, **lab_overrides})
    balancer = MemoryBalancer(healthy_after=0.1)
    api = LabApi(settings, balancer)
    specs = [
        InstanceSpec(
            instance_id=instance_id,
            name=f"shop-{number}",
            ip=f"10.77.{(number - 1) % 3 + 1}.{10 + number}",
            zone=settings.account.zones[(number - 1) % 3],
        )
        for number, instance_id in enumerate(INSTANCE_IDS, start=1)
    ]
    api.seed(specs)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        api.serve(sock)
        lab = Lab(api, balancer, f"http://127.0.0.1:{sock.getsockname()[1]}", settings)
        yield lab
        for node in lab.nodes.values():
            node.stop()
        api.close()


@pytest.fixture
def nodes(lab_api: Lab) -> dict[str, ScriptedNode]:
    """The four agents, online and behaving."""
    return lab_api.start_nodes()


@pytest.fixture
def aws(lab_api: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The environment an operator would have, pointing at the lab; and nothing of this machine's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab_api.url)
    monkeypatch.setenv("AWS_REGION", lab_api.settings.account.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    return lab_api


class RunModule(Protocol):
    def __call__(self, name: str, args: dict[str, Any], check: bool = False) -> dict[str, Any]: ...


def execute_module(name: str, args: dict[str, Any], check: bool = False) -> dict[str, Any]:
    """Run a module's main() in this process, as Ansible would, and give what it printed.

    ``failed`` and ``changed`` are always there. Diff mode is on.
    """
    from ansible.module_utils.testing import patch_module_args

    module = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
    printed = io.StringIO()
    arguments = {**args, "_ansible_check_mode": check, "_ansible_diff": True}
    with patch_module_args(arguments), contextlib.redirect_stdout(printed):
        try:
            module.main()
        except SystemExit as exit_:
            code = exit_.code
        else:
            raise AssertionError(f"{name} returned without exit_json or fail_json")
    result: dict[str, Any] = json.loads(printed.getvalue().strip().splitlines()[-1])
    assert bool(result.get("failed", False)) == bool(code), f"{name}: exit code {code} and result disagree: {result}"
    return {"failed": False, "changed": False, **result}


@pytest.fixture
def run_module(aws: Lab) -> RunModule:
    """Modules against the lab, with the operator's environment: run_module("ssm_document", {...}, check=True)."""
    return execute_module
