# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._aws.call import is_access_denied
from .._aws.nodes import list_nodes
from .._common.errors import AwsError, Problem, raise_if_any
from . import api
from .model import RunnableDocument, RunRequest
from .parameters import has_values_to_judge
from .rules import document_problems, is_elsewhere, missing_problem, node_problems
from .transformations import with_limits


def require_runnable(client: Any, request: RunRequest) -> RunnableDocument | None:
    """Check a request as AWS would, before anything is written, in check mode too.

    What cannot be read is not judged: then AWS decides.

    :return: the document, or None when it is not known.
    :raises InvalidInput: naming every problem.
    """
    document, problems = judge(client, request)
    raise_if_any(problems)
    return document


def judge(client: Any, request: RunRequest) -> tuple[RunnableDocument | None, list[Problem]]:
    """The document, or None when it is not known, and why AWS would refuse the request."""
    document, problems = _judge_document(client, request)
    if request.instance_ids:
        platforms = _platforms(client, request)
        problems += [] if platforms is None else node_problems(request, document, platforms)
    return document, problems


def _judge_document(client: Any, request: RunRequest) -> tuple[RunnableDocument | None, list[Problem]]:
    if is_elsewhere(request.document_name, client.meta.region_name):
        return None, []
    try:
        document = api.describe_document(client, request)
    except AwsError as error:
        if is_access_denied(error):
            return None, []
        if problem := missing_problem(request, error.aws_code):
            return None, [problem]
        raise
    if has_values_to_judge(document, request):
        document = _with_limits(client, document, request)
    return document, document_problems(document, request)


def _with_limits(client: Any, document: RunnableDocument, request: RunRequest) -> RunnableDocument:
    try:
        return with_limits(document, api.document_content(client, request))
    except AwsError as error:
        if is_access_denied(error) or missing_problem(request, error.aws_code):
            return document
        raise


def _platforms(client: Any, request: RunRequest) -> dict[str, str] | None:
    """The platform of each registered node, or None when they cannot be read."""
    try:
        nodes = list_nodes(client, request.instance_ids)
    except AwsError as error:
        if is_access_denied(error):
            return None
        raise
    return {node["InstanceId"]: node.get("PlatformType", "") for node in nodes}
