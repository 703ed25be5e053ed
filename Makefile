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
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ssplug needs Python 3.11 or later")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python makes no environments: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint,s3,opencv,onnx,mqtt,onvif]'
	touch $@

# Two clients that people use, as they are published; they ask for a newer Python than they need.
# And an S3 server that checks signatures, which needs half of what the package index has, and an ONVIF camera.
$(VENV)-clients/installed: Makefile
	$(PYTHON) -m venv $(VENV)-clients
	$(VENV)-clients/bin/python -m pip install --quiet --disable-pip-version-check --ignore-requires-python \
		aiosecspy==0.2.1 pysecspy==1.3.5
	$(VENV)-clients/bin/python -m pip install --quiet --disable-pip-version-check \
		'moto[server,s3]==5.2.5' ipycam==1.3.0
	touch $@

run: $(VENV)/installed
	$(BIN)/python -m ssplug --site etc/site.demo.yaml

test: $(VENV)/installed-dev $(VENV)-clients/installed
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
	rm -rf $(VENV) $(VENV)-clients dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
