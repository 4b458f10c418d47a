"""What a step writes, and how much of it the service is told. Limits count bytes."""

from __future__ import annotations

from pathlib import Path

SEPARATOR = "\n----------ERROR-------\n"
OUTPUT_LIMIT = 2500
STREAM_LIMIT = 24000
STREAM_CUT = "--output truncated--"
STDOUT_CUT = "\n---Output truncated---"
STDERR_CUT = "\n---Error truncated----"


class Output:
    """Two files, to which every pass of a step appends: what came before a reboot is still there after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, *, stdout: str | bytes = b"", stderr: str | bytes = b"") -> None:
        """Append; nothing comes between what is there and what is added, not even a newline."""
        for name, data in (("stdout", stdout), ("stderr", stderr)):
            if data:
                with (self.folder / name).open("ab") as stream:
                    stream.write(data.encode() if isinstance(data, str) else data)

    @property
    def stdout(self) -> bytes:
        return self._read("stdout")

    @property
    def stderr(self) -> bytes:
        return self._read("stderr")

    def _read(self, name: str) -> bytes:
        file = self.folder / name
        return file.read_bytes() if file.exists() else b""


def cut_stream(text: str) -> str:
    """standardOutput and standardError."""
    data = text.encode()
    if len(data) < STREAM_LIMIT:
        return text
    return _text(data[: STREAM_LIMIT - len(STREAM_CUT)]) + STREAM_CUT


def join(stdout: str, stderr: str) -> str:
    """`output`: both streams with a line between them; when they are too long, neither pushes the other out."""
    out, err = stdout.encode(), stderr.encode()
    separator = SEPARATOR if err else ""
    room = OUTPUT_LIMIT - len(separator)
    if len(out) + len(err) < room:
        return stdout + separator + stderr
    if len(out) > room // 2 and len(err) > room // 2:
        half = (room - len(STDOUT_CUT) - len(STDERR_CUT)) // 2
        return _text(out[:half]) + STDOUT_CUT + separator + _text(err[:half]) + STDERR_CUT
    if len(out) <= room // 2:
        return stdout + separator + _text(err[: room - len(STDERR_CUT) - len(out)]) + STDERR_CUT
    return _text(out[: room - len(STDOUT_CUT) - len(err)]) + STDOUT_CUT + separator + stderr


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
