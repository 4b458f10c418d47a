"""Two small HTTP servers on the bridge: the apt repository and the npm registry."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing: a missing file is the client's to report."""


class _Registry(_Files):
    def guess_type(self, path: object) -> str:
        return "application/octet-stream" if str(path).endswith(".tgz") else "application/json"


def serve_apt(folder: Path, address: tuple[str, int]) -> None:
    _serve(_Files, folder, address)


def serve_npm(folder: Path, address: tuple[str, int]) -> None:
    _serve(_Registry, folder, address)


def _serve(handler: type[_Files], folder: Path, address: tuple[str, int]) -> None:
    server = ThreadingHTTPServer(address, partial(handler, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=handler.__name__, daemon=True).start()
