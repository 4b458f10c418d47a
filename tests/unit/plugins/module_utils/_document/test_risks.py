from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._document.risks import risks


def document(run: Any, **rules: Any) -> dict[str, Any]:
    step = {"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": run}}
    return {"schemaVersion": "2.2", "parameters": {"Word": {"type": "String", **rules}}, "mainSteps": [step]}


@pytest.mark.parametrize(
    ("parsed", "told"),
    [
        (document(["echo {{ Word }}"]), ["parameter Word becomes part of a script"]),
        (document(["a", "b", "echo '{{Word}}'"]), ["parameter Word becomes part of a script"]),
        (document(["echo {{ Word }}"], allowedPattern="^[a-z]*$"), []),
        (document(["echo {{ Word }}"], allowedValues=["a"]), []),
        (document(["echo $SSM_Word"], interpolationType="ENV_VAR"), []),
        (document(["echo {{ Word }}"], interpolationType="ENV_VAR"), []),
        (document("{{ Word }}"), []),  # AWS-RunShellScript: the script is the parameter
        (document(["echo {{ global:DATE }} {{ Other }}"]), []),
        (document(["echo"], allowedPattern="^(?!x).*$"), ["allowedPattern of parameter Word"]),
        (document(["echo"], allowedPattern=r"^(a)\1$"), ["allowedPattern of parameter Word"]),
        (document(["echo"], allowedPattern=r"^(?:a|\.)+$"), []),
        ("BEGIN:VCALENDAR", []),
        ({"parameters": ["odd"], "mainSteps": {"odd": 1}}, []),
        ({"parameters": {"A": {}}, "mainSteps": ["odd", {"action": "aws:runShellScript", "inputs": None}]}, []),
    ],
)
def test_risks(parsed: Any, told: list[str]) -> None:
    found = risks(parsed)
    assert len(found) == len(told)
    assert all(risk.startswith(start) for risk, start in zip(found, told, strict=True))
