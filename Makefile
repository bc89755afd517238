# What one does with this project. `make demo` and `make test` are all that a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
LOCKED := $(VENV)/.locked
READY := $(VENV)/.ready
DEMO := $(VENV)/.demo
PEERS := $(VENV)/peers
FIX_PEER := $(VENV)/fix-peer
SIDE_BY_SIDE := -n auto --dist loadfile

.PHONY: help demo test test-all test-long mutants fix-peer compose-test lint format lock bench bench-latency bench-growth bench-peers bench-cluster bench-http bench-files bench-fix bench-limits bench-start bench-versions faults faults-cluster faults-fix fuzz soak clean venv demo-fix

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# Made once: a change of the lock file is installed into what is there.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with PYTHON=..."; exit 1; }
	@echo "Making a virtual environment in $(VENV)."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(LOCKED): requirements.lock | $(MADE)
	@echo "Installing all $$(grep -o '^[a-z0-9-]*==' requirements.lock | sort -u | wc -l) packages that work on the project needs."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(READY): pyproject.toml client/pyproject.toml $(LOCKED)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e client
	@touch $@

# The demo alone needs a part of that; where everything is installed, or was once, it takes everything.
$(DEMO): requirements-demo.lock pyproject.toml client/pyproject.toml | $(MADE)
	@echo "Installing the $$(grep -o '^[a-z0-9-]*==' requirements-demo.lock | sort -u | wc -l) packages that the demo needs into $(VENV), about 150 MB: this takes a moment, once."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-demo.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e client
	@touch $@

$(PEERS)/.ready: requirements-peers.lock $(READY)
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-peers.lock
	@touch $@

$(FIX_PEER)/.ready: requirements-fix-peer.lock $(READY)
	$(PYTHON) -m venv $(FIX_PEER)
	$(FIX_PEER)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fix-peer.lock
	@touch $@

fix-peer: $(FIX_PEER)/.ready ## Install QuickFIX, which the longer proofs talk to, into an environment of its own

venv: $(READY) ## Make the virtual environment, from the lock file

demo: $(if $(wildcard $(LOCKED)),$(READY),$(DEMO)) ## Run everything on this machine: a server, both services, the page, a simulated market
	@$(BIN)/market-spread demo

demo-fix: $(if $(wildcard $(LOCKED)),$(READY),$(DEMO)) ## The same with a venue and a desk that log on and send the market by FIX
	@$(BIN)/market-spread demo --fix

# What `make test` may cost; more on a slow machine: make test CPU_SECONDS=400
CPU_SECONDS ?= 200
# The random order of `make test-all`: another one each day, the same again with SEED=...
SEED ?= $(shell date +%Y%m%d)
# Decides which faults strike when: make faults-fix FIX_SEED=2
FIX_SEED ?= 1
SHUFFLED = TEST_SERVER=valkey $(BIN)/pytest -q -m "not slow" $(SIDE_BY_SIDE) -p randomly \
	--hypothesis-profile=explore tests/unit tests/integration

test: $(READY) ## Unit and integration tests and a short fault run, within 200 CPU seconds
	TEST_SERVER=valkey $(BIN)/python tools/cpu_budget.py $(CPU_SECONDS) $(BIN)/pytest -m "not slow" $(SIDE_BY_SIDE)

mutants: $(READY) ## Break the product in many ways, one by one; unit tests must notice each
	$(BIN)/python -m tools.mutants

test-all: $(READY) $(FIX_PEER)/.ready ## Longer proofs, the browser, Redis 7.0 beside Valkey, a random order; below 30 minutes
	$(BIN)/pytest -m slow $(SIDE_BY_SIDE)
	TEST_SERVER=redis $(BIN)/pytest -q -m "not slow" $(SIDE_BY_SIDE)
	@echo "A random order and other examples: the same again with SEED=$(SEED)."
	$(SHUFFLED) --randomly-seed=$(SEED)

test-long: $(READY) ## A million cases of limits, three more random orders
	LIMITS_CASES=1000000 $(BIN)/pytest -q -m slow tests/integration/test_limits_exact_cases.py
	for seed in 1 2 3; do $(SHUFFLED) --randomly-seed=$$seed || exit 1; done

