"""Fleets in shorthand, for tables of cases."""

from __future__ import annotations

from typing import Any

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    Group,
    GroupSettings,
    LedgerEntry,
    Registration,
    Situation,
    Target,
)

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{}/1111111111111111"
REASONS = {
    "gone": ("unused", "Target.NotRegistered"),
    "notinuse": ("unused", "Target.NotInUse"),
    "stopped": ("unused", "Target.InvalidState"),
    "draining": ("draining", "Target.DeregistrationInProgress"),
    "disabled": ("unavailable", "Target.HealthCheckDisabled"),
}


def registration(words: str, instance_id: str = "i-1") -> Registration:
    name, _, port = words.partition(":")
    return Registration(target_group_arn=ARN.format(name), id=instance_id, port=int(port or 443))


def situation(own: str, others: int = 3, ledger: str | None = None, **options: Any) -> Situation:
    """`web healthy, api:8443 draining`: our targets; each group also has so many healthy others."""
    groups: dict[str, list[Target]] = {}
    for words in filter(None, own.split(", ")):
        place, state = words.split()
        here = registration(place)
        found, reason = REASONS.get(state, (state, ""))
        groups.setdefault(here.target_group_arn, []).append(Target(registration=here, state=found, reason=reason))
    for words in filter(None, (ledger or "").split()):
        groups.setdefault(registration(words).target_group_arn, [])
    for arn, targets in groups.items():
        for number in range(others):
            other = Registration(target_group_arn=arn, id=f"i-{number + 2}", port=443)
            targets.append(Target(registration=other, state="healthy"))
    settings = GroupSettings(deregistration_delay=7, cross_zone=options.pop("cross_zone", "true"))
    entry = None
    if ledger is not None:
        entry = LedgerEntry(
            instance_id="i-1",
            registrations=tuple(map(registration, ledger.split())),
            phase=options.get("phase", "drained"),
            reason="as it was" if "phase" in options else "",
            run_id="first",
        )
    built = tuple(Group(arn=arn, targets=tuple(targets), settings=settings) for arn, targets in groups.items())
    return Situation(instance_id="i-1", groups=built, ledger=entry)
