"""One patching operation, from the lock to the exit code."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ..wire import Client, ServiceError
from . import apt, report, states

EXIT_FAILURE = 1
EXIT_TOO_MANY_REBOOTS = 3
EXIT_LOCKED = 4
EXIT_REBOOT = 194
MOST_REBOOTS = 6
# The service may be away for a moment; a patching operation does not wait for it for ever.
REPORT_ATTEMPTS = 10


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the document asked for."""

    operation: str
    snapshot_id: str
    reboot_option: str
    command_id: str
    paths: states.Paths


def operate(request: Request, client: Client, instance_id: str) -> int:
    """Scan or install, write and report the outcome. Returns the exit code."""
    started = _now()
    kept = states.States.load(request.paths.states)
    boot_id = request.paths.boot_id()
    if kept.boot_id != boot_id:
        # The reboot those packages were waiting for is over.
        kept.boot_id, kept.pending = boot_id, []
    apt.update()
    missing = apt.upgradable()
    failed: list[apt.Package] = []
    if request.operation == "Install" and missing:
        failed = _install(missing)
        kept.pending = sorted({*kept.pending, *missing} - {*failed})
        missing = []
    ended = _now()
    if request.operation == "Install" and request.reboot_option == "NoReboot":
        kept.last_no_reboot_install = report.stamp(ended)
    present = apt.installed()
    kept.pending = [one for one in kept.pending if one in present]
    waiting = {one.name for one in (*kept.pending, *missing, *failed)}
    outcome = report.Outcome(
        operation=request.operation,
        snapshot_id=request.snapshot_id,
        reboot_option=request.reboot_option,
        command_id=request.command_id,
        started=started,
        ended=ended,
        installed=tuple(one for one in present if one.name not in waiting),
        pending=tuple(kept.pending),
        missing=tuple(missing),
        failed=tuple(failed),
        last_no_reboot_install=kept.last_no_reboot_install,
    )
    _publish(outcome, request.paths, client, instance_id)
    code = _exit_code(request, outcome, kept)
    kept.save(request.paths.states)
    return code


def _install(packages: list[apt.Package]) -> list[apt.Package]:
    """Install these packages; returns those that could not be."""
    content, output = apt.install(packages)
    print(output)
    if content:
        return []
    still = {one.name for one in apt.upgradable()}
    # apt-get was not content: what is not upgradable any more may still have been left half configured.
    done = set(apt.installed())
    return [one for one in packages if one.name in still or one not in done]


def _publish(outcome: report.Outcome, paths: states.Paths, client: Client, instance_id: str) -> None:
    items = report.items(outcome)
    states.write_json(paths.inventory, items[0])
    counts = {state: len(packages) for state, packages in outcome.by_state().items()}
    print(f"{outcome.operation}: " + ", ".join(f"{state} {count}" for state, count in counts.items()))
    for attempt in range(REPORT_ATTEMPTS):
        try:
            client.call("ssm", "PutInventory", {"InstanceId": instance_id, "Items": items})
            return
        except ServiceError as error:
            if not error.transient or attempt + 1 == REPORT_ATTEMPTS:
                raise
        time.sleep(client.retry_pause)


def _exit_code(request: Request, outcome: report.Outcome, kept: states.States) -> int:
    may_reboot = request.operation == "Install" and request.reboot_option == "RebootIfNeeded"
    if may_reboot and outcome.pending:
        if kept.command_id != request.command_id:
            kept.command_id, kept.reboots = request.command_id, 0
        if kept.reboots >= MOST_REBOOTS:
            print(f"{kept.reboots} reboots have not been enough", file=sys.stderr)
            return EXIT_TOO_MANY_REBOOTS
        kept.reboots += 1
        print("Rebooting: patches were installed in this boot")
        return EXIT_REBOOT
    if outcome.failed:
        print(f"Not installed: {', '.join(one.title for one in outcome.failed)}", file=sys.stderr)
        return EXIT_FAILURE
    return 0


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def parse(arguments: list[str]) -> argparse.Namespace:
    defaults = states.Paths()
    parser = argparse.ArgumentParser(prog="patch_baseline.py", description=__doc__)
    parser.add_argument("--operation", choices=("Scan", "Install"), required=True)
    parser.add_argument("--snapshot-id", default="")
    parser.add_argument("--reboot-option", choices=("RebootIfNeeded", "NoReboot"), default="RebootIfNeeded")
    parser.add_argument("--log-dir", type=Path, default=defaults.log_dir)
    parser.add_argument("--boot-id-file", type=Path, default=defaults.boot_id_file)
    # AWS tries for five minutes.
    parser.add_argument("--lock-attempts", type=int, default=int(os.environ.get("LAB_PATCH_LOCK_ATTEMPTS", "10")))
    parser.add_argument("--lock-pause", type=float, default=float(os.environ.get("LAB_PATCH_LOCK_PAUSE", "1")))
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    request = Request(
        operation=options.operation,
        snapshot_id=options.snapshot_id,
        reboot_option=options.reboot_option,
        command_id=os.environ.get("SSM_COMMAND_ID", ""),
        paths=states.Paths(options.log_dir, options.boot_id_file),
    )
    client = Client(
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        region=os.environ["AWS_SSM_REGION_NAME"],
        agent_version="patch-baseline-operations",
    )
    try:
        with states.lock(request.paths.lock, options.lock_attempts, options.lock_pause):
            return operate(request, client, os.environ["AWS_SSM_INSTANCE_ID"])
    except states.LockedError as error:
        print(error, file=sys.stderr)
        return EXIT_LOCKED
    except (apt.AptError, ServiceError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILURE
