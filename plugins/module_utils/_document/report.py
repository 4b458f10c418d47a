# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .model import DesiredDocument, Document, DocumentPlan, ObservedDocument
from .rules import document_type_of
from .transformations import required_documents


def written_result(document: Document, plan: DocumentPlan) -> dict[str, Any]:
    """What ssm_document returns beside the diff.

    :param document: after the plan was applied, or as it is predicted.
    """
    more = {name: plan.after[name] for name in ("tags", "shared_with") if name in plan.after}
    deleted = {"deleted_versions": sorted(plan.deleted_versions)} if "versions" in plan.after else {}
    return {"document": {**document.as_dict(), **more}, **deleted}


def removed_state(observed: ObservedDocument) -> dict[str, Any]:
    """A document before its removal, for the diff."""
    shares = {"shared_with": observed.shares} if observed.shares else {}
    return {**observed.document.as_dict(), **shares}


def predicted_document(
    observed: ObservedDocument | None, desired: DesiredDocument, plan: DocumentPlan, wait: bool
) -> Document:
    """The document as a real run would leave it. What only AWS knows is None."""
    versions: dict[str, Any] = {name: str(plan.after[name]) for name in ("latest_version", "default_version")}
    if observed is not None and (desired.content is None or not plan.write):
        return replace(observed.document, **versions)
    known = observed.document if observed else Document(name=desired.name, **versions)
    parsed = desired.content.parsed if desired.content else None
    return replace(
        known,
        **versions,
        document_version=str(plan.version),
        status="Active" if wait else ("Creating" if plan.write == "create" else "Updating"),
        status_information=None,
        document_type=document_type_of(observed.document if observed else None, desired),
        document_format=desired.content.format if desired.content else None,
        schema_version=parsed.get("schemaVersion") if isinstance(parsed, dict) else known.schema_version,
        target_type=plan.after["target_type"],
        display_name=plan.after["display_name"],
        version_name=desired.version_name,
        cloud_providers=desired.cloud_providers or known.cloud_providers,
        attachments=tuple(plan.after.get("attachments", ())),
        requires=known.requires or tuple(required_documents(desired)),
        hash=None,
        created_at=None,
    )
