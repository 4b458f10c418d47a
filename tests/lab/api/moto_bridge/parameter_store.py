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
