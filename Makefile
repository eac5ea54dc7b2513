# xiaodian. `make` prints what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
XIAODIAN_HOME ?= $(CURDIR)/var
export XIAODIAN_HOME

.DEFAULT_GOAL := help
.PHONY: help install assets demo test lint check fix docs wheel clean lock

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed ## Make the virtual environment with exactly the locked packages

assets: $(VENV)/.installed ## Build styles and scripts (does nothing when they are up to date)
	@$(BIN)/python frontend/build.py

demo: assets ## Run everything with a seeded world; prints where to go; Ctrl-C stops it
	@$(BIN)/xiaodian demo $(if $(PORT),--port $(PORT))

test: assets ## Run the whole suite
	@$(BIN)/pytest -q -n 2 --dist loadgroup

lint: $(VENV)/.installed ## Lint, types and boundaries
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports

check: lint assets ## Lint, types, boundaries, pure and service tests
	@$(BIN)/pytest -q -n 2 -m 'not slow and not browser'

fix: $(VENV)/.installed ## Format, and mend what can be mended by machine
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

docs: assets ## Write the generated reference anew
	@$(BIN)/xiaodian docs

wheel: assets ## Build a wheel that needs no Node
	@rm -rf dist && $(BIN)/python -m build --wheel --no-isolation --outdir dist .

lock: $(VENV)/.installed ## Lock the dependencies anew, naming no host
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock

clean: ## Remove what was built and the demo's data
	@rm -rf dist build var src/xiaodian/static frontend/node_modules
