"""Service models that the agent uses and botocore lacks: ec2messages, and ssm's node-only operations."""

from __future__ import annotations

from typing import Any

STRING = "String"
STRINGS = "StringList"
NUMBER = "Integer"

# operation -> ({input member: (shape, required)}, {output member: shape}). Taken from the agent's sources.
EC2MESSAGES: dict[str, tuple[dict[str, tuple[str, bool]], dict[str, str]]] = {
    "GetMessages": (
        {
            "Destination": (STRING, True),
            "MessagesRequestId": (STRING, True),
            "VisibilityTimeoutInSeconds": (NUMBER, False),
        },
        {"Destination": STRING, "MessagesRequestId": STRING, "Messages": "MessageList"},
    ),
    "AcknowledgeMessage": ({"MessageId": (STRING, True)}, {}),
    "DeleteMessage": ({"MessageId": (STRING, True)}, {}),
    "FailMessage": ({"MessageId": (STRING, True), "FailureType": (STRING, True)}, {}),
    "SendReply": ({"MessageId": (STRING, True), "Payload": (STRING, True), "ReplyId": (STRING, True)}, {}),
    "GetEndpoint": (
        {"Destination": (STRING, True), "Protocol": (STRING, True)},
        {"Endpoint": "EndpointStructure"},
    ),
}

NODE_SSM: dict[str, tuple[dict[str, tuple[str, bool]], dict[str, str]]] = {
    "UpdateInstanceInformation": (
        {
            "InstanceId": (STRING, True),
            "AgentName": (STRING, False),
            "AgentStatus": (STRING, False),
            "AgentVersion": (STRING, True),
            "AvailabilityZone": (STRING, False),
            "AvailabilityZoneId": (STRING, False),
            "ComputerName": (STRING, False),
            "IPAddress": (STRING, False),
            "PlatformName": (STRING, False),
            "PlatformType": (STRING, False),
            "PlatformVersion": (STRING, False),
            "SSMConnectionChannel": (STRING, False),
        },
        {},
    ),
    "ListInstanceAssociations": (
        {"InstanceId": (STRING, True), "MaxResults": (NUMBER, False), "NextToken": (STRING, False)},
        {"Associations": STRINGS, "NextToken": STRING},
    ),
}

NODE_OPERATIONS = frozenset(NODE_SSM)

_SHAPES: dict[str, dict[str, Any]] = {
    STRING: {"type": "string"},
    NUMBER: {"type": "integer"},
    STRINGS: {"type": "list", "member": {"shape": STRING}},
    "MessageList": {"type": "list", "member": {"shape": "Message"}},
    "Message": {
        "type": "structure",
        "members": {
            name: {"shape": STRING} for name in ("CreatedDate", "Destination", "MessageId", "Payload", "Topic")
        },
    },
    "EndpointStructure": {
        "type": "structure",
        "members": {"Endpoint": {"shape": STRING}, "Protocol": {"shape": STRING}},
    },
}


def ec2messages() -> dict[str, Any]:
    """The service description in botocore's form, so that requests are handled like those of any other service."""
    return {
        "version": "2.0",
        "metadata": {
            "apiVersion": "2014-11-06",
            "endpointPrefix": "ec2messages",
            "jsonVersion": "1.1",
            "protocol": "json",
            "serviceId": "EC2 Messages",
            "signatureVersion": "v4",
            "targetPrefix": "EC2WindowsMessageDeliveryService",
        },
        "operations": {name: _operation(name, bool(outputs)) for name, (_inputs, outputs) in EC2MESSAGES.items()},
        "shapes": {**_SHAPES, **_in_and_out(EC2MESSAGES)},
    }


def node_ssm(metadata: dict[str, Any]) -> dict[str, Any]:
    """The node-only operations as a service description of their own, which answers under ssm's name."""
    return {
        "version": "2.0",
        "metadata": metadata,
        "operations": {name: _operation(name, bool(outputs)) for name, (_inputs, outputs) in NODE_SSM.items()},
        "shapes": {**_SHAPES, **_in_and_out(NODE_SSM)},
    }


def _operation(name: str, answers: bool) -> dict[str, Any]:
    operation = {"name": name, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": f"{name}Request"}}
    return {**operation, "output": {"shape": f"{name}Result"}} if answers else operation


def _in_and_out(table: dict[str, tuple[dict[str, tuple[str, bool]], dict[str, str]]]) -> dict[str, Any]:
    shapes: dict[str, Any] = {}
    for name, (inputs, outputs) in table.items():
        shapes[f"{name}Request"] = {
            "type": "structure",
            "required": [member for member, (_shape, required) in inputs.items() if required],
            "members": {member: {"shape": shape} for member, (shape, _required) in inputs.items()},
        }
        shapes[f"{name}Result"] = {
            "type": "structure",
            "members": {member: {"shape": shape} for member, shape in outputs.items()},
        }
    return shapes
