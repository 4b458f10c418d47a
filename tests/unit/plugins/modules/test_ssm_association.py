"""ssm_association against the lab's API, run as Ansible runs it."""

from __future__ import annotations

from typing import Any

import pytest

NOOP = {"association_name": "check-shop", "document": "AWS-RunShellScript", "parameters": {"commands": "true"}}
QUICK = {"poll_interval": 0.05, "wait_timeout": 20}


def test_run_once(run_module: Any, aws: Any, nodes: Any) -> None:
    result = run_module("ssm_association", {**NOOP, **QUICK, "state": "run_once", "instance_ids": [aws.instance_ids[0]]})
    print(result)
    print([c.action for c in aws.calls()])
    assert 0
