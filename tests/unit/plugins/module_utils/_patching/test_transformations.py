"""The fleet by its hosts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.errors import InvalidInput
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._patching.transformations import (
    hosts_by_instance,
)

ONE, TWO = "i-00000000000000001", "i-00000000000000002"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"hosts": {"web1": ONE, "web2": TWO}, "instance_ids": None}, {ONE: "web1", TWO: "web2"}),
        ({"hosts": {"web1": ONE, TWO: ""}, "instance_ids": None}, {ONE: "web1", TWO: TWO}),
        ({"hosts": {TWO: None}, "instance_ids": None}, {TWO: TWO}),
        ({"hosts": None, "instance_ids": [TWO, ONE, TWO]}, {TWO: TWO, ONE: ONE}),
    ],
)
def test_each_instance_has_its_host(options: dict[str, Any], expected: dict[str, str]) -> None:
    assert hosts_by_instance(options) == expected


@pytest.mark.parametrize(
    ("hosts", "codes"),
    [
        ({}, ["fleet_empty"]),
        ({"web1": ""}, ["instance_id_malformed"]),
        ({"web1": ONE, "web2": ONE}, ["instance_id_not_unique"]),
        ({"web1": ONE, ONE: "", "web2": 7}, ["instance_id_not_unique", "instance_id_malformed"]),
    ],
)
def test_every_host_whose_instance_is_not_certain_is_named(hosts: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(InvalidInput) as error:
        hosts_by_instance({"hosts": hosts, "instance_ids": None})
    assert [problem["code"] for problem in error.value.details["problems"]] == codes
