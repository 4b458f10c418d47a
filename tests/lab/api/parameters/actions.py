"""The API actions of Parameter Store: moto's, with checks that moto lacks and with stale reads."""

from __future__ import annotations

import re
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.moto_bridge import services
from lab.api.moto_bridge.parameter_store import all_parameters, replaced_parameters
from lab.api.region import Region
from lab.api.registry import action

LARGEST_STANDARD = 4096
NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
DEEPEST = 15
KEY = ("parameters",)


@action("ssm", "PutParameter")
def put_parameter(region: Region, call: Call) -> Any:
    _check_parameter(call.params)
    return _write(region, call)


@action("ssm", "DeleteParameter", "DeleteParameters")
def delete(region: Region, call: Call) -> Any:
    return _write(region, call)


@action("ssm", "GetParameter", "GetParameters", "GetParametersByPath")
def get(region: Region, call: Call) -> Any:
    if call.request is None:
        raise NotImplementedInLab("Parameter Store without HTTP")
    age = region.staleness(region.settings.api.parameter_staleness)
    if age <= 0:
        return services.dispatch_to_moto(call)
    account = region.settings.account
    parameters = region.history.at(KEY, age, all_parameters(account)) or {}
    with replaced_parameters(account, parameters):
        return services.dispatch_to_moto(call)


def _write(region: Region, call: Call) -> Any:
    if call.request is None:
        raise NotImplementedInLab("Parameter Store without HTTP")
    account = region.settings.account
    region.history.record(KEY, all_parameters(account))
    answer = services.dispatch_to_moto(call)
    region.history.record(KEY, all_parameters(account))
    return answer


def _check_parameter(params: dict[str, Any]) -> None:
    name, value = params["Name"], params["Value"]
    if not NAME.fullmatch(name) or ("/" in name and not name.startswith("/")):
        raise ApiError(
            "ValidationException", f"Parameter name: {name} is not a fully qualified name of valid characters."
        )
    if name.count("/") > DEEPEST:
        raise ApiError("HierarchyLevelLimitExceededException", f"A hierarchy can have a maximum of {DEEPEST} levels.")
    if len(value.encode()) > LARGEST_STANDARD and params.get("Tier", "Standard") == "Standard":
        raise ApiError(
            "ValidationException",
            f"Standard tier parameters support a maximum parameter value of {LARGEST_STANDARD} characters. "
            "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
        )
