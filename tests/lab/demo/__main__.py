"""`make demo`: patch a load-balanced fleet under live load and say what that did to the load.

SCENARIO=drained (the default) runs playbooks/patch_alb.yml; SCENARIO=undrained patches the same fleet without draining.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from .. import settings as settings_module
from ..host.commands import LabError
from .run import SCENARIOS, demo


def main() -> int:
    # Whatever ends the demo, it tidies up on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    name = os.environ.get("SCENARIO") or "drained"
    try:
        if name not in SCENARIOS:
            raise LabError(f"SCENARIO={name} is not one of {', '.join(SCENARIOS)}")
        overrides = [settings_module.parse_override(text) for text in os.environ.get("LAB_SET", "").split()]
        return demo(SCENARIOS[name], settings_module.load(None, dict(overrides)))
    except (LabError, settings_module.SettingsError, OSError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; everything is taken down", file=sys.stderr)
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
