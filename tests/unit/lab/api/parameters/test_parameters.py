"""Parameter Store, as far as the rotation ledger uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from lab.api.testing.kit import Lab


def test_without_overwrite_an_existing_parameter_stays(ssm: Any, refusal: Callable[..., str]) -> None:
    ssm.put_parameter(Name="/led/ger", Value="one", Type="String")
    assert refusal(ssm.put_parameter, Name="/led/ger", Value="two", Type="String") == "ParameterAlreadyExists"
    assert ssm.get_parameter(Name="/led/ger")["Parameter"]["Value"] == "one"
    ssm.put_parameter(Name="/led/ger", Value="two", Overwrite=True)
    assert ssm.get_parameter(Name="/led/ger")["Parameter"]["Version"] == 2


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Value": "x" * 4097}, "ValidationException"),
        ({"Value": "ü" * 2049}, "ValidationException"),
        ({"Value": "x" * 4097, "Tier": "Standard"}, "ValidationException"),
        ({"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException"),
        ({"Value": "x" * 8193, "Tier": "Intelligent-Tiering"}, "ValidationException"),
        ({"Tier": "Huge"}, "ValidationException"),
        ({"Value": "a {{ssm:b}}"}, "ValidationException"),
        ({"Value": ""}, "ValidationException"),
        ({"Policies": '[{"Type": "Expiration"}]'}, "ValidationException"),
        ({"Policies": "{", "Tier": "Advanced"}, "InvalidPolicyTypeException"),
        ({"DataType": "json"}, "ValidationException"),
        ({"AllowedPattern": "^[0-9]+$"}, "ParameterPatternMismatchException"),
        ({"AllowedPattern": "["}, "InvalidAllowedPatternException"),
        ({"Overwrite": True, "Tags": [{"Key": "k", "Value": "v"}]}, "ValidationException"),
        ({"Name": "/a/"}, "ValidationException"),
        ({"Name": "/a//b"}, "ValidationException"),
        ({"Name": "/a/" + "x" * 1000}, "ValidationException"),
        ({"Name": "ssm-mine"}, "ValidationException"),
        ({"Name": "a/b"}, "ValidationException"),
        ({"Name": "/a b"}, "ValidationException"),
        ({"Name": "/aws/x"}, "AccessDeniedException"),
        ({"Name": "/a" * 16}, "HierarchyLevelLimitExceededException"),
        ({"Type": "Nonsense"}, "ValidationException"),
    ],
)
def test_what_put_refuses(ssm: Any, refusal: Callable[..., str], params: dict[str, Any], code: str) -> None:
    assert refusal(ssm.put_parameter, **{"Name": "/a/b", "Value": "x", "Type": "String", **params}) == code


@pytest.mark.parametrize(
    ("size", "asked", "tier"),
    [
        (4096, {}, "Standard"),
        (4096, {"Tier": "Standard"}, "Standard"),
        (1, {"Tier": "Advanced"}, "Advanced"),
        (8192, {"Tier": "Advanced"}, "Advanced"),
        (4096, {"Tier": "Intelligent-Tiering"}, "Standard"),
        (4097, {"Tier": "Intelligent-Tiering"}, "Advanced"),
        (8192, {"Tier": "Intelligent-Tiering"}, "Advanced"),
    ],
)
def test_tiers(ssm: Any, size: int, asked: dict[str, str], tier: str) -> None:
    assert ssm.put_parameter(Name="/a", Value="x" * size, Type="String", **asked)["Tier"] == tier
    [described] = ssm.describe_parameters()["Parameters"]
    assert (described["Tier"], len(ssm.get_parameter(Name="/a")["Parameter"]["Value"])) == (tier, size)


def test_an_advanced_parameter_stays_advanced(ssm: Any, refusal: Callable[..., str]) -> None:
    ssm.put_parameter(Name="/a", Value="x", Type="String", Tier="Advanced")
    again = {"Name": "/a", "Value": "y", "Overwrite": True}
    assert refusal(ssm.put_parameter, Tier="Standard", **again) == "ValidationException"
    written = ssm.put_parameter(**again)
    assert (written["Version"], written["Tier"]) == (2, "Advanced")
    assert ssm.put_parameter(Tier="Intelligent-Tiering", **again)["Tier"] == "Advanced"


def test_a_standard_parameter_becomes_advanced(ssm: Any, refusal: Callable[..., str]) -> None:
    ssm.put_parameter(Name="/a", Value="x", Type="String")
    again = {"Name": "/a", "Value": "y" * 4097, "Overwrite": True}
    assert refusal(ssm.put_parameter, **again) == "ValidationException"
    assert ssm.put_parameter(Tier="Intelligent-Tiering", **again)["Tier"] == "Advanced"


def test_overwriting_keeps_the_type_and_the_pattern(ssm: Any, refusal: Callable[..., str]) -> None:
    assert refusal(ssm.put_parameter, Name="/a", Value="1", Overwrite=True) == "ValidationException"
    ssm.put_parameter(Name="/a", Value="1", Type="String", AllowedPattern="^[0-9]$", Overwrite=True)
    again = {"Name": "/a", "Overwrite": True}
    assert refusal(ssm.put_parameter, Value="2", Type="StringList", **again) == "HierarchyTypeMismatchException"
    assert refusal(ssm.put_parameter, Value="x", **again) == "ParameterPatternMismatchException"
    assert ssm.put_parameter(Value="2", **again)["Version"] == 2
    assert ssm.get_parameter(Name="/a")["Parameter"]["Type"] == "String"


def test_a_hierarchy_of_15_levels(ssm: Any) -> None:
    ssm.put_parameter(Name="/a" * 15, Value="x", Type="String")


def test_by_path(ssm: Any) -> None:
    for name in ("/led/ger/1", "/led/ger/2", "/other/3"):
        ssm.put_parameter(Name=name, Value="x", Type="String")
    found = ssm.get_parameters_by_path(Path="/led/ger")["Parameters"]
    assert [item["Name"] for item in found] == ["/led/ger/1", "/led/ger/2"]


def test_reads_can_be_behind(lab_api: Lab, ssm: Any, refusal: Callable[..., str]) -> None:
    ssm.put_parameter(Name="/a", Value="old", Type="String")
    time.sleep(0.3)
    lab_api.fault("stale", seconds=0.2)
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "old"
    ssm.put_parameter(Name="/a", Value="new", Overwrite=True)
    ssm.put_parameter(Name="/b", Value="new", Type="String")
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "old"
    assert refusal(ssm.get_parameter, Name="/b") == "ParameterNotFound"
    # Writes are never behind.
    assert refusal(ssm.put_parameter, Name="/b", Value="x", Type="String") == "ParameterAlreadyExists"
    time.sleep(0.25)
    assert ssm.get_parameter(Name="/a")["Parameter"]["Value"] == "new"


def test_tags_of_a_parameter(ssm: Any, refusal: Callable[..., str]) -> None:
    ssm.put_parameter(Name="/a", Value="x", Type="String", Tags=[{"Key": "k", "Value": "v"}])
    tags = {"ResourceType": "Parameter", "ResourceId": "/a"}
    assert ssm.list_tags_for_resource(**tags)["TagList"] == [{"Key": "k", "Value": "v"}]
    ssm.add_tags_to_resource(Tags=[{"Key": "l", "Value": "w"}], **tags)
    ssm.remove_tags_from_resource(TagKeys=["k"], **tags)
    assert ssm.list_tags_for_resource(**tags)["TagList"] == [{"Key": "l", "Value": "w"}]
    assert refusal(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/none") == "InvalidResourceId"
