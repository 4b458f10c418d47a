"""The summary for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LABELS = {
    "instances": "instances",
    "patched": "patched (their package versions say so)",
    "rebooted": "rebooted (their boot ids say so)",
    "requests": "requests through the load balancer",
    "failed_requests": "failed requests",
    "min_healthy_targets": "healthy targets, at the least",
    "wall_seconds": "seconds for the whole playbook",
    "inherent_seconds": "of them inherent (drain, patch, health checks)",
    "overhead_seconds_per_host": "overhead a host, in seconds",
    "api_calls_per_host": "API calls a host",
}


def show(summary: Mapping[str, Any], load: Mapping[str, Any]) -> None:
    print("\n" + "\n".join(lines(summary, load)), flush=True)


def lines(summary: Mapping[str, Any], load: Mapping[str, Any]) -> list[str]:
    kinds = ", ".join(f"{kind}: {count}" for kind, count in load.get("kinds", {}).items())
    latency = load.get("latency_ms", {})
    return [
        *_versions(summary["package_versions"]),
        "",
        f"scenario: {summary['scenario']}",
        *(f"  {summary[key]!s:>8}  {label}" for key, label in LABELS.items()),
        *([f"            failures by kind: {kinds}"] if kinds else []),
        f"            latency of answered requests: p50 {latency.get('p50')} ms, p99 {latency.get('p99')} ms",
        "  API calls by action: " + ", ".join(f"{name} {count}" for name, count in summary["api_calls"].items()),
    ]


def _versions(versions: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[str]:
    return [
        f"  {host:8} "
        + "  ".join(f"{name} {version} -> {seen['after'].get(name)}" for name, version in seen["before"].items())
        for host, seen in versions.items()
    ]
