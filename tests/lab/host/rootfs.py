"""The root directory of an instance: the host's programs, its own everything else.

Below the instance's folder (on a tmpfs of the lab) lie `root`, the tree the instance sees, and `upper` and `work`, the
writable halves of its overlays. Folders of programs and configuration are overlays of the host's; state (/var, /srv,
/root, ...) starts empty and survives a reboot; /run and /tmp do not.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import syscalls

LAYERED = ("usr", "etc", "opt", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
KEPT = ("var", "srv", "root", "home", "mnt", "media")
FRESH = ("run", "tmp")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# Copying a folder up into an overlay means taking over its owner, which a user namespace that knows only one user
# cannot do; folders that exist in the upper half already need no copying.
WRITABLE = (
    "usr/bin",
    "usr/lib",
    "usr/share/doc",
    "usr/local/bin",
    "usr/local/sbin",
    "usr/local/lib",
    "usr/local/share",
    "etc/default",
)
# Replaced, not merged: the host's own package sources and hooks must not reach the instance.
REPLACED = ("etc/apt", "etc/dpkg")


@dataclass(frozen=True)
class Disk:
    """An instance's storage; outlives its boots."""

    base: Path

    @property
    def root(self) -> Path:
        return self.base / "root"

    @property
    def upper(self) -> Path:
        return self.base / "upper"

    @property
    def work(self) -> Path:
        return self.base / "work"

    @property
    def replaced(self) -> Path:
        return self.base / "replaced"


def create(disk: Disk) -> None:
    """Lay out an empty disk."""
    for name in LAYERED:
        if Path("/", name).is_dir() and not Path("/", name).is_symlink():
            (disk.upper / name).mkdir(parents=True)
    for path in WRITABLE:
        (disk.upper / path).mkdir(parents=True, exist_ok=True)
    for name in REPLACED:
        (disk.replaced / name).mkdir(parents=True)
    for name in (*KEPT, *FRESH, "dev", "proc", "sys"):
        (disk.root / name).mkdir(parents=True, exist_ok=True)
    for path in ("var/lib", "var/log", "var/cache", "var/tmp"):
        (disk.root / path).mkdir(parents=True, exist_ok=True)
    (disk.root / "var/run").symlink_to("/run")


def assemble(disk: Disk, boot_id: Path, binds: dict[str, str]) -> None:
    """Mount everything below the root. To be called in the instance's own mount and PID namespaces.

    `binds` maps host paths the instance may read to where it sees them.
    """
    syscalls.bind(disk.root, disk.root)
    for name in LAYERED:
        _layer(disk, name)
    for name in REPLACED:
        syscalls.bind(disk.replaced / name, disk.root / name)
    for name in FRESH:
        syscalls.mount(name, disk.root / name, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=1777")
    for source, target in binds.items():
        syscalls.bind(source, disk.root / target.lstrip("/"), read_only=True)
    _devices(disk.root / "dev")
    syscalls.mount("proc", disk.root / "proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV)
    syscalls.bind(boot_id, disk.root / "proc/sys/kernel/random/boot_id", read_only=True)
    syscalls.pivot_root(disk.root)


def _layer(disk: Disk, name: str) -> None:
    host, target = Path("/", name), disk.root / name
    if host.is_symlink():
        if not target.is_symlink():
            target.symlink_to(host.readlink())
        return
    if not host.is_dir():
        return
    target.mkdir(exist_ok=True)
    work = disk.work / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    options = f"lowerdir={host},upperdir={disk.upper / name},workdir={work}"
    for attempt in (f"{options},userxattr", options):
        try:
            syscalls.mount("overlay", target, "overlay", 0, attempt)
            return
        except OSError:
            continue
    _copy_or_bind(disk, host, target)


def _copy_or_bind(disk: Disk, host: Path, target: Path) -> None:
    """For a folder that cannot be layered (locked mounts below it, as /etc has in a container)."""
    if host.name != "etc":
        raise OSError(f"/{host.name} cannot be the lower half of an overlay here")
    shutil.copytree(host, target, symlinks=True, dirs_exist_ok=True, ignore=_unreadable)
    shutil.copytree(disk.upper / host.name, target, symlinks=True, dirs_exist_ok=True)


def _unreadable(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not _can_read(Path(folder, name))]


def _can_read(path: Path) -> bool:
    if path.is_symlink():
        return True
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        else:
            path.open("rb").close()
    except OSError:
        return False
    return True


def _devices(dev: Path) -> None:
    syscalls.mount("dev", dev, "tmpfs", syscalls.MS_NOSUID, "mode=755")
    for name in DEVICES:
        syscalls.bind(Path("/dev", name), dev / name)
    for name, target in (("fd", "self/fd"), ("stdin", "self/fd/0"), ("stdout", "self/fd/1"), ("stderr", "self/fd/2")):
        (dev / name).symlink_to(f"/proc/{target}")
    (dev / "shm").mkdir(mode=0o1777)
    (dev / "pts").mkdir()
    syscalls.mount("devpts", dev / "pts", "devpts", syscalls.MS_NOSUID, "newinstance,ptmxmode=0666,mode=620")
    (dev / "ptmx").symlink_to("pts/ptmx")
