# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._common.errors import InvalidInput, Problem
from .._common.targets import target_problems
from .._common.times import time_problems
from .model import AutomationExecution, AutomationRequest
from .transformations import START_OPTIONS, is_token_tag

# AWS takes five tags when an execution is started.
_MAX_TAGS = 5
_TOKEN = re.compile(r"[\w.:/=+\-@]{1,64}")
_SCALE = ("targets", "target_maps", "target_locations", "target_locations_url")
_NEED_STEP = ("StartStep", "StopStep", "Resume")


def start_problems(request: AutomationRequest) -> list[Problem]:
    """What is wrong with a start beside AWS's own limits."""
    return _target_problems(request.fields) + _token_problems(request)


def _target_problems(fields: Mapping[str, Any]) -> list[Problem]:
    targets, parameter = fields.get("targets"), fields.get("target_parameter_name")
    scaled = any(fields.get(name) for name in _SCALE)
    problems = []
    if targets and fields.get("target_maps"):
        problems.append(Problem("targets and target_maps exclude each other"))
    if targets and not parameter:
        problems.append(Problem("targets requires target_parameter_name"))
    if parameter and not scaled:
        problems.append(Problem("target_parameter_name requires targets or target_maps"))
    problems += [
        Problem(f"{name} requires targets, target_maps or target_locations")
        for name in ("max_concurrency", "max_errors")
        if fields.get(name) and not scaled
    ]
    locations = [location.get("targets") or [] for location in fields.get("target_locations") or []]
    return problems + [each for one in (targets or [], *locations) for each in target_problems(one, of_runbook=True)]


def _token_problems(request: AutomationRequest) -> list[Problem]:
    token, tags = request.client_token, request.tags
    most = _MAX_TAGS - (1 if token else 0)
    problems = [Problem(f"tag {key!r} is reserved for this module") for key in tags if is_token_tag(key)]
    problems += client_token_problems(token)
    if len(tags) > most:
        kept = ", and client_token uses one of them" if token else ""
        problems.append(
            Problem(f"at most {most} tags are possible, not {len(tags)}: AWS takes five at the start{kept}")
        )
    return problems


def client_token_problems(token: str | None) -> list[Problem]:
    if token is None or _TOKEN.fullmatch(token):
        return []
    return [Problem(f"client_token must be 1 to 64 letters, digits or characters of _.:/=+@-, not {token!r}")]


def query_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options of ssm_automation_info beside AWS's own limits."""
    problems = client_token_problems(options["client_token"])
    for option in ("started_after", "started_before"):
        problems += time_problems(options[option], option)
    if options["max_executions"] < 1:
        problems.append(Problem(f"max_executions must be at least 1, not {options['max_executions']}"))
    return problems


def existing_problems(options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options for an execution that exists."""
    problems = [
        Problem(f"{name} and execution_id exclude each other")
        for name in START_OPTIONS
        if options.get(name) not in (None, [])
    ]
    signal = options.get("signal")
    if signal in _NEED_STEP and not options.get("step_name"):
        problems.append(Problem(f"signal={signal} requires step_name"))
    if len(options.get("comment") or "") > 512:
        problems.append(Problem("comment must have at most 512 characters"))
    return problems


def require_same(request: AutomationRequest, execution: AutomationExecution) -> None:
    """:raises InvalidInput: when the execution with the request's token was started for something else."""
    if different := differences(request, execution):
        raise InvalidInput(
            f"client_token {request.client_token} was already used for execution {execution.execution_id} of "
            f"{execution.document_name}, with another {' and '.join(different)}: use another token",
            code="client_token_taken",
        )


def differences(request: AutomationRequest, execution: AutomationExecution) -> list[str]:
    """The options in which an execution differs from the request."""
    fields = request.fields
    different = []
    if fields["document_name"].rsplit("/", 1)[-1] != execution.document_name:
        different.append("document_name")
    if request.document_version.isdigit() and request.document_version != execution.document_version:
        different.append("document_version")
    if any(execution.parameters.get(name) != values for name, values in request.parameters.items()):
        different.append("parameters")
    if fields.get("target_parameter_name") != execution.target_parameter_name:
        different.append("target_parameter_name")
    if fields.get("mode", "Auto") != execution.mode:
        different.append("mode")
    return different
