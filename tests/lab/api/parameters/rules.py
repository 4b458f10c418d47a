"""What PutParameter refuses, and the tier that a parameter gets."""

from __future__ import annotations

import json
import re
from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.validation import satisfies

STANDARD, ADVANCED, INTELLIGENT = "Standard", "Advanced", "Intelligent-Tiering"
# Bytes of a value. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
LARGEST = {STANDARD: 4096, ADVANCED: 8192}
MOST_STANDARD = 10_000
DEEPEST = 15
# The characters of a parameter's ARN, which AWS counts too.
LONGEST_ARN = 1011
# Parts of letters, digits and .-_ between slashes. A name with several parts begins with a slash.
NAME = re.compile(r"/?[a-zA-Z0-9_.\-]+|(/[a-zA-Z0-9_.\-]+){2,}")
# According to the service model, these need an advanced parameter.
ADVANCED_DATA_TYPES = {"url", "json", "jsonc"}


def check_name(name: str, arn_prefix: str) -> None:
    """:raises ApiError: for a name that AWS gives to no parameter."""
    if name != name.strip():
        raise NotImplementedInLab("names with spaces around, which AWS removes")
    if not NAME.fullmatch(name):
        raise _invalid(f"Parameter name: {name} is not a fully qualified name of valid characters.")
    if len(arn_prefix) + len(name) > LONGEST_ARN:
        raise _invalid(f"Parameter name: the ARN can have {LONGEST_ARN} characters at most.")
    if name.count("/") > DEEPEST:
        raise ApiError("HierarchyLevelLimitExceededException", f"A hierarchy can have a maximum of {DEEPEST} levels.")


def check_write(params: dict[str, Any], earlier: Any | None) -> None:
    """
    :param earlier: the parameter of this name, as moto keeps it; None when there is none.
    :raises ApiError: as PutParameter would.
    """
    kind = params.get("Type")
    if earlier is None:
        if kind is None:
            raise _invalid("A parameter type is required when you create a parameter.")
    elif not params.get("Overwrite"):
        raise ApiError("ParameterAlreadyExists", "The parameter already exists. To overwrite it, set Overwrite.")
    elif kind not in (None, earlier.parameter_type):
        raise ApiError(
            "HierarchyTypeMismatchException",
            f"The type of a parameter can't be changed from {earlier.parameter_type} to {kind}.",
        )
    if re.search(r"\{\{.*\}\}", params["Value"], re.DOTALL):
        raise _invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')
    _policies(params)
    _check_pattern(params, earlier)


def tier_of(params: dict[str, Any], earlier: Any | None, standard_parameters: int) -> str:
    """The tier in which a write puts the parameter.

    :param standard_parameters: how many standard parameters there are.
    :raises ApiError: ValidationException, or ParameterLimitExceeded.
    """
    size, wanted = len(params["Value"].encode()), params.get("Tier")
    advanced_before = earlier is not None and earlier.tier == ADVANCED
    full = earlier is None and standard_parameters >= MOST_STANDARD
    if wanted == STANDARD and advanced_before:
        raise _invalid("An advanced parameter can't be reverted to a standard parameter.")
    if wanted == INTELLIGENT:
        needed = size > LARGEST[STANDARD] or full or bool(_policies(params)) or _has_advanced_type(params)
        wanted = ADVANCED if needed else STANDARD
    tier = ADVANCED if advanced_before or wanted == ADVANCED else STANDARD
    if tier == STANDARD:
        _check_standard(params, full)
    if size > LARGEST[tier]:
        more = " Use the advanced-parameter tier for a larger value." if tier == STANDARD else ""
        raise _invalid(f"{tier} tier parameters support a maximum parameter value of {LARGEST[tier]} characters.{more}")
    return tier


def _check_standard(params: dict[str, Any], full: bool) -> None:
    if full:
        raise ApiError("ParameterLimitExceeded", f"You can have at most {MOST_STANDARD} standard parameters.")
    if _policies(params) or _has_advanced_type(params):
        raise _invalid("Parameter policies and the data types url, json and jsonc need the advanced-parameter tier.")


def _policies(params: dict[str, Any]) -> list[Any]:
    try:
        found = json.loads(params.get("Policies", "[]"))
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise ApiError("InvalidPolicyTypeException", "The policies are not a JSON array.")
    return found


def _has_advanced_type(params: dict[str, Any]) -> bool:
    return params.get("DataType") in ADVANCED_DATA_TYPES


def _check_pattern(params: dict[str, Any], earlier: Any | None) -> None:
    pattern = params.get("AllowedPattern", earlier.allowed_pattern if earlier else None)
    if not pattern:
        return
    try:
        matches = satisfies(pattern, params["Value"])
    except re.error:
        raise ApiError("InvalidAllowedPatternException", f"The pattern {pattern} is not valid.") from None
    if not matches:
        raise ApiError("ParameterPatternMismatchException", f"Parameter value does not match the pattern {pattern}.")


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
