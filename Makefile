# `make` alone lists what there is. Needs Python 3.11 or newer (with venv) and make; nothing else.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser check-site soak bench lint format translations lock clean

BIN := .venv/bin
PREPARE = @python=$$(PYTHON="$(PYTHON)" scripts/find-python) && "$$python" scripts/prepare.py
# Tests and benchmarks start hundreds of programs: what Python compiles is kept, wherever that is switched off.
COMPILED = PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.venv/compiled
# What stands still is given up after ten minutes, but here a single test may work for two hours.
LONG = $(COMPILED) $(BIN)/python -m pytest -q -o faulthandler_timeout=7200
COMPILE = $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header $(ARGS)

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' Makefile | \
	while read -r make target words; do printf '  %s %-12s %s\n' "$$make" "$$target" "$$words"; done

setup: ## Make .venv and install the pinned packages (again only when they changed).
	$(PREPARE) dev

demo: ## Make a demo newsroom, press its site and serve it with the desk until Ctrl-C.
	$(PREPARE) base
	@exec $(BIN)/handpress demo $(ARGS)

test: setup ## Run the tests on SQLite, then again on PostgreSQL (ARGS="-k word" to choose).
	@$(COMPILED) ARGS='$(ARGS)' scripts/run-tests

test-browser: setup ## Go through desk and site in a real browser, as an editor and a reader would.
	@scripts/install-test-programs browser
	$(COMPILED) $(BIN)/python -m pytest -n auto --maxprocesses=2 --dist loadfile --no-loadscope-reorder \
		tests/browser $(ARGS)

check-site: ## Prove a pressed site and the desk accessible, valid and light (ARGS="--keep DIR").
	$(PREPARE) gates
	@scripts/install-test-programs site
	@$(COMPILED) PYTHONPATH=tests $(BIN)/python -m gates $(ARGS)

soak: setup ## Search long for a history after which site, mail or books are not what they should be.
	HANDPRESS_TEST_EXAMPLES=1000 $(LONG) -n auto --maxprocesses=2 \
		tests/scenarios/test_law_two.py tests/archive/test_listings.py $(ARGS)
	HANDPRESS_TEST_SCHEDULES=20000 $(LONG) -n auto --maxprocesses=2 \
		tests/donations/test_schedule_property.py tests/donations/test_schedule_property_too.py \
		tests/donations/test_schedule_mutants.py \
		tests/donations/charging/test_any_order.py $(ARGS)
	HANDPRESS_TEST_FLOOD=120000 HANDPRESS_TEST_REFERENCES=20000 $(LONG) -n auto --maxprocesses=2 \
		tests/donations/test_flood.py tests/donations/statements/test_matching.py $(ARGS)
	HANDPRESS_TEST_FAULTS=100 $(LONG) tests/faults $(ARGS)
	HANDPRESS_TEST_FAULTS=100 HANDPRESS_TEST_DATABASE=postgresql $(LONG) tests/faults $(ARGS)

bench: ## Measure Handpress against its peers (ARGS=--full: with 100,000 articles).
	$(PREPARE) bench
	@$(COMPILED) $(BIN)/python bench/run.py $(ARGS)

lint: setup ## Check style, formatting, types and the floors.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Put imports and layout in order.
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

translations: setup ## Bring the theme's catalogues up to date (ARGS=de: begin one for German).
	$(BIN)/python scripts/translations.py $(ARGS)

lock: setup ## Pin every package of requirements/*.in with its hashes (ARGS=--upgrade: the newest allowed).
	$(COMPILE) requirements/base.in requirements/build.in -o requirements/base.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/bench.in -o requirements/bench.txt
	$(COMPILE) requirements/gates.in -o requirements/gates.txt
	@PYTHONPATH=tests $(BIN)/python -m gates --lock

clean: ## Remove .venv, caches and the demo newsroom.
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache demo
	find src tests -name __pycache__ -prune -exec rm -rf {} +
