"""Calls to the service: JSON 1.1 over plain HTTP, as the agent makes them."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

TARGETS = {"ssm": "AmazonSSM.", "ec2messages": "EC2WindowsMessageDeliveryService."}
TRANSIENT = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")


class ServiceError(Exception):
    """The service refused a call, or could not be reached."""

    def __init__(self, code: str, message: str, *, transient: bool) -> None:
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code
        self.transient = transient


@dataclass(frozen=True, kw_only=True)
class Client:
    """One node's way to the service."""

    endpoint: str
    region: str
    agent_version: str
    timeout: float = 60.0
    retry_pause: float = 1.0

    def call(self, service: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One call. Raises ServiceError."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": TARGETS[service] + action,
            **self._signed(service),
        }
        return _answer(*self._request("POST", "/", json.dumps(body).encode(), headers, action))

    def put_object(self, bucket: str, key: str, data: bytes) -> None:
        """One upload to S3. Raises ServiceError."""
        _answer(*self._request("PUT", f"/{bucket}/{quote(key)}", data, self._signed("s3"), "PutObject"))

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str], action: str) -> tuple[int, bytes]:
        address = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise ServiceError("", f"{self.endpoint} {action}: {reason}", transient=True) from None
        finally:
            connection.close()

    def deliver(self, service: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A call repeated until the service has taken it or refused it for good."""
        while True:
            try:
                return self.call(service, action, body)
            except ServiceError as error:
                if not error.transient:
                    raise
            time.sleep(self.retry_pause)

    def _signed(self, service: str) -> dict[str, str]:
        now = dt.datetime.now(dt.UTC)
        scope = f"{now:%Y%m%d}/{self.region}/{service}/aws4_request"
        return {
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            # Names service and Region; the lab checks no signatures.
            "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIALABNODE/{scope}, SignedHeaders=host, Signature=0",
            "User-Agent": f"amazon-ssm-agent/{self.agent_version} ({socket.gethostname()})",
        }


def _answer(status: int, payload: bytes) -> dict[str, Any]:
    try:
        data = json.loads(payload) if payload else {}
    except ValueError:
        data = {}
    if not isinstance(data, dict):
        data = {}
    if status < 400:
        return data
    code = str(data.get("__type") or f"HTTP {status}").rpartition("#")[2]
    message = str(data.get("message") or data.get("Message") or "")
    raise ServiceError(code, message, transient=status >= 500 or code in TRANSIENT)
