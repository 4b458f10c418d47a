"""Managed nodes: what they report, who is online, and how targets are resolved to them."""
