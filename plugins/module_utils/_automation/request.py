# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._common.errors import InvalidInput
from .._common.parameters import text_lists
from .._common.patterns import mismatch, mismatches, refuse
from .._common.shapes import bare, camel
from .._common.tags import tag_problems, tags_as_text

# AWS takes five tags when an execution is started.
_MOST_TAGS = 5
# DescribeAutomationExecutions finds executions by the keys of their tags, never by the values: the token is the key.
_TOKEN_TAG = "steadyfleet.aws_patching/client_token/"  # noqa: S105 - a name
_TOKEN = re.compile(r"[\w.:/=+\-@]{1,64}")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "client-token.aws-patching.steadyfleet")
# What only makes sense when something is started.
_OF_A_START = (
    "document_version",
    "parameters",
    "mode",
    "targets",
    "target_parameter_name",
    "target_maps",
    "max_concurrency",
    "max_errors",
    "target_locations",
    "target_locations_url",
    "alarm_configuration",
    "client_token",
)
_SCALE = ("targets", "target_maps", "target_locations", "target_locations_url")
_NEED_STEP = ("StartStep", "StopStep", "Resume")


@dataclass(frozen=True, kw_only=True)
class AutomationRequest:
    """What StartAutomationExecution is asked for."""

    # Under the options' names; what is not set is absent.
    fields: dict[str, Any]
    tags: dict[str, str]
    client_token: str | None

    def as_dict(self) -> dict[str, Any]:
        named = {"client_token": self.client_token} if self.client_token else {}
        return {**self.fields, **named, **({"tags": self.tags} if self.tags else {})}

    @property
    def document_name(self) -> str:
        return str(self.fields["document_name"])

    @property
    def parameters(self) -> dict[str, list[str]]:
        return dict(self.fields.get("parameters", {}))

    @property
    def targeted(self) -> frozenset[str]:
        """The parameters that get their values from targets."""
        names = {name for one in self.fields.get("target_maps", []) for name in one}
        named = self.fields.get("target_parameter_name")
        return frozenset(names | ({named} if named else set()))


@dataclass(frozen=True, kw_only=True)
class Runbook:
    """A document of type Automation, as far as a start depends on it."""

    name: str
    document_type: str
    document_version: str
    status: str
    # Name of each parameter, and whether it has a default.
    parameters: dict[str, bool]


def token_tag(client_token: str) -> str:
    """The key of the tag by which the execution of a token is found."""
    return _TOKEN_TAG + client_token


def is_token_tag(key: str) -> bool:
    return key.startswith(_TOKEN_TAG)


def token_uuid(client_token: str) -> str:
    """AWS wants a UUID: the same one for the same token, so that no repetition ever starts twice."""
    try:
        return str(uuid.UUID(client_token))
    except ValueError:
        return str(uuid.uuid5(_NAMESPACE, client_token))


def automation_request(options: Mapping[str, Any]) -> AutomationRequest:
    """The module's options as a request.

    :raises InvalidInput: naming everything that AWS would refuse and that can be told without it.
    """
    given = {name: options[name] for name in ("document_name", *_OF_A_START) if options.get(name) not in (None, [], {})}
    token = given.pop("client_token", None)
    fields = {name: value if name in ("parameters", "target_maps") else bare(value) for name, value in given.items()}
    tags = tags_as_text(options.get("tags")) or {}
    refuse(
        mismatches({**fields, "document": fields["document_name"]})
        + [one.message for one in tag_problems(tags)]
        + _target_problems(fields)
        + _token_problems(token, tags)
    )
    if "parameters" in fields:
        fields["parameters"] = text_lists(fields["parameters"])
    if "target_maps" in fields:
        fields["target_maps"] = [text_lists(one) for one in fields["target_maps"]]
    return AutomationRequest(fields=fields, tags=tags, client_token=token)


