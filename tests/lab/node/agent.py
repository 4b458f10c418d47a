"""Start the lab's SSM agent: `lab-python agent.py --endpoint ... --instance-id ... --state-dir ... --region ...`.

Ends with 94 when a document asked for a reboot and everything needed to go on after it is on disk.
"""

from __future__ import annotations

import runpy
import sys

# An instance has PyYAML here. In tests outside an instance it is installed in their environment.
PACKAGES = "/usr/local/lib/lab-python"

if __name__ == "__main__":
    sys.path.append(PACKAGES)
    # Inside an instance there is only this folder, so the package is found next to this file.
    runpy.run_module("ssm_agent", run_name="__main__")
