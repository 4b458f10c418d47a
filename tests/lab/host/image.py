"""The disk every instance starts from, made once and kept: packages, the application and pm2's list of it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..settings import Settings
from . import rootfs
from .commands import SYSTEM_PATH, LabError, find, run
from .layout import NODE_FOLDER, REPOSITORY, RUN, TOOLS_NPM, InstancePlan

APPLICATION = "/srv/shop"
PACKAGES_INSIDE = "/usr/local/lib/lab-packages"
NODE_FOLDER_INSIDE = "/usr/local/lib/steadylab"
NPM_INSIDE = "/usr/local/lib/lab-npm"
# Where agent.py looks for the packages that it needs beside Python.
PYTHON_INSIDE = "/usr/local/lib/lab-python"
# What a system service gets: no HOME among it, so neither do the scripts that the agent runs.
SERVICE_ENVIRONMENT = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}
LOGIN_ENVIRONMENT = {**SERVICE_ENVIRONMENT, "NO_COLOR": "1", "HOME": "/root", "PM2_HOME": "/root/.pm2"}


@dataclass(frozen=True)
class Programs:
    """Host programs that may live anywhere, and so have to be bound into an instance."""

    python: Path
    python_prefix: Path
    node: Path
    yaml: Path

    @classmethod
    def of_this_host(cls) -> Programs:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        prefix = Path(sys.base_prefix).resolve()
        return cls(prefix / "bin" / version, prefix, Path(find("node")).resolve(), _package("yaml"))

    @property
    def node_prefix(self) -> Path:
        return self.node.parent.parent

    def binds(self) -> dict[str, str]:
        binds = {
            str(NODE_FOLDER): NODE_FOLDER_INSIDE,
            str(TOOLS_NPM): NPM_INSIDE,
            str(self.yaml): f"{PYTHON_INSIDE}/yaml",
        }
        for prefix in (self.python_prefix, self.node_prefix):
            if prefix.parts[1] not in rootfs.LAYERED:
                binds[str(prefix)] = str(prefix)
        return binds

    def links(self) -> dict[str, Path]:
        links = {"lab-python": self.python, "pm2": Path(NPM_INSIDE, "node_modules/pm2/bin/pm2")}
        if self.node_prefix.parts[1] not in rootfs.LAYERED:
            links |= {name: self.node_prefix / "bin" / name for name in ("node", "npm", "npx")}
        return {f"usr/local/bin/{name}": target for name, target in links.items()}


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise LabError(f"the Python package {name} is missing: run make setup")
    return Path(found.submodule_search_locations[0])


def key(settings: Settings, programs: Programs) -> str:
    """Changes when anything does that the image is made of."""
    digest = hashlib.sha256(json.dumps(settings.as_dict(), sort_keys=True, default=list).encode())
    digest.update(repr((programs, os.geteuid(), str(REPOSITORY))).encode())
    sources = [*sorted(NODE_FOLDER.glob("app/*")), TOOLS_NPM / "node_modules/pm2/package.json"]
    for path in [*sources, *sorted(Path(__file__).parent.glob("*.py"))]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def ensure(folder: Path, settings: Settings, programs: Programs, boot: Callable[..., None]) -> Path:
    """The image's folder, made by `boot` (one boot that runs commands) when it is missing or out of date."""
    image = folder / f"image-{key(settings, programs)}"
    if (image / "complete").exists():
        return image
    for old in [*folder.glob("image-*"), *folder.glob("new-*")]:
        shutil.rmtree(old, ignore_errors=True)
    if not (TOOLS_NPM / "node_modules/pm2").is_dir():
        raise LabError("pm2 is missing in build/npm: run make setup")
    disk = rootfs.Disk(RUN / "image")
    rootfs.create(disk)
    _write_configuration(disk, settings, programs)
    boot(disk, _commands(settings))
    for name in rootfs.FRESH:
        shutil.rmtree(disk.root / name)
        (disk.root / name).mkdir()
    shutil.rmtree(disk.work, ignore_errors=True)
    # Renamed when it is whole, so that a start that is interrupted leaves no half image.
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    run(find("cp"), "-a", str(disk.base) + "/.", str(aside))
    shutil.rmtree(disk.base)
    (aside / "complete").touch()
    with contextlib.suppress(OSError):  # another lab was faster
        aside.rename(image)
    return image


