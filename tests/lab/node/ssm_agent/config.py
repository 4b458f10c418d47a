"""What the agent is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

REBOOT_EXIT_CODE = 94
ENV_VAR_VERSION = (3, 3, 2746, 0)


@dataclass(frozen=True, kw_only=True)
class Config:
    """One agent's settings; times in seconds."""

    endpoint: str
    instance_id: str
    region: str
    state_dir: Path
    version: str = "3.3.2746.0"
    platform_name: str = "Debian GNU/Linux"
    platform_version: str = "12"
    ip_address: str = ""
    computer_name: str = ""
    ping_interval: float = 300.0
    retry_pause: float = 1.0
    # After a poll that the service answered within a second; the real agent: 2 to 2.5 s.
    message_pause: float = 0.0
    # A document cut off by a reboot nobody asked for is reported Failed so long after the agent is back.
    orphan_resume: float = 60.0
    # Longer than the service's long poll.
    request_timeout: float = 60.0
    max_documents: int = 5
    # timeoutSeconds below this is not taken; AWS's own limit, lower only in tests.
    minimum_timeout: float = 5.0

    @property
    def knows_env_var(self) -> bool:
        """Whether `interpolationType: ENV_VAR` means anything to this version of the agent."""
        numbers = tuple(int(part) for part in self.version.split(".") if part.isdigit())
        return numbers >= ENV_VAR_VERSION
