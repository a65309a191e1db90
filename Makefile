# Troubadour: `make run` opens the studio, `make test` passes all tests; neither needs another step.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup models run test lint bench gallery shots clean

help:
	@echo "make run     install what the studio needs and open it at http://127.0.0.1:7860"
	@echo "make test    install everything and pass all tests"
	@echo "make lint    ruff, mypy, import-linter, the ceilings of the house"
	@echo "make bench   the measures of docs/performance.md"
	@echo "make gallery the contact sheets of docs/gallery"
	@echo "make models  add torch, diffusers, transformers and audiocraft"

setup: $(VENV)/.core

$(VENV)/.core: requirements-core.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-core.txt
	touch $@

$(VENV)/.dev: $(VENV)/.core requirements.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps tinysoundfont==0.3.7 audiocraft==1.3.0
	touch $@

models: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps audiocraft==1.3.0

run: setup
	$(BIN)/python app.py

test: $(VENV)/.dev
	./.ci/chromium
	$(BIN)/python -m pytest -n auto --maxprocesses 3 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_house.py

bench: $(VENV)/.dev
	$(BIN)/python -m bench

gallery: $(VENV)/.dev
	$(BIN)/python -m bench.sheets
	$(BIN)/python -m bench.sheets --everyday --size 200
	$(BIN)/python -m bench.song
	$(BIN)/python -m bench.nouns
	$(BIN)/python -m bench.meshes
	$(BIN)/python -m bench.music
	$(BIN)/python -m bench.film

shots: $(VENV)/.dev
	./.ci/chromium
	$(BIN)/python -m bench.shots

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
