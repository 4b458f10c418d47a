"""ssm_association against the lab's API: every field, runbooks, what excludes what."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._association import transformations as core
from ansible_collections.steadyfleet.aws_patching.plugins.modules import ssm_association
from lab.api.associations import actions as ssm_associations
from lab.api.testing.kit import Lab, RunModule
from unit.plugins.modules.association_kit import (
    ABSENT,
    CRON,
    EVERY_MODULE,
    NAME,
    ONE,
    SHELL,
    caller,
    described,
    four_steps,
    undocumented,
)

TAGGED = [{"key": "tag:App", "values": ["shop"]}]
# Everything that goes together with a command document.
EVERYTHING: dict[str, Any] = {
    **SHELL,
    **CRON,
    "document_version": "1",
    "targets": TAGGED,
    "schedule_offset": 2,
    "max_concurrency": "10%",
    "max_errors": "3",
    "compliance_severity": "CRITICAL",
    "sync_compliance": "MANUAL",
    "output_location": {
        "output_s3_bucket_name": "my-logs",
        "output_s3_key_prefix": "patch",
        "output_s3_region": "eu-central-1",
    },
    "calendar_names": ["business-days"],
    "duration": 4,
    "alarm_configuration": {"ignore_poll_alarm_failure": True, "alarms": [{"name": "shop-errors"}]},
    "association_dispatch_assume_role": "arn:aws:iam::123456789012:role/state-manager",
    "tags": {"Team": "shop"},
}
RUNBOOK = {
    "schemaVersion": "0.3",
    "parameters": {"InstanceId": {"type": "String"}},
    "mainSteps": [{"name": "pause", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}],
}
ON_TARGETS = {"document_name": "runbook", **CRON, "automation_target_parameter_name": "InstanceId", "targets": TAGGED}


@pytest.fixture
def association(run_module: RunModule) -> Any:
    return caller(run_module)


@pytest.fixture
def runbook(aws: Lab) -> Lab:
    aws.client("ssm").create_document(Name="runbook", DocumentType="Automation", Content=json.dumps(RUNBOOK))
    simple = {**RUNBOOK, "parameters": {}}
    aws.client("ssm").create_document(Name="simple", DocumentType="Automation", Content=json.dumps(simple))
    for version in aws.api.region.documents.by_name.values():
        version.latest.ready = 0.0
    return aws


def test_every_field_of_a_command_document(association: Any, aws: Lab) -> None:
    created = four_steps(aws, association, ["CreateAssociation"], **EVERYTHING)
    given = {name: value for name, value in EVERYTHING.items() if name != "parameters"}
    assert {name: created["association"][name] for name in given} == given
    assert not undocumented(created, {**EVERY_MODULE, **yaml.safe_load(ssm_association.RETURN)})
    [there] = described(aws)
    assert there["AlarmConfiguration"] == {"IgnorePollAlarmFailure": True, "Alarms": [{"Name": "shop-errors"}]}
    assert there["AssociationDispatchAssumeRole"] == EVERYTHING["association_dispatch_assume_role"]

    four_steps(aws, association, ["UpdateAssociation"], calendar_names=[], alarm_configuration=ABSENT)
    [after] = described(aws)
    unmoved = {"Date", "Overview", "AssociationId"}
    assert {name for name in there if there[name] != after.get(name)} - unmoved == {
        "CalendarNames",
        "AssociationVersion",
        "LastUpdateAssociationDate",
    }


def test_every_field_that_can_be_missing_can_be_cleared(association: Any, aws: Lab) -> None:
    association(**EVERYTHING)
    [there] = described(aws)
    empty: dict[str, Any] = {
        "document_version": "",
        "schedule_offset": 0,
        "max_concurrency": "",
        "max_errors": "",
        "compliance_severity": "UNSPECIFIED",
        "sync_compliance": "AUTO",
        "output_location": {},
        "calendar_names": [],
        "duration": 0,
        "alarm_configuration": {},
        "association_dispatch_assume_role": "",
    }
    cleared = four_steps(aws, association, ["UpdateAssociation"], **empty)
    [after] = described(aws)
    defaults = {"DocumentVersion": "$DEFAULT", "ComplianceSeverity": "UNSPECIFIED", "SyncCompliance": "AUTO"}
    assert {name: after[name] for name in defaults} == defaults
    gone = {core.MEMBERS[name] for name in empty} - set(defaults)
    assert gone <= set(there)
    assert not gone & set(after)
    assert cleared["association"]["schedule_expression"] == CRON["schedule_expression"]


@pytest.mark.parametrize("more", [{"tags": {"Team": "shop"}}, {}], ids=["with tags", "without"])
def test_a_run_without_a_change_makes_the_fewest_calls(association: Any, aws: Lab, more: dict[str, Any]) -> None:
    given = {name: value for name, value in EVERYTHING.items() if name != "tags"} | more
    association(**EVERYTHING)
    aws.forget_calls()
    assert association(**given)["changed"] is False
    expected = ["ListAssociations", "DescribeAssociation"] + ["ListTagsForResource"] * len(more)
    assert [call.action for call in aws.calls()] == expected


@pytest.mark.parametrize(
    ("create", "change"),
    [
        pytest.param({"document_name": "simple", **CRON}, {"compliance_severity": "HIGH"}, id="a simple one"),
        pytest.param(ON_TARGETS, {"max_errors": "1"}, id="on targets"),
        pytest.param(
            {"document_name": "runbook", **CRON, "target_maps": [{"InstanceId": [ONE]}]},
            {"target_maps": [{"InstanceId": ["i-00000000000000002"]}]},
            id="on target maps",
        ),
        pytest.param(ON_TARGETS, {"target_maps": [{"InstanceId": [ONE]}]}, id="from targets to target maps"),
        pytest.param(
            {
                "document_name": "simple",
                **CRON,
                "target_locations": [{"accounts": ["123456789012"], "regions": ["eu-west-1"]}],
            },
            {"target_locations": [{"accounts": ["123456789012"], "regions": ["eu-west-1", "eu-west-2"]}]},
            id="in other Regions",
        ),
    ],
)
def test_runbooks(association: Any, runbook: Lab, create: dict[str, Any], change: dict[str, Any]) -> None:
    """Also one without targets, of which AWS shows targets that it does not take back in an update."""
    four_steps(runbook, association, ["CreateAssociation"], **create)
    four_steps(runbook, association, ["UpdateAssociation"], **change)
    four_steps(runbook, association, ["DeleteAssociation"], state="absent")


def test_a_resource_group_is_kept(association: Any, aws: Lab) -> None:
    group = [{"key": "resource-groups:Name", "values": ["shop"]}]
    created = four_steps(aws, association, ["CreateAssociation"], **SHELL, **CRON, targets=group)
    assert created["association"]["targets"] == group


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"schedule_offset": 2, "apply_only_at_cron_interval": False}, "schedule_offset requires apply_only"),
        ({"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}, "requires a cron"),
        (
            {"target_maps": [{"Id": ["1"]}], "automation_target_parameter_name": "Id"},
            "automation_target_parameter_name and target_maps exclude",
        ),
        ({"target_locations": [{"regions": []}]}, "target_locations[0].regions must have 1 to 50 items, not 0"),
        ({"tags": {"aws:mine": "x"}}, "tag 'aws:mine' is reserved"),
        (
            {"max_errors": "x", "duration": 99, "association_id": "y"},
            "max_errors must match ",
        ),
        ({"max_errors": "x", "duration": 99}, "duration must be 1 to 24, not 99"),
        ({"max_errors": "x", "association_id": "y"}, "association_id must match "),
    ],
)
def test_impossible_options_are_refused_before_any_call(
    association: Any, aws: Lab, options: dict[str, Any], named: str
) -> None:
    result = association(**{**SHELL, **options})
    assert result["failed"]
    assert named in result["msg"]
    assert "\n" not in result["msg"]
    assert not aws.calls()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (
            {"document_name": "runbook", "targets": TAGGED},
            "targets of runbook runbook requires automation_target_parameter_name",
        ),
        ({"document_name": "runbook", "automation_target_parameter_name": "InstanceId"}, "requires targets"),
        ({"document_name": "runbook"}, "document runbook requires a value for parameter InstanceId"),
        ({**SHELL, "target_maps": [{"Id": ["1"]}]}, "document AWS-RunShellScript is of type Command, not Automation"),
        ({**SHELL, "targets": TAGGED, "output_location": {"s3_bucket": "My_Logs"}}, "InvalidOutputLocation"),
    ],
)
def test_what_the_document_or_aws_refuses(association: Any, runbook: Lab, options: dict[str, Any], named: str) -> None:
    result = association(**{**CRON, **options})
    assert named in result["msg"]
    assert "\n" not in result["msg"]
    assert described(runbook) == []


@pytest.mark.parametrize(
    ("limit", "named"),
    [
        (
            "MOST_ASSOCIATIONS",
            "the account has the maximum number of associations: CreateAssociation: AssociationLimit",
        ),
        (
            "MOST_VERSIONS",
            "maximum number of versions: delete it and create it again: UpdateAssociation: AssociationV",
        ),
    ],
)
def test_limits_of_the_account_are_named(
    association: Any, aws: Lab, monkeypatch: pytest.MonkeyPatch, limit: str, named: str
) -> None:
    association(**SHELL, **CRON, targets=TAGGED)
    monkeypatch.setattr(ssm_associations, limit, 1)
    given = {"association_name": "another"} if limit == "MOST_ASSOCIATIONS" else {"max_errors": "5"}
    assert named in association(**{**SHELL, **CRON, "targets": TAGGED, **given})["msg"]
    assert len(described(aws, NAME)) == 1
