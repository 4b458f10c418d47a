"""The meter: every way a request can fail is seen, counted once, and written down."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from lab.demo.load import SCRIPT, Load
from lab.host.commands import find

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


def break_off(connection: socket.socket) -> bool:
    connection.sendall(OK[:-1])
    return False


def stall(connection: socket.socket) -> bool:
    connection.sendall(OK[:-1])
    return True


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
        """Refuse connections from now on, and requests on those that are open."""
        # A blocked accept() does not notice a close().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.behaviour = hang_up

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


def load_on(server: Server, folder: Path, timeout: float = 1, grace: float | None = None) -> Load:
    return Load(server.url, ["/", "/api/items"], rate=RATE, timeout=timeout, grace=grace, out=folder)


def kinds_written(folder: Path) -> Counter[str]:
    failures = [json.loads(line) for line in (folder / "failures.jsonl").read_text().splitlines()]
    assert all(failure.keys() >= {"time", "kind", "path", "after"} for failure in failures)
    return Counter(failure["kind"] for failure in failures)


def measure(server: Server, folder: Path, behaviour: Behaviour) -> tuple[dict[str, Any], Counter[str]]:
    """One second of answers, some of `behaviour`, and the end: (totals, kinds of the failures written down)."""
    with load_on(server, folder) as load:
        _until(lambda: load.totals()["requests"] >= RATE)
        server.behaviour = behaviour
        time.sleep(SECONDS)
        server.behaviour = answer
    assert load.complete()
    totals = load.totals()
    kinds = kinds_written(folder)
    assert totals["kinds"] == kinds
    assert totals["failed"] == kinds.total()
    return totals, kinds


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
    [
        (fail, "status 500"),
        (hang_up, "connection closed"),
        (break_off, "connection closed"),
        (reset, "ECONNRESET"),
        (say_nothing, "timeout"),
        (stall, "timeout"),
    ],
    ids=[
        "error-status",
        "closed-without-an-answer",
        "closed-within-the-answer",
        "reset",
        "no-answer",
        "half-an-answer",
    ],
)
def test_every_kind_of_failure_is_seen(server: Server, tmp_path: Path, behaviour: Behaviour, kind: str) -> None:
    totals, kinds = measure(server, tmp_path, behaviour)

    assert set(kinds) == {kind}
    assert totals["failed"] == kinds[kind] > RATE // 2
    assert totals["requests"] == server.requests


def test_a_refused_connection_is_a_failure(server: Server, tmp_path: Path) -> None:
    with load_on(server, tmp_path) as load:
        _until(lambda: load.totals()["requests"] >= RATE)
        server.close()
        _until(lambda: load.totals()["kinds"].get("ECONNREFUSED", 0) > RATE)

    # The connections that were open take one more request each.
    kinds = kinds_written(tmp_path)
    assert set(kinds) == {"connection closed", "ECONNREFUSED"}
    assert load.totals()["requests"] == server.requests + kinds["ECONNREFUSED"]


def test_no_retry_hides_a_kept_alive_connection_that_closes_under_a_request(server: Server, tmp_path: Path) -> None:
    answered: set[socket.socket] = set()

    def answer_once(connection: socket.socket) -> bool:
        if connection in answered:
            return False
        answered.add(connection)
        return answer(connection)

    totals, kinds = measure(server, tmp_path, answer_once)

    # A client that tries again gets its answer, on a new connection, and reports no failure.
    assert set(kinds) == {"connection closed"}
    assert totals["failed"] > RATE // 2
    assert totals["requests"] == server.requests


def test_an_idle_connection_that_closes_is_no_failure(server: Server, tmp_path: Path) -> None:
    def answer_and_close(connection: socket.socket) -> bool:
        answer(connection)
        return False

    totals, kinds = measure(server, tmp_path, answer_and_close)

    assert kinds == Counter()
    assert totals["requests"] == server.requests


def test_requests_that_hang_hold_up_no_other_and_are_counted_at_the_end(server: Server, tmp_path: Path) -> None:
    numbers = itertools.count()
    hanging: list[socket.socket] = []

    def hang_on_every_second(connection: socket.socket) -> bool:
        if next(numbers) % 2:
            hanging.append(connection)
            return True
        return answer(connection)

    server.behaviour = hang_on_every_second
    with load_on(server, tmp_path, timeout=60, grace=2) as load:
        # More requests hang than there were connections at the start, and the others are still answered.
        _until(lambda: load.totals()["requests"] >= 3 * RATE)

    kinds = kinds_written(tmp_path)
    assert load.complete()
    assert kinds == {"unanswered": len(hanging)}
    assert len(hanging) > 2 * RATE
    assert load.totals()["requests"] == server.requests


def test_requests_in_flight_end_before_the_load_does(server: Server, tmp_path: Path) -> None:
    held: list[socket.socket] = []
    goes_on = threading.Event()

    def hold(connection: socket.socket) -> bool:
        held.append(connection)
        goes_on.wait(20)
        return answer(connection)

    server.behaviour = hold
    with load_on(server, tmp_path, timeout=20) as load:
        _until(lambda: len(held) >= RATE)
        assert load.totals()["requests"] == 0
        threading.Timer(0.5, goes_on.set).start()

    assert load.complete()
    assert load.totals()["failed"] == 0
    assert load.totals()["requests"] == server.requests == len(held)


def test_the_load_ends_with_whoever_wanted_it(server: Server, tmp_path: Path) -> None:
    settings = {"url": server.url, "rate": RATE, "timeout": 1, "grace": 2, "paths": ["/"]}
    arguments = json.dumps({**settings, "failures": str(tmp_path / "failures.jsonl")})
    with subprocess.Popen(
        [find("node"), str(SCRIPT), arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        _until(lambda: server.requests >= RATE)
        assert process.poll() is None
        process.stdin.close()
        try:
            assert process.wait(20) == 1
        finally:
            process.kill()


def test_the_load_is_spread_over_the_second(server: Server, tmp_path: Path) -> None:
    moments: list[float] = []

    def note(connection: socket.socket) -> bool:
        moments.append(time.monotonic() % 1.0)
        return answer(connection)

    measure(server, tmp_path, note)

    tenths = {int(moment * 10) for moment in moments}
    assert len(tenths) >= 8, "an outage of a fraction of a second would be missed"
