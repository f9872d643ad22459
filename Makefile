# Verbs of the repository; each does its own set-up in .venv.
.PHONY: demo test lint format bench crash clean
.DEFAULT_GOAL := test

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

demo: $(READY)  ## watch the main job on a local backend
	@$(BIN)/reconciler demo

test: lint  ## everything that must hold
	$(BIN)/pytest -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## the only verb that writes to the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## ratios to the floors of this machine, measured in the same run
	$(BIN)/python -m bench $(BENCH)

crash: $(READY)  ## replicas and runs killed at random, many more than in the tests
	RECONCILER_CRASH_FULL=1 RECONCILER_CRASH_RUNS=100 $(BIN)/pytest -n auto -s tests/crash

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml .ci/venv
	@sh .ci/venv $(VENV)
	@touch $@
