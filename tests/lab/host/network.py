"""The VPC: one bridge in the lab's network namespace, one veth pair a boot of an instance."""

from __future__ import annotations

import ipaddress
import itertools

from ..settings import Network
from .commands import find, run
from .layout import InstancePlan

BRIDGE = "vpc"
_names = itertools.count(1)


def build(network: Network) -> None:
    length = ipaddress.ip_network(network.cidr).prefixlen
    run(
        find("ip"), "-batch", "-",
        stdin=f"link set lo up\n"
        f"link add {BRIDGE} type bridge\n"
        f"addr add {network.gateway}/{length} dev {BRIDGE}\n"
        f"link set {BRIDGE} up\n",
    )  # fmt: skip


def plug_in(plan: InstancePlan, pid: int) -> None:
    """Give the network namespace of `pid` an eth0 on the bridge; it goes when that namespace does."""
    port = f"veth{next(_names)}"
    run(
        find("ip"), "-batch", "-",
        stdin=f"link add {port} type veth peer name eth0 address {plan.mac} netns {pid}\n"
        f"link set {port} master {BRIDGE} up\n",
    )  # fmt: skip


def configure_inside(ip: str, prefix_length: int) -> None:
    """In the instance: no default route, so that whatever looks for the outside world fails at once."""
    run(
        find("ip"), "-batch", "-",
        stdin=f"link set lo up\naddr add {ip}/{prefix_length} dev eth0\nlink set eth0 up\n",
    )  # fmt: skip
