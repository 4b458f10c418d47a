"""The control socket: one question, one answer, from a folder as deep as it may be."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from lab.host import control
from lab.host.commands import LabError


def _double(request: dict[str, Any]) -> dict[str, Any]:
    if request["number"] < 0:
        raise LabError("only what is not negative")
    return {"number": request["number"] * 2}


def test_an_answer(tmp_path: Path) -> None:
    control.serve(tmp_path / "control.sock", _double)

    assert [control.ask(tmp_path / "control.sock", number=number)["number"] for number in (1, 2)] == [2, 4]


def test_a_path_longer_than_a_sockets_name_may_be(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 40)
    folder.mkdir()

    control.serve(folder / "control.sock", _double)

    assert control.ask(folder / "control.sock", number=3) == {"number": 6}


@pytest.mark.parametrize(("request_", "complaint"), [({"number": -1}, "not negative"), ({}, "number")])
def test_an_error_over_there_is_an_error_here(tmp_path: Path, request_: dict[str, Any], complaint: str) -> None:
    control.serve(tmp_path / "control.sock", _double)

    with pytest.raises(LabError, match=complaint):
        control.ask(tmp_path / "control.sock", **request_)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="does not answer"):
        control.ask(tmp_path / "control.sock", number=1)


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    control.serve(tmp_path / "control.sock", _double)

    assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o600
