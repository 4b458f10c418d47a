"""Requests and answers as AWS sends them: names, checks against the service models, faults."""
