PYTHON ?= python3
BIN := .venv/bin
SPARK := .venv-spark
FUZZ := .venv/fuzz
SECONDS ?= 60
READERS ?=
export IPYTHONDIR := $(CURDIR)/.venv/ipython
export MPLCONFIGDIR := $(CURDIR)/.venv/matplotlib
.PHONY: demo test test-spark fuzz check lock schema extremes
demo: .venv/ready
	$(BIN)/balint demo
test: .venv/ready
	$(BIN)/python -m pytest -n auto --dist loadfile
check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
test-spark: $(SPARK)/ready
	$(SPARK)/bin/python -m pytest -W 'ignore:PySpark does not yet fully support pandas' -W 'ignore:The copy keyword is deprecated' tests/test_score.py
fuzz: $(FUZZ)/ready
	$(FUZZ)/bin/python tests/bad_input/fuzz_readers.py $(READERS) --seconds $(SECONDS) --keep .hypothesis/fuzz
lock:
	@command -v uv > /dev/null || { echo "uv is needed to renew the lock: pip install uv"; exit 1; }
	uv pip compile pyproject.toml --all-extras --group test --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
extremes: .venv/ready
	$(BIN)/python tests/extremes.py
schema: .venv/ready
	$(BIN)/python -c 'import json; from balint_research.scoring.keyfile import schema; print(json.dumps(schema(), indent=2))' > instruments/schema.json.new
	mv instruments/schema.json.new instruments/schema.json
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv). Another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the locked packages: about a minute, 1.6 GB"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@
# PySpark (0.5 GB, needs Java 17) is not in the lock: it goes into an environment of its own that
# sees the locked packages, so that .venv stays what the lock says.
$(SPARK)/ready: .venv/ready
	@command -v java > /dev/null || { echo "PySpark needs Java 17 or newer (Debian: apt-get install default-jre-headless)"; exit 1; }
	$(BIN)/python -m venv --clear $(SPARK)
	$(SPARK)/bin/python -c 'import site, sys; open(site.getsitepackages()[0] + "/locked.pth", "w").write("import site; site.addsitedir(" + repr(sys.argv[1]) + ")\n")' "$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')"
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check pyspark==4.3.0
	touch $@
# atheris (35 MB, for Linux and macOS) is not in the lock either; its environment goes when .venv does.
$(FUZZ)/ready: .venv/ready
	$(BIN)/python -m venv --clear $(FUZZ)
	$(FUZZ)/bin/python -c 'import site, sys; open(site.getsitepackages()[0] + "/locked.pth", "w").write("import site; site.addsitedir(" + repr(sys.argv[1]) + ")\n")' "$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')"
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	touch $@
