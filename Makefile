# make run     serve the demo (no hardware needed) and print the addresses to open; Ctrl-C stops it
# make test    set up what the tests need, and run them
# make check   lint, types, import contracts
# make wheel   build dist/*.whl
# PYTHON=python3.12 make ...  to choose another Python (3.11 or later)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
TESTS ?= tests

.PHONY: run test check format wheel clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ssplug needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	touch $@

run: $(VENV)/installed
	$(BIN)/python -m ssplug --site etc/site.demo.yaml

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: $(VENV)/installed-dev
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
