# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

from .errors import Problem


@dataclass(frozen=True, kw_only=True)
class TagPlan:
    """The tags to write and to remove, and the tags that are there afterwards."""

    to_set: dict[str, str]
    to_remove: tuple[str, ...]
    after: dict[str, str]


def tags_as_text(tags: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Tags as AWS takes them. YAML reads some keys and values as numbers."""
    return None if tags is None else {str(key): str(value) for key, value in tags.items()}


def plan_tags(current: Mapping[str, str], desired: Mapping[str, str], purge: bool) -> TagPlan:
    """Compare two sets of tags. AWS's own tags (``aws:``) cannot be removed and are left alone."""
    to_set, to_remove = compare_aws_tags(dict(current), dict(desired), purge_tags=purge)
    after = {key: value for key, value in {**current, **desired}.items() if key not in to_remove}
    return TagPlan(to_set=to_set, to_remove=tuple(to_remove), after=after)


def tag_problems(tags: Mapping[str, str] | None) -> list[Problem]:
    """What AWS refuses and its service model does not say, perhaps only after something else was written."""
    # https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html#tag-conventions
    problems = [Problem(f"at most 50 tags are possible, not {len(tags)}")] if tags and len(tags) > 50 else []
    reserved = [key for key in tags or () if key.lower().startswith("aws:")]
    return problems + [Problem(f"tag {key!r} is reserved: keys that start with aws: belong to AWS") for key in reserved]
