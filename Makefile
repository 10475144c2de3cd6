# Every target makes or refreshes .venv first. Works with GNU Make 3.81 and later.

.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
CHAPTERS ?=
STEPS := lint unit chapters book browser
NOW := date +%s

# What is set in the caller's shell must not change what the chapters store.
unexport MPLBACKEND PYTHONPATH

help:  ## this list
	@echo "Targets:"
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

book: .venv/stamp  ## build the book from the stored outputs and say where it is
	@start=$$($(NOW)); \
	rm -rf _build; \
	.venv/bin/jupyter-book build -q -W -n --keep-going . && \
	echo "The book, built in $$(( $$($(NOW)) - start )) s: $(CURDIR)/_build/html/index.html"

test: .venv/stamp  ## everything that must hold: lint, unit tests, chapters, book, browser
	@set -e; start=$$($(NOW)); \
	for step in $(STEPS); do \
	  before=$$($(NOW)); printf '\n==== %s\n' $$step; \
	  $(MAKE) --no-print-directory $$step; \
	  echo "---- $$step: $$(( $$($(NOW)) - before )) s"; \
	done; \
	printf '\n%s s in total\nall green\n' $$(( $$($(NOW)) - start ))

lab: .venv/stamp  ## open the chapters in JupyterLab
	$(PY) -m jupyterlab --notebook-dir=notebooks

lint: .venv/stamp  ## ruff: mistakes and format, notebooks too
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

run: .venv/stamp  ## run the changed chapters and store them; CHAPTERS="21-lenet" forces some
	@$(PY) -m tools.run $(CHAPTERS)

sync: .venv/stamp  ## copy library, minutes and titles to where they are shown again
	@$(PY) -m tools.sync

full: .venv/stamp  ## the long runs and their times: results/ (better with a GPU)
	$(PY) -m tools.full
	$(PY) -m tools.run --full $(CHAPTERS)

# The other steps of `make test`.

unit: .venv/stamp
	D2LMINI_RUN=quick MPLBACKEND=agg OMP_NUM_THREADS=1 \
	$(PY) -m pytest -q --ignore=tests/test_book.py --cov=d2lmini tests

chapters: .venv/stamp
	D2LMINI_RUN=quick TQDM_DISABLE=1 \
	$(PY) -m pytest -q --nbval --nbval-current-env notebooks

browser: .venv/stamp
	$(PY) -m pytest -q tests/test_book.py

# The stamp holds the folder's name, and is written when all is installed. If the folder
# was moved or copied, its .venv still points to the old place: it is made anew. A .venv
# without a stamp is somebody's own, or half done: it is kept and completed.
ifneq ($(shell cat .venv/stamp 2>/dev/null),$(CURDIR))
.PHONY: .venv/stamp
endif

.venv/stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not:" \
	    "name one with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing requirements.txt into .venv (several GB, some minutes) ..."
	@if [ -e .venv/stamp ] && [ "$$(cat .venv/stamp)" != "$(CURDIR)" ]; then rm -rf .venv; fi
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@echo "$(CURDIR)" > .venv/stamp

.PHONY: help book test lab lint run sync full unit chapters browser
