"""The AWS calls of a runbook's steps: made by an SDK, as in AWS, and answered by the lab's API without a socket."""

from __future__ import annotations

import datetime
import io
import os
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.core.request import Request
from werkzeug.test import EnvironBuilder

from lab.api.errors import ApiError, NotImplementedInLab
from lab.api.http.wire import PROTOCOLS, Answer
from lab.api.moto_bridge import services
from lab.api.registry import ACTIONS
from lab.api.runbooks.values import is_supported_path
from lab.credentials import SECRET_KEY

# The source of these calls in the log: neither controller nor node.
SOURCE = "automation"
CALLING = ("aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty")


_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Caller:
    def __init__(self, region_name: str) -> None:
        self._region_name = region_name
        self._clients: dict[str, Any] = {}
        # The session reads no profile and no file of this machine.
        self._session = botocore.session.Session(session_vars=_NO_FILES)
        # Answers a request; LabApi sets itself here.
        self.answer: Callable[[Request, str], Answer] | None = None

    def call(self, service: str, api: str, params: dict[str, Any]) -> dict[str, Any]:
        """Call an operation of a service, both by their names in the SDK or in the API.

        :raises ApiError: with the error code that the client shows.
        """
        try:
            answer: dict[str, Any] = getattr(self._client(service), xform_name(api))(**params)
        except ClientError as error:
            details = error.response["Error"]
            raise ApiError(details.get("Code", "Unknown"), f"{details.get('Message', '')}") from error
        except (BotoCoreError, TypeError) as error:
            raise ApiError(type(error).__name__, " ".join(str(error).split())) from error
        return _plain(answer)

    def check_calls_supported(self, parsed: dict[str, Any]) -> None:
        """:raises NotImplementedInLab: for a runbook with a call that the lab's API does not do."""
        for step in parsed["mainSteps"]:
            if step["action"] in CALLING:
                for problem in self._problems(step):
                    raise NotImplementedInLab(f"{problem} of step {step['name']}")

    def _problems(self, step: dict[str, Any]) -> Iterator[str]:
        inputs = step.get("inputs", {})
        service, api = str(inputs.get("Service")), str(inputs.get("Api"))
        if service not in PROTOCOLS or service == "ec2messages":
            yield f"the service {service}"
            return
        name = self._client(service).meta.method_to_api_mapping.get(xform_name(api), api)
        if (service, name) not in ACTIONS and name not in services.ACTIONS.get(service, ()):
            yield f"the call {service}:{name}"
        selectors = [output.get("Selector", "") for output in step.get("outputs", [])]
        for selector in [*selectors, *filter(None, [inputs.get("PropertySelector")])]:
            if not is_supported_path(selector):
                yield f"the JSONPath {selector!r}"

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            client = self._session.create_client(
                service,
                endpoint_url="http://lab.invalid",
                region_name=self._region_name,
                aws_access_key_id="AKIAAUTOMATION",
                aws_secret_access_key=SECRET_KEY,
                config=Config(retries={"total_max_attempts": 1}),
            )
            client.meta.events.register("before-send", self._send)
            self._clients[service] = client
        return self._clients[service]

    def _send(self, request: Any, **_context: Any) -> AWSResponse:
        assert self.answer is not None
        sent = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
        environ = EnvironBuilder(
            method=request.method, base_url=request.url, headers=sent, data=request.body or b""
        ).get_environ()
        received = Request(environ)
        received.from_wsgi_server = True
        status, headers, body = self.answer(received, SOURCE)
        return AWSResponse(request.url, status, headers, _Body(body))


class _Body(io.BytesIO):
    """The raw body of an answer, as botocore wants to read it."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self.read()


def _plain(value: Any) -> Any:
    """The value with JSON's types only."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.datetime) else value