def copy_for(image: Path, plan: InstancePlan, disk: rootfs.Disk) -> None:
    run(find("cp"), "-a", str(image), str(disk.base))
    disk.base.chmod(0o755)
    etc = disk.upper / "etc"
    (etc / "hostname").write_text(f"{plan.name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{plan.ip} {plan.name}\n")
    folder = etc / "steadylab"
    folder.mkdir(exist_ok=True)
    (folder / "instance-id").write_text(f"{plan.instance_id}\n")


def _write_configuration(disk: rootfs.Disk, settings: Settings, programs: Programs) -> None:
    network = settings.network
    apt = disk.replaced / "etc/apt"
    for name in ("apt.conf.d", "preferences.d", "sources.list.d", "trusted.gpg.d", "keyrings", "auth.conf.d"):
        (apt / name).mkdir()
    (apt / "sources.list").write_text(f"deb [trusted=yes] {network.apt_url}/ ./\n")
    # No logs: apt gives them to a group that a user namespace does not have.
    (apt / "apt.conf").write_text(
        'APT::Sandbox::User "root";\nAcquire::Languages "none";\nDir::Log::Terminal "";\nDir::Log::History "";\n'
    )
    (disk.replaced / "etc/dpkg/dpkg.cfg.d").mkdir()
    admin = disk.root / "var/lib/dpkg"
    for name in ("info", "updates", "triggers"):
        (admin / name).mkdir(parents=True)
    (admin / "status").touch()
    (admin / "available").touch()
    for name in settings.packages:
        (disk.upper / "usr/share" / name).mkdir(parents=True)
    for link, target in programs.links().items():
        (disk.upper / link).symlink_to(target)
    # The real agent runs /sbin/shutdown -r +1; here every form of it reboots at once.
    for name in ("usr/local/sbin/reboot", "usr/sbin/shutdown"):
        reboot = disk.upper / name
        reboot.parent.mkdir(exist_ok=True)
        reboot.write_text("#!/bin/sh\nexec kill -INT 1\n")
        reboot.chmod(0o755)
    npmrc = f"registry={network.npm_url}/\naudit=false\nfund=false\nupdate-notifier=false\n"
    (disk.root / "root/.npmrc").write_text(npmrc)
    application = disk.root / APPLICATION.lstrip("/")
    shutil.copytree(NODE_FOLDER / "app", application, ignore=shutil.ignore_patterns("node_modules"))
    (application / ".npmrc").write_text(npmrc)
    (disk.root / "var/lib/shop").mkdir()


def application_environment(settings: Settings) -> dict[str, str]:
    """How the application is told; pm2 keeps it in its list, so it holds for every later start as well."""
    app = settings.app
    return {
        "PORT": str(settings.load_balancer.target_port),
        "APP_LATENCY_MS": f"{app.latency * 1000:g}",
        "APP_SLOW_MS": f"{app.slow_latency * 1000:g}",
        "APP_SLOW_SHARE": f"{app.slow_share:g}",
        "APP_SHUTDOWN_GRACE_MS": f"{app.shutdown_grace * 1000:g}",
        "APP_START_MS": f"{app.start_seconds * 1000:g}",
    }


def _commands(settings: Settings) -> list[list[str]]:
    debs = [f"{PACKAGES_INSIDE}/{name}_{before}_all.deb" for name, (before, _) in settings.packages.items()]
    modules = [f"{name}@{before}" for name, (before, _) in settings.packages_npm.items()]
    pm2 = "/usr/local/bin/pm2"
    variables = [f"{name}={value}" for name, value in application_environment(settings).items()]
    return [
        ["/usr/bin/dpkg", "--install", *debs],
        ["/bin/sh", "-c", f"cd {APPLICATION} && exec npm install --no-save {' '.join(modules)}"],
        ["/bin/sh", "-c", f"cd {APPLICATION} && exec env {' '.join(variables)} {pm2} start server.js --name shop"],
        [pm2, "save"],
        [pm2, "kill"],
    ]
