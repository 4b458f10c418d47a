"""Registrations and draining of targets, and their health in DescribeTargetHealth."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab

ONE, TWO = "i-00000000000000001", "i-00000000000000002"


@pytest.fixture
def state(elbv2: Any, web: str) -> Callable[..., Any]:
    def look(instance_id: str = ONE, **port: Any) -> Any:
        target = {"Id": instance_id, **port}
        found = elbv2.describe_target_health(TargetGroupArn=web, Targets=[target])["TargetHealthDescriptions"]
        health = found[0]["TargetHealth"]
        return health["State"], health.get("Reason")

    return look


@pytest.fixture
def healthy(lab_api: Lab, eventually: Callable[..., Any], state: Callable[..., Any]) -> None:
    eventually(lambda: all(state(instance_id) == ("healthy", None) for instance_id in lab_api.instance_ids))


DRAINING = ("draining", "Target.DeregistrationInProgress")
UNUSED = ("unused", "Target.NotRegistered")


def test_a_new_target_is_checked_before_it_is_healthy(
    lab_api: Lab, state: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    lab_api.balancer.healthy_after = 600
    assert state() == ("initial", "Elb.InitialHealthChecking")
    lab_api.balancer.healthy_after = 0
    eventually(lambda: state() == ("healthy", None))


def test_deregistering_drains_for_the_whole_delay(
    lab_api: Lab, elbv2: Any, web: str, state: Callable[..., Any], healthy: None, eventually: Callable[..., Any]
) -> None:
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    began = time.monotonic()
    assert state() == DRAINING
    assert not lab_api.balancer.receives(web, ONE, 443)
    eventually(lambda: state() == UNUSED)
    assert 0.9 < time.monotonic() - began < 2
    listed = elbv2.describe_target_health(TargetGroupArn=web)["TargetHealthDescriptions"]
    assert ONE not in [item["Target"]["Id"] for item in listed]
    assert lab_api.balancer.health(web).keys() == {(f"i-0000000000000000{number}", 443) for number in (2, 3, 4)}


def test_registering_a_draining_target_cancels_the_drain(
    lab_api: Lab, elbv2: Any, web: str, state: Callable[..., Any], healthy: None, eventually: Callable[..., Any]
) -> None:
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    elbv2.register_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    eventually(lambda: state() == ("healthy", None))
    time.sleep(1.1)
    assert state() == ("healthy", None)
    assert lab_api.api.events.named("target_removed") == []


def test_ports_are_targets_of_their_own(
    elbv2: Any, web: str, state: Callable[..., Any], healthy: None, eventually: Callable[..., Any]
) -> None:
    elbv2.register_targets(TargetGroupArn=web, Targets=[{"Id": ONE, "Port": 8443}])
    eventually(lambda: state(Port=8443) == ("healthy", None))
    # Without a port it is the default port's target that goes.
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    assert (state(), state(Port=8443)) == (DRAINING, ("healthy", None))
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE, "Port": 8443}])
    assert state(Port=8443) == DRAINING


def test_deregistering_what_is_not_registered_succeeds(
    elbv2: Any, web: str, state: Callable[..., Any], healthy: None
) -> None:
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE, "Port": 99}, {"Id": "i-0fffffffffffffffe"}])
    assert state() == ("healthy", None)
    assert state(Port=99) == UNUSED


def test_a_sick_target(lab_api: Lab, state: Callable[..., Any], healthy: None, eventually: Callable[..., Any]) -> None:
    lab_api.balancer.set_sick(ONE)
    assert state() == ("unhealthy", "Target.FailedHealthChecks")
    eventually(lambda: lab_api.api.events.named("target_unhealthy"))
    lab_api.balancer.set_sick(ONE, False)
    assert state() == ("healthy", None)


def test_the_delay_can_be_changed(elbv2: Any, web: str, state: Callable[..., Any], healthy: None) -> None:
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}]
    elbv2.modify_target_group_attributes(TargetGroupArn=web, Attributes=delay)
    shown = elbv2.describe_target_group_attributes(TargetGroupArn=web)["Attributes"]
    assert delay[0] in shown
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    time.sleep(0.1)
    assert state() == UNUSED


@pytest.mark.parametrize("lab_overrides", [{"api.target_health_staleness": 0.4}])
def test_health_can_be_behind(elbv2: Any, web: str, state: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    eventually(lambda: state() == ("healthy", None))
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    assert state() == ("healthy", None)
    eventually(lambda: state() == DRAINING)


def test_events_tell_the_story(
    lab_api: Lab, elbv2: Any, web: str, healthy: None, eventually: Callable[..., Any]
) -> None:
    lab_api.api.events.events.clear()
    elbv2.deregister_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])
    eventually(lambda: lab_api.api.events.named("target_removed"))
    elbv2.register_targets(TargetGroupArn=web, Targets=[{"Id": ONE}])

    def story() -> list[tuple[str, int | None]]:
        own = [event for event in lab_api.api.events.events if event["target_group"] == "shop-web"]
        return [(event["event"], event.get("count")) for event in own]

    eventually(lambda: ("healthy_count", 4) in story())
    assert story() == [
        ("target_deregistered", None),
        ("healthy_count", 3),
        ("target_removed", None),
        ("target_registered", None),
        ("target_healthy", None),
        ("healthy_count", 4),
    ]


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("register_targets", {"Targets": [{"Id": "i-0fffffffffffffffe"}]}, "InvalidTarget"),
        ("register_targets", {"Targets": [{"Id": ONE, "AvailabilityZone": "all"}]}, "ValidationError"),
        ("register_targets", {"Targets": [{"Id": ONE, "Port": 70_000}]}, "ValidationError"),
        ("register_targets", {"TargetGroupArn": "arn:none", "Targets": [{"Id": ONE}]}, "TargetGroupNotFound"),
        ("deregister_targets", {"TargetGroupArn": "arn:none", "Targets": [{"Id": ONE}]}, "TargetGroupNotFound"),
        ("describe_target_health", {"TargetGroupArn": "arn:none"}, "TargetGroupNotFound"),
        ("modify_target_group_attributes", {"Attributes": [{"Key": "nonsense", "Value": "1"}]}, "ValidationError"),
        (
            "modify_target_group_attributes",
            {"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "3601"}]},
            "ValidationError",
        ),
        ("describe_target_groups", {"Names": ["none"]}, "TargetGroupNotFound"),
        ("describe_target_group_attributes", {"TargetGroupArn": "arn:none"}, "TargetGroupNotFound"),
    ],
)
def test_what_is_refused(
    lab_api: Lab, web: str, refusal: Callable[..., str], operation: str, params: dict[str, Any], code: str
) -> None:
    elbv2 = lab_api.client("elbv2", checked=False)
    asked = {"TargetGroupArn": web, **params} if operation != "describe_target_groups" else params
    assert refusal(getattr(elbv2, operation), **asked) == code


def test_one_bad_target_registers_none(
    elbv2: Any, web: str, state: Callable[..., Any], healthy: None, refusal: Callable[..., str]
) -> None:
    both = [{"Id": ONE, "Port": 8443}, {"Id": "i-0fffffffffffffffe"}]
    assert refusal(elbv2.register_targets, TargetGroupArn=web, Targets=both) == "InvalidTarget"
    assert state(Port=8443) == UNUSED


def test_the_load_balancer_and_its_rules(elbv2: Any, lab_api: Lab, web: str) -> None:
    (balancer,) = elbv2.describe_load_balancers(Names=["shop"])["LoadBalancers"]
    assert (balancer["Scheme"], balancer["Type"], balancer["State"]["Code"]) == (
        "internet-facing",
        "application",
        "active",
    )
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == web
    rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    assert rules[0]["Actions"][0]["TargetGroupArn"] == lab_api.target_group("shop-api")
    (group,) = elbv2.describe_target_groups(Names=["shop-web"])["TargetGroups"]
    assert (group["Port"], group["HealthCheckPath"], group["TargetType"]) == (443, "/health-check", "instance")
    assert group["HealthCheckIntervalSeconds"] == lab_api.settings.load_balancer.health_interval
