"""A node for the hooks to run on: a real shell, awk, curl and node; its pm2, systemctl and iptables keep a record."""

from __future__ import annotations

import getpass
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.roles.rendering import SHOP, scripts

# A line #! cannot name a Python whose path has a space: a shell starts it.
STARTER = """#!/bin/sh
exec '{python}' '{tools}' "$0" "$@"
"""
# Started with its tool's name, it finds the node's state beside that and says what it was asked.
TOOLS = r"""import json, pathlib, sys
here = pathlib.Path(__file__).resolve().parent
tool, *arguments = [pathlib.Path(sys.argv[1]).name, *sys.argv[2:]]
with (here / "asked.jsonl").open("a") as log:
    log.write(json.dumps([tool, *arguments]) + "\n")
file = here / "state.json"
state = json.loads(file.read_text())


def save():
    file.write_text(json.dumps(state))


def set_status(status, chosen):
    for app in state["apps"]:
        if chosen(app):
            app["status"] = state["becomes"].pop(0) if status == "online" and state["becomes"] else status
            app["pid"] = app["pid"] + 1 if app["status"] == "online" else 0
    save()


def pm2():
    if arguments[0] == "jlist":
        print("[PM2] Spawning PM2 daemon with pm2_home=/nowhere")
        print(json.dumps([{"name": a["name"], "pid": a["pid"], "pm_id": a["id"], "pm2_env": {"status": a["status"]}}
                          for a in state["apps"]]))
    elif arguments[0] == "resurrect":
        state["apps"].extend(state.pop("saved", []))
        save()
    else:
        set_status({"stop": "stopped", "restart": "online"}[arguments[0]], lambda app: str(app["id"]) in arguments[1:])


def systemctl():
    unit = [app for app in state["apps"] if app["name"] == arguments[-1]]
    if arguments[0] == "show":
        words = {"online": "active", "stopped": "inactive", "errored": "failed"}
        print("LoadState=" + ("loaded" if unit else "not-found"))
        print("ActiveState=" + (words[unit[0]["status"]] if unit else "inactive"))
        print("MainPID=%d" % (unit[0]["pid"] if unit else 0))
    elif arguments[0] in ("start", "stop"):
        set_status({"stop": "stopped", "start": "online"}[arguments[0]], lambda app: app in unit)


def firewall():
    if tool in state["firewalls_broken"]:
        sys.exit(3)
    rules = state["rules"].setdefault(tool, [])
    if "-S" in arguments:
        print("\n".join(["-P INPUT ACCEPT", *("-A " + rule for rule in rules)]))
        return
    [operation] = [word for word in arguments if word in ("-C", "-I", "-D")]
    rule = " ".join(arguments[arguments.index(operation) + 1:])
    if operation == "-I":
        rules.insert(0, rule)
    elif rule not in rules:
        sys.exit(1)
    elif operation == "-D":
        rules.remove(rule)
    save()


{"pm2": pm2, "systemctl": systemctl, "iptables": firewall, "ip6tables": firewall}[tool]()
"""


