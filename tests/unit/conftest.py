"""The lab's API in process, nodes that do as told, and the collection's modules run as Ansible runs them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import pytest
from ansible.plugins.loader import init_plugin_loader

ROOT = Path(__file__).parents[2]


def _make_importable() -> None:
    """`lab`, and the checkout under the collection's name, whatever the checkout's folder is called."""
    # tools/next.sh tests with collections of its own.
    home = Path(os.environ.get("STEADYFLEET_COLLECTIONS", ROOT / "build" / "collections")) / "ansible_collections"
    link = home / "steadyfleet" / "aws_patching"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(Path("..") / ".." / ".." / "..")
    tests = str(ROOT / "tests")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    # Ansible's own loader, from the first import on: some tests need it, and it takes over no collection half way.
    init_plugin_loader([str(home.parent)])


_make_importable()

from lab.api.testing.kit import Lab, RunModule, serve  # noqa: E402
from lab.api.testing.scripted_node import ScriptedNode  # noqa: E402
from lab.credentials import ACCESS_KEY, SECRET_KEY  # noqa: E402

COLLECTION = "ansible_collections.steadyfleet.aws_patching"


def execute_module(name: str, args: dict[str, Any], check: bool = False) -> dict[str, Any]:
    """Run a module's main() in this process, as Ansible would, and give what it printed.

    ``failed`` and ``changed`` are always there. Diff mode is on.
    """
    from ansible.module_utils.testing import patch_module_args

    module = importlib.import_module(f"{COLLECTION}.plugins.modules.{name}")
    printed, warnings = io.StringIO(), list[str]()
    arguments = {**args, "_ansible_check_mode": check, "_ansible_diff": True}
    # In this process Ansible would show a warning once only, and on standard error.
    collected = mock.patch.object(module, "warn", warnings.append, create=True)
    with patch_module_args(arguments), contextlib.redirect_stdout(printed), collected:
        try:
            module.main()
        except SystemExit as exit_:
            code = exit_.code
        else:
            raise AssertionError(f"{name} returned without exit_json or fail_json")
    result: dict[str, Any] = json.loads(printed.getvalue().strip().splitlines()[-1])
    assert bool(result.get("failed", False)) == bool(code), f"{name}: exit code {code} and result disagree: {result}"
    return {"failed": False, "changed": False, **({"warnings": warnings} if warnings else {}), **result}


# Where every test starts programs.
LIVE = tuple(ROOT / "tests" / "unit" / folder for folder in ("examples", "lab/node", "lab/host", "lab/demo"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test one marker of [tool.pytest] in pyproject.toml: its own, or that of its folder or its fixtures."""
    for item in items:
        if any(item.get_closest_marker(kind) for kind in ("pure", "api", "live")):
            continue
        live = any(item.path.is_relative_to(folder) for folder in LIVE)
        api = "lab_api" in getattr(item, "fixturenames", ())
        item.add_marker("live" if live else "api" if api else "pure")


@pytest.fixture(autouse=True)
def _pure_tests_stay_in_the_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pure test that starts a program or opens a connection fails: it is of another kind, and would be slow."""

    def refuse(*_args: Any, **_options: Any) -> NoReturn:
        raise AssertionError("a pure test starts no program and opens no connection: mark it api or live")

    if request.node.get_closest_marker("pure"):
        monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "bind", refuse)


@pytest.fixture
def lab_overrides() -> dict[str, Any]:
    """Settings of the lab to change; override this fixture, or parametrize it, in a test module."""
    return {}


@pytest.fixture
def lab_api(lab_overrides: dict[str, Any]) -> Iterator[Lab]:
    """The API served on 127.0.0.1 with four instances in two target groups, and no agent online yet."""
    with serve(lab_overrides) as lab:
        yield lab


@pytest.fixture
def nodes(lab_api: Lab) -> dict[str, ScriptedNode]:
    """The four agents, online and behaving."""
    return lab_api.start_nodes()


@pytest.fixture
def aws(lab_api: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The environment an operator would have, pointing at the lab; and nothing of this machine's own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "BOTO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab_api.url)
    monkeypatch.setenv("AWS_REGION", lab_api.settings.account.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    return lab_api


@pytest.fixture
def run_module(aws: Lab) -> RunModule:
    """Modules against the lab, with the operator's environment: run_module("ssm_document", {...}, check=True)."""
    return execute_module
