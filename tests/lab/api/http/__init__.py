"""Requests and answers in AWS's protocols, checks against the service models, and faults."""
