"""The balancer, with a real HAProxy between real connections: it does what an ALB does, its failures included."""

from __future__ import annotations

import contextlib
import http.client
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from lab import settings
from lab.api.load_balancer.balancer import TargetGroupSpec, TargetSpec
from lab.host.balancer import HaproxyBalancer
from lab.host.commands import LabError
from lab.host.haproxy import Haproxy

WEB, API = "arn:web", "arn:api"
PATIENCE = 10.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """HAProxy hanging up is what several tests are about."""


@dataclass
class Application:
    """A target: answers with its name; can be made sick, slow, or to hang up without an answer."""

    name: str
    sick: bool = False
    hang_up: bool = False
    release: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def start(self) -> int:
        self.release.set()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self.server.server_address[1]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(application: Application) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != "/health":
                application.asked += 1
                application.release.wait(PATIENCE)
                if application.hang_up:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
            body = application.name.encode()
            self.send_response(500 if application.sick else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@dataclass
class Site:
    balancer: HaproxyBalancer
    port: int
    targets: dict[str, TargetSpec] = field(default_factory=dict)

    def get(self, path: str = "/") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def add(self, application: Application, *groups: str) -> TargetSpec:
        target = TargetSpec(instance_id=application.name, ip="127.0.0.1", port=application.start(), zone="a")
        self.targets[application.name] = target
        for group in groups or (WEB,):
            self.balancer.register(group, target)
        return target

    def state(self, application: Application, group: str = WEB) -> str | None:
        return self.balancer.health(group).get(self.targets[application.name].key)

    def wait_for(self, application: Application, state: str) -> None:
        wait_until(lambda: self.state(application) == state, f"{application.name} becomes {state}")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def _group(arn: str, name: str, *paths: str) -> TargetGroupSpec:
    return TargetGroupSpec(
        arn=arn,
        name=name,
        interval=1,
        timeout=1,
        healthy_threshold=2,
        unhealthy_threshold=2,
        health_path="/health",
        paths=paths,
    )


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """HAProxy takes a socket's name of 97 bytes at most; a clone's path, and so tmp_path, may be longer."""
    with tempfile.TemporaryDirectory(prefix="lab-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def site(tmp_path: Path, run_folder: Path) -> Iterator[Site]:
    listener = socket.create_server(("127.0.0.1", 0))
    overrides = {"load_balancer.connect_timeout": 1, "load_balancer.response_timeout": 2}
    proxy = Haproxy(listener, settings.load(None, overrides).load_balancer, tmp_path / "haproxy.log", run_folder)
    balancer = HaproxyBalancer(proxy, 0.05)
    balancer.create_target_group(_group(WEB, "web"))
    balancer.create_target_group(_group(API, "api", "/api/*"))
    yield Site(balancer, listener.getsockname()[1])
    assert proxy.process is not None
    proxy.process.kill()
    proxy.process.wait()
    listener.close()


def test_a_new_target_is_up_after_one_check_and_before_an_interval_has_passed(site: Site) -> None:
    began = time.monotonic()
    application = Application("i-1")
    site.add(application)

    site.wait_for(application, "up")

    assert time.monotonic() - began < 0.9
    assert site.get() == (200, "i-1")


def test_no_request_reaches_a_target_before_its_first_check(site: Site) -> None:
    application = Application("i-1")
    site.add(application)

    assert site.state(application) == "starting"
    assert site.get()[0] == 503
    assert application.asked == 0


def test_a_target_that_fails_its_first_check_is_down_at_once(site: Site) -> None:
    good, bad = Application("i-1"), Application("i-2", sick=True)
    site.add(good)
    site.add(bad)

    site.wait_for(good, "up")
    site.wait_for(bad, "down")

    assert {site.get()[1] for _ in range(6)} == {"i-1"}


def test_thresholds_hold_after_the_first_check(site: Site) -> None:
    good, other = Application("i-1"), Application("i-2")
    site.add(good)
    site.add(other)
    site.wait_for(good, "up")
    site.wait_for(other, "up")

    other.sick = True
    site.wait_for(other, "down")
    other.sick = False
    recovered = time.monotonic()
    site.wait_for(other, "up")

    assert time.monotonic() - recovered > 1.0, "two passes, an interval apart"


def test_rules_lead_to_their_group(site: Site) -> None:
    web, api = Application("i-web"), Application("i-api")
    site.add(web, WEB)
    site.add(api, API)
    wait_until(lambda: site.state(web) == "up" and site.state(api, API) == "up", "both are up")

    assert [site.get(path)[1] for path in ("/", "/api/items", "/apis", "/x/api/")] == [
        "i-web",
        "i-api",
        "i-web",
        "i-web",
    ]


def test_draining_lets_a_request_in_flight_end_and_takes_no_new_one(site: Site) -> None:
    leaving, staying = Application("i-1"), Application("i-2")
    target = site.add(leaving)
    site.wait_for(leaving, "up")
    leaving.release.clear()
    answers: list[tuple[int, str]] = []
    in_flight = threading.Thread(target=lambda: answers.append(site.get()))
    in_flight.start()
    wait_until(lambda: leaving.asked == 1, "the request arrives")
    site.add(staying)
    site.wait_for(staying, "up")

    site.balancer.drain(WEB, *target.key[:1], target.port)

    assert {site.get()[1] for _ in range(6)} == {"i-2"}
    leaving.release.set()
    in_flight.join(PATIENCE)
    assert answers == [(200, "i-1")]


def test_removing_cuts_what_is_still_in_flight(site: Site) -> None:
    leaving = Application("i-1")
    target = site.add(leaving)
    site.wait_for(leaving, "up")
    leaving.release.clear()
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(site.get()[0])
        except (OSError, http.client.HTTPException):
            answers.append("closed")

    in_flight = threading.Thread(target=ask)
    in_flight.start()
    wait_until(lambda: leaving.asked == 1, "the request arrives")

    site.balancer.drain(WEB, target.instance_id, target.port)
    site.balancer.remove(WEB, target.instance_id, target.port)
    in_flight.join(PATIENCE)

    assert answers in ([502], ["closed"])
    assert site.balancer.health(WEB) == {}
    leaving.release.set()


def test_registering_again_ends_a_drain(site: Site) -> None:
    application = Application("i-1")
    target = site.add(application)
    site.wait_for(application, "up")
    site.balancer.drain(WEB, target.instance_id, target.port)
    assert site.get()[0] == 503

    site.balancer.register(WEB, target)

    assert site.get() == (200, "i-1")


def test_a_target_can_come_back_after_it_was_removed(site: Site) -> None:
    application = Application("i-1")
    target = site.add(application)
    site.wait_for(application, "up")
    site.balancer.drain(WEB, target.instance_id, target.port)
    site.balancer.remove(WEB, target.instance_id, target.port)

    site.balancer.register(WEB, target)

    assert site.state(application) == "starting"
    site.wait_for(application, "up")
    assert site.get() == (200, "i-1")


def test_all_unhealthy_fails_open_to_all(site: Site) -> None:
    applications = [Application("i-1"), Application("i-2")]
    for application in applications:
        site.add(application)
        site.wait_for(application, "up")
        application.sick = True
    for application in applications:
        site.wait_for(application, "down")

    assert {site.get() for _ in range(6)} == {(500, "i-1"), (500, "i-2")}


def test_a_draining_target_gets_nothing_even_when_it_fails_open(site: Site) -> None:
    sick, leaving = Application("i-1"), Application("i-2")
    site.add(sick)
    target = site.add(leaving)
    site.wait_for(sick, "up")
    site.wait_for(leaving, "up")
    site.balancer.drain(WEB, target.instance_id, target.port)
    sick.sick = True
    site.wait_for(sick, "down")

    assert {site.get()[1] for _ in range(6)} == {"i-1"}


def test_no_target_is_a_503(site: Site) -> None:
    application = Application("i-1")
    site.add(application, API)

    assert site.get()[0] == 503


def test_a_refused_connection_is_a_502_and_never_tried_elsewhere(site: Site) -> None:
    gone, there = Application("i-1"), Application("i-2")
    site.add(gone)
    site.add(there)
    site.wait_for(gone, "up")
    site.wait_for(there, "up")
    gone.stop()

    statuses = sorted(site.get()[0] for _ in range(4))

    assert statuses == [200, 200, 502, 502]


def test_a_reset_connection_is_a_502(site: Site) -> None:
    application = Application("i-1")
    site.add(application)
    site.wait_for(application, "up")
    application.hang_up = True

    assert site.get()[0] == 502


def test_no_answer_in_time_is_a_504(site: Site) -> None:
    application = Application("i-1")
    site.add(application)
    site.wait_for(application, "up")
    application.release.clear()

    assert site.get()[0] == 504
    application.release.set()


def test_no_connection_in_time_is_a_504(site: Site) -> None:
    application = Application("i-1")
    target = site.add(application)
    site.wait_for(application, "up")
    application.stop()
    # A full queue of connections nobody accepts: the kernel drops further ones, as the hook's firewall rule does.
    with socket.socket() as deaf, contextlib.ExitStack() as queue:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind(("127.0.0.1", target.port))
        deaf.listen(0)
        for _ in range(3):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", target.port))

        assert site.get()[0] == 504


def test_a_dead_haproxy_is_noticed(site: Site) -> None:
    application = Application("i-1")
    site.add(application)
    site.wait_for(application, "up")
    site.balancer.check()

    runtime: Any = site.balancer._runtime
    runtime.process.kill()
    runtime.process.wait()

    def noticed() -> bool:
        try:
            site.balancer.check()
        except LabError:
            return True
        return False

    wait_until(noticed, "the balancer says that HAProxy is gone")
