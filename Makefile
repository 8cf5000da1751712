# Two commands are all that most people need: `make run` and `make test`. `make help` lists the others.
# Everything is made once and made again only when what it comes from has changed.

PYTHON ?= $(firstword $(shell command -v python3.11 || command -v python3))
PORT ?= 8000
WORKERS ?= 2

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
STAMPS := .venv/.made
STYLES := $(shell find web/styles -name '*.scss' 2>/dev/null)
# Hashes of locks and of texts that are labelled; alphabets that codes are made of; the example address; and the passwords that everybody knows.
NOT_SECRET := --exclude-files '^requirements/|^package-lock\.json$$|^tests/matching/rule_text/labels\.jsonl$$' --exclude-lines '(?i)alphabet = "|USER:PASSWORD@|qwerty|quiet harbor|wrong password|guessed at once'
SOURCES := referral_hub web seeds tools tests

.PHONY: help run test setup setup-dev assets checks lint types lock migration screenshots wheel clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## say what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: setup ## set everything up and serve the sample network at http://127.0.0.1:8000 (PORT=... for another port)
	@exec $(BIN)/referral-hub demo --port $(PORT)

test: system-packages checks ## set everything up and run every check and test
	$(BIN)/python -m pytest -n $(WORKERS)

setup: $(STAMPS)/setup $(STAMPS)/project $(STAMPS)/assets ## the virtual environment, the front-end packages and the built assets

setup-dev: setup $(STAMPS)/dev ## the same, with what the checks and tests need

assets: $(STAMPS)/setup $(STAMPS)/front-end ## build styles, fonts, counties and postal codes
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.build_assets && touch $(STAMPS)/assets

checks: setup-dev ## ruff, mypy, import-linter, vulture, bandit, detect-secrets
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/vulture
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive referral_hub web seeds tools
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook $(NOT_SECRET)

lock: setup-dev ## remake the locks (UPGRADE=1 takes newer versions)
	UPGRADE=$(UPGRADE) tools/lock.sh

migration: setup-dev ## write a migration from the tables: make migration MESSAGE="add a column"
	@test -n "$(MESSAGE)" || { echo 'Say what changes: make migration MESSAGE="add a column"' >&2; exit 2; }
	$(BIN)/python -m tools.new_migration "$(MESSAGE)"

screenshots: system-packages setup-dev ## take the pictures of docs/images from the sample network
	$(BIN)/python -m tools.screenshots

wheel: setup-dev ## build dist/*.whl, assets included
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation

clean: ## remove everything that was made, the data in var/ aside
	rm -rf .venv node_modules dist build web/static/build referral_hub/assets tests/artifacts \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: system-packages
system-packages:
	@tools/system_packages.sh

$(BIN)/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "Python has no venv module here. On Debian: sudo apt-get install python3-venv" >&2; exit 1; }

$(STAMPS)/setup: requirements/setup.txt | $(BIN)/python
	@echo "Installing Python packages (a minute or two, the first time)"
	@mkdir -p $(STAMPS)
	@$(PIP) install --require-hashes --requirement requirements/setup.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/setup
	@echo "Installing the packages of checks and tests"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/setup
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/front-end: package.json package-lock.json tools/front_end.sh $(STAMPS)/setup
	@echo "Installing front-end packages"
	@tools/front_end.sh
	@touch $@

$(STAMPS)/assets: tools/build_assets.py $(STYLES) $(STAMPS)/front-end
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tools.build_assets
	@touch $@
