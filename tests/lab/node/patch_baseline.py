"""What AWS-RunPatchBaseline runs on a node of the lab, where AWS downloads a payload of its own.

`lab-python patch_baseline.py --operation Scan|Install --snapshot-id ID --reboot-option RebootIfNeeded|NoReboot`
"""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    # Inside an instance there is only this folder, so the package is found next to this file.
    runpy.run_module("ssm_agent.patching", run_name="__main__")
