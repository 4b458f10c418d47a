"""The secret key that Ansible gets for a lab: Ansible masks it wherever it occurs in a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.parameters import remove_values
from lab import cli
from lab.api.testing.kit import Lab, RunModule
from lab.credentials import SECRET_KEY
from lab.demo import fleet
from lab.host.layout import Layout

ROOT = Path(__file__).parents[3]
STATE: dict[str, Any] = {
    "api_url": "http://127.0.0.1:1", "lb_url": "http://127.0.0.1:2", "region": "eu-central-1"
}  # fmt: skip
MESSAGE = "the lab does not do this: an automation of shop-web in eu-central-1a, not-a-secret"


def test_a_message_of_ordinary_words_is_not_masked() -> None:
    assert remove_values(MESSAGE, {SECRET_KEY}) == MESSAGE


@pytest.mark.api
def test_a_module_s_message_is_not_masked(lab_api: Lab, run_module: RunModule) -> None:
    failed = run_module("ssm_command", {"document_name": "lab", "instance_ids": ["i-00000000000000001"]})
    assert failed["failed"]
    assert "lab" in failed["msg"]
    assert "****" not in failed["msg"]


def test_every_client_gets_the_same_key(tmp_path: Path) -> None:
    assert cli.environment(STATE, Layout(tmp_path))["AWS_SECRET_ACCESS_KEY"] == SECRET_KEY
    assert fleet.client("ssm", STATE)._request_signer._credentials.secret_key == SECRET_KEY
    [play] = yaml.safe_load((ROOT / "extensions/molecule/default/create.yml").read_text(encoding="utf-8"))
    [credentials] = [task["ansible.builtin.copy"]["content"] for task in play["tasks"] if "credentials" in task["name"]]
    assert "aws_secret_access_key = {{ state.secret_key }}" in credentials
