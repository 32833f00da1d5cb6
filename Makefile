# The front door. Each target's comment is its line in `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
ONCE ?=

.PHONY: help setup run test lint bench assets openapi lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## Install what is missing: Debian packages, the Python environment, the page assets
	@scripts/setup

run: setup ## Start an embedded farm and boot this repository's own HEAD (ONCE=1 stops after the verdict)
	@$(BIN)/bootfarm up $(if $(ONCE),--once)

test: setup ## Run all tests, from units to real boots
	@$(BIN)/python -m pytest

lint: setup ## Check style, types and the house rule
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports && npm run --silent check

bench: setup ## Measure against references; prints ratios and fails on none
	@$(BIN)/python -m bench

assets: ## Build the page assets from npm packages
	@npm ci --silent && npm run --silent build

openapi: setup ## Write docs/openapi.json and docs/states.md again
	@$(BIN)/python -m web.api.openapi docs/openapi.json && $(BIN)/python -m farm.diagram docs/states.md

lock: ## Resolve requirements.lock and package-lock.json again
	@scripts/lock

clean: ## Remove what setup made in this checkout; the cache and the farm's home stay
	rm -rf $(VENV) node_modules web/static/dist bootfarm.egg-info
