"""The API actions on nodes: pings, inventory, compliance, and reads of them."""

from __future__ import annotations

from typing import Any

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import Call
from lab.api.nodes import patch_states
from lab.api.nodes.store import Node
from lab.api.region import Region
from lab.api.registry import Result, action, page


@action("ssm", "UpdateInstanceInformation")
def update_instance_information(region: Region, call: Call) -> Result:
    params = dict(call.params)
    region.nodes.ping(params.pop("InstanceId"), params)
    return None


@action("ssm", "ListInstanceAssociations")
def list_instance_associations(_region: Region, _call: Call) -> Result:
    # The lab's associations reach nodes as commands (OutputSourceType RunCommand), not by this older way.
    return {"Associations": []}


@action("ssm", "PutInventory")
def put_inventory(region: Region, call: Call) -> Result:
    node = region.nodes.get(call.params["InstanceId"])
    for item in call.params["Items"]:
        if "Content" in item:
            node.inventory[item["TypeName"]] = item["Content"]
    return {}


@action("ssm", "PutComplianceItems")
def put_compliance_items(region: Region, call: Call) -> Result:
    node = region.nodes.get(call.params["ResourceId"])
    node.compliance[call.params["ComplianceType"]] = call.params["Items"]
    return {}


@action("ssm", "DescribeInstanceInformation")
def describe_instance_information(region: Region, call: Call) -> Result:
    filters = call.params.get("Filters", [])
    if call.params.get("InstanceInformationFilterList"):
        if filters:
            raise ApiError("ValidationException", "Filters and InstanceInformationFilterList cannot be used together.")
        raise NotImplementedInLab("the old InstanceInformationFilterList; use Filters")
    keys = [wanted["Key"] for wanted in filters]
    if any(key.startswith("tag") for key in keys) and not all(key.startswith("tag") for key in keys):
        raise ApiError("InvalidInstanceInformationFilterValue", "Tag filters can't be mixed with other filters.")
    found = [node for node in region.nodes.by_id.values() if region.nodes.is_running(node.instance_id)]
    for wanted in filters:
        found = [node for node in found if _matches_filter(region, node, wanted["Key"], wanted["Values"])]
    for wanted in filters:
        if wanted["Key"] == "InstanceIds":
            for instance_id in wanted["Values"]:
                region.nodes.check_exists(instance_id)
    nodes, token = page([_node_view(region, node) for node in found], call.params, default=10)
    return {"InstanceInformationList": nodes, "NextToken": token}


@action("ssm", "DescribeInstancePatchStates")
def describe_instance_patch_states(region: Region, call: Call) -> Result:
    states = []
    for instance_id in call.params["InstanceIds"]:
        # Unknown nodes, and those that never reported, are left out: the operation has no error for them.
        node = region.nodes.by_id.get(instance_id)
        if node is not None and (state := patch_states.patch_summary(node)) is not None:
            states.append(state)
    found, token = page(states, call.params, default=10)
    return {"InstancePatchStates": found, "NextToken": token}


@action("ssm", "DescribeInstancePatches")
def describe_instance_patches(region: Region, call: Call) -> Result:
    region.nodes.check_exists(call.params["InstanceId"])
    node = region.nodes.get(call.params["InstanceId"])
    patches = patch_states.node_patches(node)
    for wanted in call.params.get("Filters", []):
        if wanted["Key"] not in ("State", "Classification", "Severity", "KBId"):
            raise ApiError("InvalidFilter", f"The filter key {wanted['Key']} is not valid.")
        patches = [patch for patch in patches if patch.get(wanted["Key"]) in wanted["Values"]]
    found, token = page(patches, call.params, default=10)
    return {"Patches": found, "NextToken": token}


def _node_view(region: Region, node: Node) -> dict[str, Any]:
    info = node.info
    return {
        "InstanceId": node.instance_id,
        "PingStatus": "Online" if region.nodes.is_online(node.instance_id) else "ConnectionLost",
        "LastPingDateTime": node.pinged,
        "AgentVersion": info.get("AgentVersion"),
        "IsLatestVersion": True,
        "PlatformType": info.get("PlatformType", "Linux"),
        "PlatformName": info.get("PlatformName"),
        "PlatformVersion": info.get("PlatformVersion"),
        "ResourceType": "EC2Instance",
        "IPAddress": info.get("IPAddress"),
        "ComputerName": info.get("ComputerName"),
        "SourceId": node.instance_id,
        "SourceType": "AWS::EC2::Instance",
    }


def _matches_filter(region: Region, node: Node, key: str, values: list[str]) -> bool:
    described = _node_view(region, node)
    fields = {
        "InstanceIds": "InstanceId",
        "AgentVersion": "AgentVersion",
        "PingStatus": "PingStatus",
        "PlatformTypes": "PlatformType",
        "ResourceType": "ResourceType",
    }
    if key in fields:
        return described[fields[key]] in values
    if key == "tag-key":
        return any(value in region.nodes.tags(node.instance_id) for value in values)
    if key.startswith("tag:"):
        return region.nodes.tags(node.instance_id).get(key[4:]) in values
    raise ApiError("InvalidFilterKey", f"The specified key {key} is not valid.")
