"""Creates what a lab has from the start: network, instances, load balancer, target groups, AWS's documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

from moto.moto_api._internal import mock_random

from lab.api.documents.store import Document
from lab.api.load_balancer.balancer import TargetGroupSpec
from lab.api.moto_bridge import buckets, services
from lab.api.nodes.store import InstanceSpec
from lab.api.region import Region

DOCUMENTS = Path(__file__).parent.parent / "documents"
# target group -> path patterns of its listener rule; none for the listener's default action
GROUPS: dict[str, tuple[str, ...]] = {"shop-web": (), "shop-api": ("/api/*",)}
TAGS = {"App": "shop", "Lab": "steadyfleet"}
ZONE_LETTERS = "abc"


def seed(region: Region, instances: list[InstanceSpec]) -> None:
    # moto's ids are random; with this seed they are the same on every start.
    mock_random.seed(7)
    subnets = _network(region)
    for instance in instances:
        _instance(region, instance, subnets[instance.zone])
    _load_balancer(region, list(subnets.values()))
    for group in region.target_groups.by_arn.values():
        for instance in instances:
            region.target_groups.register(group, instance.instance_id, group.default_port)
    _documents(region)
    buckets.create_bucket(region.account, region.name, buckets.BUCKET)
    region.target_groups.start_watching()


def _network(region: Region) -> dict[str, str]:
    ec2 = services.ec2(region.settings.account)
    cidr = region.settings.network.cidr
    vpc = ec2.create_vpc(cidr)
    prefix = ".".join(cidr.split(".")[:2])
    return {
        letter: ec2.create_subnet(
            vpc.id,
            f"{prefix}.{ZONE_LETTERS.index(letter) + 1}.0/24",
            availability_zone=region.settings.account.zone_name(letter),
        ).id
        for letter in region.settings.account.zones
    }


def _instance(region: Region, instance: InstanceSpec, subnet_id: str) -> None:
    with mock.patch("moto.ec2.models.instances.random_instance_id", return_value=instance.instance_id):
        services.ec2(region.settings.account).run_instances(
            region.settings.instance.image_id,
            1,
            None,
            [],
            instance_type=region.settings.instance.instance_type,
            is_instance_type_default=False,
            region_name=region.name,
            subnet_id=subnet_id,
            private_ip=instance.ip,
            tags={"instance": {"Name": instance.name, **TAGS}},
        )
    region.nodes.instances[instance.instance_id] = instance


def _load_balancer(region: Region, subnets: list[str]) -> None:
    settings = region.settings.load_balancer
    elbv2 = services.elbv2(region.settings.account)
    balancer = elbv2.create_load_balancer(
        settings.name, [], subnets, scheme="internet-facing", loadbalancer_type="application"
    )
    balancer.activate()
    groups = {name: _target_group(region, name, paths, balancer) for name, paths in GROUPS.items()}
    default = next(name for name, paths in GROUPS.items() if not paths)
    listener = elbv2.create_listener(
        balancer.arn, "HTTP", str(settings.listener_port), None, None, [_forward(groups[default])]
    )
    for priority, (name, paths) in enumerate(GROUPS.items(), start=10):
        if paths:
            condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": list(paths)}}
            elbv2.create_rule(listener.arn, [condition], priority, [_forward(groups[name])])


def _target_group(region: Region, name: str, paths: tuple[str, ...], balancer: Any) -> Any:
    settings = region.settings.load_balancer
    group = services.elbv2(region.settings.account).create_target_group(
        name,
        vpc_id=balancer.vpc_id,
        protocol="HTTP",
        port=settings.target_port,
        target_type="instance",
        healthcheck_protocol="HTTP",
        healthcheck_path=settings.health_path,
        healthcheck_interval_seconds=settings.health_interval,
        healthcheck_timeout_seconds=settings.health_timeout,
        healthy_threshold_count=settings.healthy_threshold,
        unhealthy_threshold_count=settings.unhealthy_threshold,
        matcher={"HttpCode": "200"},
    )
    group.attributes["deregistration_delay.timeout_seconds"] = str(settings.deregistration_delay)
    region.target_groups.create(
        TargetGroupSpec(
            arn=group.arn,
            name=name,
            interval=settings.health_interval,
            timeout=settings.health_timeout,
            healthy_threshold=settings.healthy_threshold,
            unhealthy_threshold=settings.unhealthy_threshold,
            health_path=settings.health_path,
            paths=paths,
        ),
        settings.target_port,
    )
    return group


def _forward(group: Any) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": group.arn}


def _documents(region: Region) -> None:
    """Add AWS's own documents, which are Active from the start."""
    for path in sorted(DOCUMENTS.glob("*.json")):
        text = path.read_text()
        document = Document(name=path.stem, type="Command", owner="Amazon")
        version = region.documents.new_version(document, 1, content=text, format="JSON", parsed=json.loads(text))
        version.ready = 0.0
        version.target_type = "/AWS::EC2::Instance"
        region.documents.by_name[document.name] = document
