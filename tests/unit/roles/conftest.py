from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.roles.node import Node, running_node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with running_node(tmp_path) as running:
        yield running
