"""How documents of all types declare their parameters: what AWS accepts when a document is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from lab.api.errors import ApiError
from lab.api.http.validation import satisfies

# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html
FIELDS = {
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
# AWS says that Command documents take String and StringList only. AWS's own Command documents use StringMap, and the
# agent checks values of all these types.
TYPES = {"String", "StringList", "Boolean", "Integer", "StringMap", "MapList"}
# Runbooks declare resources too, such as AWS::EC2::Instance::Id and List<AWS::EC2::Instance::Id>.
RESOURCE_TYPE = re.compile(r"AWS::\w+::\w+(::\w+)?|List<AWS::\w+::\w+(::\w+)?>")
LIMITS = ("minItems", "maxItems", "minChars", "maxChars")
NAMES = {"Command": re.compile(r"[a-zA-Z0-9]+"), "Automation": re.compile(r"[a-zA-Z0-9_]+")}
PARAMETER_STORE = re.compile(r"\{\{\s*ssm(-secure)?:[^{}]+\}\}")


def check_declarations(parameters: Any, document_type: str, schema: str) -> None:
    """Refuse the declarations that AWS refuses.

    :param parameters: the parameters of the document, or the variables of a runbook.
    :raises ApiError: InvalidDocumentContent.
    """
    if not isinstance(parameters, dict):
        raise _invalid("parameters is not a map.")
    names = NAMES.get(document_type, NAMES["Command"])
    for name, declared in parameters.items():
        if not names.fullmatch(str(name)):
            raise _invalid(f"Parameter name {name!r} is not valid.")
        if not isinstance(declared, dict) or not _is_type(declared.get("type"), document_type):
            raise _invalid(f"Parameter {name}: type must be one of {sorted(TYPES)}.")
        for problem in _problems(declared, schema):
            raise _invalid(f"Parameter {name}: {problem}.")


def is_list(kind: str) -> bool:
    """Whether a parameter of this type takes several values."""
    return kind in ("StringList", "MapList") or kind.startswith("List<")


def values_problem(rules: dict[str, Any], values: Sequence[Any]) -> str | None:
    """What the declaration refuses of a parameter's values, which are of the declared type."""
    if is_list(rules["type"]) and not int(rules.get("minItems", 0)) <= len(values) <= int(
        rules.get("maxItems", len(values))
    ):
        return "has the wrong number of values"
    pattern, allowed = rules.get("allowedPattern"), rules.get("allowedValues")
    for value in values:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        if allowed and value not in allowed:
            return f"value {text!r} is not one of the allowed values {allowed}"
        if pattern and not satisfies(pattern, text):
            return f"value {text!r} does not match the allowed pattern {pattern}"
        if not int(rules.get("minChars", 0)) <= len(text) <= int(rules.get("maxChars", len(text))):
            return f"value {text!r} has the wrong length"
    return None


def _is_type(kind: Any, document_type: str) -> bool:
    if not isinstance(kind, str):
        return False
    return kind in TYPES or (document_type == "Automation" and RESOURCE_TYPE.fullmatch(kind) is not None)


def _problems(declared: dict[str, Any], schema: str) -> Iterator[str]:
    if unknown := set(declared) - FIELDS:
        yield f"unrecognized field {min(unknown, key=str)!r}"
    interpolation = declared.get("interpolationType")
    if interpolation is not None and (interpolation, declared["type"], schema) != ("ENV_VAR", "String", "2.2"):
        yield "interpolationType is ENV_VAR, for a String in schema 2.2"
    if not isinstance(declared.get("allowedValues", []), list):
        yield "allowedValues is not a list"
    if wrong := [name for name in LIMITS if name in declared and not re.fullmatch(r"\d+", str(declared[name]))]:
        yield f"{wrong[0]} is not a number"
    if not _is_pattern(declared.get("allowedPattern", "")):
        yield "allowedPattern is not a regular expression"
    elif "default" in declared:
        yield from _default_problems(declared, declared["default"])


def _default_problems(declared: dict[str, Any], default: Any) -> Iterator[str]:
    if isinstance(default, str) and PARAMETER_STORE.fullmatch(default.strip()):
        return  # AWS reads it when the document is run, whatever the parameter's type is
    if not _fits(declared["type"], default):
        yield f"the default {default!r} is not of type {declared['type']}"
    elif default != "":
        # AWS's own examples have an empty default beside an allowedPattern that it does not match.
        values = default if isinstance(default, list) else [default]
        if problem := values_problem(declared, values):
            yield f"the default {problem}"


def _is_pattern(pattern: Any) -> bool:
    try:
        return isinstance(pattern, str) and satisfies(pattern, "") in (True, False)
    except re.error:
        return False


def _fits(kind: str, default: Any) -> bool:
    """Whether a default is of the declared type: 3600 is no String and "3600" no Integer."""
    if kind == "Boolean":
        return isinstance(default, bool)
    if kind == "Integer":
        return isinstance(default, int) and not isinstance(default, bool)
    if kind == "StringMap":
        # AWS's own documents write an empty map as text too.
        return isinstance(default, dict) or default in ("", "{}")
    if not is_list(kind):
        return isinstance(default, str)
    item = dict if kind == "MapList" else str
    return isinstance(default, list) and all(isinstance(value, item) for value in default)


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidDocumentContent", message)
