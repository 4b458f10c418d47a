"""Asks the instances themselves what is installed and when they booted: through Run Command, as an operator would."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from ..credentials import ACCESS_KEY, SECRET_KEY
from .summary import Versions

# One line of JSON, or a failed command: an instance that does not answer must not look like one that did.
_SCRIPT = """set -eu
packages=$(dpkg-query -W -f '"${{Package}}":"${{Version}}",' {packages})
health=$(curl -sf -m 5 http://localhost:443/health-check || true)
boot_id=$(cat /proc/sys/kernel/random/boot_id)
printf '{{"boot_id":"%s","packages":{{%s}},"health":%s}}' "$boot_id" "${{packages%,}}" "${{health:-null}}"
"""
_TERMINAL = {"Success", "Failed", "TimedOut", "Cancelled"}


def client(service: str, state: Mapping[str, Any]) -> Any:
    """A boto3 client of the lab's API, whatever the caller's environment says."""
    return boto3.client(
        service,
        region_name=state["region"],
        endpoint_url=state["api_url"],
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def versions(state: Mapping[str, Any], packages: Sequence[str], seconds: float = 60) -> list[Versions]:
    """Every instance's versions, in the state's order.

    :raises RuntimeError: when an instance did not answer in time.
    """
    ssm = client("ssm", state)
    names = {instance["instance_id"]: instance["name"] for instance in state["instances"]}
    command_id = ssm.send_command(
        InstanceIds=list(names),
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": [_SCRIPT.format(packages=" ".join(packages))]},
        MaxConcurrency="100%",
    )["Command"]["CommandId"]
    outputs = _outputs(ssm, command_id, len(names), seconds)
    return [_parse(instance_id, name, outputs[instance_id]) for instance_id, name in names.items()]


def _outputs(ssm: Any, command_id: str, expected: int, seconds: float) -> dict[str, str]:
    deadline = time.monotonic() + seconds
    while True:
        found = ssm.list_command_invocations(CommandId=command_id, Details=True)["CommandInvocations"]
        ended = [item for item in found if item["Status"] in _TERMINAL]
        if len(ended) == expected:
            break
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {len(ended)} of {expected} instances told their versions within {seconds:g} s")
        time.sleep(0.3)
    failed = [item["InstanceId"] for item in ended if item["Status"] != "Success"]
    if failed:
        raise RuntimeError(f"could not read the versions of {', '.join(failed)}: see command {command_id}")
    return {item["InstanceId"]: item["CommandPlugins"][0]["Output"] for item in ended}


def _parse(instance_id: str, name: str, output: str) -> Versions:
    told = json.loads(output.splitlines()[0])
    return Versions(
        instance_id=instance_id,
        name=name,
        boot_id=told["boot_id"],
        packages=told["packages"],
        dependency=((told["health"] or {}).get("dependency") or {}).get("version", "-"),
    )
