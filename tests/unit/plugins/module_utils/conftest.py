"""A load balancer and a Parameter Store in memory, with a clock of their own, that can die between any two calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.wait import Clock, Deadline, PollInterval
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation import ledger as ledgers
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import LedgerEntry
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.read import RotationContext
from botocore.exceptions import ClientError

PREFIX = "/fleet/ledger"
WEB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-web/1111111111111111"
API = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop-api/2222222222222222"
FLEET = tuple(f"i-{number:017x}" for number in range(1, 5))

Key = tuple[str, int]


class Killed(BaseException):
    """The controller is gone: nothing in the code under test may catch this."""


@dataclass
class Seen:
    """One target: since when it is in the group, and since when it leaves."""

    since: float
    leaving: float | None = None


@dataclass
class World:
    """What would be AWS. ``kill_at`` counts calls; the call is made or not (``answered``) before the process dies."""

    time: float = 0.0
    delay: int = 300
    healthy_after: float = 10.0
    groups: dict[str, dict[Key, Seen]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    overrides: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    sick: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    kill_at: int | None = None
    answered: bool = True
    before_call: Callable[[str], object] = str

    # --- the clock -------------------------------------------------------------------------------------------------
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self._sleep, jitter=lambda: 1.0)

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    # --- what is true ----------------------------------------------------------------------------------------------
    def registered(self, instance_id: str) -> set[tuple[str, int]]:
        """Where requests may reach the instance: (group ARN, port)."""
        return {
            (arn, port)
            for arn, targets in self.groups.items()
            for (target, port), seen in targets.items()
            if target == instance_id and seen.leaving is None
        }

    def state(self, arn: str, key: Key) -> tuple[str, str]:
        if (arn, key[0]) in self.overrides:
            return self.overrides[(arn, key[0])]
        seen = self.groups[arn][key]
        if seen.leaving is not None:
            return "draining", "Target.DeregistrationInProgress"
        if self.time - seen.since < self.healthy_after:
            return "initial", "Elb.InitialHealthChecking"
        return ("unhealthy", "Target.ResponseCodeMismatch") if key[0] in self.sick else ("healthy", "")

    def ledger(self, instance_id: str) -> LedgerEntry | None:
        name = ledgers.name_for(PREFIX, instance_id)
        return ledgers.decode(self.parameters[name], name, instance_id) if name in self.parameters else None

    # --- what a client sees ----------------------------------------------------------------------------------------
    def context(self, timeout: float = 600, healthy_polls: int = 3) -> RotationContext:
        return RotationContext(
            client=Client(self),
            ssm=Client(self),
            deadline=Deadline.after(timeout, self.clock()),
            interval=PollInterval(initial=5.0),
            ledger_prefix=PREFIX,
            healthy_polls=healthy_polls,
        )

    def answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        self.before_call(operation)
        dies = self.kill_at is not None and len(self.calls) == self.kill_at
        if dies and not self.answered:
            raise Killed
        if operation in ("put_parameter", "delete_parameter", "register_targets", "deregister_targets"):
            self.writes.append(operation)
        self._settle()
        try:
            result: dict[str, Any] = getattr(self, f"_{operation}")(**params)
        finally:
            if dies:
                raise Killed
        return result

    def _settle(self) -> None:
        for targets in self.groups.values():
            for key in [k for k, s in targets.items() if s.leaving is not None and self.time - s.leaving >= self.delay]:
                del targets[key]

    def _describe_target_groups(self) -> dict[str, Any]:
        groups = [{"TargetGroupArn": arn, "TargetType": self.types.get(arn, "instance")} for arn in self.groups]
        return {"TargetGroups": groups}

    def _describe_target_health(self, TargetGroupArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": key[0], "Port": key[1]},
                    "TargetHealth": dict(zip(("State", "Reason"), self.state(TargetGroupArn, key), strict=True)),
                }
                for key in self.groups[TargetGroupArn]
            ]
        }

    def _describe_target_group_attributes(self, TargetGroupArn: str) -> dict[str, Any]:  # noqa: N803
        found = {"deregistration_delay.timeout_seconds": str(self.delay), **self.attributes.get(TargetGroupArn, {})}
        return {"Attributes": [{"Key": key, "Value": value} for key, value in found.items()]}

    def _register_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        for target in Targets:
            assert set(target) == {"Id", "Port"}, "instances are registered by id and port, and never by zone"
            key = (target["Id"], target["Port"])
            known = self.groups[TargetGroupArn].get(key)
            if known is None or known.leaving is not None:
                self.groups[TargetGroupArn][key] = Seen(since=self.time)
        return {}

    def _deregister_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        for target in Targets:
            key = (target["Id"], target["Port"])
            entry = self.ledger(target["Id"])
            recorded = {(i.target_group_arn, i.id, i.port) for i in entry.registrations} if entry else set()
            assert (TargetGroupArn, *key) in recorded, "a target left a group before the ledger named it"
            if key in self.groups[TargetGroupArn]:
                self.groups[TargetGroupArn][key].leaving = self.time
        return {}

    def _get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        if Name not in self.parameters:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
        return {"Parameter": {"Value": self.parameters[Name]}}

    def _get_parameters_by_path(self, Path: str) -> dict[str, Any]:  # noqa: N803
        under = {name: value for name, value in self.parameters.items() if name.startswith(f"{Path}/")}
        return {"Parameters": [{"Name": name, "Value": value} for name, value in under.items()]}

    def _put_parameter(self, Name: str, Value: str, Overwrite: bool, **_more: Any) -> dict[str, Any]:  # noqa: N803
        if Name in self.parameters and not Overwrite:
            raise ClientError({"Error": {"Code": "ParameterAlreadyExists", "Message": ""}}, "PutParameter")
        self.parameters[Name] = Value
        return {}

    def _delete_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        if self.parameters.pop(Name, None) is None:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "DeleteParameter")
        return {}


@dataclass
class Client:
    """As a boto3 client: operations are methods."""

    world: World

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        return lambda **params: self.world.answer(operation, params)

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self.world, operation)


@dataclass
class Pages:
    world: World
    operation: str

    def paginate(self, **params: Any) -> Iterator[dict[str, Any]]:
        yield self.world.answer(self.operation, params)


@pytest.fixture
def build_world() -> Callable[..., World]:
    """Four healthy instances in two groups; the first also on a second port of one of them."""

    def build(**options: Any) -> World:
        world = World(time=1000.0, **options)
        world.groups = {arn: {(target, 443): Seen(since=0.0) for target in FLEET} for arn in (WEB, API)}
        world.groups[WEB][(FLEET[0], 8443)] = Seen(since=0.0)
        return world

    return build


@pytest.fixture
def killed() -> type[BaseException]:
    return Killed
