"""ssm_document run as Ansible runs it, and what must hold of every change that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.api.testing.kit import Lab, RunModule

NAME = "shop-hello"
QUICK = {"poll_interval": 0.02, "wait_timeout": 10}
# What only AWS can tell of a version that is not there yet.
UNTOLD = {"hash", "hash_type", "created_at", "owner", "platform_types"}


def command(said: str = "hello") -> dict[str, Any]:
    step = {"name": "hello", "action": "aws:runShellScript", "inputs": {"runCommand": [f"echo {said}"]}}
    return {"schemaVersion": "2.2", "description": "Says hello", "mainSteps": [step]}


@dataclass
class Documents:
    """The module, with the lab that it talks to."""

    lab: Lab
    run_module: RunModule

    def __call__(self, check: bool = False, **options: Any) -> dict[str, Any]:
        return self.run_module("ssm_document", {"name": NAME, **QUICK, **options}, check=check)

    def versions(self, number: int, **options: Any) -> None:
        """The document with so many versions, named v1, v2 and so on."""
        for version in range(1, number + 1):
            done = self(content=command(f"version {version}"), version_name=f"v{version}", **options)
            assert not done["failed"], done["msg"]

    def four_steps(self, writes: list[str], no_op: list[str], **options: Any) -> dict[str, Any]:
        """Check, real, check again, real again: told truly, written once.

        :param no_op: the calls of a run that finds nothing to do.
        """
        self.lab.forget_calls()
        predicted = self(check=True, **options)
        assert not predicted["failed"], predicted["msg"]
        assert not self.lab.writes()
        done = self(**options)
        assert not done["failed"], done["msg"]
        assert self.lab.writes() == writes
        assert told(predicted) == told(done)
        assert done["changed"] is True
        for check in (True, False):
            self.lab.forget_calls()
            again = self(check=check, **options)
            assert (again["failed"], again["changed"]) == (False, False), again
            assert again["diff"]["before"] == again["diff"]["after"]
            assert [call.action for call in self.lab.calls()] == no_op
        return done

    def refused(self, code: str, fact: str, **options: Any) -> None:
        """With this code, in one line that names the fact, and before anything is written; in check mode too."""
        self.lab.forget_calls()
        for check in (True, False):
            result = self(check=check, **options)
            assert result["failed"], result
            assert result.get("code", "") == code, result["msg"]
            assert fact in result["msg"]
            assert "\n" not in result["msg"]
        assert not self.lab.writes()


def told(result: dict[str, Any]) -> dict[str, Any]:
    """What a run says, apart from what can't be known before it."""
    kept: dict[str, Any] = {name: result.get(name) for name in ("changed", "diff", "deleted_versions")}
    document = {name: value for name, value in result.get("document", {}).items() if name not in UNTOLD}
    if "name" in kept["diff"]["before"]:
        return kept  # a removal shows the description, with nothing to foretell
    return {**kept, "document": document}
