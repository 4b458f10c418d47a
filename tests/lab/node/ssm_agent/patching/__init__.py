"""Scan for and install patches with apt-get, and report the outcome as AWS-RunPatchBaseline does."""
