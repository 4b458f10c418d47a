# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .._aws.context import Context
from .._common.errors import Problem, WaitTimeout, raise_if_any
from .._document import api as documents
from .._document.content import stored_content
from .._document.model import Document
from .._rotation.model import Situation
from .._rotation.read import RotationContext, read_groups
from .._rotation.waiters import await_steadily_healthy
from . import api as nodes
from .hook_document import content_problems, is_numbered, kind_problem, lookup_problem, split_version
from .hooks import PATCH_DOCUMENT
from .patch_state import PatchState

PatchStates = dict[str, PatchState]

# A node reports its patch state before its command ends; AWS may show it a little later.
_REPORT_SECONDS = 60.0


def await_patch_states(
    context: Context, instance_ids: Sequence[str], fresh: Callable[[PatchStates], bool]
) -> PatchStates:
    """Patch states, read until they are ``fresh``, for a minute at most; the caller judges whether they are."""
    observed: PatchStates = {}

    def poll() -> PatchStates:
        nonlocal observed
        observed = nodes.patch_states(context.client, instance_ids)
        return observed

    try:
        return context.at_most(_REPORT_SECONDS).poll_until(
            fresh, poll, describe=lambda states: f"{len(states)} patch states"
        )
    except WaitTimeout:
        return observed


def await_target_health(context: RotationContext, instance_id: str, target_group_arns: Sequence[str]) -> str | None:
    """Why the instance is not steadily healthy in every one of some target groups, in words; None when it is."""
    if not target_group_arns:
        return None
    groups = read_groups(context.client, target_group_arns, frozenset({instance_id}))
    now = Situation(instance_id=instance_id, groups=groups)
    registrations = [target.registration for target in now.targets if target.registered]
    registered = {item.target_group_arn for item in registrations}
    if absent := [group.name for group in groups if group.arn not in registered]:
        return f"it is not registered in target group {', '.join(absent)}"
    try:
        await_steadily_healthy(context, registrations, now)
    except WaitTimeout as timeout:
        return str(timeout)
    return None


def await_hook_documents(context: Context, hooks: Mapping[str, str], patch_version: str | None) -> dict[str, str]:
    """Read the documents that a patch run will use and the caller does not manage, as soon as AWS is not changing them.

    :param hooks: the name of each hook's document, which may have a version behind it.
    :param patch_version: the version of AWS-RunPatchBaselineWithHooks. Without one, its default version.
    :returns: the number of the version by name.
    :raises InvalidInput: naming every document that cannot be run as a hook, with its hook.
    """
    patch_name = f"{PATCH_DOCUMENT}:{patch_version}" if patch_version else PATCH_DOCUMENT
    found = {name: _await_named(context, name) for name in dict.fromkeys([*hooks.values(), patch_name])}
    problems = [lookup_problem("document_version", patch_name, found[patch_name])]
    problems += [
        problem for hook, name in hooks.items() for problem in _hook_problems(context, hook, name, found[name])
    ]
    raise_if_any(problem for problem in problems if problem)
    versions = {name: document.document_version for name, document in found.items() if document}
    return {**versions, PATCH_DOCUMENT: versions[patch_name]}


def _await_named(context: Context, name: str) -> Document | None:
    document, version = split_version(name)
    version = version or "$DEFAULT"
    which = (version, None) if is_numbered(version) else (None, version)
    return context.poll_until(
        lambda found: found is None or found.settled or not context.wait,
        lambda: documents.describe_document(context.client, document, *which),
        describe=lambda found: f"document {name} is still {found.status if found else 'absent'}",
    )


def _hook_problems(context: Context, hook: str, name: str, found: Document | None) -> Iterator[Problem]:
    problem = lookup_problem(hook, name, found) or (found and kind_problem(hook, name, found))
    if problem or not found:
        yield from [problem] if problem else ()
        return
    content, _files = documents.get_document(
        context.client, split_version(name)[0], "JSON", version=found.document_version
    )
    yield from content_problems(hook, name, stored_content(content, "JSON"))
