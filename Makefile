# make report · make test · make lab · make bench
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
CUSTOMERS ?= 20000
MONTHS ?= 36
SEED ?= 7
JOBS ?= 2

.PHONY: help report sample test test-all test-spark lint types lab bench schema docs snapshots messages constraints clean

help: ## show what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/saydo: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "saydo needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

data/acme/truth.json: $(wildcard src/saydo/tables/sample/*.py) | $(BIN)/saydo
	$(BIN)/saydo sample data/acme --customers $(CUSTOMERS) --months $(MONTHS) --seed $(SEED)

sample: data/acme/truth.json ## write the sample company

report: $(BIN)/saydo data/acme/truth.json ## run the study of the sample company
	$(BIN)/saydo run params/demo.yml --jobs $(JOBS)

test: $(BIN)/saydo data/acme/truth.json lint types ## all but what needs a browser or other data
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder
	# Each notebook by itself, from its own folder and an empty cache.
	SAYDO_CACHE=$$(mktemp -d) $(BIN)/python -m pytest -q --nbmake notebooks

# With more threads than cores the tests' many small matrices would wait for each other.
test test-spark test-all: export OMP_NUM_THREADS = 1

$(BIN)/spark-submit: pyproject.toml constraints.txt | $(BIN)/saydo
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[spark]'
	touch $@

test-spark: $(BIN)/spark-submit ## every KPI on Spark, to the same number as on DuckDB
	command -v java > /dev/null || { echo "Spark needs Java 17: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	$(BIN)/python -m pytest -q --all -m spark tests/spark

test-all: $(BIN)/saydo data/acme/truth.json ## what needs a browser, or the real data in ../shared
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --all -m 'browser or real'

lint: $(BIN)/saydo
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(BIN)/saydo
	$(BIN)/mypy

lab: $(BIN)/saydo data/acme/truth.json ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

bench: $(BIN)/saydo ## what the speed claims rest on
	for script in benchmarks/*.py; do $(BIN)/python "$$script"; done

schema: $(BIN)/saydo ## write params/schema.json
	$(BIN)/python -c 'from saydo.params import render_schema; print(render_schema(), end="")' > params/schema.json

docs: $(BIN)/saydo ## write the reference pages
	$(BIN)/python docs/make_docs.py

snapshots: $(BIN)/saydo ## take pictures of every kind of page, for docs/snapshots
	$(BIN)/python docs/make_snapshots.py

messages: $(BIN)/saydo ## bring the translators' catalogues up to date
	$(BIN)/python -m saydo.languages.catalogues

constraints: ## pin what a fresh installation gets
	rm -rf build/fresh
	$(PYTHON) -m venv build/fresh
	build/fresh/bin/python -m pip install --quiet ".[test,spark,dask]"
	build/fresh/bin/python -m pip freeze --exclude saydo > constraints.txt

clean: ## remove what was generated, but not .venv
	rm -rf data reports/*/ build dist .pytest_cache .mypy_cache .ruff_cache
