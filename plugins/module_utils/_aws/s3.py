# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.errors import PatchingError
from .call import call, read_body


def read_text(client: Any, bucket: str, key: str, most: int) -> str:
    """An object's content as text; bytes that are none are marked.

    :param most: how many bytes it may have: all of it goes through memory.
    :raises PatchingError: when it has more.
    :raises AwsError: when it can't be read.
    """
    answer = call(client, "get_object", Bucket=bucket, Key=key)
    if answer["ContentLength"] > most:
        answer["Body"].close()
        raise PatchingError(f"it has {answer['ContentLength']} bytes, more than {most}")
    return read_body(answer["Body"], "get_object").decode(errors="replace")
