"""An SSM agent for the lab's instances: fetches commands over ec2messages and runs Command documents.

It does what the real amazon-ssm-agent was seen to do, odd corners included, and needs nothing but Python.
"""
