"""Chapters and library say the same; chapters keep their form; outputs are clean.

The rules live in tools/ as functions that return complaints. Here they meet the real
chapters; tests/test_checks.py tries each of them on something broken.
"""

import pytest
from test_answers import CHECKS

from d2lmini.models import MODELS
from tools import cells, chapters, drift, exercises, form, outputs, sync

CHAPTERS = chapters.chapter_paths()
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def no(complaints):
    """Fail with all complaints, one a line."""
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


@each_chapter
def test_saved_cells_equal_the_library(path):
    no(drift.drift(chapters.read(path), chapters.ROOT))


def test_every_public_definition_is_in_a_chapter():
    no(drift.not_shown([chapters.read(path) for path in CHAPTERS], chapters.ROOT))


def test_every_network_is_in_models():
    no(drift.not_registered(MODELS, chapters.ROOT))


@each_chapter
def test_ran_from_top_to_bottom_as_it_stands(path):
    if chapters.needs_run(chapters.read(path)):
        no([f"{path.name}: code or outputs changed since they were stored: `make run`"])


@each_chapter
def test_outputs_are_clean(path):
    no(outputs.unclean(chapters.read(path)))


@each_chapter
def test_nothing_but_content_is_stored(path):
    notebook = chapters.read(path)
    outputs.tidy(notebook)
    if chapters.text_of(notebook) != path.read_text(encoding="utf-8"):
        no([f"{path.name} holds what an editor left in it: `make run` removes it"])


@each_chapter
def test_form(path):
    no(form.form(path, chapters.read(path)))


def test_tables_and_times_are_up_to_date():
    stale = sync.out_of_date(chapters.ROOT)
    no([f"{path.name} is out of date: `make sync`" for path in stale])


def test_every_check_belongs_to_an_exercise():
    """The chapters call the checks that there are, all of them and no others."""
    used = set()
    for path in chapters.chapter_paths():
        notebook = chapters.read(path)
        module = exercises.checks_module(notebook)
        used |= {(module, name) for name in exercises.called(notebook.cells)}
    assert used == set(CHECKS)


LIBRARY = sorted((chapters.ROOT / "d2lmini").rglob("*.py"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_the_library_needs_no_star_to_list_things(path):
    assert not cells.has_starred_items(path.read_text(encoding="utf-8"))
