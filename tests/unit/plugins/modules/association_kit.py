"""What the tests of ssm_association share."""

from __future__ import annotations

from typing import Any

from lab.api.testing.kit import Lab, RunModule

QUICK = {"poll_interval": 0.05, "wait_timeout": 20}
NAME = "check-shop"
SHELL = {"association_name": NAME, "document_name": "AWS-RunShellScript", "parameters": {"commands": "true"}}
ABSENT = object()
ONE = "i-00000000000000001"
CRON = {"schedule_expression": "cron(0 2 ? * SUN *)", "apply_only_at_cron_interval": True}
# What AWS decides when it creates an association.
UNPREDICTABLE = {"association_id", "association_version"}

# What Ansible adds to the result of every module.
EVERY_MODULE: dict[str, Any] = {"changed": {}, "failed": {}, "diff": {}, "invocation": {}}


def caller(run_module: RunModule) -> Any:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        given = {"association_name": NAME, **QUICK, **options}
        return run_module("ssm_association", {k: v for k, v in given.items() if v is not ABSENT}, check=check)

    return run


def predicted_part(result: dict[str, Any]) -> dict[str, Any]:
    """What check mode must predict of a result."""
    association = {name: value for name, value in result.get("association", {}).items() if name not in UNPREDICTABLE}
    runs = result.get("runs_at_once"), result.get("runs_at_once_because")
    return {"association": association, "runs": runs}


def undocumented(result: Any, documented: dict[str, Any]) -> set[str]:
    """Keys of a result, and of what is inside, that a module's RETURN does not name."""
    if isinstance(result, list):
        return {name for item in result for name in undocumented(item, documented)}
    missing = set(result) - set(documented)
    for name, inside in documented.items():
        if "contains" in inside and result.get(name):
            missing |= {f"{name}.{found}" for found in undocumented(result[name], inside["contains"])}
    return missing


def four_steps(lab: Lab, run: Any, writes: list[str], **options: Any) -> dict[str, Any]:
    """Check mode, a real run, and both again: check mode predicts the result, and the real run writes once."""
    lab.forget_calls()
    predicted = run(check=True, **options)
    assert not lab.writes()
    done = run(**options)
    assert lab.writes() == writes
    assert (predicted["failed"], done["failed"]) == (False, False)
    assert (predicted["changed"], done["changed"]) == (True, True)
    assert predicted["diff"] == done["diff"]
    assert predicted_part(predicted) == predicted_part(done)
    lab.forget_calls()
    for check in (True, False):
        again = run(check=check, **options)
        assert (again["failed"], again["changed"]) == (False, False)
        assert again["diff"]["before"] == again["diff"]["after"]
    assert not lab.writes()
    return done


def described(lab: Lab, name: str = NAME) -> list[dict[str, Any]]:
    client = lab.client("ssm")
    found = client.list_associations(AssociationFilterList=[{"key": "AssociationName", "value": name}])["Associations"]
    return [
        client.describe_association(AssociationId=item["AssociationId"])["AssociationDescription"] for item in found
    ]
