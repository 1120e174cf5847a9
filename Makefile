# One command for each habit. Everything runs in .venv, which `setup` makes from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test test-all lint format bench docs pictures clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "contacthub needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[plots]" --group dev
	touch $@

demo: setup  ## the main job on the sample data
	$(BIN)/contacthub demo

test: setup  ## everything that is quick
	$(BIN)/pytest -n 2 -m "not slow and not browser"

test-all: setup  ## the slow ones too: crash, fuzz, browser
	$(BIN)/pytest -n 2 -m "slow or browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## ratios against named peers, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

docs: setup  ## docs/ as HTML in build/docs
	$(BIN)/python docs/build.py

pictures: setup  ## the README's pictures, from the running programs
	$(BIN)/python docs/pictures.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