@dataclass
class Node:
    root: Path
    settings: dict[str, Any]
    url: str
    answers: list[int] = field(default_factory=list)

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.root / "bin" / "state.json").read_text())

    def change(self, **changes: Any) -> None:
        (self.root / "bin" / "state.json").write_text(json.dumps({**self.state, **changes}))

    @property
    def status(self) -> str:
        return self.state["apps"][0]["status"]

    @property
    def rules(self) -> list[str]:
        return [rule for rules in self.state["rules"].values() for rule in rules]

    def asked(self, tool: str) -> list[list[str]]:
        log = self.root / "bin" / "asked.jsonl"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [words for name, *words in lines if name == tool]

    @property
    def markers(self) -> set[str]:
        return {path.name for path in (self.root / "state").rglob("*") if path.is_file()}

    def change_tool(self, tool: str, script: str) -> None:
        """Replace a program of the node."""
        (self.root / "bin" / tool).write_text(script)
        (self.root / "bin" / tool).chmod(0o755)

    def connections(self, *lines: str) -> None:
        """The node's connections, as "local-port peer-address state" with proc's hexadecimal. This node has no ss."""
        rows = [
            f"   {number}: 0A4D010B:{port} {peer}:C350 {state} 00000000:00000000"
            for number, (port, peer, state) in enumerate(line.split() for line in lines)
        ]
        (self.root / "proc_net_tcp").write_text("\n".join(["  sl  local_address rem_address   st", *rows, ""]))

    def run(self, hook: str, command_id: str = "one", **settings: Any) -> subprocess.CompletedProcess[str]:
        """Run a hook as the agent does: its lines in a file, run by sh, with next to no environment."""
        text = scripts({**self.settings, **settings})[hook]
        for real, ours in {
            "/var/lib/steadyfleet": self.root / "state",
            "/proc/net/tcp6": self.root / "no_such_file",
            "/proc/net/tcp": self.root / "proc_net_tcp",
            "/proc/net/if_inet6": self.root / "proc_net_if_inet6",
        }.items():
            # Where the hook quotes the path, ours is inside its quotes; elsewhere it needs some of its own.
            text = text.replace(f"'{real}", f"'{ours}").replace(real, f"'{ours}'")
        file = self.root / "hook.sh"
        file.write_text(text.replace("sleep 1", "sleep 0.1"))
        environment = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "SSM_COMMAND_ID": command_id}
        return subprocess.run(
            ["sh", str(file)], cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def reboot(self) -> None:
        """The firewall's rules are gone and the application is back."""
        apps = [{**app, "status": "online", "pid": 900} for app in self.state["apps"]]
        self.change(rules={}, apps=apps)


class _Health(http.server.BaseHTTPRequestHandler):
    answers: list[int]

    def do_GET(self) -> None:
        status = self.answers.pop(0) if self.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def _health_server(answers: list[int]) -> Iterator[str]:
    handler = type("Health", (_Health,), {"answers": answers})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/health-check"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running_node(root: Path, name: str = "shop", **settings: Any) -> Iterator[Node]:
    tools = root / "bin"
    tools.mkdir()
    (root / "app").mkdir()
    (root / "pm2").mkdir()
    (tools / "tools.py").write_text(TOOLS)
    for tool in ("pm2", "systemctl", "iptables", "ip6tables"):
        (tools / tool).write_text(STARTER.format(python=sys.executable, tools=tools / "tools.py"))
        (tools / tool).chmod(0o755)
    answers: list[int] = []
    # pm2's daemon is known by its pid file and what it calls itself.
    daemon = subprocess.Popen(["PM2 v6: God Daemon", "60"], executable="/bin/sleep")
    (root / "pm2" / "pm2.pid").write_text(str(daemon.pid))
    try:
        with _health_server(answers) as url:
            node = Node(
                root, {**SHOP, "patch_hooks_application": name, "patch_hooks_path": str(root / "app")}, url, answers
            )
            node.settings |= {
                "patch_hooks_user": getpass.getuser(),
                "patch_hooks_health_url": url,
                "patch_hooks_environment": {"PM2_HOME": str(root / "pm2")},
                "patch_hooks_update_command": "echo updated > done.txt",
                "patch_hooks_connection_grace": 1,
                "patch_hooks_start_timeout": 10,
                **settings,
            }
            app = {"name": name, "id": 3, "pid": 100, "status": "online"}
            (tools / "state.json").write_text(
                json.dumps({"apps": [app], "rules": {}, "becomes": [], "firewalls_broken": []})
            )
            (root / "proc_net_if_inet6").write_text("00000000000000000000000000000001 01 80 10 80       lo\n")
            node.change_tool("ss", "#!/bin/sh\nexit 1\n")
            node.connections()
            yield node
    finally:
        daemon.kill()
        daemon.wait()
