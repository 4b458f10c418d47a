"""Where in its bucket the whole output of a step lies."""

from __future__ import annotations


def output_key(prefix: str, command_id: str, instance_id: str, action: str, step: str, stream: str) -> str:
    """`PREFIX/command-id/instance-id/awsrunShellScript/STEP/stdout`.

    AWS-RunShellScript, whose only step has its action's name, is of schema 1.2 at AWS: there it is a property, `0.…`.
    """
    folder = action.replace(":", "")
    parts = [prefix.strip("/"), command_id, instance_id, folder, f"0.{folder}" if step == action else step, stream]
    return "/".join(part for part in parts if part)
