"""Automation: executions of runbooks, step by step or one for each target."""
