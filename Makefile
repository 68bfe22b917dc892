# Two commands are enough: `make demo` and `make test`. Both set up .venv from the hashed lock first.
# Needs: make, Python 3.11 or later, pip 22.3 or later (or uv). Not needed: the venv module's ensurepip, Node, Docker.

PYTHON ?= python3
PORT ?= 8000
OPPOSABLE_HOME ?= $(CURDIR)/.demo
VENV := .venv
RUN := $(VENV)/bin
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help demo test lint check browse pg newest bench record docs fresh clean lock

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.stamp ## Play the story of a meeting and serve it (PORT=8000, OPPOSABLE_HOME=./.demo)
	$(RUN)/opposable demo --home '$(OPPOSABLE_HOME)' --port $(PORT) $(ARGS)

test: $(VENV)/.stamp-dev ## Everything: lint, browser, PostgreSQL and SQLite; says what could not run here
	$(RUN)/python tools/run_tests.py

lint: $(VENV)/.stamp-dev ## ruff, import-linter, mypy
	$(RUN)/python tools/run_tests.py lint

check: $(VENV)/.stamp-dev ## Before a commit: lint, then the quick tests on SQLite
	$(RUN)/python tools/run_tests.py lint quick

browse: $(VENV)/.stamp-dev ## The tests that drive a browser (Chromium)
	$(RUN)/python tools/run_tests.py browser

pg: $(VENV)/.stamp-dev ## The database tests on a private PostgreSQL cluster, gone afterwards
	$(RUN)/python tools/run_tests.py postgresql meetings

newest: $(VENV)/.stamp-dev ## What leans on Django, on its newest release (where Python 3.12 is found)
	$(RUN)/python tools/run_tests.py newest

bench: $(VENV)/.stamp-dev ## Measure against the baselines; a PostgreSQL cluster of its own when there is one (ARGS=…)
	$(RUN)/python tools/pg.py --durable $(RUN)/opposable bench $(ARGS) || \
	  { test $$? -eq 3 && $(RUN)/opposable bench $(ARGS); }

record: $(VENV)/.stamp-dev ## Record the demonstration's producers anew (root; freeradius, kea, postfix, conntrack, faketime)
	$(RUN)/python -m tests.traffic.recorder src/opposable/systems/traffic/commands/recordings

docs: $(VENV)/.stamp-dev ## Write the generated pages of docs/ again and check every link
	$(RUN)/python tools/reference.py

fresh: ## Prove `make demo` and `make test` on a bare Debian 12 (root, debootstrap)
	tools/fresh.sh $(ARGS)

clean: ## Remove .venv, the caches and ./.demo (a home elsewhere is kept)
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

lock: ## Resolve the dependencies again (needs uv, or fetches it in a folder of its own)
	tools/lock.sh $(PYTHON)

# ---- set-up ----------------------------------------------------------------------------------------------------------
# A venv without ensurepip, because Debian splits it away; pip from outside installs into it. The project itself goes on
# the path by an editable install with the backend of the lock: no network, no isolation, entry points and command included.
# Compiled on all cores; the specifications of pycrate are not, of which one is used, and which take longer than all the rest.

define INSTALL
	@echo "Setting up $(VENV) from $(1) (once, under a minute)"
	@if command -v uv >/dev/null; then \
	  uv pip install -qq --python $(RUN)/python --require-hashes -r $(1) && \
	  uv pip install -qq --python $(RUN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(PYTHON) -m pip --python $(RUN)/python install -qq --no-compile --require-hashes --no-deps -r $(1) && \
	  $(PYTHON) -m pip --python $(RUN)/python install -qq --no-deps --no-build-isolation --no-index -e .; \
	fi
	@$(RUN)/python -m compileall -qq -j 0 -x pycrate_asn1dir $(VENV)/lib || true
endef

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Opposable needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing). Try: make PYTHON=python3.12"; exit 1; }
	@command -v uv >/dev/null || $(PYTHON) -m pip --version >/dev/null 2>&1 || \
	  { echo "Opposable needs pip or uv to set itself up. On Debian: apt install python3-pip"; exit 1; }
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(call INSTALL,requirements.lock)
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(call INSTALL,requirements-dev.lock)
	@touch $@ $(VENV)/.stamp
