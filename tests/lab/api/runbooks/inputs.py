"""The actions of steps and the inputs that each of them needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html
# aws:cloudWatch has settings and properties of its own instead.
PLUGINS: Mapping[str, tuple[str, ...]] = {
    "aws:applications": ("action", "source"),
    "aws:cloudWatch": (),
    "aws:configureDocker": ("action",),
    "aws:configurePackage": ("name", "action"),
    "aws:domainJoin": ("directoryId", "directoryName"),
    "aws:downloadContent": ("sourceType", "sourceInfo"),
    "aws:psModule": (),
    "aws:refreshAssociation": (),
    "aws:runDockerAction": ("action",),
    "aws:runDocument": ("documentType",),
    "aws:runPowerShellScript": ("runCommand",),
    "aws:runShellScript": ("runCommand",),
    "aws:softwareInventory": (),
    "aws:updateAgent": ("agentName", "source"),
    "aws:updateSsmAgent": ("agentName", "source"),
}
# https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html and, for the required inputs,
# AWS's own schema: https://github.com/aws/amazon-ssm-document-language-service
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "aws:approve": ("Approvers",),
    "aws:assertAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
    "aws:branch": ("Choices",),
    "aws:changeInstanceState": ("InstanceIds", "DesiredState"),
    "aws:copyImage": ("SourceRegion", "SourceImageId", "ImageName"),
    "aws:createImage": ("InstanceId", "ImageName"),
    "aws:createStack": ("StackName",),
    "aws:createTags": ("ResourceIds", "Tags"),
    "aws:deleteImage": ("ImageId",),
    "aws:deleteStack": ("StackName",),
    "aws:executeAutomation": ("DocumentName",),
    "aws:executeAwsApi": ("Service", "Api"),
    "aws:executeScript": ("Runtime",),
    "aws:executeStateMachine": ("stateMachineArn",),
    "aws:invokeLambdaFunction": ("FunctionName",),
    "aws:invokeWebhook": ("IntegrationName",),
    "aws:loop": ("Steps",),
    "aws:pause": (),
    "aws:runCommand": ("DocumentName",),
    "aws:runInstances": ("ImageId",),
    "aws:sleep": (),
    "aws:updateVariable": ("Name", "Value"),
    "aws:waitForAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
}
# Exactly one of these.
ONE_OF: Mapping[str, tuple[str, ...]] = {
    "aws:loop": ("Iterators", "LoopCondition"),
    "aws:sleep": ("Duration", "Timestamp"),
}


def input_problems(action: str, inputs: Any, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What AWS refuses of a step's action and inputs.

    :param known: the actions of the document's type, with their required inputs: PLUGINS or ACTIONS.
    """
    if action not in known:
        yield f"the action {action!r} is not valid"
        return
    if not isinstance(inputs, dict):
        yield "inputs is not a map"
        return
    if missing := [name for name in known[action] if inputs.get(name) is None]:
        yield f"the inputs {', '.join(missing)} of {action} are missing"
    either = ONE_OF.get(action, ()) if known is ACTIONS else ()
    if either and len([name for name in either if name in inputs]) != 1:
        yield f"{action} needs one of the inputs {' and '.join(either)}"
    if str(inputs.get("Runtime")).startswith("python") and "Handler" not in inputs:
        yield "aws:executeScript needs a Handler for Python"
