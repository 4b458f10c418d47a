"""Instances: the same ones every time, spread over the zones."""

from __future__ import annotations

import re

from lab import settings
from lab.host.layout import plan_instances


def test_the_same_lab_has_the_same_instances() -> None:
    assert plan_instances(settings.load(), 4) == plan_instances(settings.load(), 4)


def test_ids_look_like_ec2s_and_are_different() -> None:
    ids = {plan.instance_id for plan in plan_instances(settings.load(), 30)}

    assert len(ids) == 30
    assert all(re.fullmatch(r"i-[0-9a-f]{17}", instance_id) for instance_id in ids)


def test_instances_are_spread_over_the_zones_and_their_subnets() -> None:
    plans = plan_instances(settings.load(), 4)

    assert [(plan.zone, plan.ip) for plan in plans] == [
        ("a", "10.77.1.11"),
        ("b", "10.77.2.12"),
        ("c", "10.77.3.13"),
        ("a", "10.77.1.14"),
    ]
    assert plans[0].mac == "02:00:0a:4d:01:0b"
