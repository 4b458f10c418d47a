"""An agent in this process and the service it talks to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.lab.node.node_under_test import Node


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node for everything that leaves no trace on it."""
    one = Node(tmp_path_factory.mktemp("node"))
    one.boot()
    yield one
    one.close()


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[Node]:
    """A node of the test's own, to be rebooted and broken."""
    one = Node(tmp_path)
    one.boot()
    yield one
    one.close()
