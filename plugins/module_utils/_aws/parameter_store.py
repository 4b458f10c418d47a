# Copyright: steadyfleet contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: may change without notice.

from __future__ import annotations

from typing import Any

from .._common.errors import AwsError
from .call import call, paginate


def value(client: Any, name: str) -> str | None:
    """A parameter's value, or None when there is no such parameter."""
    try:
        return str(call(client, "get_parameter", Name=name)["Parameter"]["Value"])
    except AwsError as error:
        if error.aws_code == "ParameterNotFound":
            return None
        raise


def values_under(client: Any, folder: str) -> dict[str, str]:
    """Name and value of every parameter right under a path."""
    found = paginate(client, "get_parameters_by_path", "Parameters", Path=folder)
    return {item["Name"]: item["Value"] for item in found}


def create(client: Any, name: str, text: str, description: str, tier: str | None) -> bool:
    """Write a parameter that must not exist yet; False when it does."""
    try:
        _put(client, name, text, description, tier, overwrite=False)
    except AwsError as error:
        if error.aws_code == "ParameterAlreadyExists":
            return False
        raise
    return True


def replace(client: Any, name: str, text: str, description: str, tier: str | None) -> None:
    _put(client, name, text, description, tier, overwrite=True)


def delete(client: Any, name: str) -> None:
    """Remove a parameter; one that is gone already is no error."""
    try:
        call(client, "delete_parameter", Name=name)
    except AwsError as error:
        if error.aws_code != "ParameterNotFound":
            raise


def _put(client: Any, name: str, text: str, description: str, tier: str | None, overwrite: bool) -> None:
    call(
        client,
        "put_parameter",
        Name=name,
        Value=text,
        Type="String",
        Description=description,
        Tier=tier,
        Overwrite=overwrite,
    )
