"""The content of documents: what AWS accepts in it, and in the values of its parameters."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.validation import satisfies
from lab.api.runbooks.content import check_runbook

SCHEMAS = {
    "Command": {"1.2", "2.0", "2.2"},
    "Automation": {"0.3"},
    "Session": {"1.0"},
    "Policy": {"2.0"},
}
LARGEST = 64 * 1024
PARAMETER_TYPES = {"String", "StringList"}
PARAMETER_FIELDS = {
    "type",
    "description",
    "default",
    "allowedValues",
    "allowedPattern",
    "displayType",
    "minItems",
    "maxItems",
    "minChars",
    "maxChars",
    "interpolationType",
}
TOP_FIELDS = {"schemaVersion", "description", "parameters", "mainSteps", "runtimeConfig", "variables", "files"}
STEP_NAME = re.compile(r"[a-zA-Z0-9_\-]{1,128}")
PARAMETER_NAME = re.compile(r"[a-zA-Z0-9]+")


def parse_content(content: str, form: str) -> dict[str, Any]:
    """The document as a structure.

    :raises ApiError: InvalidDocumentContent when it is not what its DocumentFormat says.
    """
    if len(content.encode()) > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    if form == "TEXT":
        raise NotImplementedInLab("documents in TEXT format")
    try:
        parsed = json.loads(content) if form == "JSON" else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as error:
        raise _invalid(f"{form} not well-formed. {str(error).splitlines()[0]}") from None
    if not isinstance(parsed, dict):
        raise _invalid(f"{form} not well-formed: the document is not a map.")
    return parsed


def render_content(parsed: dict[str, Any], form: str) -> str:
    """The content as text. As in AWS, this is not the text that was sent, but its meaning written anew."""
    if form == "YAML":
        return str(yaml.safe_dump(parsed, sort_keys=False, allow_unicode=True))
    return json.dumps(parsed, indent=2, ensure_ascii=False, default=_json_default)


def _json_default(value: Any) -> str:
    # YAML has dates without quotes; JSON has none.
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def check_content(parsed: dict[str, Any], document_type: str) -> None:
    """Refuse what CreateDocument and UpdateDocument refuse.

    :raises ApiError: InvalidDocumentContent or InvalidDocumentSchemaVersion.
    """
    if document_type not in SCHEMAS:
        raise NotImplementedInLab(f"documents of type {document_type}")
    version = parsed.get("schemaVersion")
    if not isinstance(version, str) or version not in SCHEMAS[document_type]:
        raise ApiError(
            "InvalidDocumentSchemaVersion" if version is not None else "InvalidDocumentContent",
            f"The schema version {version!r} is not supported for documents of type {document_type}.",
        )
    if document_type == "Automation":
        check_runbook(parsed)
    if document_type != "Command":
        return
    unknown = set(parsed) - TOP_FIELDS
    if unknown:
        raise _invalid(f"Unrecognized field {min(unknown)!r} in document.")
    _check_declarations(parsed.get("parameters", {}), version)
    if version == "2.2":
        _check_steps(parsed.get("mainSteps"))


def _check_declarations(parameters: Any, schema: str) -> None:
    if not isinstance(parameters, dict):
        raise _invalid("parameters is not a map.")
    for name, declared in parameters.items():
        if not PARAMETER_NAME.fullmatch(str(name)):
            raise _invalid(f"Parameter name {name!r} is not alphanumeric.")
        if not isinstance(declared, dict) or declared.get("type") not in PARAMETER_TYPES:
            raise _invalid(f"Parameter {name}: type must be one of {sorted(PARAMETER_TYPES)}.")
        problem = _declaration_problem(declared, schema)
        if problem:
            raise _invalid(f"Parameter {name}: {problem}.")


def _declaration_problem(declared: dict[str, Any], schema: str) -> str | None:
    unknown = set(declared) - PARAMETER_FIELDS
    if unknown:
        return f"unrecognized field {min(unknown)!r}"
    interpolation = declared.get("interpolationType")
    if interpolation is not None and (interpolation, declared["type"], schema) != ("ENV_VAR", "String", "2.2"):
        return "interpolationType is ENV_VAR, for a String in schema 2.2"
    if "default" not in declared:
        return None
    problem = _values_problem(declared, _default_values(declared["default"]))
    return problem and f"the default {problem}"


def _check_steps(steps: Any) -> None:
    if not isinstance(steps, list) or not steps:
        raise _invalid("mainSteps is missing or empty.")
    names: set[str] = set()
    for step in steps:
        if not isinstance(step, dict) or not isinstance(step.get("action"), str):
            raise _invalid("every step in mainSteps needs an action.")
        name = step.get("name")
        if not isinstance(name, str) or not STEP_NAME.fullmatch(name):
            raise _invalid(f"the step name {name!r} is not valid.")
        if name in names:
            raise _invalid(f"the step name {name!r} is used twice.")
        if not isinstance(step.get("inputs", {}), dict):
            raise _invalid(f"step {name}: inputs is not a map.")
        names.add(name)


def step_names(parsed: dict[str, Any]) -> list[str]:
    """The names of the plugins that a run of the document reports, in order."""
    if "mainSteps" in parsed:
        return [step["name"] for step in parsed["mainSteps"]]
    return list(parsed.get("runtimeConfig", {}))


def check_document_parameters(parsed: dict[str, Any], given: Mapping[str, list[str]]) -> None:
    """Check the parameters of SendCommand or CreateAssociation against the document's declarations.

    :raises ApiError: InvalidParameters.
    """
    declared = parsed.get("parameters", {})
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise ApiError(
            "InvalidParameters", f"Parameters [{', '.join(sorted(unknown))}] are not defined in the document."
        )
    for name, rules in declared.items():
        if name not in given:
            if "default" not in rules:
                raise ApiError("InvalidParameters", f'Parameter "{name}" requires a value: it has no default.')
            continue
        if any("{{" in value and "ssm:" in value for value in given[name]):
            raise NotImplementedInLab("Parameter Store references in parameters")
        problem = _values_problem(rules, given[name])
        if problem:
            raise ApiError("InvalidParameters", f'Parameter "{name}" {problem}.')


def parameters_for_agent(parsed: dict[str, Any], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The given parameters as the agent gets them, as text or as a list. The agent fills in the defaults."""
    declared = parsed.get("parameters", {})
    return {
        name: (list(values) if declared[name].get("type") == "StringList" else "".join(values[:1]))
        for name, values in given.items()
    }


def _default_values(default: Any) -> list[str]:
    return [str(item) for item in default] if isinstance(default, list) else [str(default)]


def _values_problem(rules: dict[str, Any], values: list[str]) -> str | None:
    kind = rules.get("type")
    if kind == "String" and len(values) != 1:
        return f"takes exactly one value, {len(values)} given"
    if kind == "StringList" and not rules.get("minItems", 0) <= len(values) <= rules.get("maxItems", len(values)):
        return "has the wrong number of values"
    return next((problem for value in values if (problem := _value_problem(rules, value))), None)


def _value_problem(rules: dict[str, Any], value: str) -> str | None:
    allowed = rules.get("allowedValues")
    if allowed and value not in [str(item) for item in allowed]:
        return f"value {value!r} is not one of the allowed values [{', '.join(str(item) for item in allowed)}]"
    pattern = rules.get("allowedPattern")
    if pattern and not satisfies(pattern, value):
        return f"value {value!r} does not match the allowed pattern {pattern}"
    if not int(rules.get("minChars", 0)) <= len(value) <= int(rules.get("maxChars", len(value))):
        return f"value {value!r} has the wrong length"
    return None


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidDocumentContent", message)
