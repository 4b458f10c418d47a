"""The lab's AWS API as a WSGI application: it starts, answers calls, logs them and ends."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.core.request import Request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lab.api import handlers, seed
from lab.api.errors import ApiError, DropConnection, NotImplementedInLab
from lab.api.http import wire
from lab.api.load_balancer.balancer import Balancer
from lab.api.moto_bridge import services
from lab.api.nodes.store import InstanceSpec
from lab.api.region import Region
from lab.api.runtime.logs import CallRecord
from lab.settings import Settings

log = logging.getLogger(__name__)
SOURCE_KEY = "lab.source"
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/")
_QUERY_ERROR = re.compile(rb"<Code>([^<]+)</Code>")


class LabApi:
    """The API of one lab. There is one at a time in a process, because moto's state belongs to the process."""

    def __init__(self, settings: Settings, balancer: Balancer, log_dir: Path | None = None) -> None:
        services.reset_moto()
        self.region = Region(settings, balancer, log_dir)
        self.region.engine.start()
        self.region.automations.caller.answer = self._answer_http
        self._servers: list[BaseWSGIServer] = []

    @property
    def calls(self) -> Any:
        return self.region.calls

    @property
    def events(self) -> Any:
        return self.region.events

    def seed(self, instances: Iterable[InstanceSpec]) -> None:
        """Create the VPC, instances, load balancer, target groups with their targets, and AWS's documents."""
        with self.region.engine.lock:
            seed.seed(self.region, list(instances))

    def fault(self, name: str, on: bool = True, **options: Any) -> None:
        """Switch a fault of the API on or off. faults.NAMES lists the faults and their options."""
        self.region.faults.switch(name, on, **options)

    def call(self, service: str, action: str, params: dict[str, Any], source: str = "node") -> dict[str, Any]:
        """Make a call without HTTP, for nodes in this process. It is checked, logged and answered like any other.

        :raises ApiError:
        """
        call = wire.Call(service=service, action=action, params=params, source=source)
        answered = self._answer(call, lambda: wire.check_call(call))
        if isinstance(answered, ApiError):
            raise answered
        return answered or {}

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.from_wsgi_server = True
        status, headers, body = self._answer_http(request, environ.get(SOURCE_KEY, "controller"))
        headers = {**headers, "Content-Length": str(len(body))}
        start_response(f"{status} {'OK' if status < 400 else 'Error'}", [*headers.items()])
        return [body]

    def serve(self, sock: socket.socket, source: str = "controller") -> threading.Thread:
        """Start to answer on a bound socket, with one thread for each connection, and return at once.

        :param source: "controller", or "node" for the socket that the instances reach. It decides which actions are
            allowed, as credentials do in AWS.
        """

        def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            return self.wsgi({**environ, SOURCE_KEY: source}, start_response)

        sock.listen(128)
        host, port = sock.getsockname()[:2]
        server = make_server(host, port, application, True, request_handler=_Handler, fd=sock.fileno())
        server.daemon_threads = True
        self._servers.append(server)
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), name=f"lab-api-{source}", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        self.region.close()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _answer_http(self, request: Request, source: str) -> wire.Answer:
        try:
            call = wire.identify_call(request, source)
        except ApiError as error:
            log.warning("%s", error)
            return wire.error_answer(None, error)
        answered = self._answer(call, lambda: wire.read_parameters(call))
        if isinstance(answered, ApiError):
            return wire.error_answer(call.service, answered)
        if isinstance(answered, tuple):
            return answered
        return wire.result_answer(call, answered)

    def _answer(self, call: wire.Call, read: Callable[[], None]) -> Any:
        """Handle and log a call.

        :return: the handler's result, moto's finished answer, or the ApiError to answer with.
        """
        started = time.time()
        try:
            result = self._handle_with_faults(call, read)
        except ApiError as error:
            self._log(call, started, error.status, error.code)
            if isinstance(error, NotImplementedInLab):
                log.error("%s %s: %s", call.service, call.action, error.message)
            return error
        except DropConnection:
            self._log(call, started, 0, "DropConnection")
            raise
        status, code = _outcome_of_moto(result) if isinstance(result, tuple) else (200, None)
        self._log(call, started, status, code)
        return result

    def _handle_with_faults(self, call: wire.Call, read: Callable[[], None]) -> Any:
        if call.source == "controller" and call.request is not None:
            self._check_signature(call.request.headers.get("Authorization", ""))
        self.region.faults.before_call(call)
        try:
            read()
            result = handlers.handle(self.region, call)
        except (ApiError, DropConnection):
            raise
        except Exception as error:
            # An error of the lab itself. Clients would retry a 500 and hide it for minutes, so the status is 501.
            log.exception("%s %s broke the lab", call.service, call.action)
            raise ApiError("LabBroken", f"{call.action} broke the lab: {error!r}", 501) from error
        self.region.faults.after_call(call)
        return result

    def _check_signature(self, authorization: str) -> None:
        """Refuse a request without a signature, or one for another Region, which the lab does not have."""
        if not authorization:
            raise ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        scope = _SCOPE.search(authorization)
        if scope and scope[1] != self.region.name:
            raise NotImplementedInLab(f"the Region {scope[1]}: there is {self.region.name} only")

    def _log(self, call: wire.Call, started: float, status: int, code: str | None) -> None:
        record = CallRecord(
            time=started,
            service=call.service,
            action=call.action,
            parameters=call.params,
            status=status,
            source=call.source,
            error_code=code,
        )
        self.region.calls.add(record)


def _outcome_of_moto(answer: wire.Answer) -> tuple[int, str | None]:
    status, _headers, body = answer
    if status < 400:
        return status, None
    if body.startswith(b"{"):
        return status, str(json.loads(body).get("__type", "")).rpartition("#")[2]
    found = _QUERY_ERROR.search(body)
    return status, found[1].decode() if found else "Unknown"


class _Handler(WSGIRequestHandler):
    # Header and body are two writes. With Nagle's algorithm, every answer would wait for a delayed ACK.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: Any) -> None:
        """Do nothing: the call log has the request already."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ARG002 - werkzeug's form
        self.close_connection = True
