"""Command line of the agent."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from pathlib import Path

from .config import Config
from .service import Agent


def parse(arguments: list[str]) -> Config:
    defaults = Config(endpoint="", instance_id="", region="", state_dir=Path())
    parser = argparse.ArgumentParser(prog="agent.py", description=__doc__)
    for name in ("endpoint", "instance-id", "region"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--agent-version", dest="version", default=defaults.version)
    parser.add_argument("--ip-address", default="")
    for name in ("ping-interval", "retry-pause", "message-pause", "orphan-resume", "request-timeout"):
        default = getattr(defaults, name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=float, default=default, metavar="SECONDS")
    options = parser.parse_args(arguments)
    system = _os_release()
    return Config(
        **vars(options),
        platform_name=system.get("NAME", defaults.platform_name),
        platform_version=system.get("VERSION_ID", defaults.platform_version),
        computer_name=platform.node(),
    )


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def main() -> None:
    config = parse(sys.argv[1:])
    # Scripts find the service the same way; see patch_baseline.py.
    os.environ["AWS_ENDPOINT_URL"] = config.endpoint
    agent = Agent(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop())
    code = agent.run()
    sys.stderr.flush()
    # Threads that wait for the service or for a script must not keep the agent alive.
    os._exit(code)
