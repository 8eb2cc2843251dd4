# `make help` lists the commands. Everything runs from .venv, which `make venv` makes.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
TOPOLOGY ?= ha
NAME ?= $(TOPOLOGY)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help
help:  ## List these commands
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
	  printf '  make %-12s %s\n' "$$name" "$$text"; done

.PHONY: venv
venv:  ## Make .venv with every tool, and link this clone as the collection
	@$(PYTHON) tools/venv.py
