"""The payload of SendReply."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .output import cut_stream
from .result import Status, StepResult

AGENT_NAME = "amazon-ssm-agent"


def payload(
    status: Status,
    *,
    agent_version: str,
    finished: Iterable[StepResult] = (),
    reported: Iterable[StepResult] = (),
    trace: str = "",
) -> str:
    """A reply: `reported` steps in full, all `finished` ones in the counts."""
    return json.dumps(
        {
            "additionalInfo": {
                "agent": {"lang": "en-US", "name": AGENT_NAME, "os": "", "osver": "1", "ver": agent_version},
                "dateTime": stamp(dt.datetime.now(dt.UTC).timestamp()),
                "runId": "",
                "runtimeStatusCounts": dict(Counter(one.status.value for one in finished)),
            },
            "documentStatus": status.value,
            "documentTraceOutput": trace,
            "runtimeStatus": {one.name: _step(one) for one in reported},
        }
    )


def _step(result: StepResult) -> dict[str, Any]:
    return {
        "status": result.status.value,
        "code": result.code,
        "name": result.action,
        "output": result.error or result.output,
        "startDateTime": stamp(result.started),
        "endDateTime": stamp(result.ended),
        "outputS3BucketName": "",
        "outputS3KeyPrefix": "",
        "stepName": result.name,
        "standardOutput": cut_stream(result.stdout),
        "standardError": cut_stream(result.stderr),
    }


def stamp(when: float) -> str:
    moment = dt.datetime.fromtimestamp(when, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
