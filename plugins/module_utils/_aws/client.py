# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

import functools
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

# The only file that knows amazon.aws's utilities and botocore's Config.
# Retries are botocore's own: "standard" knows every throttling code of every service, backs off with jitter,
# and keeps a retry quota, which a decorator on top would multiply.
# https://docs.aws.amazon.com/boto3/latest/guide/retries.html
_RETRIES = {"mode": "standard", "total_max_attempts": 10}
_SEND_ONCE = {"mode": "standard", "total_max_attempts": 1}

try:
    import botocore.loaders
    import botocore.session
except ImportError:
    pass  # amazon.aws says so, with the way to install it
else:
    # amazon.aws makes a session of its own for each client, and each session would read the same service models from
    # disk again: 0.1 s a client, half of what a short module run does.
    botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)

__all__ = ["AnsibleAWSModule", "connect"]


def connect(module: AnsibleAWSModule, service: str, send_once: bool = False) -> Any:
    """A boto3 client with the module's connection options.

    :param send_once: never repeat a request by itself, for operations without a client token whose repetition
        would act twice (SendCommand, CreateAssociation).
    """
    config = {**(module.params.get("aws_config") or {})}
    config["retries"] = _SEND_ONCE if send_once else config.get("retries", _RETRIES)
    return module.client(service, aws_config=config)
