# Every target installs what it needs first (tools/setup.sh, which does nothing when all is there), and leaves
# nothing outside this folder.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint unit api live sanity molecule docs next clean

SCENARIO ?= drained

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: ## install what is missing: build/venv, build/npm, system packages
	@tools/setup.sh

demo: setup ## patch a load-balanced fleet under load; SCENARIO=undrained shows what happens without draining
	@SCENARIO=$(SCENARIO) tools/run python -m lab.demo

test: setup ## every test and check
	@tools/run python tools/check.py

lint: setup ## ruff, mypy, ansible-lint, yamllint, shellcheck, changelog
	@tools/run python tools/check.py lint

unit: setup ## the pure tests: seconds, for the inner loop
	@tools/run python tools/check.py unit

api: setup ## the tests against the lab's API
	@tools/run python tools/check.py api

live: setup ## the tests that start programs: hooks, playbooks, the lab
	@tools/run python tools/check.py live

sanity: setup ## ansible-test sanity
	@tools/run python tools/check.py sanity

molecule: setup ## end to end: every molecule scenario against a lab
	@tools/run python tools/check.py molecule

docs: setup ## the documentation, checked and built: build/docs/html
	@tools/run python tools/check.py docs

next: setup ## the pure and api tests with PyPI's newest ansible-core, amazon.aws and botocore; not part of test
	@tools/next.sh

clean: ## end what still runs from here, and remove everything that was installed or built
	@if [ -x build/venv/bin/python ]; then bin/lab clean; fi
	@rm -rf build .ansible
