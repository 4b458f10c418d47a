"""The steps of a document, ready to run: everything is filled in and checked before the first one runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import precondition
from .parameters import ParameterError, Resolve, Values, bind, substitute, unresolved

LEGACY = ("1.0", "1.2")
SCHEMAS = (*LEGACY, "2.0", "2.0.1", "2.0.2", "2.0.3", "2.2")
CROSS_PLATFORM = "2.2"
SCRIPTS = ("aws:runShellScript", "aws:runPowerShellScript")


class DocumentError(Exception):
    """The agent refuses the document before its first step."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of mainSteps, or a plugin of a runtimeConfig (schema 1.2)."""

    name: str
    action: str
    # A list of them in schema 1.2: they run one after another.
    inputs: Any
    preconditions: precondition.Preconditions = field(default_factory=dict)
    cross_platform: bool
    is_last: bool
    # Variables of ENV_VAR parameters.
    environment: Mapping[str, str] = field(default_factory=dict)

    def modifier(self, name: str) -> str:
        """An input that steers the document: onFailure, onSuccess or finallyStep, as text. Empty when there is none."""
        value = self.inputs.get(name) if isinstance(self.inputs, Mapping) else None
        if isinstance(value, bool):
            return str(value).lower()
        return value if isinstance(value, str) else ""


def parse(
    document: Mapping[str, Any],
    supplied: Mapping[str, Any],
    *,
    env_var: bool,
    in_child: bool = False,
    resolve: Resolve = unresolved,
) -> list[Step]:
    """Read a document.

    :param resolve: fills in Parameter Store's values, after the document's parameters.
    :raises DocumentError: the agent refuses it.
    :raises precondition.Crash: the real agent panics over it.
    """
    schema = document.get("schemaVersion")
    if schema not in SCHEMAS:
        raise DocumentError(f"Document with schema version {schema} is not supported by this version of ssm agent")
    try:
        values = bind(document, supplied, env_var=env_var, in_child=in_child, resolve=resolve)
        found = list(_legacy(document, values, resolve) if schema in LEGACY else _main_steps(document, values, resolve))
    except (ParameterError, ValueError) as error:
        raise DocumentError(str(error)) from None
    if not found:
        raise DocumentError("Unsupported schema format")
    return found


def _legacy(document: Mapping[str, Any], values: Values, resolve: Resolve) -> Iterator[Step]:
    plugins: Mapping[str, Mapping[str, Any]] = document.get("runtimeConfig") or {}
    for name, plugin in plugins.items():
        properties = plugin.get("properties")
        if isinstance(properties, list):
            inputs: Any = [_inputs(name, one, values, resolve) for one in properties]
        else:
            inputs = _inputs(name, properties, values, resolve)
        yield Step(
            name=name,
            action=name,
            inputs=inputs,
            cross_platform=False,
            is_last=name == list(plugins)[-1],
            environment=values.environment,
        )


def _main_steps(document: Mapping[str, Any], values: Values, resolve: Resolve) -> Iterator[Step]:
    steps: list[Mapping[str, Any]] = document.get("mainSteps") or []
    for step in steps:
        action = step.get("action", "")
        yield Step(
            name=step["name"],
            action=action,
            inputs=_inputs(action, step.get("inputs"), values, resolve),
            preconditions=precondition.resolve(step.get("precondition"), values.values),
            cross_platform=document["schemaVersion"] == CROSS_PLATFORM,
            is_last=step is steps[-1],
            environment=values.environment,
        )


def _inputs(action: str, raw: Any, values: Values, resolve: Resolve) -> Any:
    if action in SCRIPTS and isinstance(raw, Mapping) and "runCommand" in raw:
        # ENV_VAR parameters reach a script as variables only, never as text.
        lines = substitute(raw["runCommand"], values.values, values.shielded)
        others = {key: value for key, value in raw.items() if key != "runCommand"}
        return resolve({**substitute(others, values.values), "runCommand": lines})
    return resolve(substitute(raw, values.values))
