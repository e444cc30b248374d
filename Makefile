# Every command does all of its own set-up; a second run of each starts within seconds.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# Compiled modules are kept: the demo and the tests start many processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install run test tools gate suite bench requirements translations conversation soak screenshots clean

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

install: .venv/installed weerbaar/static/built/manifest.json translations ## Make the virtual environment and build the front end

.venv/installed: requirements/run.txt requirements/build.txt pyproject.toml scripts/make-environment
	@PYTHON="$(PYTHON)" scripts/make-environment run build
	@touch $@

.venv/tools-installed: .venv/installed requirements/develop.txt
	@PYTHON="$(PYTHON)" scripts/make-environment develop
	@touch $@

FRONT := $(shell find front -type f -not -path '*/node_modules/*' 2>/dev/null)

weerbaar/static/built/manifest.json: .venv/installed $(FRONT)
	@scripts/build-front

run: install ## Start the demo: app, worker and simulator with fictitious people (FRESH=1 starts over)
	@exec $(BIN)/weerbaar demo $(if $(FRESH),--fresh)

tools: install .venv/tools-installed
	@scripts/install-test-tools

gate: tools ## Format, lint, types, import contract, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/update-translations --check

suite: tools ## All tests, on SQLite and PostgreSQL
	$(BIN)/pytest -n $${WEERBAAR_TEST_PROCESSES:-2}

test: tools ## The gate and the whole suite
	@$(MAKE) --no-print-directory gate
	@$(MAKE) --no-print-directory suite

bench: tools ## Measure, as ratios in one run
	$(BIN)/python -m bench

requirements: .venv/tools-installed ## Pin and hash the requirements anew
	@for set in run build develop; do \
		$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--custom-compile-command "make requirements" -q requirements/$$set.in -o requirements/$$set.txt; \
	done

translations: .venv/installed
	@scripts/compile-translations

conversation: .venv/installed ## Draw the tables of docs/calls.md from the code
	$(BIN)/python scripts/draw-conversation

soak: tools ## Play N days on the line and kill processes KILLS times; N=2000 SEED=1 KILLS=50 unless told otherwise
	@$(BIN)/python scripts/soak.py --days $(or $(N),2000) --seed $(or $(SEED),1)
	@WEERBAAR_KILLS=$(or $(KILLS),50) WEERBAAR_SEED=$(or $(SEED),1) $(BIN)/pytest tests/promises/test_killed.py

translations-update: .venv/tools-installed ## Bring the English catalogue in line with the Dutch texts
	@$(BIN)/python scripts/update-translations
	@scripts/compile-translations

screenshots: tools ## Write the README's pictures from the running demo
	$(BIN)/python scripts/screenshots.py

clean: ## Remove what was built; var/ stays
	rm -rf .venv weerbaar/static/built front/node_modules
