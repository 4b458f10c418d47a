"""Every delay, size and address of the lab, read from settings.toml."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_FILE = Path(__file__).with_name("settings.toml")


@dataclass(frozen=True, kw_only=True)
class Network:
    cidr: str
    gateway: str
    api_port: int
    apt_port: int
    npm_port: int

    @property
    def api_endpoint(self) -> str:
        return f"http://{self.gateway}:{self.api_port}"

    @property
    def apt_url(self) -> str:
        return f"http://{self.gateway}:{self.apt_port}"

    @property
    def npm_url(self) -> str:
        return f"http://{self.gateway}:{self.npm_port}"


@dataclass(frozen=True, kw_only=True)
class Account:
    region: str
    account_id: str
    zones: tuple[str, ...]

    def zone_name(self, letter: str) -> str:
        return f"{self.region}{letter}"


@dataclass(frozen=True, kw_only=True)
class LoadBalancer:
    name: str
    listener_port: int
    target_port: int
    deregistration_delay: int
    health_path: str
    health_interval: int
    health_timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    connect_timeout: int
    response_timeout: int
    watch_interval: float


@dataclass(frozen=True, kw_only=True)
class Api:
    invocation_delay: float
    document_activation: float
    association_start: float
    association_tick: float
    automation_start: float
    automation_poll: float
    automation_limit: int
    automation_steps_shown: int
    parameter_staleness: float
    target_health_staleness: float
    ping_lost: float
    long_poll: float
    delivery_timeout: int
    fault_delay: float
    fault_staleness: float


@dataclass(frozen=True, kw_only=True)
class Agent:
    version: str
    ping_interval: float
    retry_pause: float
    orphan_resume: float
    message_pause: float
    program: tuple[str, ...]
    folder: str


@dataclass(frozen=True, kw_only=True)
class Instance:
    boot_seconds: float
    ready_timeout: float
    image_id: str
    instance_type: str


@dataclass(frozen=True, kw_only=True)
class App:
    latency: float
    slow_latency: float
    slow_share: float
    shutdown_grace: float
    start_seconds: float


@dataclass(frozen=True, kw_only=True)
class Demo:
    instances: int
    rate: int
    request_timeout: int
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Settings:
    network: Network
    account: Account
    load_balancer: LoadBalancer
    api: Api
    agent: Agent
    instance: Instance
    app: App
    demo: Demo
    # name -> (installed at start, offered by the lab's repository)
    packages: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    packages_npm: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


SECTIONS: dict[str, type[Any]] = {
    "network": Network,
    "account": Account,
    "load_balancer": LoadBalancer,
    "api": Api,
    "agent": Agent,
    "instance": Instance,
    "app": App,
    "demo": Demo,
}


AGENT_PLACEHOLDERS = ("endpoint", "instance_id", "region", "state_folder", "folder")


class SettingsError(ValueError):
    """A settings file or an override names something that does not exist, or gives it a wrong type."""


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `overrides` maps "section.name" to a value and wins over the file."""
    tables = tomllib.loads(DEFAULT_FILE.read_text())
    if path is not None:
        for section, values in tomllib.loads(path.read_text()).items():
            for name, value in values.items():
                _set(tables, section, name, value)
    for dotted, value in (overrides or {}).items():
        section, _, name = dotted.partition(".")
        _set(tables, section, name, value)
    settings = Settings(
        packages=_pairs(tables["packages"]),
        packages_npm=_pairs(tables["packages_npm"]),
        **{section: _build(kind, tables[section]) for section, kind in SECTIONS.items()},
    )
    _check_agent(settings)
    return settings


def _check_agent(settings: Settings) -> None:
    """Refuse another agent that cannot be started, or that would count as lost between two of its pings."""
    agent = settings.agent
    if not isinstance(agent.program, tuple) or not all(isinstance(word, str) for word in agent.program):
        raise SettingsError(
            f'agent.program is a list of words, such as ["/usr/bin/agent", "-v"], not {agent.program!r}'
        )
    if agent.folder and not (Path(agent.folder).is_absolute() and Path(agent.folder).is_dir()):
        raise SettingsError(f"agent.folder is the absolute path of a folder, not {agent.folder!r}")
    for word in agent.program:
        try:
            word.format_map(dict.fromkeys(AGENT_PLACEHOLDERS, ""))
        except (KeyError, ValueError, IndexError):
            known = ", ".join(f"{{{name}}}" for name in AGENT_PLACEHOLDERS)
            raise SettingsError(f"agent.program: {word!r} holds a placeholder that is none of {known}") from None
    if agent.program and settings.api.ping_lost <= agent.ping_interval:
        raise SettingsError(
            "api.ping_lost must be longer than agent.ping_interval, the pause between the agent's pings"
        )


def _set(tables: dict[str, Any], section: str, name: str, value: Any) -> None:
    known = tables.get(section)
    if known is None or (name not in known and not section.startswith("packages")):
        raise SettingsError(f"no such lab setting: {section}.{name} (see {DEFAULT_FILE.name})")
    known[name] = value


def _build(kind: type[Any], table: Mapping[str, Any]) -> Any:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})


def _pairs(table: Mapping[str, list[str]]) -> dict[str, tuple[str, str]]:
    return {name: (str(before), str(after)) for name, (before, after) in table.items()}


def parse_override(text: str) -> tuple[str, Any]:
    """Turn the command line's `section.name=value` into an override; the value is read as TOML, else as text."""
    dotted, separator, raw = text.partition("=")
    if not separator or "." not in dotted:
        raise SettingsError(f"not an override: {text!r} (give section.name=value)")
    try:
        return dotted.strip(), tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return dotted.strip(), raw
