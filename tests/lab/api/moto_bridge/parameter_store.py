"""moto's Parameter Store: its parameters, now or as stale reads see them, and their tags."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from moto.ssm.models import ParameterDict

from lab.api.moto_bridge import services
from lab.settings import Account


def all_parameters(account: Account) -> dict[str, Any]:
    """All parameters: name -> moto's parameter."""
    return dict(services.ssm(account)._parameters)


def latest_parameter(account: Account, name: str) -> Any | None:
    """The latest version of a parameter, moto's own object; None when there is no such parameter."""
    # moto keeps /name as name, and its get() does not know that.
    parameters = services.ssm(account)._parameters
    versions = parameters[name] if name in parameters else []  # noqa: SIM401
    return versions[-1] if versions else None


def count_standard(account: Account) -> int:
    """How many standard parameters there are."""
    found = services.ssm(account)._parameters.values()
    return sum(1 for versions in found if versions and versions[-1].tier == "Standard")


@contextlib.contextmanager
def replaced_parameters(account: Account, parameters: Mapping[str, Any]) -> Iterator[None]:
    """Let moto answer from other parameters, such as those of some seconds ago."""
    backend = services.ssm(account)
    current = backend._parameters
    backend._parameters = ParameterDict(account.account_id, account.region)
    backend._parameters.update(parameters)
    try:
        yield
    finally:
        backend._parameters = current


def parameter_tags(account: Account, name: str) -> dict[str, str] | None:
    """The tags of a parameter, which the caller may change; None when there is no such parameter."""
    backend = services.ssm(account)
    return None if backend.get_parameter(name) is None else backend._resource_tags["Parameter"][name]
