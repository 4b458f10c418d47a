"""HTTP requests to calls and results to HTTP answers, in AWS's protocols and by botocore's models."""

from __future__ import annotations

import functools
import json
import uuid
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http import private_models, validation
from lab.api.http.s3_requests import is_for_s3, s3_action

JSON_SERVICES = {"AmazonSSM": "ssm", "EC2WindowsMessageDeliveryService": "ec2messages"}
# API version -> service. Their endpoints' names do not do: Classic ELB and elbv2 share one.
QUERY_SERVICES = {
    "2016-11-15": "ec2",
    "2015-12-01": "elbv2",
    "2012-06-01": "elb",
    "2011-01-01": "autoscaling",
    "2011-06-15": "sts",
}
PROTOCOLS = {
    "ssm": "json",
    "ec2messages": "json",
    "ec2": "ec2",
    "elb": "query",
    "elbv2": "query",
    "autoscaling": "query",
    "sts": "query",
    "s3": "rest-xml",
}
INVALID = {"json": "ValidationException", "query": "ValidationError", "ec2": "InvalidParameterValue"}
QUERY_FRAME = {"Action", "Version"}


@dataclass(kw_only=True)
class Call:
    """One request, as the log, the faults and the handlers get it."""

    service: str
    action: str
    params: dict[str, Any]
    source: str
    request: Request | None = None

    @property
    def protocol(self) -> str:
        return PROTOCOLS[self.service]


@functools.cache
def service_model(service: str) -> ServiceModel:
    if service == "ec2messages":
        return ServiceModel(private_models.ec2messages(), "ec2messages")
    if service == "ssm-node":
        return ServiceModel(private_models.node_ssm(service_model("ssm").metadata), "ssm")
    return get_service_model(service)


@functools.cache
def operation(service: str, action: str) -> OperationModel:
    if service == "ssm" and action in private_models.NODE_OPERATIONS:
        service = "ssm-node"
    model = service_model(service)
    if action not in model.operation_names:
        raise NotImplementedInLab(f"{service} {action} (no such operation in the service's model)")
    return model.operation_model(action)


def identify_call(request: Request, source: str) -> Call:
    """The service and the action of a request. Its parameters are read later, by `read_parameters`."""
    if is_for_s3(request):
        action, params = s3_action(request)
        return Call(service="s3", action=action, params=params, source=source, request=request)
    target = request.headers.get("X-Amz-Target", "")
    if target:
        prefix, _, action = target.partition(".")
        if prefix not in JSON_SERVICES:
            raise NotImplementedInLab(f"the service of X-Amz-Target {target}")
        return Call(service=JSON_SERVICES[prefix], action=action, params={}, source=source, request=request)
    values = request.values
    action, version = values.get("Action"), values.get("Version", "")
    if not action or version not in QUERY_SERVICES:
        raise NotImplementedInLab(f"{request.method} {request.path} action {action!r} version {version!r}")
    return Call(service=QUERY_SERVICES[version], action=action, params={}, source=source, request=request)


def read_parameters(call: Call) -> None:
    """Read the call's parameters and check them against the model.

    :raises ApiError:
    """
    assert call.request is not None
    if call.service == "s3":
        return  # its path has all of them; moto checks it
    shape = operation(call.service, call.action).input_shape
    if call.protocol == "json":
        call.params = _read_json(call.request)
    elif shape is not None:
        call.params = _read_query(call, shape)
    check_call(call)


def check_call(call: Call) -> None:
    shape = operation(call.service, call.action).input_shape
    if shape is None:
        return
    if call.protocol == "json":
        validation.check_types(shape, call.params)
    validation.check_constraints(shape, call.params, INVALID[call.protocol])


def _read_json(request: Request) -> dict[str, Any]:
    try:
        params = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise ApiError("SerializationException", "the request is not JSON") from None
    if not isinstance(params, dict):
        raise ApiError("SerializationException", "the request is not a JSON object")
    # AWS reads null as "not given" everywhere.
    return {name: value for name, value in params.items() if value is not None}


def _read_query(call: Call, shape: Any) -> dict[str, Any]:
    assert call.request is not None
    values = call.request.values
    for key in values:
        if key not in QUERY_FRAME and not _is_in_model(shape, key.split("."), call.protocol):
            code = "UnknownParameter" if call.protocol == "ec2" else "ValidationError"
            raise ApiError(code, f"The parameter {key} is not recognized")
    parser = PROTOCOL_PARSERS[call.protocol](operation(call.service, call.action), map_type=dict)
    try:
        return parser.parse({"values": values})
    except ValueError as error:
        raise ApiError(INVALID[call.protocol], f"a parameter has the wrong type: {error}") from None


def _is_in_model(shape: Any, parts: list[str], protocol: str) -> bool:
    """Whether the model has a member for a key such as `Targets.member.1.Port`."""
    if shape.type_name == "structure":
        member = _members(shape, protocol).get(parts[0]) if parts else None
        return member is not None and _is_in_model(member, parts[1:], protocol)
    if shape.type_name == "list":
        rest = parts[1:] if protocol != "ec2" and parts[:1] == ["member"] else parts
        return not parts or (bool(rest) and rest[0].isdigit() and _is_in_model(shape.member, rest[1:], protocol))
    return not parts


def _members(shape: Any, protocol: str) -> dict[str, Any]:
    if protocol != "ec2":
        return dict(shape.members)
    named: dict[str, Any] = {}
    for name, member in shape.members.items():
        serialized = member.serialization
        wire_name = serialized.get("queryName") or serialized.get("name", name)
        named[wire_name[:1].upper() + wire_name[1:]] = member
    return named


Answer = tuple[int, dict[str, str], bytes]


def result_answer(call: Call, result: Any) -> Answer:
    """The answer with a handler's result, as the service would send it."""
    return _serialized(operation(call.service, call.action), call.protocol, result or {})


def error_answer(service: str | None, error: ApiError) -> Answer:
    """The answer with an error, as the service would send it; in the query protocol when the service is not known."""
    protocol = PROTOCOLS[service or "sts"]
    request_id = str(uuid.uuid4())
    if protocol == "json":
        body = json.dumps({"__type": error.code, "message": error.message})
        return (
            error.status,
            {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id},
            body.encode(),
        )
    code, message = escape(error.code), escape(error.message)
    kind = "Sender" if error.status < 500 else "Receiver"
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if protocol == "rest-xml":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    elif protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        inner = f"<Error><Type>{kind}</Type>{inner}</Error>"
        text = f"<ErrorResponse>{inner}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return error.status, {"Content-Type": "text/xml"}, text.encode()


def _serialized(model: OperationModel, protocol: str, result: Any) -> Answer:
    serializer = get_serializer_class(str(model.service_model.service_name), protocol)(model)
    sent = serializer.serialize(result)
    body = sent["body"]
    headers = {str(name): str(value) for name, value in sent["headers"].items()}
    return sent["status_code"], headers, body if isinstance(body, bytes) else str(body).encode()
