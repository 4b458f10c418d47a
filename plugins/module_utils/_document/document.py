# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .._common.errors import InvalidInput

TYPES = (
    "Command",
    "Policy",
    "Automation",
    "Session",
    "Package",
    "ApplicationConfiguration",
    "ApplicationConfigurationSchema",
    "DeploymentStrategy",
    "ChangeCalendar",
    "Automation.ChangeTemplate",
    "ProblemAnalysis",
    "ProblemAnalysisTemplate",
    "CloudFormation",
    "ConformancePackTemplate",
    "QuickSetup",
    "ManualApprovalPolicy",
    "AutoApprovalPolicy",
)
_MAX_BYTES = 64 * 1024
_SETTLING = ("Creating", "Updating", "Deleting")


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a document shall say: as text for AWS, and as the structure that is compared."""

    text: str
    format: str
    parsed: Any


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document and one version of it, as AWS describes them."""

    name: str
    document_version: str
    latest_version: str
    default_version: str
    status: str
    status_information: str | None = None
    document_type: str | None = None
    document_format: str | None = None
    schema_version: str | None = None
    target_type: str | None = None
    display_name: str | None = None
    version_name: str | None = None
    hash: str | None = None
    hash_type: str | None = None
    owner: str | None = None
    created_at: str | None = None
    platform_types: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    requires: tuple[dict[str, str], ...] = ()

    @property
    def settled(self) -> bool:
        return self.status not in _SETTLING

    @property
    def failure(self) -> str | None:
        """Why this version can never be used, for the operator; None when it can, or may yet."""
        if self.status != "Failed":
            return None
        reason = self.status_information or "no reason given"
        return f"version {self.document_version} of document {self.name} is Failed: {reason}"

    def as_dict(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def content(given: Any, form: str | None, load: Callable[[str], Any], dump: Callable[[Any], str]) -> Content:
    """The wanted content from what the caller gave.

    :param given: a text, or a structure.
    :param form: JSON, YAML or TEXT; None finds out.
    :param load, dump: read and write YAML, for which the standard library has nothing.
    :raises InvalidInput: when it is not what it should be.
    """
    if not isinstance(given, str):
        text = dump(given) if form == "YAML" else json.dumps(given, indent=2, default=_json_default)
        form = form or "JSON"
    else:
        text = given
        form = form or ("JSON" if given.lstrip().startswith("{") else "YAML")
    if (size := len(text.encode())) > _MAX_BYTES:
        raise InvalidInput(f"the content has {size} bytes: AWS takes at most {_MAX_BYTES}")
    return Content(text=text, format=form, parsed=parse(text, form, load))


def parse(text: str, form: str, load: Callable[[str], Any]) -> Any:
    """The structure of a document's text; for TEXT the text itself, without differences in line ends."""
    if form == "TEXT":
        return "\n".join(text.splitlines()).rstrip()
    try:
        parsed = json.loads(text) if form == "JSON" else load(text)
    except ValueError as error:
        said = " ".join(str(error).split())
        raise InvalidInput(f"the content is not valid {form}: {said}") from error
    if not isinstance(parsed, dict):
        raise InvalidInput(f"the content is not a document: its {form} must be a mapping at the top")
    return _plain(parsed)


def _plain(parsed: dict[Any, Any]) -> Any:
    """As it comes back from AWS, which stores JSON and knows the schema version as text only."""
    plain = json.loads(json.dumps(parsed, default=_json_default))
    if "schemaVersion" in plain:
        plain["schemaVersion"] = str(plain["schemaVersion"])
    return plain


def _json_default(value: Any) -> str:
    if isinstance(value, date):  # YAML makes dates of unquoted ones
        return value.isoformat()
    raise InvalidInput(f"the content holds {value!r}, which is nothing that JSON can say")
