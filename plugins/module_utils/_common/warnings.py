# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

# Not AnsibleAWSModule.warn: it also passes the warnings to exit_json, which ansible-core reports as deprecated.
from ansible.module_utils.common.warnings import warn

__all__ = ["warn"]
