"""The script that is sent to an instance, run by a real shell against a real HTTP server."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._command.model import Step
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.probe import (
    Probe,
    parse_probe,
    probe_script,
    probed_by_hook,
)

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the script uses curl")
live = pytest.mark.live


class Answers(http.server.BaseHTTPRequestHandler):
    """/200 is answered with 200 and so on; /later with 500 once, then 200."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        later = 500 if self.asked.count("/later") < 2 else 200
        code = later if self.path == "/later" else int(self.path[1:4])
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Silence."""


@pytest.fixture
def url() -> Iterator[str]:
    Answers.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def answer(script: str, folder: Path) -> Probe:
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, cwd=folder, timeout=30)
    return parse_probe([Step(name="run", status="Success", output=done.stdout)])


@live
@pytest.mark.live
def test_the_boot_id_is_the_kernel_s(tmp_path: Path) -> None:
    kernel = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    found = answer(probe_script(None, 0), tmp_path)
    assert (found.boot_id, found.health_ok) == (kernel, None)


@live
@needs_curl
@pytest.mark.live
@pytest.mark.parametrize(
    ("path", "ok", "said"),
    [
        ("/200", True, "it answered 200"),
        ("/204", True, "it answered 204"),
        ("/302", False, "it answered 302"),
        ("/404", False, "curl: (22) The requested URL returned error: 404"),
        ("/500", False, "curl: (22) The requested URL returned error: 500"),
    ],
)
def test_only_success_is_healthy(url: str, tmp_path: Path, path: str, ok: bool, said: str) -> None:
    found = answer(probe_script(url + path, 0), tmp_path)
    assert (found.health_ok, found.health_message) == (ok, said)


@live
@needs_curl
@pytest.mark.live
def test_it_asks_again_until_it_is_healthy(url: str, tmp_path: Path) -> None:
    assert answer(probe_script(f"{url}/later", 10), tmp_path).health_ok
    assert Answers.asked == ["/later", "/later"]


@live
@needs_curl
@pytest.mark.live
def test_an_answer_that_does_not_come_is_told(tmp_path: Path) -> None:
    found = answer(probe_script("http://127.0.0.1:9/", 0), tmp_path)
    assert found.health_ok is False
    assert found.health_message.startswith("curl: (7) Failed to connect to 127.0.0.1 port 9")


@live
@needs_curl
@pytest.mark.live
@pytest.mark.parametrize(
    "tail",
    ["$(touch${IFS}pwned)", "`touch${IFS}pwned`", "';touch${IFS}pwned;'", '";touch${IFS}pwned;"', "{{ssm:x}}", "[1-3]"],
)
def test_a_url_is_never_code(url: str, tmp_path: Path, tail: str) -> None:
    script = probe_script(f"{url}/200?{tail}", 0)
    assert answer(script, tmp_path).health_ok
    assert Answers.asked == [f"/200?{tail}"]
    assert list(tmp_path.iterdir()) == []
    assert "{{" not in script


@pytest.mark.parametrize(
    "text",
    [
        "localhost/health",
        "ftp://x/",
        "file:///etc/passwd",
        "http://",
        "http://x/a b",
        "http://x/\n",
        "-o/etc/passwd",
        "http://ä/",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="health_url") as error:
        probe_script(text, 0)
    assert error.value.code == "health_url_invalid"


@pytest.mark.parametrize(
    ("output", "boot_id", "health"),
    [
        ("", None, None),
        ("boot_id=\nhealth= ", None, None),
        ("boot_id=not-an-id\n", None, None),
        (
            "boot_id=7F1F9A4C-2d1b-4a0f-9a33-0d3f6c0c4d11\r\nhealth=0 200\n",
            "7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11",
            True,
        ),
        ("health=0 ", None, False),
        ("health=22 200", None, False),
    ],
)
def test_what_is_not_said_is_not_known(output: str, boot_id: str | None, health: bool | None) -> None:
    found = parse_probe([Step(name="run", status="Success", output=output)])
    assert (found.boot_id, found.health_ok) == (boot_id, health)


BOOT = "boot_id=7f1f9a4c-2d1b-4a0f-9a33-0d3f6c0c4d11\n"
URL = "https://localhost:443/health-check"
WELL = f"{BOOT}shop is up\nhealth=0 200\nhealth_url={URL}\n"


@pytest.mark.parametrize(
    ("step", "output", "asked", "enough"),
    [
        ("CustomerProvidedOnExitHook", WELL, URL, True),
        ("CustomerProvidedOnExitHook", BOOT, None, True),
        ("CustomerProvidedOnExitHook", BOOT, URL, False),
        ("CustomerProvidedOnExitHook", WELL, "http://localhost:8080/", False),
        ("CustomerProvidedOnExitHook", WELL.replace("health=0 200", "health=22 500"), URL, False),
        ("CustomerProvidedOnExitHook", WELL.removeprefix(BOOT), URL, False),
        ("CustomerProvidedPostInstallHook", WELL, URL, False),  # before the reboot
    ],
)
def test_what_the_patch_run_told_may_be_enough(step: str, output: str, asked: str | None, enough: bool) -> None:
    found = probed_by_hook([Step(name=step, status="Success", output=output)], asked)
    assert (found is not None) == enough


@pytest.mark.parametrize(
    ("url", "unchecked"),
    [
        ("https://localhost:8443/", True),
        ("https://127.0.0.1/", True),
        ("https://[::1]:443/", True),
        ("https://localhost.example/", False),
        ("http://localhost/", False),
    ],
)
def test_no_certificate_is_asked_of_localhost(url: str, unchecked: bool) -> None:
    assert ("--insecure" in probe_script(url, 0)) == unchecked
