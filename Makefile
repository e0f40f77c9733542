# Every target sets up what it needs; the second run of each is quick.
# PYTHON=python3.12 make test   uses another interpreter for a new environment.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help check test format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,lint,trio]'
	@touch $@

check: $(READY) ## style, types, layering (no test is run)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --warnings --pythonpath $(BIN)/python

test: $(READY) ## the fast tests
	$(BIN)/python -m pytest -q

format: $(READY) ## rewrite the code in the house style
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

clean: ## remove the environment and all caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist
