"""The content of documents: what AWS accepts in it, and in the values of its parameters."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.runbooks.content import check_runbook
from lab.api.runbooks.declarations import check_declarations, is_list
from lab.api.runbooks.inputs import PLUGINS, input_problems
from lab.api.runbooks.parameters import parameter_problem

# The schemas of the types that have a structure of their own. All other types are kept as they are sent.
SCHEMAS = {
    "Command": {"1.2", "2.0", "2.2"},
    "Automation": {"0.3"},
    "Session": {"1.0"},
    "Policy": {"2.0"},
    "Package": {"2.0"},
}
LARGEST = 64 * 1024
TOP_FIELDS = {
    "$schema",
    "schemaVersion",
    "description",
    "parameters",
    "mainSteps",
    "runtimeConfig",
    "variables",
    "files",
}
SESSION_TYPES = {"InteractiveCommands", "NonInteractiveCommands", "Port", "Standard_Stream"}
# The step of AWS-RunShellScript is called aws:runShellScript.
STEP_NAME = re.compile(r"[a-zA-Z0-9_\-:]{1,128}")


def parse_content(content: str, form: str, document_type: str) -> dict[str, Any]:
    """The document as a structure; empty for content that has none of the lab's concern.

    :raises ApiError: InvalidDocumentContent when it is not what its DocumentFormat says.
    """
    # AWS counts bytes: the 64 KB are those of the text in UTF-8.
    if len(content.encode()) > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    if (document_type in SCHEMAS and form == "TEXT") or (document_type == "ChangeCalendar" and form != "TEXT"):
        raise _invalid(f"A document of type {document_type} can't be written in the format {form}.")
    if form == "TEXT":
        _check_calendar(content, document_type)
        return {}
    try:
        parsed = _load(content, form, document_type)
        json.dumps(parsed, default=_json_default)  # a YAML anchor that holds itself has no JSON
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise _invalid(f"{form} not well-formed. {(str(error).splitlines() or [''])[0]}") from None
    if isinstance(parsed, dict):
        return parsed
    if document_type in SCHEMAS:
        raise _invalid(f"{form} not well-formed: the document is not a map.")
    return {}


def _load(content: str, form: str, document_type: str) -> Any:
    if form == "JSON":
        return json.loads(content)
    if document_type in SCHEMAS:
        return yaml.safe_load(content)
    # Templates of CloudFormation have tags of their own, such as !Ref. The lab keeps them without looking inside.
    own_tags = any(getattr(event, "tag", None) for event in yaml.parse(content, Loader=yaml.SafeLoader))
    return None if own_tags else yaml.safe_load(content)


def _check_calendar(content: str, document_type: str) -> None:
    lines = content.strip().splitlines()
    calendar = bool(lines) and (lines[0].strip(), lines[-1].strip()) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    if document_type == "ChangeCalendar" and not calendar:
        raise _invalid("A ChangeCalendar document must be in iCalendar format.")


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
        return
    version = parsed.get("schemaVersion")
    if not isinstance(version, str) or version not in SCHEMAS[document_type]:
        raise ApiError(
            "InvalidDocumentSchemaVersion" if version is not None else "InvalidDocumentContent",
            f"The schema version {version!r} is not supported for documents of type {document_type}.",
        )
    if document_type == "Automation":
        check_runbook(parsed)
    elif document_type == "Command":
        _check_command(parsed, version)
    elif document_type == "Session":
        _check_session(parsed, version)
    else:
        check_declarations(parsed.get("parameters", {}), document_type, version)


def _check_command(parsed: dict[str, Any], version: str) -> None:
    if unknown := set(parsed) - TOP_FIELDS:
        raise _invalid(f"Unrecognized field {min(unknown, key=str)!r} in document.")
    check_declarations(parsed.get("parameters", {}), "Command", version)
    body, other = ("runtimeConfig", "mainSteps") if version == "1.2" else ("mainSteps", "runtimeConfig")
    if other in parsed:
        raise _invalid(f"{other} is not valid in schema version {version}.")
    if body == "mainSteps":
        _check_steps(parsed.get(body))
    else:
        _check_plugins(parsed.get(body))


def _check_session(parsed: dict[str, Any], version: str) -> None:
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
    if str(parsed.get("sessionType")) not in SESSION_TYPES:
        raise _invalid(f"sessionType must be one of {sorted(SESSION_TYPES)}.")
    check_declarations(parsed.get("parameters", {}), "Session", version)


def _check_plugins(plugins: Any) -> None:
    if not isinstance(plugins, dict):
        raise _invalid("runtimeConfig is missing or not a map.")
    if unknown := set(plugins) - set(PLUGINS):
        raise _invalid(f"The plugin {min(unknown, key=str)!r} is not valid.")


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
        for problem in input_problems(step["action"], step.get("inputs", {}), PLUGINS):
            raise _invalid(f"step {name}: {problem}.")
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
        if problem := parameter_problem(rules, given[name]):
            raise ApiError("InvalidParameters", f'Parameter "{name}" {problem}.')


def parameters_for_agent(parsed: dict[str, Any], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The given parameters as the agent gets them, as text or as a list. The agent fills in the defaults."""
    declared = parsed.get("parameters", {})
    return {
        name: (list(values) if is_list(declared[name]["type"]) else "".join(values[:1]))
        for name, values in given.items()
    }


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidDocumentContent", message)
