from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._runnable.transformations import (
    document_from,
    with_limits,
)

RESPONSE: dict[str, Any] = {
    "Name": "shop",
    "DocumentVersion": "2",
    "DocumentType": "Automation",
    "Status": "Active",
    "Hash": "abc",
    "HashType": "Sha256",
    "PlatformTypes": ["Linux"],
    "Parameters": [{"Name": "Word", "Type": "String"}, {"Name": "Count", "Type": "String", "DefaultValue": ""}],
}


def test_a_document_is_described() -> None:
    document = document_from(RESPONSE)
    assert (document.name, document.version, document.type, document.status) == ("shop", "2", "Automation", "Active")
    assert (document.hashes, document.platform_types) == ({"Sha256": "abc"}, ("Linux",))
    assert {name: item.required for name, item in document.parameters.items()} == {"Word": True, "Count": False}


def test_the_content_has_the_limits() -> None:
    declared = {
        "Word": {"type": "String", "allowedValues": ["a", 1, True], "allowedPattern": "^a", "maxChars": "5"},
        "Count": {"type": "Integer", "default": 1},
    }
    document = with_limits(document_from(RESPONSE), json.dumps({"parameters": declared}))
    word = document.parameters["Word"]
    assert (word.allowed_values, word.allowed_pattern, word.max_chars) == (("a", "1", "true"), "^a", 5)
    assert (word.required, document.parameters["Count"].type) == (True, "Integer")


@pytest.mark.parametrize(
    "content",
    [
        "schemaVersion: '2.2'",
        "[]",
        "{}",
        '{"parameters": []}',
        '{"parameters": {"Word": {}}}',
        '{"parameters": {"Word": {"type": "String", "minItems": "x"}}}',
        '{"parameters": {"Word": {"type": "String", "allowedValues": 1}}}',
    ],
)
def test_a_content_that_cannot_be_read_has_no_limits(content: str) -> None:
    document = document_from(RESPONSE)
    assert with_limits(document, content) == document
