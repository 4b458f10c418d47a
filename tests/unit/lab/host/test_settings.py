"""Settings: one file names every delay, and nothing that it does not name can be set."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from lab import settings
from lab.settings import SettingsError


def test_the_file_and_the_classes_name_the_same_settings() -> None:
    loaded = settings.load()

    assert loaded.load_balancer.deregistration_delay > 0
    assert loaded.packages["steady-kernel"] == ("1.0", "1.1")
    with pytest.raises(dataclasses.FrozenInstanceError):
        loaded.api.long_poll = 1.0  # type: ignore[misc]


def test_aws_minimums_hold() -> None:
    balancer = settings.load().load_balancer

    assert balancer.health_interval >= 5
    assert 2 <= balancer.health_timeout < balancer.health_interval
    assert balancer.healthy_threshold >= 2
    assert balancer.unhealthy_threshold >= 2


def test_an_override_wins_over_a_file_and_a_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[instance]\nboot_seconds = 7.5\n[app]\nlatency = 0.5\n")

    loaded = settings.load(file, {"app.latency": 0.25})

    assert (loaded.instance.boot_seconds, loaded.app.latency) == (7.5, 0.25)


@pytest.mark.parametrize("name", ["app.latancy", "nothing.latency", "latency"])
def test_a_setting_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="no such lab setting"):
        settings.load(None, {name: 1})


OTHER_AGENT = {"agent.program": ["/usr/bin/agent", "{endpoint}"], "agent.ping_interval": 300, "api.ping_lost": 660}


def test_another_agent_has_words_and_timings_of_its_own() -> None:
    assert settings.load().agent.program == ()
    assert settings.load(None, OTHER_AGENT).agent.program == ("/usr/bin/agent", "{endpoint}")


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("agent.program", "/usr/bin/agent -v", "agent.program is a list of words"),
        ("agent.program", ["/usr/bin/agent", 7], "agent.program is a list of words"),
        ("agent.program", ["{enpoint}"], "agent.program: '{enpoint}' holds a placeholder"),
        ("agent.program", ["{"], "agent.program: '{' holds a placeholder"),
        ("agent.folder", "relative", "agent.folder is the absolute path"),
        ("agent.folder", "/no/such/folder", "agent.folder is the absolute path"),
        ("api.ping_lost", 300, "api.ping_lost must be longer than agent.ping_interval"),
    ],
)
def test_another_agent_that_cannot_work_is_refused(name: str, value: object, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        settings.load(None, {**OTHER_AGENT, name: value})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app.latency=0.2", ("app.latency", 0.2)),
        ("load_balancer.deregistration_delay=1", ("load_balancer.deregistration_delay", 1)),
        ("account.region=eu-west-1", ("account.region", "eu-west-1")),
        ('demo.paths=["/"]', ("demo.paths", ["/"])),
    ],
)
def test_an_override_on_the_command_line(text: str, expected: tuple[str, object]) -> None:
    assert settings.parse_override(text) == expected


@pytest.mark.parametrize("text", ["app.latency", "latency=1"])
def test_what_is_no_override_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="not an override"):
        settings.parse_override(text)
