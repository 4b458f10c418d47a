"""The hooks run for real, on a node whose pm2, systemd and firewall write down what they were told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from unit.roles.node import Node, running_node
from unit.roles.rendering import SHOP, scripts

pytestmark = pytest.mark.live

OUTSIDE, LOOPBACK = "0100000A", "0100007F"
PORT_443, PORT_80 = "01BB", "0050"
ESTABLISHED, HANDSHAKE, TIME_WAIT = "01", "03", "06"


def test_a_whole_run_with_a_reboot_ends_as_it_began(node: Node) -> None:
    pre = node.run("pre")
    assert pre.returncode == 0, pre.stderr
    assert "boot_id=" in pre.stdout
    assert node.status == "stopped"
    assert node.rules == ["INPUT ! -i lo -p tcp --syn --dport 443 -m comment --comment steadyfleet:shop -j DROP"], (
        "new connections are dropped, those over loopback are not"
    )

    post = node.run("post")
    assert post.returncode == 0, post.stderr
    assert (node.root / "app" / "done.txt").read_text() == "updated\n"

    node.reboot()
    end = node.run("on_exit")
    assert end.returncode == 0, end.stderr
    assert "shop is up" in end.stdout
    assert "\nhealth=0 200\n" in end.stdout
    assert "boot_id=" in end.stdout
    assert node.asked("pm2")[-1] == ["jlist"], "an application that the boot brought back is not restarted"
    assert not [words for words in node.asked("iptables") if "-D" in words], "the rule went with the reboot"
    assert node.markers == {"update.log"}


def test_without_a_reboot_the_application_is_started_and_the_port_opened(node: Node) -> None:
    node.run("pre")
    node.run("post")
    end = node.run("on_exit")

    assert end.returncode == 0, end.stderr
    assert node.status == "online"
    assert node.rules == []
    assert ["restart", "3"] in node.asked("pm2")


def test_on_exit_touches_nothing_when_the_pre_hook_never_ran(node: Node) -> None:
    end = node.run("on_exit")

    assert end.returncode == 0
    assert "there is nothing to restore" in end.stdout
    assert node.asked("pm2") == node.asked("iptables") == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [([500] * 99, "HTTP status 500"), ([302] * 99, "HTTP status 302"), ([404] * 99, "HTTP status 404")],
    ids=["server error", "redirect", "not found"],
)
def test_a_sick_application_fails_the_exit_hook_but_leaves_no_rule(node: Node, answers: list[int], said: str) -> None:
    node.run("pre")
    node.run("post")
    node.answers.extend(answers)

    end = node.run("on_exit", patch_hooks_start_timeout=2)

    assert end.returncode == 1
    last = end.stderr.splitlines()[-1]
    assert last == f"error: shop is not healthy after 2 s (running): {node.url}: {said}"
    assert node.rules == []
    assert "found" in node.markers, "the next run knows that the application used to run"


def test_an_application_that_does_not_answer_is_told_with_the_reason(node: Node) -> None:
    node.run("pre")
    node.run("post")

    end = node.run("on_exit", patch_hooks_start_timeout=2, patch_hooks_health_url="http://127.0.0.1:9/")

    last = end.stderr.splitlines()[-1]
    assert last.startswith("error: shop is not healthy after 2 s (running): http://127.0.0.1:9/: curl: (7) ")
    assert "000" not in last


def test_one_last_line_has_every_reason(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.change(firewalls_broken=["iptables"])
    node.answers.extend([500] * 99)

    end = node.run("on_exit", patch_hooks_start_timeout=2)

    last = end.stderr.splitlines()[-1]
    assert "HTTP status 500; cannot tell whether port 443 is open again" in last


def test_why_an_application_did_not_stop_is_told(node: Node) -> None:
    pm2 = (node.root / "bin" / "pm2").read_text()
    node.change_tool("pm2", pm2.replace("exec ", "[ \"$1\" != stop ] || { echo '[PM2] no' >&2; exit 1; }\nexec ", 1))

    pre = node.run("pre")

    assert pre.stderr.splitlines()[-1] == "error: shop could not be stopped: exit code 1: [PM2] no"
    assert "nothing_changed" not in pre.stdout


def test_a_few_bad_answers_while_starting_are_waited_out(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.answers.extend([503, 200, 503, 200, 200])

    end = node.run("on_exit")

    assert end.returncode == 0, end.stderr
    assert node.answers == [], "two good answers in a row were asked for"


def test_an_application_that_falls_over_again_is_not_waited_for(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.change(becomes=["errored"])

    end = node.run("on_exit", patch_hooks_start_timeout=300)

    assert end.returncode == 1
    assert "shop is failed again after its start" in end.stderr
    assert node.rules == []


def test_after_a_failed_update_the_application_is_up_again_and_the_failure_stays(node: Node) -> None:
    node.run("pre")
    post = node.run("post", patch_hooks_update_command="echo 'no such package'; exit 194")
    assert post.returncode == 1, "194 would make the agent reboot"
    assert "no such package" in post.stdout
    assert "failed with exit code 194" in post.stderr

    end = node.run("on_exit")

    assert end.returncode == 1
    assert "did not succeed; shop is up" in end.stderr
    assert node.status == "online"
    assert node.rules == []
    assert node.markers == {"update.log"}


def test_an_update_that_hangs_is_a_failure_and_no_timeout_of_the_agent(node: Node) -> None:
    node.run("pre")

    post = node.run("post", patch_hooks_update_command="sleep 30", patch_hooks_update_timeout=1)

    assert post.returncode == 1
    assert "did not end within 1 s" in post.stderr


def test_the_post_hook_does_nothing_when_the_pre_hook_did_not_finish(node: Node) -> None:
    post = node.run("post")

    assert post.returncode == 1
    assert "the pre hook did not finish" in post.stderr
    assert not (node.root / "app" / "done.txt").exists()


@pytest.mark.parametrize("state", [ESTABLISHED, HANDSHAKE])
def test_an_open_connection_from_outside_stops_the_run_before_the_application(node: Node, state: str) -> None:
    node.connections(f"{PORT_443} {OUTSIDE} {state}", f"{PORT_443} {LOOPBACK} {ESTABLISHED}")

    pre = node.run("pre")

    assert pre.returncode == 1
    assert "1 connections to port 443 are still open after 1 s" in pre.stderr
    assert "nothing_changed" not in pre.stdout, "the port is closed"
    assert node.status == "online"

    end = node.run("on_exit")
    assert end.returncode == 1
    assert node.rules == [], "the exit hook opens the port again"
    assert node.status == "online"


def test_open_connections_can_be_left_behind_when_asked_for(node: Node) -> None:
    node.connections(f"{PORT_443} {OUTSIDE} {ESTABLISHED}")

    pre = node.run("pre", patch_hooks_on_open_connections="continue")

    assert pre.returncode == 0, pre.stderr
    assert "continuing with 1 connections" in pre.stdout
    assert node.status == "stopped"


def test_connections_that_do_not_count(node: Node) -> None:
    node.connections(
        f"{PORT_443} {LOOPBACK} {ESTABLISHED}",
        f"{PORT_443} 0000000000000000FFFF00000100007F {ESTABLISHED}",
        f"{PORT_443} 00000000000000000000000001000000 {ESTABLISHED}",
        f"{PORT_443} {OUTSIDE} {TIME_WAIT}",
        f"{PORT_80} {OUTSIDE} {ESTABLISHED}",
    )

    pre = node.run("pre")

    assert pre.returncode == 0, pre.stderr
    assert "no open connections" in pre.stdout


# Opens connections in a network of its own, then runs the hook's function. A connection to 10.9.9.8 stays in its
# handshake (TCP_DEFER_ACCEPT). Connections that do not count: one that the server has closed, and one to another port.
# The kernel adds the route to an IPv6 address a moment after the address.
CONNECTIONS = """
import errno, socket, subprocess, sys, time
def connect(address):
    for _attempt in range(200):
        try:
            return socket.create_connection((address, 443))
        except OSError as error:
            if error.errno not in (errno.ENETUNREACH, errno.EADDRNOTAVAIL):
                raise
            time.sleep(0.05)
    raise SystemExit("no route to " + address)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for address in ("10.9.9.8/32", "10.9.9.9/32", "fd00::9/128"):
    subprocess.run(["ip", "address", "add", address, "dev", "lo", *(["nodad"] if ":" in address else [])], check=True)
