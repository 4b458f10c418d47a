"""The fleet that documented code works on: four instances that bear the ids it names, their agents online and well."""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
from collections.abc import Iterator

from lab.api.testing.kit import INSTANCE_IDS, Lab, serve
from lab.api.testing.scripted_node import HOOKS_DOCUMENT, Job, Reply, ScriptedNode, Step, behave
from unit.examples.playing import ROOT

COLLECTION = "steadyfleet.aws_patching"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


def text_of(module: str, name: str) -> str:
    """A module's DOCUMENTATION or EXAMPLES, as it is written."""
    text: str = getattr(importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}"), name)
    return text


# Modules pause for seconds between two looks, as a real Region wants it; the lab is through sooner.
_WAITING = [name for name in MODULES if f"{COLLECTION}._wait" in text_of(name, "DOCUMENTATION")]
QUICK = {f"{COLLECTION}.{name}": {"poll_interval": 0.05} for name in _WAITING}


@contextlib.contextmanager
def serve_fleet(text: str) -> Iterator[Lab]:
    """A lab for the code in a text."""
    named = re.findall(r"\bi-[0-9a-f]{17}\b", text)
    with serve(instance_ids=tuple(dict.fromkeys([*named, *INSTANCE_IDS]))[: len(INSTANCE_IDS)]) as lab:
        for node in lab.start_nodes().values():
            node.shell = functools.partial(_answer_probe, node)
            node.scripts[HOOKS_DOCUMENT] = _patch_with_hooks
        yield lab


def _answer_probe(node: ScriptedNode, _commands: list[str]) -> Step:
    """What a node whose application is well says to a probe; it says it to every script."""
    return Step(stdout=f"boot_id={node.boot_id}\nhealth=0 200\n")


def _patch_with_hooks(job: Job) -> Reply:
    """An agent fetches its hooks first, and fails without them."""
    for name, hook in job.parameters.items():
        if name.endswith("HookDocName") and hook != "AWS-Noop":
            document, _colon, version = hook.partition(":")
            job.node._call("ssm", "GetDocument", Name=document, **({"DocumentVersion": version} if version else {}))
    return behave(job)
