"""Run Command: commands, their invocations, and the messages that carry them to the nodes."""
