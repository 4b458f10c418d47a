# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .._common.errors import Problem
from .model import RunnableDocument, RunRequest
from .parameters import parameter_problems

# AWS's codes of DescribeDocument. A name that no document can have is a ValidationException.
_NOT_FOUND = ("InvalidDocument", "ValidationException")
_NO_VERSION = "InvalidDocumentVersion"


def is_elsewhere(document_name: str, region: str) -> bool:
    """Whether a document is named by the ARN of another Region, in which it cannot be read."""
    parts = document_name.split(":")
    return parts[0] == "arn" and len(parts) > 3 and parts[3] != region


def missing_problem(request: RunRequest, aws_code: str) -> Problem | None:
    """What an error of DescribeDocument says about the document; None when it says nothing about it."""
    name = request.document_name
    if aws_code in _NOT_FOUND:
        message = f"document {name} does not exist in this Region, or you may not use it"
        return Problem(message, "document_not_found")
    if aws_code == _NO_VERSION:
        return Problem(f"document {name} has no version {request.document_version}", "document_version_not_found")
    return None


def document_problems(document: RunnableDocument, request: RunRequest) -> list[Problem]:
    """Why AWS would not run this version of the document with these parameters."""
    problems = [*_version_problems(document, request)]
    # The parameters of another document say nothing.
    return problems or parameter_problems(document, request)


def _version_problems(document: RunnableDocument, request: RunRequest) -> Iterator[Problem]:
    version = f"version {document.version} of document {document.name}"
    if document.type not in request.types:
        wanted = " or ".join(request.types)
        yield Problem(f"document {document.name} is of type {document.type}, not {wanted}", "document_type_unsuitable")
    if document.status != "Active":
        reason = f" ({document.status_information})" if document.status_information else ""
        yield Problem(f"{version} is {document.status}{reason}: it must be Active", "document_not_active")
    known = document.hashes.get(request.document_hash_type)
    if request.document_hash and known and known != request.document_hash:
        message = f"{version} has the hash {known}, not {request.document_hash} (document_hash)"
        yield Problem(message, "document_hash_mismatch")


def node_problems(
    request: RunRequest, document: RunnableDocument | None, platforms: Mapping[str, str]
) -> list[Problem]:
    """
    :param document: None when it is not known.
    :param platforms: the platform of each registered node, by its id.
    """
    problems = []
    unknown = [instance_id for instance_id in request.instance_ids if instance_id not in platforms]
    if unknown and request.needs_nodes:
        message = (
            f"Systems Manager does not know {', '.join(unknown)} in this Region: check the ID, and whether the "
            "instance runs and its agent is registered"
        )
        problems.append(Problem(message, "node_unknown"))
    wanted = document.platform_types if document else ()
    unfit = [name for name in request.instance_ids if wanted and platforms.get(name, wanted[0]) not in wanted]
    if document and unfit:
        nodes = ", ".join(f"{name} ({platforms[name]})" for name in unfit)
        message = f"document {document.name} is for {' and '.join(wanted)}, so it cannot run on {nodes}"
        problems.append(Problem(message, "document_platform_unsuitable"))
    return problems
