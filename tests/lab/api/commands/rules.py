"""What SendCommand refuses before anything is sent."""

from __future__ import annotations

import json
import re
from typing import Any

from lab.api.documents.content import LARGEST, check_document_parameters
from lab.api.documents.platforms import platforms
from lab.api.documents.store import Document, Version
from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.moto_bridge import buckets
from lab.api.nodes.store import Nodes, unknown_instance
from lab.api.nodes.targets import check_targets, resolve_targets

_COMMAND_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]{1,256}")
_LOG_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]+")


def check_command_id(command_id: str) -> None:
    if not _COMMAND_ID.fullmatch(command_id):
        raise ApiError("InvalidCommandId", f"The command ID {command_id} is not valid.")


def check_document(document: Document, version: Version, params: dict[str, Any]) -> None:
    if document.type != "Command":
        raise ApiError("InvalidDocument", f"Document {document.name} is of type {document.type}, not Command.")
    if params.get("DocumentHashType") == "Sha1":
        raise NotImplementedInLab("Sha1 hashes of documents, which AWS has deprecated")
    if params.get("DocumentHash") not in (None, version.hash):
        raise ApiError("InvalidDocument", "The document hash does not match the document.")
    given = params.get("Parameters", {})
    check_document_parameters(version.parsed, given)
    # AWS counts the parameters too.
    if len(version.content.encode()) + len(json.dumps(given).encode()) > LARGEST:
        raise ApiError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")


def check_platform(nodes: Nodes, version: Version, instance_ids: list[str]) -> None:
    """Refuse nodes of a platform that none of the document's steps can run on."""
    wanted = platforms(version.parsed)
    for instance_id in instance_ids:
        found = nodes.get(instance_id).info.get("PlatformType", "Linux")
        if found not in wanted:
            raise ApiError(
                "UnsupportedPlatformType", f"The document does not support the platform {found} of {instance_id}."
            )


def check_outputs(account_id: str, params: dict[str, Any]) -> None:
    bucket = params.get("OutputS3BucketName")
    if bucket and not buckets.has_bucket(account_id, bucket):
        raise ApiError("InvalidOutputFolder", f"The S3 bucket {bucket} does not exist.")
    logs = params.get("CloudWatchOutputConfig") or {}
    if logs.get("CloudWatchLogGroupName") and not _LOG_GROUP.fullmatch(logs["CloudWatchLogGroupName"]):
        raise ApiError("ValidationException", "The CloudWatch log group name is not valid.")
    if logs.get("CloudWatchOutputEnabled"):
        raise NotImplementedInLab("output to CloudWatch Logs")


def check_notification(params: dict[str, Any]) -> None:
    role, wanted = params.get("ServiceRoleArn"), params.get("NotificationConfig") or {}
    if role and not _ROLE.fullmatch(role):
        raise ApiError("InvalidRole", f"The role {role} is not valid.")
    if not wanted:
        return
    if not _TOPIC.fullmatch(wanted.get("NotificationArn", "")):
        raise ApiError("InvalidNotificationConfig", "NotificationArn is not the ARN of an SNS topic.")
    if not role:
        raise ApiError("InvalidRole", "Notifications need a ServiceRoleArn.")


def recipients(nodes: Nodes, params: dict[str, Any]) -> list[str]:
    ids = params.get("InstanceIds", [])
    if ids and params.get("Targets"):
        raise ApiError("ValidationException", "InstanceIds and Targets cannot be used together.")
    if not ids:
        check_targets(params.get("Targets", []))
        return resolve_targets(nodes, params["Targets"])
    check_no_duplicates(ids)
    for instance_id in ids:
        if not nodes.is_managed(instance_id) or not nodes.is_running(instance_id):
            raise unknown_instance(instance_id)
    return list(ids)


def check_no_duplicates(ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        raise ApiError("DuplicateInstanceId", "You cannot specify an instance ID in more than one association.")
