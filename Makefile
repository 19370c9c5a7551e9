# Every target can be run by hand; CI runs `make test` and nothing else.
# Needs make, a POSIX shell and Python 3.11 or later: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 4
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# What is installed is remembered by a stamp, and done again when a lock or pyproject changes.
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help setup demo test coverage lint types format bench soak lock wheel clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1#/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(DEV) ## Create .venv with everything for development, as locked

demo: $(RUNTIME) ## Sync a simulated CRM into zoho_crm_demo.duckdb, twice
	@$(BIN)/zoho-sync demo

test: lint ## Check style and types, then run all tests
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup

coverage: $(DEV) ## Run all tests and show the lines that none of them reaches: twice the time
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup --cov --cov-report=term

lint: $(DEV) ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(DEV) ## Mend what can be mended: layout, order of imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## Measure speed against the simulator
	$(BIN)/python tests/benchmarks/run.py

soak: $(DEV) ## Run the tests that take many minutes
	$(BIN)/python -m pytest -m soak

lock: $(DEV) ## Lock the dependencies anew (UPGRADE=1: move every version)
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@for lock in requirements.txt requirements-dev.txt; do \
		grep '==' $$lock > $$lock.new && mv $$lock.new $$lock || exit 1; \
	done

wheel: $(DEV) ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

clean: ## Remove what the tools leave behind, not .venv
	rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find sources destinations pipelines tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Locks hold versions and nothing of the machine they were made on.
LOCK = $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	$(if $(UPGRADE),--upgrade)

$(DEV): requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what requirements-dev.txt locks, and zoho-sync itself"
	@$(PIP) install -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $(DEV)

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what requirements.txt locks, and zoho-sync itself"
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps --editable .
	@touch $(RUNTIME)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "zoho-sync needs Python 3.11 or later; name one: make setup PYTHON=python3.11")'
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
