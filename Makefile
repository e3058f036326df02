# Everything here makes its own environment in .venv first (uv when present, else venv and pip).
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo repro test check format bench clean

help: ## list what there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make the environment and leave .venv/bin/infraction-model; a browser and an MQTT broker for the tests too
	@scripts/install_test_programs.sh

demo: $(INSTALLED) ## run every step on a made town, from raw exports to the map, and say where to look
	@$(BIN)/python scripts/demo.py

repro: $(INSTALLED) ## run again what changed of the made town's pipeline (DVC)
	PATH="$(CURDIR)/$(BIN):$$PATH" dvc repro

test: setup check ## check, then run every test
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(INSTALLED) ## style, layers, the architecture page against the tree, dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_architecture.py
	$(BIN)/python scripts/audit_dependencies.py

format: $(INSTALLED) ## put the code into its style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python scripts/check_architecture.py --write

bench: $(INSTALLED) ## time and memory of the heavy parts; the closed loop, over an hour, is apart
	@for script in $(filter-out benchmarks/closed_loop.py,$(wildcard benchmarks/*.py)); do \
		echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

clean: ## remove the environment and every cache; data/ and models/ stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist

$(INSTALLED): pyproject.toml constraints.txt scripts/make_environment.sh
	@scripts/make_environment.sh $(VENV)
	@touch $@
