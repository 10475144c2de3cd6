# Every target makes or refreshes .venv first. Works with GNU Make 3.81 and later.

.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
PYTEST := $(PY) -m pytest -q -o cache_dir=.venv/cache/pytest
CHAPTERS ?=
STEPS := lint unit chapters book pages
BROWSER_TESTS := tests/test_book.py tests/test_lab.py
WORKFLOWS := .github/workflows/*.yml
NOW := date +%s

# One reads or writes _build at a time, and one installs.
ALONE := tools/alone.py

# Two at a time, and one thread each: more threads wait for each other on a busy machine.
TWO := --numprocesses logical --maxprocesses 2 --durations 5
QUICK := D2LMINI_RUN=quick OMP_NUM_THREADS=1

# What is set in the caller's shell must not change what the chapters store.
unexport MPLBACKEND PYTHONPATH

# The home may be unwritable, and what somebody keeps there must not matter.
export MPLCONFIGDIR := $(CURDIR)/.venv/cache/matplotlib
export IPYTHONDIR := $(CURDIR)/.venv/cache/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/cache/jupyter
export JUPYTER_DATA_DIR := $(JUPYTER_CONFIG_DIR)/data
export JUPYTER_RUNTIME_DIR := $(JUPYTER_CONFIG_DIR)/runtime

help:  ## this list
	@echo "Targets:"
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

book: .venv/stamp  ## build the book from the stored outputs and say where it is
	@start=$$($(NOW)); \
	$(PY) $(ALONE) $(MAKE) --no-print-directory html && \
	printf 'The book, built in %s s: %s/_build/html/index.html\n' \
	  $$(( $$($(NOW)) - start )) "$$PWD"

# tests/browser.py ends with 3 where there is no browser and none can be had.
test: .venv/stamp  ## everything that must hold: lint, unit tests, chapters, book, browser
	@set -e; start=$$($(NOW)); steps="$(STEPS) browser"; missing=; \
	chromium=$$($(PY) tests/browser.py) || { \
	  test $$? = 3; missing=$$chromium; steps="$(STEPS)"; \
	  test -z "$$CI" || { echo "$$missing" >&2; exit 1; }; }; \
	for step in $$steps; do \
	  before=$$($(NOW)); printf '\n==== %s\n' $$step; \
	  $(MAKE) --no-print-directory $$step; \
	  echo "---- $$step: $$(( $$($(NOW)) - before )) s"; \
	done; \
	printf '\n%s s in total\n' $$(( $$($(NOW)) - start )); \
	test -z "$$missing" || printf 'not run: the step browser; %s\n' "$$missing"; \
	echo "all green$${missing:+, but for what did not run}"

lab: .venv/stamp  ## open the chapters in JupyterLab
	$(PY) -m jupyterlab --notebook-dir=notebooks

lint: .venv/stamp  ## ruff: mistakes and format, notebooks too; the form of the workflows
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(PY) -m check_jsonschema --builtin-schema custom.github-workflows-require-timeout \
	  $(WORKFLOWS)

run: .venv/stamp  ## run the changed chapters and store them; CHAPTERS="21-lenet" forces some
	@$(PY) -m tools.run $(CHAPTERS)

sync: .venv/stamp  ## copy library, minutes and titles to where they are shown again
	@$(PY) -m tools.sync

full: .venv/stamp  ## the long runs and their times: results/ (better with a GPU)
	$(PY) -m tools.full
	$(PY) -m tools.run --full $(CHAPTERS)

# The other steps of `make test`.

unit: .venv/stamp
	$(QUICK) MPLBACKEND=agg $(PYTEST) --cov=d2lmini \
	  --ignore=tests/test_pages.py $(BROWSER_TESTS:%=--ignore=%) tests

chapters: .venv/stamp
	$(QUICK) TQDM_DISABLE=1 $(PYTEST) $(TWO) --dist loadfile \
	  --nbval --nbval-current-env notebooks

pages: .venv/stamp
	$(PY) $(ALONE) $(PYTEST) tests/test_pages.py

browser: .venv/stamp
	@chromium=$$($(PY) tests/browser.py) || { echo "$$chromium" >&2; exit 1; }; \
	D2LMINI_CHROMIUM=$$chromium $(QUICK) \
	$(PY) $(ALONE) $(PYTEST) $(TWO) $(BROWSER_TESTS)

html:
	@test ! -d _build || find _build -mindepth 1 -delete
	@$(PY) .venv/bin/jupyter-book build -q -W -n --keep-going .

# The stamp holds the folder's name, and is written when all is installed. A .venv that is
# there is kept and completed: in a moved folder, after a change of requirements.txt, or if
# somebody made it by hand. What is installed already needs no network. Its programs are
# run by its Python, because their first line names the folder in which they were installed.
ifneq ($(shell test "$$(cat .venv/stamp 2>/dev/null)" = "$$(pwd -P)" && echo here),here)
.PHONY: .venv/stamp
endif

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
NEWS := @jupyterlab/apputils-extension:announcements
PIP := $(PY) -m pip install --disable-pip-version-check --quiet

.venv/stamp: requirements.txt pyproject.toml
	@test -e .venv/bin || $(PYTHON) $(NEW_ENOUGH) || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not:" \
	    "name one with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) $(ALONE) $(MAKE) --no-print-directory venv

venv:
	@echo "Installing requirements.txt into .venv (several GB, some minutes) ..."
	@test -e .venv/bin || $(PYTHON) -m venv .venv
	@$(PY) $(NEW_ENOUGH) || { \
	  echo "$(PY) does not start, or is older than Python 3.11:" \
	    "move .venv away, and run make again" >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
	@# First what builds the last line of requirements.txt, which is this folder.
	@{ $(PIP) $$(grep -E '^(setuptools|wheel)==' requirements.txt) && \
	  $(PIP) --no-build-isolation -r requirements.txt; } || { \
	  echo "pip failed, and .venv holds what it held before. Run make again when a network" \
	    "reaches the Python package index, or undo the change of requirements.txt" >&2; exit 1; }
	@# JupyterLab asks each new reader whether it may fetch its makers' news: it must not.
	@$(PY) -m jupyterlab.labextensions disable --level=sys_prefix $(NEWS) >/dev/null 2>&1
	@pwd -P > .venv/stamp

.PHONY: help book test lab lint run sync full unit chapters pages browser html venv
