from __future__ import annotations

from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._aws.classic_elb import classic_load_balancers
from unit.plugins.module_utils.scripted_aws import Aws


def test_every_load_balancer_of_an_instance_is_named() -> None:
    one, two = {"InstanceId": "i-1"}, {"InstanceId": "i-2"}
    balancers = [
        {"LoadBalancerName": "old", "Instances": [one, two]},
        {"LoadBalancerName": "older", "Instances": [one]},
        {"LoadBalancerName": "empty"},
    ]
    aws = Aws({"describe_load_balancers": [{"LoadBalancerDescriptions": balancers}]})
    assert classic_load_balancers(aws) == {"i-1": ["old", "older"], "i-2": ["old"]}
