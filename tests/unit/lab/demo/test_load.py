"""The meter: every way a request can fail is seen, counted once, and written down."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.demo.load import Load
from lab.host.layout import TOOLS_NPM

RATE = 40
SECONDS = 2.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"

# What a server does with one request; returning False ends the connection.
Behaviour = Callable[[socket.socket], bool]


def answer(connection: socket.socket) -> bool:
    connection.sendall(OK)
    return True


def fail(connection: socket.socket) -> bool:
    connection.sendall(BROKEN)
    return True


def hang_up(_connection: socket.socket) -> bool:
    return False


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return False


def say_nothing(_connection: socket.socket) -> bool:
    return True


class Server:
    """Answers every request on its port by `behaviour`, and counts them."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = answer
        self.requests = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while connection.recv(4096):
                    with self._lock:
                        self.requests += 1
                    if not self.behaviour(connection):
                        return
            except OSError:
                return


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def measure(
    server: Server, folder: Path, behaviour: Behaviour, timeout: int = 1
) -> tuple[dict[str, int], Counter[str]]:
    """One second of answers, some of `behaviour`, and the end: (totals, kinds of the failures written down)."""
    options = {"rate": RATE, "timeout": timeout}
    with Load(server.url, ["/", "/api/items"], options, TOOLS_NPM, folder) as load:
        _until(lambda: load.totals()["requests"] >= RATE)
        server.behaviour = behaviour
        time.sleep(SECONDS)
        server.behaviour = answer
    assert load.complete()
    written = [json.loads(line) for line in (folder / "failures.jsonl").read_text().splitlines()]
    return load.totals(), Counter(failure["kind"] for failure in written)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the load does not start"
        time.sleep(0.05)


def test_nothing_fails_when_everything_is_answered(server: Server, tmp_path: Path) -> None:
    totals, kinds = measure(server, tmp_path, answer)

    assert (totals["failed"], kinds) == (0, Counter())
    assert totals["requests"] == server.requests, "counted are the requests that were sent"


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [(fail, "status 500"), (hang_up, "connection closed"), (reset, "ECONNRESET"), (say_nothing, "timeout")],
    ids=["error-status", "closed-without-an-answer", "reset", "no-answer"],
)
def test_every_kind_of_failure_is_seen(server: Server, tmp_path: Path, behaviour: Behaviour, kind: str) -> None:
    totals, kinds = measure(server, tmp_path, behaviour)

    assert set(kinds) == {kind}
    assert totals["failed"] == kinds[kind] > RATE // 2
    assert totals["requests"] == server.requests


def test_the_load_is_spread_over_the_second(server: Server, tmp_path: Path) -> None:
    moments: list[float] = []

    def note(connection: socket.socket) -> bool:
        moments.append(time.monotonic() % 1.0)
        return answer(connection)

    measure(server, tmp_path, note)

    tenths = {int(moment * 10) for moment in moments}
    assert len(tenths) >= 8, "an outage of a fraction of a second would be missed"
