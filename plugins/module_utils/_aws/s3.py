# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.errors import PatchingError
from .call import call, read_body


def read_text(client: Any, bucket: str, key: str, most: int) -> str:
    """An object's content as text. A replacement character marks bytes that are no text.

    :param most: the greatest size in bytes. The whole object is held in memory.
    :raises PatchingError: when it has more.
    :raises AwsError: when it can't be read.
    """
    response = call(client, "get_object", Bucket=bucket, Key=key)
    if response["ContentLength"] > most:
        response["Body"].close()
        raise PatchingError(f"it has {response['ContentLength']} bytes, more than {most}")
    return read_body(response["Body"], "get_object").decode(errors="replace")
