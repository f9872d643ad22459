# Verbs of the repository; each does its own set-up in .venv.
.PHONY: demo test lint format bench clean
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

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml .ci/venv
	@sh .ci/venv $(VENV)
	@touch $@
