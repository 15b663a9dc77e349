# Steward's front door. `make help` lists what there is; it is read from the `##` comments below.
# Python 3.11 or newer and PyPI are all that `make run` needs.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n auto --dist loadscope --no-loadscope-reorder # as many workers as tests/conftest.py says, and what stays together
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed
LOAD := .venv-load/.installed

# Who catches mails instead of sending them is part of it until secrets/smtp_url names a mail server of your own.
CATCHER := $$(grep -qs '^smtp://mail:' deploy/compose/secrets/smtp_url && echo --profile mail)
COMPOSE := docker compose --file deploy/compose/compose.yaml $(CATCHER)

##@ Use it

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST); echo

run: $(RUNTIME) ## start the whole system on 127.0.0.1:8080 (STEWARD_PORT, STEWARD_HOME; default home var/)
	@exec $(BIN)/steward all

demo: $(RUNTIME) ## fill the running or next system with the demo company
	@exec $(BIN)/steward demo

##@ Run it in containers (docker with compose v2; docs/operations/compose.md)

up: ## build the image, make missing secrets, start every role with its servers, wait until all are well
	@deploy/compose/first-run
	@$(COMPOSE) build --quiet migrate
	@$(COMPOSE) up --detach --wait --wait-timeout 300 --remove-orphans
	@echo "Steward is ready: $$($(COMPOSE) config web-gateway | sed -n 's/^ *STEWARD_PUBLIC_URL: //p' | head -n 1)"
	@echo "Set up your company with the code of: make hands DO=setup-code. Or try the demo company: make hands DO=demo"

upgrade: ## put the version in this folder in place of the running one: image, migrations, then role after role
	@$(COMPOSE) build --quiet migrate
	@$(COMPOSE) run --rm --no-deps migrate
	@$(COMPOSE) run --rm --no-deps topology
	@for role in $$($(COMPOSE) config --services | grep -E '^(web|bus|tasks)' | sort); do \
	  $(COMPOSE) up --detach --no-deps --wait --wait-timeout 300 "$$role"; done

down: ## stop and remove the containers; data, files and secrets stay
	@$(COMPOSE) --profile mail --profile hands down --remove-orphans

logs: ## follow what the roles say (LOGS=tasks for one of them)
	@$(COMPOSE) logs --follow --tail 100 $(LOGS)

hands: ## a command of the operator in a container beside the roles: make hands DO=queues
	@$(COMPOSE) run --rm --no-deps --quiet-pull steward $(DO)

##@ Work on it

setup: $(DEVELOPMENT) ## create .venv with everything for development; instant when nothing changed

docs: $(DEVELOPMENT) ## write the generated catalogues in docs/ again
	@$(BIN)/steward docs

lint: $(DEVELOPMENT) ## ruff, pyright, import contracts, generated docs up to date
	@failed=""; \
	check() { echo "== $$*"; PYRIGHT_PYTHON_IGNORE_WARNINGS=1 "$(BIN)/$$@" || failed="$$failed  $$*\n"; }; \
	check ruff check --output-format concise; \
	check ruff format --check --output-format concise; \
	check pyright; \
	check lint-imports; \
	check steward docs --check; \
	if [ -n "$$failed" ]; then printf "lint found something in:\n$$failed" >&2; exit 1; fi; \
	echo "lint: all clean"

lock: ## pin requirements.in and the groups of pyproject.toml again (needs uv)
	@flags="--quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --upgrade"; \
	uv pip compile $$flags requirements.in --group pyproject.toml:build -o requirements.lock; \
	uv pip compile $$flags requirements.in -c requirements.lock \
	  --group pyproject.toml:build --group pyproject.toml:dev -o requirements-dev.lock; \
	uv pip compile $$flags --group pyproject.toml:load -o requirements-load.lock; \
	uv pip compile $$flags --no-deps --group pyproject.toml:pages -o requirements-pages.lock; \
	echo "the four locks are written; run make setup"

clean: ## remove caches and build products; .venv and var/ stay
	@find . -path ./.venv -prune -o -path ./var -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@echo "caches removed; .venv and var/ are kept"

##@ Test it

test-fast: $(DEVELOPMENT) ## unit and contract tests on the embedded mode, no servers (budget 90 s)
	@$(PYTEST) $(PARALLEL) -m "not server and not long and not fault and not browser"

test: $(DEVELOPMENT) ## everything but the long fault tests, on real servers (budget 15 min)
	@$(PYTEST) $(PARALLEL) -m "not long"

test-faults: $(DEVELOPMENT) ## every fault test in full (50 random kills; may take an hour)
	@$(PYTEST) tests/faults

test-compose: $(DEVELOPMENT) ## the containers for real: walked through, each killed under load (needs docker; 15 min)
	@$(PYTEST) tests/deploy

rules: $(DEVELOPMENT) ## run the tests that prove requirements, then show what is proved and what is open
	@$(BIN)/python -m tests.marks

bench: $(DEVELOPMENT) ## the project against its floor, interleaved; writes var/bench.json and docs/bench.md
	@$(BIN)/python -m tests.bench

bench-quick: $(DEVELOPMENT) ## the same with few rounds, under 60 s
	@$(BIN)/python -m tests.bench --quick

load: $(LOAD) ## a company's day as load on the pages of the running system (LOAD_SPEED, LOAD_USERS, LOAD_HOST)
	@PYTHONPATH=. .venv-load/bin/locust -f tests/load/locustfile.py --headless --only-summary \
	  --host "$${LOAD_HOST:-http://127.0.0.1:8080}"

# ---------------------------------------------------------------------------------------------------------------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Steward needs Python 3.11 or newer as '$(PYTHON)'; name another one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "'$(PYTHON)' cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

# The pages' script library comes in a wheel made for a framework that we do not use: that wheel alone, not what it asks for.
$(RUNTIME): requirements.lock requirements-pages.lock requirements.in pyproject.toml | .venv/bin/python
	@echo "installing what Steward needs to run into .venv ..."
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@$(PIP) install -qq --require-hashes --no-deps -r requirements-pages.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --no-index -e .
	@touch $@

# The development lock holds the same versions of the runtime's packages, so it stands for both.
$(DEVELOPMENT): requirements-dev.lock requirements-pages.lock requirements.in pyproject.toml | .venv/bin/python
	@echo "installing what development needs into .venv ..."
	@$(PIP) install -qq --require-hashes -r requirements-dev.lock
	@$(PIP) install -qq --require-hashes --no-deps -r requirements-pages.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --no-index -e .
	@touch $(RUNTIME) $@

# Apart from .venv: a load generator replaces much of the standard library, and nobody else needs its thirty packages.
$(LOAD): requirements-load.lock
	@$(PYTHON) -m venv .venv-load
	@.venv-load/bin/python -m pip --disable-pip-version-check install -qq --require-hashes -r requirements-load.lock
	@touch $@

.PHONY: help setup run demo up upgrade down logs hands test test-fast test-faults test-compose bench bench-quick load rules lint docs lock clean
