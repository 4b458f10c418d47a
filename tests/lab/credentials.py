"""The credentials that a lab's clients sign with. The lab takes any.

Ansible masks a secret key in every message in which it occurs. A word such as "lab" would therefore mask the messages
that a test or a demo is there to show.
"""

from __future__ import annotations

# AWS's own example, which secret scanners know: https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - made up
