# `make help` lists the commands. Everything runs from .venv, which `make venv` makes.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TOPOLOGY ?= ha
OS ?= debian12
export PATH := $(CURDIR)/.venv/bin:$(PATH)
GATES := .venv/bin/python -m tools.gates
LAB := .venv/bin/python -m lab

.PHONY: help venv lab lab-down test test-unit test-resume-all test-vm lint sanity bench bench-upgrade bench-validator docs clean

help:  ## List these commands
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	  printf '  make %-16s %s\n' "$$name" "$$text"; done

venv:  ## Make .venv with every tool, and link this clone as the collection
	@$(PYTHON) tools/venv.py

lab: venv  ## Build a real cluster on this machine (TOPOLOGY=ha, single, small, pair, local-lb, external-etcd, five-etcd; OS=debian12, debian13, mixed)
	@$(LAB) up --topology $(TOPOLOGY) --os $(OS)
	ansible-playbook -i "$$($(LAB) inventory --topology $(TOPOLOGY) | tail -n 1)" playbooks/cluster.yml
	@printf '\nLook at it:       %s\nTake it apart:    make lab-down TOPOLOGY=%s\n' \
	  '.venv/bin/python -m lab kubectl --topology $(TOPOLOGY) -- get nodes -o wide' '$(TOPOLOGY)'

lab-down: venv  ## Remove that cluster's machines again (TOPOLOGY=...)
	@$(LAB) down --topology $(TOPOLOGY)

test: venv  ## Run every gate: lint, sanity, unit tests, artefact, clusters (about 40 minutes, the first time 25 more)
	@$(GATES)

test-unit: venv  ## Run the unit tests
	@$(GATES) unit

test-vm: venv  ## Build clusters on one and on two virtual machines, which are emulated where there is no KVM
	@$(GATES) vm --budget=165

test-%: venv
	@$(GATES) $*

test-resume-all: venv  ## Kill a run at every point there is, not only those of make test
	@QUORUM_RESUME_POINTS=all molecule test --scenario-name resume

lint: venv  ## Run ruff, mypy, yamllint and ansible-lint
	@$(GATES) lint

sanity: venv  ## Run ansible-test sanity on what the artefact ships
	@$(GATES) sanity

bench: venv  ## Compare cluster.yml with a hand-written parallel script, on equal fresh nodes
	@.venv/bin/python -m bench

bench-upgrade: venv  ## Compare what clients see of upgrade.yml, and of kubeadm's documented procedure
	@.venv/bin/python -m bench.upgrade

bench-validator: venv  ## Measure the check of inventories with 50 and with 1,000 hosts: seconds and memory
	@.venv/bin/python -m bench.validator

docs: venv  ## Write the pages that are made from the code again (variables, errors)
	@.venv/bin/python -m tools.variables
	@.venv/bin/python -m tools.errors

clean:  ## Remove what was made here, but not the lab's cache
	@rm -rf .venv .ansible build .mypy_cache .pytest_cache .ruff_cache .hypothesis
