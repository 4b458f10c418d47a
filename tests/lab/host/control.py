"""Talking to a running lab: one JSON request and one JSON answer over a socket in the lab's folder.

The socket is found by its name in the file system, so it is reached from the host although the lab has its own network.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .commands import LabError

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class _ShortName:
    """A socket's name holds 107 bytes, a clone's path may be longer: name it through its open folder."""

    def __init__(self, path: Path) -> None:
        self._folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        self.name = f"/proc/self/fd/{self._folder}/{path.name}"

    def __enter__(self) -> str:
        return self.name

    def __exit__(self, *_: object) -> None:
        os.close(self._folder)


def serve(path: Path, handle: Handler) -> None:
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        with _ShortName(path) as name:
            listener.bind(name)
    finally:
        os.umask(mask)
    listener.listen(8)
    threading.Thread(target=_accept, args=(listener, handle), name="control", daemon=True).start()


def _accept(listener: socket.socket, handle: Handler) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, handle), daemon=True).start()


def _answer(connection: socket.socket, handle: Handler) -> None:
    with connection, connection.makefile("rwb") as stream:
        try:
            answer = handle(json.loads(stream.readline()))
        except (LabError, ValueError, KeyError, TypeError, OSError, subprocess.SubprocessError) as error:
            answer = {"error": str(error) or type(error).__name__}
        stream.write((json.dumps(answer) + "\n").encode())


def ask(path: Path, **request: Any) -> dict[str, Any]:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            with _ShortName(path) as name:
                connection.connect(name)
            with connection.makefile("rwb") as stream:
                stream.write((json.dumps(request) + "\n").encode())
                stream.flush()
                line = stream.readline()
    except OSError as error:
        raise LabError("the lab does not answer: bin/lab stop, then start it again") from error
    if not line:
        raise LabError("the lab ended while it was asked")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise LabError(answer["error"])
    return answer
