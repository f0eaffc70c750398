# The two commands of a newcomer are `make demo` and `make test`; both make the virtual environment if it is missing.
# Paths are relative throughout, so that a checkout under a path with a space works.

PYTHON ?= python3
DATA_DIR ?= data/demo
VENV := .venv
BIN := $(VENV)/bin
APT_LINE := apt-get install -y git make python3-venv

.PHONY: help demo crash crash-archive replay-all limits fuzz bench-capture bench-ledger bench-parse test lint types check evaluate all-extras lock schema clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/installed ## crawl the replica portals on loopback and show what comes out (DATA_DIR=… puts the data elsewhere)
	@$(BIN)/python -m tests.portals.demo --data-dir "$(DATA_DIR)"

test: $(VENV)/installed ## run the test suite
	@$(BIN)/python -m pytest

crash: $(VENV)/installed ## kill crawls a hundred times and compare (CRASH='--seed N --kills N --folder DIR'; ten minutes and more)
	@$(BIN)/python -m tests.campaigns.crash $(CRASH)

crash-archive: $(VENV)/installed ## kill captures of long answers two hundred times, cut the power among them, and check the archive (CRASH as above)
	@$(BIN)/python -m tests.campaigns.crash_archive $(CRASH)

replay-all: $(VENV)/all-extras ## open every report of the demo in a browser, as it is replayed (two minutes)
	@REPLAY_EVERY_REPORT=1 $(BIN)/python -m pytest -n 0 tests/crawler/test_replay.py -k own_text

limits: $(VENV)/installed ## parse pages made to cost time and memory (two minutes)
	@$(BIN)/python -m tests.campaigns.hostile

fuzz: $(VENV)/all-extras ## fuzz the parser (FUZZ='--seconds N --seed N --folder DIR'; ten minutes)
	@$(BIN)/python -m tests.campaigns.fuzz $(FUZZ)

bench-capture: $(VENV)/installed ## measure captures beside stock Scrapy and wget (BENCH='--rounds N --pages N'; five minutes)
	@$(BIN)/python -m tests.benchmarks.capture $(BENCH)

bench-parse: $(VENV)/installed ## measure the parser beside a bare extraction (BENCH='--rounds N --times N'; two minutes)
	@$(BIN)/python -m tests.benchmarks.parse $(BENCH)

bench-ledger: $(VENV)/installed ## measure the ledger (BENCH='--only PART --rows N'; ten minutes and more)
	@$(BIN)/python -m tests.benchmarks.ledger $(BENCH)

lint: $(VENV)/installed ## check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/installed ## check types, strictly
	@$(BIN)/mypy

check: lint types test ## everything that continuous integration runs

evaluate: $(VENV)/all-extras ## measure the parser and what people would otherwise use on the corpus and on fresh pages (EVALUATE='--fresh SEED N'; two minutes)
	@$(BIN)/python -m tests.corpus.evaluate $(EVALUATE)

schema: $(VENV)/installed ## write the JSON Schema and the generated documents again
	@$(BIN)/python -m docs.generate

all-extras: $(VENV)/all-extras ## install every extra too (browser, OCR, evaluation, fuzzing)

lock: ## resolve the lock files again (needs uv)
	uv pip compile pyproject.toml --extra dev --extra attachments --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-all.lock
	uv pip compile --group replay --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-replay.lock

clean: ## remove the virtual environment and caches, never data
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(VENV)/installed: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing; on Debian or Ubuntu: $(APT_LINE)" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: Python cannot make virtual environments; on Debian or Ubuntu: $(APT_LINE)" >&2; exit 2; }
	@echo "installing the locked dependencies into $(VENV) (once, about half a minute)" >&2
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/all-extras: requirements-all.lock $(VENV)/installed
	@echo "installing every extra into $(VENV) (once, about a minute)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-all.lock
	@touch $@
