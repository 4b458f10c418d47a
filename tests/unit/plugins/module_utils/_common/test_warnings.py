"""A module's warnings reach the operator without a word about how they were passed."""

from __future__ import annotations

from ansible.module_utils.common import warnings
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.warnings import warn


def test_a_warning_is_one_of_ansible_s_own() -> None:
    warn("the disk is nearly full")
    assert "the disk is nearly full" in warnings.get_warning_messages()
