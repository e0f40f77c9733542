# Every target sets up what it needs; the second run of each is quick.
# `PYTHON=python3.12 make test` uses another interpreter for a new environment.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SITE_READY := $(VENV)/.ready-site
SPREAD := -n auto --maxprocesses 4 --dist worksteal
# Tests of drivers wait more than they compute; those beside them lose nothing by it.
WAITING = -n $$($(BIN)/python -c 'import os; print(min(8, 2 * (os.cpu_count() or 1)))') --dist worksteal
GATEWAY := $(BIN)/python conformance/upstream/gateway.py

.DEFAULT_GOAL := help
.PHONY: help check test test-slow interop demo conformance bench bench-rig bench-sse docs site format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,lint,trio]'
	@touch $@

$(SITE_READY): $(READY)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[docs]'
	@touch $@

check: $(READY) ## style, types, generated pages (no test is run)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --warnings --pythonpath $(BIN)/python
	$(BIN)/python docs/diagrams.py --check
	$(BIN)/python docs/reference.py --check

test: $(READY) ## the fast tests, and the coverage of the core
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -q $(SPREAD) tests/core
	$(BIN)/python -m coverage combine -q
	$(BIN)/python tests/own_coverage.py
	$(BIN)/python -m pytest -q $(WAITING) tests --ignore=tests/core --ignore=tests/interop -m "not slow"

test-slow: $(READY) ## the long properties, differentials and simulations
	$(BIN)/python -m pytest -q $(WAITING) tests/properties tests/drivers -m slow

interop: $(READY) ## the tests against the published gateways 2.11.1 and 1.7.1 (installs RabbitMQ if missing)
	@status=0; $(GATEWAY) run -- $(BIN)/python tests/interop/run.py || status=$$?; \
	$(GATEWAY) stop; exit $$status

demo: $(READY) ## agent thoughts and a streamed answer, with each driver
	$(BIN)/python examples/demo.py

conformance: $(READY) ## plays the conformance cases against the core
	$(BIN)/python -m tgconformance play

bench: $(READY) ## what the layers cost, beside other libraries in the same run
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	$(BIN)/python bench/run.py

bench-rig: ## our clients beside the published one, on a scripted gateway (needs Linux and a C compiler)
	$(PYTHON) bench/rig/run.py $(RIG)

bench-sse: ## streams of tokens over HTTP: our clients beside httpx-sse and openai (needs Linux)
	$(PYTHON) bench/rig/environment.py bench/sse_clients.py $(SSE)

docs: $(READY) ## the generated pages of docs/
	$(BIN)/python docs/diagrams.py
	$(BIN)/python docs/reference.py

site: $(SITE_READY) ## the documentation as a site: build/site/index.html
	rm -rf build/site build/doctrees
	$(BIN)/sphinx-build -W --keep-going -q -c docs/site -d build/doctrees . build/site

format: $(READY) ## rewrite the code in the house style
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

clean: ## stop the gateway, remove the environments and all caches
	python3 conformance/upstream/gateway.py stop
	rm -rf $(VENV) .venv-bench .venv-gateway .venv-gateway-1 .interop .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* build dist
