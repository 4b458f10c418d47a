# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .._command.model import Step
from .._common.errors import InvalidInput

# AWS-RunPatchBaselineWithHooks runs it after everything else, and after the reboot.
_LAST_STEP = "CustomerProvidedOnExitHook"

# The kernels are the running one and the installed ones, by their files. The on-exit hook of role patch_hooks reports
# both lines in the same form.
BOOT_ID_SCRIPT = """\
printf 'boot_id=%s\\n' "$(cat /proc/sys/kernel/random/boot_id)"
kernels=$(uname -r)
for file in /boot/vmlinuz-* /lib/modules/*/vmlinuz; do
  [ -e "$file" ] || continue
  file=${file#/boot/vmlinuz-} file=${file#/lib/modules/}
  kernels="$kernels ${file%/vmlinuz}"
done
printf 'kernel=%s\\n' "$kernels\""""

# Nothing of the URL is ever seen by a shell, or by SSM's own {{ }}: it travels as base64, and is only used in quotes.
# --fail alone lets a redirect pass, which is no healthy answer: so the code is printed as well.
_HEALTH_SCRIPT = """\
url="$(printf %s 'URL' | base64 -d)"
end=$(($(date +%s) + SECONDS))
while :; do
  said="$(curl -q --fail --silent --show-error --globoff --noproxy '*' --max-time 10 INSECURE\\
    --output /dev/null --write-out '%{http_code}' --url "$url" 2>&1)" && status=0 || status=$?
  if [ "$status" -eq 0 ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
  sleep 1
done
printf 'health=%s %s\\n' "$status" "$(printf %s "$said" | tr '\\n' ' ')"
"""

_BOOT_ID = re.compile(r"^(?:boot_id=)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*$", re.MULTILINE)
_KERNELS = re.compile(r"^kernel=(\S+)(.*)$", re.MULTILINE)
_HEALTH = re.compile(r"^health=(\d+) (.*)$", re.MULTILINE)
_HEALTH_URL = re.compile(r"^health_url=(\S+)\s*$", re.MULTILINE)
# A service that gets requests by the name localhost cannot have a certificate for that name.
_LOOPBACK = re.compile(r"https://(localhost|127\.[0-9.]+|\[::1\])([:/]|$)")
# Printable ASCII without a space; whatever else is in a URL has to be percent-encoded.
_URL = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a probe on the instance reported; None where it reported nothing."""

    boot_id: str | None = None
    health_ok: bool | None = None
    health_message: str = ""
    health_url: str | None = None
    """The URL that was requested, where the report has it."""
    kernel: str = ""
    """The release of the running kernel."""
    installed_kernels: tuple[str, ...] = ()
    failure: str = ""
    """Why there is no report at all."""


def probe_script(health_url: str | None, seconds: int) -> str:
    """A script that reports the boot id and, when a URL is given, how it answers within some seconds.

    :raises InvalidInput: for a URL that is none.
    """
    if not health_url:
        return BOOT_ID_SCRIPT
    if not _URL.fullmatch(health_url):
        message = f"health_url must be an http or https URL without spaces, not {health_url!r}"
        raise InvalidInput(message, code="health_url_invalid")
    encoded = base64.b64encode(health_url.encode()).decode()
    asking = _HEALTH_SCRIPT.replace("INSECURE", "--insecure " if _LOOPBACK.match(health_url) else "")
    return f"{BOOT_ID_SCRIPT}\n{asking.replace('SECONDS', str(int(seconds))).replace('URL', encoded, 1)}"


def probed_by_hook(steps: Iterable[Step], health_url: str | None) -> Probe | None:
    """What the on-exit hook of a patch run has reported, when that is all that a probe would ask.

    Only good news counts: whatever else it reported, a probe asks again.
    """
    found = parse_probe(step for step in steps if step.name == _LAST_STEP)
    answered = not health_url or (found.health_ok and found.health_url == health_url)
    return found if found.boot_id and answered else None


def parse_probe(steps: Iterable[Step]) -> Probe:
    """Read a probe's report from the output of the command that ran it."""
    output = "\n".join(step.output for step in steps).replace("\r", "")
    patterns = (_BOOT_ID, _HEALTH, _HEALTH_URL, _KERNELS)
    boot_id, health, url, kernels = (pattern.search(output) for pattern in patterns)
    # curl says the code last (000 without an answer), after its own words if it has any.
    words, _space, code = health[2].strip().rpartition(" ") if health else ("", "", "")
    return Probe(
        boot_id=boot_id[1].lower() if boot_id else None,
        health_ok=(health[1] == "0" and code.startswith("2")) if health else None,
        health_message=words.strip() or (f"it answered {code}" if code else ""),
        health_url=url[1] if url else None,
        kernel=kernels[1] if kernels else "",
        installed_kernels=tuple(kernels[2].split()) if kernels else (),
    )
