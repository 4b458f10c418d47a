"""Asking the instances themselves what is installed on them and which boot they are in."""

from __future__ import annotations

from collections.abc import Mapping

from ..host import control
from ..host.commands import LabError
from ..host.image import APPLICATION
from ..host.layout import Layout
from ..settings import Settings
from .summary import Versions

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def dependency(settings: Settings) -> str:
    """The npm package whose version the demo shows."""
    return next(iter(settings.packages_npm))


def look(layout: Layout, settings: Settings, names: Mapping[str, str]) -> dict[str, Versions]:
    """By instance id; `names` maps ids to names."""
    return {instance_id: _look(layout, settings, instance_id, name) for instance_id, name in names.items()}


def _look(layout: Layout, settings: Settings, instance_id: str, name: str) -> Versions:
    manifest = f"{APPLICATION}/node_modules/{dependency(settings)}/package.json"
    packages = " ".join(settings.packages)
    script = (
        f"cat {BOOT_ID}; node -p 'require(\"{manifest}\").version'; "
        f"dpkg-query --show --showformat '${{Package}} ${{Version}}\\n' {packages}"
    )
    answer = control.ask(layout.control, kind="execute", instance_id=instance_id, command=["sh", "-ec", script])
    if answer["code"] != 0:
        raise LabError(f"{instance_id} does not say what is installed on it: {answer['stderr'].strip()}")
    boot_id, version, *lines = answer["stdout"].split("\n")
    installed = dict(line.split(" ", 1) for line in lines if line)
    return Versions(instance_id=instance_id, name=name, boot_id=boot_id, packages=installed, dependency=version)