def start_parameters(request: AutomationRequest) -> dict[str, Any]:
    """The request in AWS's words, without its token."""
    verbatim = {name: request.fields[name] for name in ("parameters", "target_maps") if name in request.fields}
    asked = camel({name: value for name, value in request.fields.items() if name not in verbatim})
    if "TargetLocationsUrl" in asked:
        asked["TargetLocationsURL"] = asked.pop("TargetLocationsUrl")
    for name, value in verbatim.items():
        asked["Parameters" if name == "parameters" else "TargetMaps"] = value
    tags = dict(request.tags)
    if request.client_token:
        tags[token_tag(request.client_token)] = request.client_token
    if tags:
        asked["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return asked


def check_existing(options: Mapping[str, Any]) -> None:
    """:raises InvalidInput: when what is asked of an execution that exists can't be."""
    problems = [f"{name} does not go with execution_id" for name in _OF_A_START if options.get(name) not in (None, [])]
    if found := mismatch("association_id", options["execution_id"], "execution_id"):
        problems.append(found)
    problems += [one.message for one in tag_problems(tags_as_text(options.get("tags")))]
    signal = options.get("signal")
    if signal in _NEED_STEP and not options.get("step_name"):
        problems.append(f"signal {signal} needs step_name")
    if len(options.get("comment") or "") > 512:
        problems.append("comment must have at most 512 characters")
    refuse(problems)


def check_runbook(request: AutomationRequest, runbook: Runbook | None) -> None:
    """:raises InvalidInput: for what AWS would refuse because of the document."""
    if runbook is None:
        raise InvalidInput(f"there is no document {request.document_name} in this Region, or none that you may use")
    problems = []
    if runbook.document_type != "Automation":
        problems.append(f"document {runbook.name} is of type {runbook.document_type}, not Automation")
    if runbook.status != "Active":
        problems.append(f"version {runbook.document_version} of document {runbook.name} is {runbook.status}")
    given = set(request.parameters) | request.targeted
    if unknown := sorted(given - set(runbook.parameters)):
        known = ", ".join(sorted(runbook.parameters)) or "none"
        problems.append(f"runbook {runbook.name} has no parameter {', '.join(unknown)} (it has {known})")
    needed = {name for name, optional in runbook.parameters.items() if not optional}
    if missing := sorted(needed - given):
        problems.append(f"runbook {runbook.name} needs a value for {', '.join(missing)}")
    refuse(problems)


def _target_problems(fields: Mapping[str, Any]) -> list[str]:
    targets, named = fields.get("targets", []), fields.get("target_parameter_name")
    scaled = [name for name in _SCALE if fields.get(name)]
    problems = [] if len(targets) <= 1 else [f"at most 1 target is possible, not {len(targets)}"]
    for target in targets:
        if found := mismatch("target_key", target.get("key") or "", "the key of a target"):
            problems.append(found)
        if not 1 <= len(target.get("values") or []) <= 50:
            problems.append(f"target {target.get('key')} needs 1 to 50 values")
    if targets and fields.get("target_maps"):
        problems.append("targets and target_maps exclude each other")
    if targets and not named:
        problems.append("targets needs target_parameter_name")
    if named and not scaled:
        problems.append("target_parameter_name needs targets or target_maps")
    problems += [
        f"{name} needs targets, target_maps or target_locations"
        for name in ("max_concurrency", "max_errors")
        if fields.get(name) and not scaled
    ]
    if fields.get("alarm_configuration") and len(fields["alarm_configuration"].get("alarms") or []) != 1:
        problems.append("alarm_configuration needs exactly one alarm")
    return problems + _size_problems(fields)


def _size_problems(fields: Mapping[str, Any]) -> list[str]:
    limits = (("target_maps", 300), ("target_locations", 100), ("parameters", 200))
    return [f"at most {most} {name} are possible" for name, most in limits if len(fields.get(name, [])) > most]


def _token_problems(token: str | None, tags: Mapping[str, str]) -> list[str]:
    most = _MOST_TAGS - (1 if token else 0)
    problems = [f"tag {key!r} is this module's own" for key in tags if is_token_tag(key)]
    if len(tags) > most:
        kept = ", and client_token is kept in one" if token else ""
        problems.append(f"at most {most} tags are possible, not {len(tags)}: AWS takes five at the start{kept}")
    if token and not _TOKEN.fullmatch(token):
        problems.append(f"client_token must be 1 to 64 letters, digits or any of _.:/=+-@, not {token!r}")
    return problems