COMPOSE_CHECK ?= ../shared/tools/compose-check

compose-test: ## Build and start the containers, and prove them; with a Docker engine, or a script that brings one
	@if [ -x "$(COMPOSE_CHECK)" ]; then \
		"$(COMPOSE_CHECK)" . -- $(PYTHON) -m tools.compose_smoke; \
	else \
		export COMPOSE_PROJECT_NAME=market-spread-test; \
		docker compose up --build --detach --wait && $(PYTHON) -m tools.compose_smoke; \
		code=$$?; docker compose --profile "*" down --volumes; exit $$code; \
	fi

lint: $(READY) ## Style, types, who imports whom, and a current lock file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_lock.py

format: $(READY) ## Put the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(READY) ## Pin every dependency with its hashes
	$(BIN)/python tools/check_lock.py --write

bench: $(READY) ## Throughput, beside a straightforward implementation in the same run
	$(BIN)/python -m benchmarks.throughput

bench-latency: $(READY) ## Latency of an order beside a bare chain, then under load
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.latency --under-load

bench-growth: $(READY) ## What a message costs as symbols, alerts, connections and batches grow
	$(BIN)/python -m benchmarks.growth

bench-peers: $(READY) $(PEERS)/.ready ## The same job by redis-py, FastStream, bytewax and csp
	$(BIN)/python -m benchmarks.peers --python $(PEERS)/bin/python

bench-cluster: $(READY) ## What a message costs on a cluster of one machine, and memory
	$(BIN)/python -m benchmarks.cluster

bench-http: $(READY) ## Requests a second beside a bare route, and how long all symbols take
	$(BIN)/python -m benchmarks.web

bench-files: $(READY) ## FIX logs and CSV files, by feed and by stream, until all has taken effect
	$(BIN)/python -m benchmarks.files

bench-fix: $(READY) ## Orders and market data by FIX, beside the same ones as frames in the same run
	$(BIN)/python -m benchmarks.fix

bench-limits: $(READY) ## What judging by published limits costs an order, beside version 0
	$(BIN)/python -m benchmarks.limits_cost

bench-start: $(READY) ## From the start of a process until it listens, and its imports
	$(BIN)/python -m benchmarks.start

bench-versions: $(READY) ## Is HEAD slower than another commit? BEFORE=<commit>; ends with an error if it is
	@test -n "$(BEFORE)" || { echo "say what to compare with: make bench-versions BEFORE=<commit>"; exit 2; }
	$(BIN)/python -m benchmarks.versions --before "$(BEFORE)"

faults: $(READY) ## Kill and stop everything under load, change limits, let Redis lose data: nothing may be missing or doubled
	$(BIN)/python -m faults
	$(BIN)/python -m faults --faults 50 --activations 60
	for servers in redis replica node limits; do \
		$(BIN)/python -m faults --losses $$servers --faults 40 --activations 50 || exit 1; \
	done

faults-cluster: $(READY) ## The same on a cluster: primaries come back, then replicas take over; slots move
	$(BIN)/python -m faults --cluster return
	$(BIN)/python -m faults --cluster takeover --activations 60

faults-fix: $(READY) $(FIX_PEER)/.ready ## Orders by FIX from QuickFIX while everything is killed and cut; Redis away for two minutes
	$(BIN)/python -m faults.fix --seed $(FIX_SEED)
	$(BIN)/python -m faults.fix --seed $(FIX_SEED) --outage 120 --begin FIX.4.4
	$(BIN)/python -m faults.fix --seed $(FIX_SEED) --day-ends --orders 2000 --begin FIX.4.4

fuzz: $(READY) ## A million damaged FIX messages: no exception, counts that add up, bounded memory
	FUZZ_MESSAGES=1000000 $(BIN)/pytest -q --timeout 1800 -m slow tests/unit/test_fix_fuzz.py tests/unit/test_fix_session_fuzz.py

soak: $(READY) ## Ten minutes of load; memory has to stay flat
	$(BIN)/python -m faults.soak

clean: ## Remove what was made
	rm -rf $(VENV) .make .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
