# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._aws.once import unanswered
from .._aws.tags import write_tags
from .._command.outcome import Outcome
from .._common.errors import AwsError, InvalidInput, PatchingError, Refused
from .._common.signals import Interrupted, interruptible
from . import api
from .model import Baseline, ObservedAssociation
from .plan import AssociationPlan
from .read import find_interrupted
from .transformations import Fields, association_request
from .waiters import AssociationContext, await_absent, await_run, await_visible

# What StartAssociationsOnce may return for an association that was created a moment ago.
_NOT_KNOWN_YET = frozenset({"InvalidAssociation", "AssociationDoesNotExist"})


def apply_association(
    context: AssociationContext, plan: AssociationPlan, observed: ObservedAssociation | None
) -> tuple[Mapping[str, Any], Outcome | None]:
    """Apply the plan. Returns the association's description, and the outcome of the run that this started.

    With ``context.wait`` it waits until that run has ended, and until AWS shows what was written.
    """
    baseline = Baseline()
    if context.wait and plan.runs and observed:
        executions = api.list_executions(context.client, observed.association_id)
        baseline = Baseline.of(executions, since=observed.description.get("AnsweredAt"))
    description = _write(context, plan, observed)
    association_id = description["AssociationId"]
    if plan.tags and plan.write != "create":
        tags = plan.tags
        context.write(lambda: write_tags(context.client, "Association", association_id, tags))
    if plan.start:
        also = _NOT_KNOWN_YET if plan.write == "create" else frozenset()
        context.write_once(lambda client: api.start_association(client, association_id), also=also)
    if not context.wait:
        return description, None
    baseline = replace(baseline, version=description.get("AssociationVersion"))
    outcome = await_run(context, association_id, baseline) if plan.runs else None
    if plan.write:
        await_visible(context, description)
    return description, outcome


def _write(
    context: AssociationContext, plan: AssociationPlan, observed: ObservedAssociation | None
) -> Mapping[str, Any]:
    if observed is None:
        return _create(context, plan.after, plan.tags.after if plan.tags else {})
    if plan.write != "update":
        return observed.description
    # With the version, AWS refuses the update when somebody changed the association since it was read.
    request = association_request(plan.after) | {"AssociationVersion": observed.description.get("AssociationVersion")}
    return context.write_once(lambda client: api.update_association(client, observed.association_id, request))


def _create(context: AssociationContext, fields: Fields, tags: dict[str, str]) -> dict[str, Any]:
    try:
        return context.write_once(lambda client: api.create_association(client, association_request(fields), tags))
    except AwsError as error:
        if not unanswered(error):
            raise
        message = f"{error}; it is not known whether the association was created: look for it before you run again"
        raise AwsError(message, error.aws_code, error.operation, code="association_unanswered") from error


def delete_association(context: AssociationContext, observed: ObservedAssociation) -> None:
    """Delete an association. With ``context.wait`` it waits until AWS's reads no longer show it."""
    association_id = observed.association_id
    context.write(lambda: api.delete_association(context.client, association_id))
    if context.wait:
        await_absent(context, association_id, observed.description.get("AssociationName"))


@dataclass(frozen=True, kw_only=True)
class RunOnceResult:
    """The result of an association that ran once and was deleted."""

    description: Mapping[str, Any]
    attached: bool
    outcome: Outcome


def run_association_once(context: AssociationContext, fields: Fields, tags: dict[str, str]) -> RunOnceResult:
    """Create an association, follow its run to the end, and delete it again, whatever happens in between.

    When an interrupted run has left this association and its run is still in progress, that run is followed and no
    second one is started.
    """
    association_id: str | None = None
    with interruptible() as ignore_signals:
        try:
            left, baseline = _find_running(context, fields)
            association_id = left
            description = (
                api.describe_association(context.client, left) if left else _create_or_find(context, fields, tags)
            )
            if description is None:
                message = f"association {fields['association_name']} was deleted while its run was followed: run again"
                raise Refused(message, code="association_vanished")
            association_id = str(description["AssociationId"])
            outcome = await_run(context, association_id, baseline)
        except BaseException as error:
            ignore_signals()
            failure = _clean_up(context, association_id, fields, error)
            if failure is error:
                raise
            raise failure from error
        ignore_signals()
        api.delete_association(context.client, association_id)
    return RunOnceResult(description=description, attached=left is not None, outcome=outcome)


def _find_running(context: AssociationContext, fields: Fields) -> tuple[str | None, Baseline]:
    """The association that an interrupted run has left, if its run is in progress. One whose run is over is deleted:
    its results are too old."""
    left = find_interrupted(context.client, fields)
    if left is None:
        return None, Baseline()
    association_id = str(left["AssociationId"])
    executions = api.list_executions(context.client, association_id)
    ended = tuple(execution for execution in executions if execution.ended)
    if executions and len(ended) == len(executions):
        api.delete_association(context.client, association_id)
        return None, Baseline()
    return association_id, Baseline.of(ended)


def _create_or_find(context: AssociationContext, fields: Fields, tags: dict[str, str]) -> dict[str, Any]:
    try:
        return _create(context, fields, tags)
    except AwsError:
        # The response may be lost although the association exists and runs.
        created = find_interrupted(context.client, fields)
        if created is None:
            raise
        return created


def _clean_up(
    context: AssociationContext, association_id: str | None, fields: Fields, error: BaseException
) -> BaseException:
    """Delete what is there after a failure. Returns the error to raise."""
    name = fields["association_name"]
    try:
        if association_id is None and not isinstance(error, InvalidInput | Refused):
            # The response to the creation never arrived, but the association may exist.
            created = find_interrupted(context.client, fields)
            association_id = created["AssociationId"] if created else None
        if association_id:
            api.delete_association(context.client, association_id)
    except PatchingError as failure:
        message = f"{error}; association {name} may still exist and must be deleted: {failure}"
        return PatchingError(message, code="association_left_behind")
    if isinstance(error, Interrupted):
        message = f"{error}: association {name} is deleted, but what it started may still run"
        return PatchingError(message, code="interrupted")
    return error
