"""The ledger entry as it stands in Parameter Store."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput, Refused
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation import ledger
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._rotation.model import (
    QUARANTINED,
    LedgerEntry,
    Registration,
)

NAME = "/fleet/ledger/i-1"
ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{}/1111111111111111"


def entry(groups: int = 2, **values: object) -> LedgerEntry:
    registrations = tuple(
        Registration(target_group_arn=ARN.format(f"shop-{number:026d}"), id="i-1", port=443) for number in range(groups)
    )
    return LedgerEntry(instance_id="i-1", registrations=registrations, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    [
        entry(),
        entry(groups=0),
        entry(run_id="r", at="2026-08-01T09:30:00.000Z", context={"boot_id": "x", "quote": '"{{ }}"'}),
        entry(phase=QUARANTINED, reason="two words"),
        replace(
            entry(),
            registrations=(
                Registration(
                    target_group_arn=ARN.format("a"),
                    id="10.0.0.1",
                    port=1,
                    availability_zone="all",
                    quic_server_id="0x1",
                ),
            ),
        ),
    ],
)
def test_what_is_written_is_read_back(written: LedgerEntry) -> None:
    assert ledger.decode(ledger.encode(written), NAME, "i-1") == written


def test_the_format_on_disk_stays() -> None:
    """Entries of earlier releases are in Parameter Store."""
    written = entry(1, run_id="r", at="2026-08-01T09:30:00.000Z", context={"boot_id": "x"})
    assert ledger.encode(written) == (
        '{"version":1,"instance_id":"i-1","phase":"drained","reason":"","run_id":"r","at":"2026-08-01T09:30:00.000Z",'
        '"context":{"boot_id":"x"},"registrations":[{"tg":"arn:aws:elasticloadbalancing:eu-central-1:123456789012:'
        'targetgroup/shop-00000000000000000000000000/1111111111111111","id":"i-1","port":443}]}'
    )


def test_it_is_compact_and_has_a_version() -> None:
    text = ledger.encode(entry())
    assert json.loads(text)["version"] == 1
    assert text == json.dumps(json.loads(text), separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    ["", "drained", "[]", "null", "{}", '{"version":1}', ledger.encode(entry()).replace('"drained"', '"lost"')],
)
def test_what_cannot_be_read_stops(text: str) -> None:
    with pytest.raises(Refused, match=f"ledger entry {NAME} cannot be read") as error:
        ledger.decode(text, NAME, "i-1")
    assert error.value.code == "ledger_entry_unreadable"


def test_a_later_version_is_not_guessed_at() -> None:
    text = ledger.encode(entry()).replace('"version":1', '"version":2')
    with pytest.raises(Refused, match="has version 2, only 1 is known here") as error:
        ledger.decode(text, NAME, "i-1")
    assert error.value.code == "ledger_version_unknown"


def test_an_entry_about_another_instance_is_refused() -> None:
    with pytest.raises(Refused, match="is about i-1") as error:
        ledger.decode(ledger.encode(entry()), NAME, "i-2")
    assert error.value.code == "ledger_entry_of_other_instance"


@pytest.mark.parametrize(
    ("groups", "overwrite", "tier"),
    [(2, False, None), (45, False, "Intelligent-Tiering"), (2, True, "Intelligent-Tiering")],
)
def test_more_than_four_kilobytes_need_another_tier(groups: int, overwrite: bool, tier: str | None) -> None:
    text = ledger.encode(entry(groups))
    assert (len(text) > 4096) == (groups == 45)
    assert ledger.tier_for(text, overwrite) == tier


def test_what_no_parameter_can_hold_is_refused_before_anything_is_done() -> None:
    with pytest.raises(InvalidInput, match="i-1 has 100 registrations"):
        ledger.encode(entry(100))


@pytest.mark.parametrize("reason", ["x" * 10_000, "ü" * 5_000, "😀" * 5_000, '"' * 5_000])
def test_a_reason_never_makes_an_entry_too_long(reason: str) -> None:
    largest = next(n for n in range(100, 0, -1) if fits(n))
    text = ledger.encode(replace(entry(largest), phase=QUARANTINED, reason=reason))
    assert len(text.encode()) <= 8192
    assert ledger.decode(text, NAME, "i-1").reason
    assert ledger.decode(text, NAME, "i-1").reason == reason[: len(ledger.decode(text, NAME, "i-1").reason)]


def fits(groups: int) -> bool:
    try:
        ledger.encode(entry(groups))
    except InvalidInput:
        return False
    return True


def test_a_reason_is_one_line() -> None:
    assert ledger.decode(ledger.encode(entry(reason="one\n  two\t")), NAME, "i-1").reason == "one two"


@pytest.mark.parametrize(("prefix", "name"), [("/a/b", "/a/b/i-1"), ("/a/b/", "/a/b/i-1")])
def test_names(prefix: str, name: str) -> None:
    assert ledger.name_for(prefix, "i-1") == name


@pytest.mark.parametrize("prefix", ["", "/", "//", "a/b"])
def test_a_prefix_is_a_path(prefix: str) -> None:
    with pytest.raises(InvalidInput, match="ledger_prefix must be a path"):
        ledger.folder(prefix)
