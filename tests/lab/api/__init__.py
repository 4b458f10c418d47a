"""The lab's AWS API. It checks, logs and refuses requests as AWS does; moto does part of the work."""
