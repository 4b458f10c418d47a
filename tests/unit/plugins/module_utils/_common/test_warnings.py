"""A module's warnings go Ansible's own way, and not through exit_json."""

from __future__ import annotations

from ansible.module_utils.common import warnings
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common.warnings import warn


def test_a_warning_is_one_of_ansible_s_own() -> None:
    assert warn is warnings.warn
