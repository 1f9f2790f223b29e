# Every way to run, test and check Mycenas. `make` alone lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
WITH_SERVERS := exec $(PY) -m mycenas.embedded exec --with-parent -- $(PY)
PYTEST_ARGS ?=
# What the siege's dice begin with (any word), and how long it attacks.
SEED ?=
MINUTES ?= 3
# Twice the cores of a small machine: much of a test is waiting for a server.
WORKERS ?= 4
SPREAD = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# What waits for other things than processors runs two at a time.
TOGETHER = $(MAKE) --jobs 2 --output-sync=target
# Where this is set, every process compiles the site and all tests anew.
unexport PYTHONDONTWRITEBYTECODE

LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help setup lock run test trials soak examples check lint types imports migrations corpus siege format bench states docs clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "make %-12s %s\n", $$1, $$2 }'

$(VENV)/run.stamp: requirements.txt
	@$(PYTHON) -I mycenas/embedded/venv.py $(VENV) requirements.txt && touch $@

$(VENV)/dev.stamp: requirements-dev.txt
	@$(PYTHON) -I mycenas/embedded/venv.py $(VENV) requirements-dev.txt && touch $(VENV)/run.stamp $@

setup: $(VENV)/dev.stamp ## virtual environment with everything for working on Mycenas

lock: ## write requirements*.txt from requirements*.in; UPGRADE=1 takes the newest of what they leave open
	@test -x $(VENV)/bin/uv || $(MAKE) setup
	@$(LOCK) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(LOCK) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt

run: $(VENV)/run.stamp ## the whole site from nothing; PORT=, DATA_DIR= and DEMO_PASSWORD= change the defaults
	@exec $(PY) -m mycenas.embedded run --with-parent

test: $(VENV)/dev.stamp ## all tests but trials, on servers of their own; PYTEST_ARGS= narrows them down
	@exec $(PY) -m pytest $(SPREAD) $(PYTEST_ARGS)

trials: $(VENV)/dev.stamp ## do harm to whole sites: kill their programs, take away their storage, cut their lines
	@exec $(PY) -m pytest $(SPREAD) -m trial $(PYTEST_ARGS)

soak: trials examples corpus siege ## the full sizes: all trials, 20,000 odd requests and twenty minutes of siege
soak: MINUTES = 20

examples: $(VENV)/dev.stamp ## property tests with thousands of examples that no run had before
	@exec $(PY) -m pytest $(SPREAD) -m "hypothesis and not trial" --hypothesis-profile soak

# Two thirds of a siege is waiting: types and corpus take their turns beside it.
# Tests and trials as one run: while trials wait for servers, tests use the processors.
check: ## everything that has to be right before a change lands
	@$(TOGETHER) lint imports migrations
	@$(TOGETHER) siege types corpus
	@$(MAKE) test PYTEST_ARGS='-m "not soak"'

corpus: $(VENV)/dev.stamp ## send over a thousand odd and broken pictures of others through phase two
	@exec $(PY) -m pytest tests/corpus

siege: $(VENV)/dev.stamp ## attack the whole site for minutes, then prove that nothing is lost; SEED=, MINUTES=
	@exec $(PY) -m tests.siege --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

lint: $(VENV)/dev.stamp ## style of Python and templates
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m djlint --check --lint templates

types: $(VENV)/dev.stamp ## types
	@$(PY) -m mypy .

imports: $(VENV)/dev.stamp ## imports run one way
	@$(PY) -c 'from importlinter.cli import lint_imports_command as main; main()'

migrations: $(VENV)/dev.stamp ## no model change lacks its migration
	@$(WITH_SERVERS) manage.py makemigrations --check --dry-run

format: $(VENV)/dev.stamp ## rewrite files the way `lint` wants them
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format . && $(PY) -m djlint --reformat templates

bench: $(VENV)/dev.stamp ## measure; ratios on the terminal and as JSON; BENCH= names some
	@$(WITH_SERVERS) -m benchmarks $(BENCH)

states: $(VENV)/dev.stamp ## after changing a state, model or guard: migrations, docs/states.md, guards.json
	@$(WITH_SERVERS) manage.py states --write

docs: $(VENV)/dev.stamp ## the documentation tells the truth
	@exec $(PY) -m pytest tests/test_docs.py

clean: ## remove the environment and caches; the data in var/ stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
