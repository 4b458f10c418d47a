from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.model import DesiredDocument


@pytest.mark.parametrize(
    ("attachments", "names"),
    [
        ([], []),
        ([{"key": "S3FileUrl", "name": "b"}, {"key": "AttachmentReference", "name": "a"}], ["a", "b"]),
        ([{"key": "S3FileUrl", "name": None}], None),
        ([{"key": "SourceUrl", "name": "a"}], None),
    ],
)
def test_names_of_attachments(attachments: list[dict[str, Any]], names: list[str] | None) -> None:
    desired = DesiredDocument(name="doc", attachments=tuple(attachments))
    assert desired.attachment_names == names
