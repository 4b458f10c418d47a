"""The API actions of Parameter Store: moto's, with checks that moto lacks and with stale reads."""

from __future__ import annotations

from typing import Any

from lab.api.errors import NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.moto_bridge import services
from lab.api.moto_bridge.parameter_store import all_parameters, count_standard, latest_parameter, replaced_parameters
from lab.api.parameters import rules
from lab.api.region import Region
from lab.api.registry import action

KEY = ("parameters",)


@action("ssm", "PutParameter")
def put_parameter(region: Region, call: Call) -> Any:
    params, account = call.params, region.settings.account
    rules.check_name(params["Name"], f"arn:aws:ssm:{account.region}:{account.account_id}:parameter")
    earlier = latest_parameter(account, params["Name"])
    rules.check_write(params, earlier)
    tier = rules.tier_of(params, earlier, count_standard(account))
    answer = _write(region, call)
    written = latest_parameter(account, params["Name"])
    if written is None or written is earlier:
        return answer  # moto has refused
    written.tier = tier  # moto keeps the tier of the request, which may be Intelligent-Tiering
    return {"Version": written.version, "Tier": tier}


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