server = socket.create_server(("::", 443), family=socket.AF_INET6, dualstack_ipv6=True, reuse_port=True)
handshake = socket.create_server(("10.9.9.8", 443), reuse_port=True)
handshake.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
other = socket.create_server(("10.9.9.9", 80))
peers = [connect(address) for address in sys.argv[2].split(",")]
accepted = [server.accept() for peer in peers if peer.getpeername()[0] != "10.9.9.8"]
peers.append(connect("10.9.9.9"))
server.accept()[0].close()
peers.append(socket.create_connection(("10.9.9.9", 80)))
sys.exit(subprocess.run(["sh", sys.argv[1]]).returncode)
"""


@pytest.mark.parametrize("with_ss", [True, False], ids=["ss", "proc"])
@pytest.mark.parametrize(
    ("addresses", "count"),
    [
        ("127.0.0.1,::1,127.1.2.3", "0"),
        ("10.9.9.9,127.0.0.1,::1", "1"),
        ("10.9.9.9,10.9.9.9,fd00::9,::1", "3"),
        ("10.9.9.8,10.9.9.9", "2"),
    ],
)
def test_real_connections_are_counted(tmp_path: Path, addresses: str, count: str, with_ss: bool) -> None:
    hook = scripts(SHOP)["pre"]
    functions = hook[hook.index("open_connections() {") : hook.index("block_new_connections() {")]
    if not with_ss:
        functions = functions.replace("if open=$(ss ", "if open=$(no-such-ss ")
    file = tmp_path / "count.sh"
    file.write_text(f"set -eu\nport=443\n{functions}\nopen_connections\n")

    result = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", CONNECTIONS, str(file), addresses],
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr, result.stdout) == (0, "", f"{count}\n")


def test_open_connections_come_from_ss_where_the_node_has_it(node: Node) -> None:
    node.change_tool("ss", "#!/bin/sh\necho 'ESTAB 0 0 10.77.1.10:443 10.0.0.1:50000'\necho 'SYN-RECV 0 0 a b'\n")

    pre = node.run("pre")

    assert pre.returncode == 1
    assert "2 connections to port 443 are still open after 1 s" in pre.stderr
    assert node.status == "online"


def test_unreadable_connections_are_not_taken_for_none(node: Node) -> None:
    (node.root / "proc_net_tcp").unlink()

    pre = node.run("pre")

    assert pre.returncode == 1
    assert "cannot read the node's connections" in pre.stderr
    assert node.status == "online"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"patch_hooks_application": "other"}, "there is no application other in pm2 of user"),
        ({"patch_hooks_application": "all"}, "there is no application all in pm2"),
        ({"patch_hooks_application": "3"}, "there is no application 3 in pm2"),
        ({"patch_hooks_path": "/no/such/folder"}, "this node has no directory /no/such/folder"),
        ({"patch_hooks_user": "nosuchuser"}, "this node has no user nosuchuser"),
    ],
)
def test_what_is_wrong_with_a_node_is_said_before_it_is_touched(
    node: Node, settings: dict[str, str], said: str
) -> None:
    pre = node.run("pre", **settings)

    assert pre.returncode == 1
    assert said in pre.stderr
    assert "nothing_changed=yes" in pre.stdout
    assert node.rules == []
    assert node.status == "online"
    assert node.run("on_exit", **settings).returncode == 0, "nothing was touched, so nothing is put right"


@pytest.mark.parametrize("name", ['it\'s $(touch owned) "shop"', "-v", "server.js", "/^shop/", "all", "0"])
def test_whatever_it_is_called_exactly_that_application_is_stopped_and_started(tmp_path: Path, name: str) -> None:
    with running_node(tmp_path, name) as node:
        other = {"name": "shop-admin", "id": 0, "pid": 50, "status": "online"}
        node.change(apps=[*node.state["apps"], other])

        for hook in ("pre", "post", "on_exit"):
            done = node.run(hook)
            assert done.returncode == 0, done.stderr

        assert ["stop", "3"] in node.asked("pm2")
        assert ["restart", "3"] in node.asked("pm2")
        assert node.state["apps"][1] == other


def test_a_pm2_without_daemon_is_brought_back(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.change(apps=[], saved=[{"name": "shop", "id": 0, "pid": 7, "status": "online"}])

    end = node.run("on_exit", patch_hooks_start_timeout=6)

    assert end.returncode == 0, end.stderr
    assert ["resurrect"] in node.asked("pm2")


def test_an_application_that_was_never_saved_is_said_to_be_missing(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.change(apps=[])

    end = node.run("on_exit", patch_hooks_start_timeout=6)

    assert end.returncode == 1
    assert "there is no application shop" in end.stderr
    assert node.rules == []


def test_an_application_that_was_stopped_before_is_left_so(node: Node) -> None:
    node.change(apps=[{**node.state["apps"][0], "status": "stopped", "pid": 0}])

    for hook in ("pre", "post", "on_exit"):
        done = node.run(hook)
        assert done.returncode == 0, done.stderr

    assert node.status == "stopped"
    assert node.rules == []


def test_a_run_that_was_cut_off_is_put_right_by_the_next_one(node: Node) -> None:
    node.run("pre", command_id="cut off")
    assert node.status == "stopped"

    end = node.run("on_exit", command_id="next, with nothing to install")

    assert end.returncode == 0, end.stderr
    assert node.status == "online"
    assert node.rules == []
    assert node.markers == set()


def test_what_a_cut_off_run_has_left_is_a_change(node: Node) -> None:
    node.run("pre", command_id="cut off")

    pre = node.run("pre", command_id="next", patch_hooks_path="/no/such/folder")

    assert pre.returncode == 1
    assert "nothing_changed" not in pre.stdout


def test_a_pre_hook_after_a_cut_off_run_knows_that_the_application_used_to_run(node: Node) -> None:
    node.run("pre", command_id="cut off")
    node.run("pre", command_id="next")
    assert len(node.rules) == 1, "the rule is not set twice"
    node.run("post", command_id="next")

    end = node.run("on_exit", command_id="next")

    assert end.returncode == 0, end.stderr
    assert node.status == "online"


def test_every_rule_of_ours_is_removed_and_no_other(node: Node) -> None:
    node.run("pre")
    ours = node.rules[0]
    node.run("post")
    node.change(rules={"iptables": [ours, "INPUT -s 10.0.0.9 -j DROP", ours]})

    end = node.run("on_exit")

    assert end.returncode == 0, end.stderr
    assert node.rules == ["INPUT -s 10.0.0.9 -j DROP"]


def test_a_rule_of_ours_for_another_port_is_not_passed_over(node: Node) -> None:
    node.run("pre", patch_hooks_port=8443)
    node.run("post")

    end = node.run("on_exit")

    assert end.returncode == 1
    assert "a rule steadyfleet:shop is still in the iptables chain" in end.stderr


def test_a_firewall_that_does_not_answer_is_not_taken_for_an_open_one(node: Node) -> None:
    node.run("pre")
    node.run("post")
    node.change(firewalls_broken=["iptables"])

    end = node.run("on_exit")

    assert end.returncode == 1
    assert "cannot tell whether port 443 is open again" in end.stderr


def test_with_an_address_of_global_scope_the_port_is_closed_over_ipv6_too(node: Node) -> None:
    file = node.root / "proc_net_if_inet6"
    file.write_text(file.read_text() + "20010db8000000000000000000000001 02 40 00 80     eth0\n")

    pre = node.run("pre")
    assert pre.returncode == 0, pre.stderr
    assert sorted(node.state["rules"]) == ["ip6tables", "iptables"]
    node.run("post")

    end = node.run("on_exit")
    assert end.returncode == 0, end.stderr
    assert node.rules == []


def test_a_node_without_ipv6_needs_no_ip6tables(node: Node) -> None:
    node.change(firewalls_broken=["ip6tables"])

    for hook in ("pre", "post", "on_exit"):
        done = node.run(hook)
        assert done.returncode == 0, done.stderr


def test_the_port_can_be_left_alone(node: Node) -> None:
    node.change(firewalls_broken=["iptables", "ip6tables"])

    for hook in ("pre", "post", "on_exit"):
        done = node.run(hook, patch_hooks_block_port=False)
        assert done.returncode == 0, done.stderr

    assert node.asked("iptables") == []


def test_a_systemd_service_is_stopped_and_started_the_same_way(tmp_path: Path) -> None:
    with running_node(tmp_path, "shop.service", patch_hooks_kind="systemd") as node:
        for hook in ("pre", "post"):
            done = node.run(hook)
            assert done.returncode == 0, done.stderr
        assert node.status == "stopped"

        end = node.run("on_exit")

        assert end.returncode == 0, end.stderr
        assert ["start", "--", "shop.service"] in node.asked("systemctl")
        assert node.asked("pm2") == []
