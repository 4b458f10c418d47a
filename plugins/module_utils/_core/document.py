# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .errors import InvalidInput
from .patterns import mismatches, refuse

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
_NAME = re.compile(r"[a-zA-Z0-9_\-.]{3,128}")
_RESERVED = ("aws", "amazon", "amzn")
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

    @property
    def settled(self) -> bool:
        return self.status not in _SETTLING

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "platform_types": list(self.platform_types)}


def name_problems(name: str) -> list[str]:
    """Why no document of this name can be written. Reading is another thing: AWS's own documents can be read."""
    if not _NAME.fullmatch(name):
        return [f"name must be 3 to 128 letters, digits, dots, dashes or underscores, not {name!r}"]
    if name.lower().startswith(_RESERVED):
        return [f"name {name!r} is reserved: names that start with aws, amazon or amzn belong to AWS"]
    return []


def check(name: str, options: Mapping[str, Any]) -> None:
    """:raises InvalidInput: naming everything that AWS would refuse and that can be told without it."""
    problems = name_problems(name) + mismatches(options)
    default = options.get("default_version")
    if default and default != "latest" and not re.fullmatch(r"[1-9][0-9]*", default):
        problems.append(f"default_version must be a number or latest, not {default!r}")
    refuse(problems)


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
