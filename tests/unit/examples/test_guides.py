"""Guides run in a lab, in order and as they are written: their tasks on one host, their plays by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lab.api.documents.store import Document
from lab.api.moto_bridge import services
from lab.api.testing.kit import Lab
from unit.examples.blocks import blocks
from unit.examples.fleet import QUICK, serve_fleet
from unit.examples.playing import ansible

# Stands for AWS's own runbook, which is not in the lab: its parameters, and of its steps those that look and patch.
RUNBOOK = {
    "schemaVersion": "0.3",
    "assumeRole": "{{ AutomationAssumeRole }}",
    "parameters": {
        "InstanceId": {"type": "String"},
        "ConnectionDrainTime": {"type": "String", "default": ""},
        "AutomationAssumeRole": {"type": "String", "default": ""},
        "S3BucketLog": {"type": "String", "default": ""},
        "runCommandAssumeRole": {"type": "String", "default": ""},
    },
    "mainSteps": [
        {
            "name": "installMissingOSUpdates",
            "action": "aws:runCommand",
            "inputs": {
                "DocumentName": "AWS-RunPatchBaseline",
                "InstanceIds": ["{{ InstanceId }}"],
                "Parameters": {"Operation": "Install"},
            },
        }
    ],
}
GUIDES = ("docs-docsite-rst-aws_tutorial-", "docs-docsite-rst-ssm_modules-")
GUIDE = [block for block in blocks() if block.name.startswith(GUIDES)]


@pytest.fixture
def lab_api() -> Iterator[Lab]:
    with serve_fleet("") as lab:
        yield lab


def test_the_tasks_of_the_guides_run(aws: Lab, tmp_path: Path) -> None:
    tasks = [task for block in GUIDE if block.kind == "tasks" for task in block.content]
    host = {"instance_id": aws.instance_ids[0], "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {
        "name": "As it is written",
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "module_defaults": QUICK,
        "tasks": tasks,
    }
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump({"all": {"hosts": {"shop-1": host}}}), encoding="utf-8")
    (tmp_path / "guide.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")

    played = ansible("ansible-playbook", "-i", "fleet.yml", "guide.yml", folder=tmp_path)

    assert played.code == 0, played.output
    assert [task for task in played.tasks if task.outcome not in {"ok", "changed"}] == [], played.output
    ran = {task.name for task in played.tasks}
    # The import of a role is no task that runs: its tasks are.
    own = [task["name"] for task in tasks if "ansible.builtin.import_role" not in task]
    assert own
    assert [name for name in own if name not in ran] == []


def test_the_plays_of_the_guides_run_and_are_no_change_again(aws: Lab, tmp_path: Path) -> None:
    region = aws.api.region
    runbook = Document(name="AWSEC2-PatchLoadBalancerInstance", type="Automation", owner="Amazon")
    region.documents.new_version(runbook, 1, content=json.dumps(RUNBOOK), format="JSON", parsed=RUNBOOK).ready = 0.0
    region.documents.by_name[runbook.name] = runbook
    services.ec2(region.settings.account).create_tags(list(aws.instance_ids), {"ALB": "alb01"})
    plays = [play for block in GUIDE if block.kind == "plays" for play in block.content]
    (tmp_path / "guide.yml").write_text(
        yaml.safe_dump([play | {"module_defaults": QUICK} for play in plays], sort_keys=False), encoding="utf-8"
    )

    first, second = (ansible("ansible-playbook", "guide.yml", folder=tmp_path) for _time in range(2))

    assert first.code == second.code == 0, first.output + second.output
    own = {task["name"] for play in plays for task in play["tasks"]}
    assert own <= {task.name for task in first.tasks}
    # A run is one every time; what is only kept is no change the second time. The record holds both runs.
    again = {task.name: task.outcome for task in second.tasks[len(first.tasks) :]}
    assert {name for name in own if again[name] != "ok"} == {"Run it on every instance with the tag, one after another"}
    clone = json.loads(region.documents.by_name["alb01-patch-instance"].latest.content)
    assert clone == RUNBOOK | {"assumeRole": "arn:aws:iam::123456789012:role/alb01-patching"}
    (window,) = region.maintenance_windows.by_id.values()
    (task,) = window.tasks.values()
    assert task["TaskInvocationParameters"] == {"Automation": {"Parameters": {"InstanceId": ["{{RESOURCE_ID}}"]}}}
