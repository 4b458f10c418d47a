"""The maintenance windows with their targets and tasks. They are stored, and never run."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass, field
from typing import Any

from lab.api.errors import ApiError
from lab.api.runtime.clockwork import Clockwork
from lab.api.windows import schedule

Fields = dict[str, Any]

# https://docs.aws.amazon.com/general/latest/gr/ssm.html
MOST_WINDOWS, MOST_TARGETS, MOST_TASKS = 50, 100, 20
IDENTITY = (
    "WindowId",
    "Name",
    "Description",
    "Enabled",
    "Duration",
    "Cutoff",
    "Schedule",
    "ScheduleTimezone",
    "ScheduleOffset",
    "EndDate",
    "StartDate",
    "NextExecutionTime",
)


@dataclass
class Window:
    id: str
    fields: Fields
    created: datetime.datetime
    modified: datetime.datetime
    enabled: bool = True
    targets: dict[str, Fields] = field(default_factory=dict)
    tasks: dict[str, Fields] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def tasks_using(self, target_id: str) -> list[str]:
        """The ids of the tasks that use a window target."""
        return [task_id for task_id, task in self.tasks.items() if target_id in target_ids(task)]

    def view(self) -> Fields:
        """The window, its targets and its tasks as reads show them."""
        now = datetime.datetime.now(datetime.UTC)
        window = {
            **self.fields,
            "WindowId": self.id,
            "Enabled": self.enabled,
            "CreatedDate": self.created,
            "ModifiedDate": self.modified,
            "NextExecutionTime": schedule.next_run(self.fields, now) if self.enabled else None,
        }
        ids = {"WindowId": self.id}
        return {
            "window": window,
            "targets": {key: {**ids, "WindowTargetId": key, **item} for key, item in self.targets.items()},
            "tasks": {key: {**ids, "WindowTaskId": key, **item} for key, item in self.tasks.items()},
        }


def target_ids(task: Fields) -> list[str]:
    return [value for target in _targets(task, "WindowTargetIds") for value in target["Values"]]


def instance_ids(task: Fields) -> list[str]:
    return [value for target in _targets(task, "InstanceIds") for value in target["Values"]]


def _targets(task: Fields, key: str) -> list[Fields]:
    return [target for target in task.get("Targets") or [] if target.get("Key") == key]


class MaintenanceWindows:
    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        self.by_id: dict[str, Window] = {}
        # (action, ClientToken) -> the request and its answer
        self._answers: dict[tuple[str, str], tuple[Fields, Fields]] = {}

    def get(self, window_id: str) -> Window:
        """The window itself, to change it.

        :raises ApiError: DoesNotExistException.
        """
        if window_id not in self.by_id:
            raise unknown_resource("Maintenance window", window_id)
        return self.by_id[window_id]

    def add(self, fields: Fields, tags: dict[str, str]) -> Window:
        if len(self.by_id) >= MOST_WINDOWS:
            raise quota_exceeded(MOST_WINDOWS, "maintenance windows")
        now = datetime.datetime.now(datetime.UTC)
        window = Window(f"mw-{secrets.token_hex(9)[:17]}", fields, now, now, tags=tags)
        self.by_id[window.id] = window
        self.changed(window)
        return window

    def remove(self, window_id: str) -> None:
        """Delete a window. As in AWS's model, one that does not exist is no error."""
        if self.by_id.pop(window_id, None):
            self._clockwork.history.record(("maintenance_window", window_id), None)

    def changed(self, window: Window) -> None:
        """Record the new state, so that stale reads can still show the earlier one."""
        self._clockwork.history.record(("maintenance_window", window.id), window.view())

    def visible_window(self, window_id: str) -> Fields:
        """The window as reads show it, which may be stale.

        :raises ApiError: DoesNotExistException.
        """
        window = self.by_id.get(window_id)
        current = window.view() if window else None
        view = self._clockwork.history.at(("maintenance_window", window_id), self._clockwork.staleness(), current)
        if view is None:
            raise unknown_resource("Maintenance window", window_id)
        return view

    def visible_windows(self) -> list[Fields]:
        found = []
        for window_id in self.by_id:
            try:
                found.append(self.visible_window(window_id)["window"])
            except ApiError:
                continue  # reads do not show it yet
        return found

    def earlier_answer(self, action: str, params: Fields) -> Fields | None:
        """The answer to the earlier request with the same ClientToken; None when there was none.

        :raises ApiError: IdempotentParameterMismatch when the parameters are others.
        """
        token = params.get("ClientToken")
        if token is None or (action, token) not in self._answers:
            return None
        request, answer = self._answers[action, token]
        if request != params:
            raise ApiError(
                "IdempotentParameterMismatch", f"The client token {token} was used with other parameters before."
            )
        return answer

    def remember_answer(self, action: str, params: Fields, answer: Fields) -> Fields:
        if "ClientToken" in params:
            self._answers[action, params["ClientToken"]] = (dict(params), answer)
        return answer


def unknown_resource(what: str, resource_id: str) -> ApiError:
    return ApiError("DoesNotExistException", f"{what} {resource_id} doesn't exist.")


def quota_exceeded(most: int, what: str) -> ApiError:
    return ApiError("ResourceLimitExceededException", f"The quota of {most} {what} is exceeded.")


def updated_fields(current: Fields, request: Fields, names: tuple[str, ...], needed: tuple[str, ...]) -> Fields:
    """The fields after an update. Fields that are not given are kept, or removed with Replace."""
    given = {name: request[name] for name in names if name in request}
    if not request.get("Replace"):
        return {**current, **given}
    missing = [name for name in needed if name not in given]
    if missing:
        raise ApiError("ValidationException", f"With Replace these are required too: {', '.join(missing)}.")
    return {**{name: value for name, value in current.items() if name not in names}, **given}


def filtered_items(items: list[Fields], filters: list[Fields], keys: dict[str, str]) -> list[Fields]:
    """The items that pass all filters.

    :param keys: filter key -> the field that it compares.
    :raises ApiError: ValidationException for another key.
    """
    for wanted in filters:
        name = keys.get(wanted.get("Key", ""))
        if name is None:
            raise ApiError("ValidationException", f"The filter key {wanted.get('Key')} is not valid.")
        values = [value.lower() for value in wanted.get("Values", [])]
        items = [item for item in items if str(item.get(name)).lower() in values]
    return items
