"""The lab's command line: a small AWS Region with a load-balanced fleet, on this machine."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import settings as settings_module
from .credentials import ACCESS_KEY, SECRET_KEY
from .host import control, daemon, leftovers
from .host.commands import LabError
from .host.layout import REPOSITORY, Layout
from .host.requests import INSTANCE_FAULTS

EXAMPLES = """\
examples:
  bin/lab start --instances 4
  bin/lab status
  bin/lab run -- ansible-playbook -i tests/lab/inventory/lab.aws_ec2.yml playbooks/patch_alb.yml
  bin/lab exec i-... -- dpkg-query -W
  bin/lab fault app_broken on i-...
  bin/lab fault throttling on rate=0.2
  bin/lab stop
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options, Layout(options.dir.resolve())) or 0)
    except (LabError, settings_module.SettingsError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; nothing of it is left", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/lab", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--dir", type=Path, default=REPOSITORY / "build" / "lab", help="where the lab keeps its state and logs"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_start(commands)
    stop = _add(commands, "stop", _stop, "end the lab and everything in it")
    stop.add_argument("--commands", action="store_true", help="and every command that still works on it")
    _add(commands, "clean", _clean, "end everything that still runs from this clone")
    _add(commands, "status", _status, "what runs, and what the load balancer thinks of it").add_argument(
        "--json", action="store_true", help="as JSON"
    )
    run = _add(commands, "run", _run, "run a command on this machine, with the lab as its AWS")
    run.add_argument("command", nargs="+", metavar="-- COMMAND")
    execute = _add(commands, "exec", _execute, "run a command inside an instance")
    execute.add_argument("instance_id")
    execute.add_argument("command", nargs="+", metavar="-- COMMAND")
    fault = _add(commands, "fault", _fault, "switch a fault on or off")
    fault.add_argument("name", help=f"{', '.join(INSTANCE_FAULTS)} (one instance), or one of the API's")
    fault.add_argument("switch", choices=("on", "off"))
    fault.add_argument("details", nargs="*", help="an instance id; for a fault of the API key=value")
    for name, text in (("reboot", "reboot an instance"), ("power", "cut an instance's power; it boots again")):
        _add(commands, name, _ask_one(name), text).add_argument("instance_id")
    return parser


def _add(commands: Any, name: str, do: Callable[..., int | None], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(do=do)
    return parser


def _add_start(commands: Any) -> None:
    start = _add(commands, "start", _start, "start a lab and return when everything in it is healthy")
    start.add_argument("--instances", type=int, default=4)
    start.add_argument("--api-port", type=int, default=0, help="the AWS API's port on 127.0.0.1 (default: a free one)")
    start.add_argument("--lb-port", type=int, default=0, help="the load balancer's (default: a free one)")
    start.add_argument("--settings", type=Path, help="a file whose values replace those of tests/lab/settings.toml")
    start.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE", help="one such value")


def _start(options: argparse.Namespace, layout: Layout) -> None:
    if options.instances < 1:
        raise LabError("--instances must be at least 1")
    try:
        overrides = dict(settings_module.parse_override(text) for text in options.set)
        settings = settings_module.load(options.settings, overrides)
    except tomllib.TOMLDecodeError as error:
        raise LabError(f"{options.settings}: {error}") from error
    began = time.monotonic()

    def show(text: str) -> None:
        print(f"lab: {time.monotonic() - began:4.1f} s  {text}", flush=True)

    order = daemon.Order(options.instances, options.api_port, options.lb_port)
    state = daemon.start(order, settings, layout, show)
    show(f"ready: AWS API {state['api_url']}, load balancer {state['lb_url']}")


def _stop(options: argparse.Namespace, layout: Layout) -> None:
    print("lab: stopped" if daemon.stop(layout) else "lab: none is running")
    if options.commands and (ended := leftovers.end(leftovers.of_lab(layout))):
        print(f"lab: ended what still worked on it: {ended}")


def _clean(_options: argparse.Namespace, _layout: Layout) -> None:
    if ended := leftovers.end(leftovers.of_clone()):
        print(f"clean: ended what still ran from this folder: {ended}")


def _state(layout: Layout) -> dict[str, Any]:
    state = daemon.running(layout)
    if state is None:
        raise LabError("no lab is running: bin/lab start")
    return state


def _status(options: argparse.Namespace, layout: Layout) -> None:
    state = _state(layout)
    health = control.ask(layout.control, kind="health")["health"]
    if options.json:
        print(json.dumps({**state, "health": health}, indent=2))
        return
    print(f"AWS API        {state['api_url']} ({state['region']})\nload balancer  {state['lb_url']}")
    for instance in state["instances"]:
        groups = "  ".join(f"{name}: {seen.get(instance['instance_id'], '-')}" for name, seen in health.items())
        print(f"{instance['instance_id']}  {instance['name']:8} {instance['zone']}  {instance['ip']:12} {groups}")


def environment(state: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """This process's environment with the lab as AWS, and no way to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    local = ",".join(filter(None, [kept.get("NO_PROXY", kept.get("no_proxy", "")), "127.0.0.1", "localhost"]))
    return {
        **kept,
        "AWS_ENDPOINT_URL": state["api_url"],
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": state["region"],
        "AWS_DEFAULT_REGION": state["region"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": local,
        "no_proxy": local,
        "LAB_LB_URL": state["lb_url"],
        "LAB_STATE": str(layout.state),
    }


def _command(options: argparse.Namespace) -> list[str]:
    words = list(options.command)
    return words[1:] if words[0] == "--" else words


def _run(options: argparse.Namespace, layout: Layout) -> int:
    command = _command(options)
    try:
        return subprocess.run(command, env=environment(_state(layout), layout), check=False).returncode
    # Where the PATH has a folder that this user may not read, a command that is nowhere is "Permission denied".
    except (FileNotFoundError, PermissionError) as error:
        reason = "no such command" if shutil.which(command[0]) is None else "may not be run"
        raise LabError(f"{reason}: {command[0]}") from error


def _execute(options: argparse.Namespace, layout: Layout) -> int:
    _state(layout)
    answer = control.ask(layout.control, kind="execute", instance_id=options.instance_id, command=_command(options))
    sys.stdout.write(answer["stdout"])
    sys.stderr.write(answer["stderr"])
    return int(answer["code"])


def _fault(options: argparse.Namespace, layout: Layout) -> None:
    _state(layout)
    instance_id = next((word for word in options.details if "=" not in word), None)
    if options.name not in INSTANCE_FAULTS and instance_id is not None:
        raise LabError(f"{options.name} is a fault of the API: it takes key=value, not {instance_id!r}")
    details = dict(_detail(word) for word in options.details if "=" in word)
    control.ask(
        layout.control,
        kind="fault",
        name=options.name,
        on=options.switch == "on",
        instance_id=instance_id,
        options=details,
    )


def _detail(word: str) -> tuple[str, Any]:
    key, _, raw = word.partition("=")
    try:
        return key, json.loads(raw)
    except ValueError:
        return key, raw


def _ask_one(kind: str) -> Callable[[argparse.Namespace, Layout], None]:
    def do(options: argparse.Namespace, layout: Layout) -> None:
        _state(layout)
        control.ask(layout.control, kind=kind, instance_id=options.instance_id)

    return do
