"""The lab's AWS API: moto behind a front that checks, logs and refuses as AWS does."""
