"""The actions that moto does for the lab. An action of moto's that is not listed here is refused."""

from __future__ import annotations

import os
from typing import Any

# By default moto loads hundreds of machine images that the lab does not use. This must be set before its import.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.base_backend import BackendDict
from moto.core.request import Request
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response
from moto.elb.models import elb_backends
from moto.elb.responses import ELBResponse
from moto.elbv2.models import elbv2_backends
from moto.elbv2.responses import ELBV2Response
from moto.ssm.models import ssm_backends
from moto.ssm.responses import SimpleSystemManagerResponse
from moto.sts.responses import TokenResponse

from lab.api.http.s3_requests import S3_ACTIONS
from lab.api.http.wire import Answer, Call
from lab.api.moto_bridge import buckets
from lab.settings import Account

ACTIONS: dict[str, frozenset[str]] = {
    "sts": frozenset({"GetCallerIdentity"}),
    "ec2": frozenset(
        {
            "DescribeAvailabilityZones",
            "DescribeInstances",
            "DescribeInstanceStatus",
            "DescribeNetworkInterfaces",
            "DescribeRegions",
            "DescribeSubnets",
            "DescribeTags",
            "DescribeVpcs",
        }
    ),
    "autoscaling": frozenset({"DescribeAutoScalingInstances"}),
    "elb": frozenset({"DescribeLoadBalancers"}),
    "elbv2": frozenset(
        {
            "DescribeListeners",
            "DescribeLoadBalancerAttributes",
            "DescribeLoadBalancers",
            "DescribeRules",
            "DescribeTags",
            "DescribeTargetGroupAttributes",
            "DescribeTargetGroups",
        }
    ),
    "s3": frozenset(S3_ACTIONS.values()),
    # Parameter Store. The handlers in parameters/ check most of these calls first.
    "ssm": frozenset(
        {
            "DeleteParameter",
            "DeleteParameters",
            "DescribeParameters",
            "GetParameter",
            "GetParameters",
            "GetParametersByPath",
            "PutParameter",
        }
    ),
}
RESPONSES: dict[str, type[Any]] = {
    "sts": TokenResponse,
    "ec2": EC2Response,
    "autoscaling": AutoScalingResponse,
    "elb": ELBResponse,
    "elbv2": ELBV2Response,
    "ssm": SimpleSystemManagerResponse,
}
_BACKENDS: tuple[BackendDict[Any], ...] = (
    autoscaling_backends,
    ec2_backends,
    elb_backends,
    elbv2_backends,
    ssm_backends,
)


def reset_moto() -> None:
    """Clear moto's state, which belongs to the process, so that a new lab starts empty."""
    for backends in _BACKENDS:
        backends.reset()
    buckets.reset_buckets()


def ec2(account: Account) -> Any:
    return ec2_backends[account.account_id][account.region]


def autoscaling(account: Account) -> Any:
    return autoscaling_backends[account.account_id][account.region]


def elb(account: Account) -> Any:
    """Classic Load Balancers."""
    return elb_backends[account.account_id][account.region]


def elbv2(account: Account) -> Any:
    return elbv2_backends[account.account_id][account.region]


def ssm(account: Account) -> Any:
    return ssm_backends[account.account_id][account.region]


def dispatch_to_moto(call: Call) -> Answer:
    """Let moto do a call that came by HTTP."""
    assert isinstance(call.request, Request)
    request = call.request
    if call.service == "s3":
        status, headers, body = buckets.dispatch_to_s3(call.action, request)
    else:
        status, headers, body = RESPONSES[call.service].dispatch(request, request.url, request.headers)
    # The server sets the status and the length itself.
    unwanted = ("status", "content-length")
    sent = {str(name): str(value) for name, value in headers.items() if name.lower() not in unwanted}
    return int(status), sent, body if isinstance(body, bytes) else str(body).encode()
