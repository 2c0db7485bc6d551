# What a newcomer needs: `make setup`, `make demo`, `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup browser test check format demo live screenshots scoreboard bench clean clean-demo

BIN := .venv/bin
SOURCES := trend_assets trend_assets_tests bench docs/images setup.py
INSTALLED := .venv/.installed
SUPPORTED := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
  if $$python -c '$(SUPPORTED)' >/dev/null 2>&1; then echo $$python; break; fi; done)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## create .venv and install everything (again only when the requirements change)

$(INSTALLED): pyproject.toml constraints.txt
	@$(BIN)/python -c '$(SUPPORTED)' 2>/dev/null || test -n "$(PYTHON)" || { \
	  echo "No usable Python found. Install Python 3.11 to 3.14 with its venv module (Debian and Ubuntu:" \
	  "apt install python3 python3-venv) or name one: make setup PYTHON=/path/to/python3"; exit 1; }
	@$(BIN)/python -c '$(SUPPORTED)' 2>/dev/null || $(PYTHON) -m venv --clear .venv || { \
	  echo "$(PYTHON) cannot create .venv. Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

browser: setup ## a Chromium for browser surfaces: the one there is, else the system's package, else Playwright's
	@$(BIN)/python -m trend_assets.net.chromium || { test "$$(id -u)" = 0 && apt-get update -q && apt-get install -qy chromium; } \
	  || $(BIN)/playwright install chromium

test: check ## set up if need be, then lint, types, definitions and all tests
	@$(MAKE) --no-print-directory browser || echo "No Chromium could be installed: the tests that need one are skipped."
	cd .venv && env -i PATH="$$PATH" bin/dagster definitions validate -w ../workspace.yaml
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 15

check: setup ## lint, format and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: setup ## format and mend what lint can mend
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

demo: setup browser ## the platforms imitated on this machine, captured and computed, on Dagster's pages
	$(BIN)/trend-assets demo

live: setup browser ## the real platforms, captured by themselves from now on
	$(BIN)/trend-assets live

screenshots: setup browser ## the pictures of the README, of the demo
	$(BIN)/python docs/images/make.py

scoreboard: setup ## what the detectors find in the recordings of ../shared/data: docs/scoreboard.md
	$(BIN)/trend-assets scoreboard --recordings ../shared/data --out docs/scoreboard.md

bench: setup ## measure
	$(BIN)/python -m bench

clean-demo: ## forget the demo's data
	rm -rf .demo

clean: clean-demo ## forget everything that can be made again
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
