# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._aws.once import unanswered
from .._aws.tags import write_tags
from .._command.outcome import Outcome
from .._common.errors import AwsError, InvalidInput, PatchingError, WaitTimeout
from .._common.signals import Interrupted, interruptible
from . import api
from .model import Baseline, InterruptedRun, ObservedAssociation
from .plan import AssociationPlan
from .read import find_replaceable
from .transformations import Fields, association_request
from .waiters import AssociationContext, await_absent, await_created, await_run, await_visible

# What StartAssociationsOnce may return for an association that was created a moment ago.
_NOT_KNOWN_YET = frozenset({"InvalidAssociation", "AssociationDoesNotExist"})
# Seconds within which an association that ran once is deleted. Signals are ignored meanwhile.
_DELETED_WITHIN = 30.0


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
        _start(context, association_id, also)
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
    """
    :raises AwsError: also when there was no response and AWS does not show the association. Then it says that it is not
        known whether the association was created.
    """
    request = association_request(fields)
    try:
        return context.write_once(lambda client: api.create_association(client, request, tags))
    except AwsError as error:
        if not unanswered(error):
            raise
        if created := await_created(context, fields):
            return created
        raise _not_known(error, "the association was created", code="association_unanswered") from error


def _start(context: AssociationContext, association_id: str, also: frozenset[str]) -> None:
    """
    :raises AwsError: also when there was no response. Then it says that it is not known whether the run was started.
    """
    try:
        context.write_once(lambda client: api.start_association(client, association_id), also=also)
    except AwsError as error:
        if not unanswered(error):
            raise
        raise _not_known(error, "the run was started", code="association_start_unanswered") from error


def _not_known(error: AwsError, what: str, *, code: str) -> AwsError:
    message = f"{error}; it is not known whether {what}: look for it before you run the task again"
    return AwsError(message, error.aws_code, error.operation, code=code)


def delete_association(context: AssociationContext, observed: ObservedAssociation) -> None:
    """Delete an association. With ``context.wait`` it waits until AWS's reads no longer show it."""
    _delete(context, observed.association_id)
    if context.wait:
        await_absent(context, observed.association_id, observed.description.get("AssociationName"))


def _delete(context: AssociationContext, association_id: str) -> None:
    context.write(lambda: api.delete_association(context.client, association_id))


def run_association_once(
    context: AssociationContext, fields: Fields, tags: dict[str, str], interrupted: InterruptedRun | None
) -> tuple[Mapping[str, Any], Outcome]:
    """Create an association, follow its run to the end, and delete it again, whatever happens in between.

    An interrupted run that is still in progress is followed, and no second one is started. One that has ended is
    replaced, because its results are too old.

    :return: the association's description, and the outcome of its run.
    """
    followed = interrupted if interrupted and interrupted.in_progress else None
    association_id = followed.association.association_id if followed else None
    with interruptible() as ignore_signals:
        try:
            if interrupted and not followed:
                delete_association(context, interrupted.association)
            description = followed.association.description if followed else _create(context, fields, tags)
            association_id = str(description["AssociationId"])
            outcome = await_run(context, association_id, followed.baseline if followed else Baseline())
            ignore_signals()
        except BaseException as error:
            ignore_signals()
            _delete_after_failure(context, association_id, fields, error)
            raise
        _delete_after_run(context, association_id, fields, outcome)
    return description, outcome


def _delete_after_run(context: AssociationContext, association_id: str, fields: Fields, outcome: Outcome) -> None:
    try:
        _delete(context.at_most(_DELETED_WITHIN), association_id)
    except PatchingError as error:
        raise PatchingError(
            f"the run has ended, but association {fields['association_name']} may still exist and must be deleted: "
            f"{error}",
            code="association_left_behind",
            changed=True,
            execution=outcome.as_dict(),
        ) from error


def _delete_after_failure(
    context: AssociationContext, association_id: str | None, fields: Fields, error: BaseException
) -> None:
    """
    :raises PatchingError: when the association may still exist, or when a signal or the deadline was the failure.
    """
    name = fields["association_name"]
    try:
        if association_id is None and not isinstance(error, InvalidInput):
            # The response to the creation is lost, but the association may exist.
            created = find_replaceable(context.client, fields)
            association_id = created.association_id if created else None
        if association_id:
            _delete(context.at_most(_DELETED_WITHIN), association_id)
    except PatchingError as failure:
        message = f"{error}; association {name} may still exist and must be deleted: {failure}"
        raise PatchingError(message, code="association_left_behind") from error
    if isinstance(error, Interrupted):
        message = f"{error}: association {name} is deleted, but what it started may still run"
        raise PatchingError(message, code="interrupted") from error
    if isinstance(error, WaitTimeout) and association_id:
        # A cancellation would stop nothing for sure, and a node that patches may reboot at any moment.
        message = f"{error}; association {name} is deleted, but what it started may still run: await that on the node"
        raise WaitTimeout(message, **error.details) from error
