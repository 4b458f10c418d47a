"""Which installed kernel is newer than the running one."""

from __future__ import annotations

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.kernel import newer_kernel

EL_OLD, EL_NEW = "5.14.0-427.13.1.el9_4.x86_64", "5.14.0-503.el9_5.x86_64"
AL_OLD, AL_NEW = "6.12.10-1.2.amzn2023.x86_64", "6.12.20-3.4.amzn2023.x86_64"
AL_SERIES = "6.1.102-111.182.amzn2023.x86_64"
CLOUD_OLD, CLOUD_NEW = "6.1.0-25-cloud-amd64", "6.1.0-26-cloud-amd64"


@pytest.mark.parametrize(
    ("running", "installed", "newer"),
    [
        ("6.8.0-1012-aws", ["6.8.0-1012-aws", "6.8.0-1015-aws"], "6.8.0-1015-aws"),
        ("6.8.0-1015-aws", ["6.8.0-1012-aws", "6.8.0-1015-aws"], ""),
        ("6.8.0-999-aws", ["6.8.0-999-aws", "6.8.0-1001-aws"], "6.8.0-1001-aws"),
        ("6.8.0-1012-aws", ["6.8.0-1012-aws", "6.11.0-40-generic"], ""),
        (CLOUD_OLD, [CLOUD_OLD, CLOUD_NEW, "6.1.0-27-amd64"], CLOUD_NEW),
        ("6.12.9+deb13-amd64", ["6.12.9+deb13-amd64", "6.12.43+deb13-amd64"], "6.12.43+deb13-amd64"),
        (EL_OLD, [EL_OLD, EL_NEW, "0-rescue-a1"], EL_NEW),
        (AL_OLD, [AL_OLD, AL_NEW], AL_NEW),
        # Two packages side by side.
        (AL_SERIES, [AL_SERIES, AL_NEW], ""),
        # A container, or a kernel from elsewhere: it cannot be told.
        ("6.18.44-fc", [], ""),
        ("6.18.44-fc", ["6.8.0-1012-aws"], ""),
        ("", ["6.8.0-1012-aws"], ""),
    ],
)
def test_newer_kernel(running: str, installed: list[str], newer: str) -> None:
    assert newer_kernel(running, installed) == newer
