"""What tests use: the API served in the test's process, clients for it, and its log of calls."""

from __future__ import annotations

import contextlib
import functools
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Protocol

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from moto.autoscaling.models import InstanceState

from lab.api.load_balancer.balancer import MemoryBalancer
from lab.api.moto_bridge import services
from lab.api.nodes.store import InstanceSpec
from lab.api.runtime.logs import CallRecord
from lab.api.server import LabApi
from lab.api.testing.scripted_node import ScriptedNode
from lab.credentials import ACCESS_KEY, SECRET_KEY
from lab.settings import Settings, load

# Each module run makes a session, and each session would read botocore's service models from disk again.
botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)

INSTANCE_IDS = tuple(f"i-0000000000000000{number}" for number in range(1, 5))
# Short delays, so that tests are fast. None is zero, so that code that does not wait still fails.
FAST = {
    "load_balancer.deregistration_delay": 1,
    "load_balancer.watch_interval": 0.02,
    "api.invocation_delay": 0.1,
    "api.document_activation": 0.1,
    "api.association_start": 0.05,
    "api.automation_start": 0.02,
    "api.automation_poll": 0.05,
    "api.long_poll": 2.0,
    "api.fault_delay": 0.2,
    "api.fault_staleness": 0.5,
}


class RunModule(Protocol):
    """Runs a module's main() and returns the result that it printed."""

    def __call__(self, name: str, args: dict[str, Any], check: bool = False) -> dict[str, Any]: ...


@dataclass
class Lab:
    """The served API, with shortcuts for what tests need most often."""

    api: LabApi
    balancer: MemoryBalancer
    url: str
    settings: Settings
    instance_ids: tuple[str, ...] = INSTANCE_IDS
    nodes: dict[str, ScriptedNode] = field(default_factory=dict)

    def client(self, service: str, checked: bool = True) -> Any:
        """A boto3 client that does not retry, so that a test sees every refusal.

        :param checked: False turns the client's own checks off, so that the service has to refuse.
        """
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.settings.account.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=checked),
        )

    def target_group(self, name: str) -> str:
        """The ARN of a target group: shop-web or shop-api."""
        return next(group.arn for group in self.api.region.target_groups.by_arn.values() if group.name == name)

    def add_target_group(self, name: str, *targets: str, target_type: str = "instance") -> str:
        """Create another target group with targets on port 443, all of them healthy. Returns its ARN."""
        region = self.api.region
        with region.engine.lock:
            elbv2 = services.elbv2(self.settings.account)
            like = next(iter(elbv2.target_groups.values()))
            made = elbv2.create_target_group(
                name,
                vpc_id=like.vpc_id,
                protocol="HTTP",
                port=443,
                target_type=target_type,
                healthcheck_protocol="HTTP",
                healthcheck_path="/",
                healthcheck_interval_seconds=10,
                healthcheck_timeout_seconds=5,
                healthy_threshold_count=2,
                unhealthy_threshold_count=2,
                matcher={"HttpCode": "200"},
            )
            made.load_balancer_arns = list(like.load_balancer_arns)
            spec = replace(self.balancer.groups[like.arn], arn=made.arn, name=name)
            region.target_groups.create(spec, 443)
            group = region.target_groups.get(made.arn)
            register = (
                region.target_groups.register if target_type == "instance" else region.target_groups.register_address
            )
            for target in targets:
                register(group, target, 443)
        _wait_until_healthy(self.balancer)
        return str(made.arn)

    def add_to_auto_scaling_group(self, name: str, instance_id: str) -> None:
        """Make an instance a member of an Auto Scaling group."""
        account = self.settings.account
        with self.api.region.engine.lock:
            group = SimpleNamespace(
                name=name, ec2_launch_template=None, launch_configuration_name=None, instance_states=[]
            )
            instance = services.ec2(account).get_instance(instance_id)
            group.instance_states.append(InstanceState(instance, autoscaling_group=group))
            services.autoscaling(account).autoscaling_groups[name] = group

    def add_to_classic_load_balancer(self, name: str, instance_id: str) -> None:
        """Register an instance with a Classic Load Balancer of its own."""
        account = self.settings.account
        listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 443, "InstanceProtocol": "HTTP"}
        with self.api.region.engine.lock:
            classic = services.elb(account)
            classic.create_load_balancer(name=name, zones=[account.zone_name(account.zones[0])], ports=[listener])
            classic.register_instances(name, [instance_id])

    def fault(self, name: str, on: bool = True, **options: Any) -> None:
        self.api.fault(name, on, **options)

    def calls(self, *actions: str) -> list[CallRecord]:
        """The controller's calls in order, of these actions only if any are named."""
        return [record for record in self.api.calls.controller() if not actions or record.action in actions]

    def writes(self) -> list[str]:
        """The actions of the controller's calls that change something, in order."""
        return [record.action for record in self.api.calls.writes()]

    def forget_calls(self) -> None:
        self.api.calls.clear()

    def start_nodes(self, *instance_ids: str) -> dict[str, ScriptedNode]:
        """Start agents, all of them when none is named."""
        for instance_id in instance_ids or self.instance_ids:
            self.nodes[instance_id] = ScriptedNode(instance_id).start(self.api)
        return self.nodes


@contextlib.contextmanager
def serve(overrides: Mapping[str, Any] | None = None, instance_ids: tuple[str, ...] = INSTANCE_IDS) -> Iterator[Lab]:
    """Serve the API on 127.0.0.1, with four instances in two target groups and no agent online."""
    settings = load(None, {**FAST, **(overrides or {})})
    balancer = MemoryBalancer(healthy_after=0.1)
    api = LabApi(settings, balancer)
    api.seed(_instance(settings, number, instance_id) for number, instance_id in enumerate(instance_ids, start=1))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        api.serve(sock)
        _wait_until_healthy(balancer)
        lab = Lab(api, balancer, f"http://127.0.0.1:{sock.getsockname()[1]}", settings, instance_ids)
        try:
            yield lab
        finally:
            for node in lab.nodes.values():
                node.stop()
            api.close()


def _wait_until_healthy(balancer: MemoryBalancer) -> None:
    """Wait until all targets are healthy, so that a test begins with a fleet in service."""
    while any(health != "up" for arn in balancer.groups for health in balancer.health(arn).values()):
        time.sleep(0.01)


def _instance(settings: Settings, number: int, instance_id: str) -> InstanceSpec:
    place = (number - 1) % len(settings.account.zones)
    ip = f"10.77.{place + 1}.{10 + number}"
    return InstanceSpec(instance_id=instance_id, name=f"shop-{number}", ip=ip, zone=settings.account.zones[place])
