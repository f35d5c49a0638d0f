# Everything works on a fresh checkout with git, make and Python 3.11.
PYTHON ?= python3.11
UV_VERSION := 0.13.9
TOOLS := .tools
UV := $(TOOLS)/bin/uv
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export VIRTUAL_ENV := $(abspath $(VENV))

.PHONY: help install run test check format bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

install: $(STAMP) ## Install the pinned, hash-checked dependencies and the askfirst command

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or set PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(STAMP): requirements.lock pyproject.toml $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install --quiet --no-deps --editable .
	$(BIN)/python -c "from bot.nlu.encoder.build import built_minilm, built_use; built_minilm(); built_use()"
	touch $(STAMP)

run: install ## Start the assistant and print where it is
	$(BIN)/askfirst run

test: install ## Run the tests
	$(BIN)/pytest

check: install ## Check format, lint and types, as CI does
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## Run the benchmarks and print their figures
	$(BIN)/python -m benchmarks.turns
	$(BIN)/python -m benchmarks.crashes
	$(BIN)/python -m benchmarks.understanding
	$(BIN)/python -m benchmarks.search_sizes --sizes 10000 100000

lock: $(UV) ## Resolve the dependencies anew into requirements.lock
	$(UV) pip compile pyproject.toml --group dev --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

clean: ## Remove what make made, never the data directory
	rm -rf $(VENV) $(TOOLS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
