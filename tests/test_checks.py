"""Each rule for chapters, tried on a chapter that breaks it."""

import base64
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from tools import cells, chapters, exercises, form, outputs, prose

PATH = Path("21-lenet.ipynb")
FIRST = "# LeNet\n\n**What does it see?**\n\n**Runs in** 3 s."
ALT = {"mystnb": {"image": {"alt": "A line that rises from left to right"}}}
CHECK = {"tags": ["hide-input"]}
HOME = "/".join(["", "home", "someone", "course"])  # no machine's path in this file


def text(words):
    return new_output("stream", name="stdout", text=words)


def picture(kind="image/png", size=10):
    data = base64.b64encode(bytes(size)).decode()
    return new_output("display_data", {kind: data, "text/plain": "<Figure>"})


def chapter():
    """A small chapter without a fault, with four exercises."""
    cells = [
        new_markdown_cell(FIRST),
        new_code_cell("print(1)", outputs=[text("1\n")]),
        new_markdown_cell("Some prose."),
        new_code_cell("show()", outputs=[picture()], metadata=ALT),
        new_code_cell("fit()", metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell("assert True", metadata=CHECK, outputs=[text("0 of 9 fail\n")]),
        new_markdown_cell("## Exercises\n\n1. Find it."),
        new_code_cell("from d2lmini.checks import lenet as check"),
    ]
    for number in range(exercises.MIN_EXERCISES):
        cells += exercise(number)
    notebook = new_notebook(cells=cells)
    for count, cell in enumerate(chapters.code_cells(notebook), start=1):
        cell.execution_count = count
    return notebook


def exercise(number):
    """An exercise's cells: its text, the open answer, the solution."""
    answer = new_code_cell(
        f"n = ...\ncheck.n{number}(n)",
        metadata={"tags": ["answer"]},
        outputs=[text("not answered yet: give a number\n")],
    )
    solution = new_code_cell(
        f"# Solution\ncheck.n{number}({number})",
        metadata={"tags": ["solution", "hide-cell"], "jupyter": outputs.FOLDED},
        outputs=[text("right: on 20 numbers\n")],
    )
    return [new_markdown_cell(f"### Number {number}"), answer, solution]


ANSWER, SOLUTION = 9, 10  # the cells of the first exercise


def test_a_chapter_without_a_fault():
    assert form.form(PATH, chapter()) == []
    assert outputs.unclean(chapter()) == []


PROSE = {
    "91 words": ("word " * 91, "91 words of prose after code cell 1; at most 90"),
    "words of links": ("[a b](x) " * 46, "92 words of prose"),
    "bullets": ("- " + "word " * 91, "91 words of prose"),
    "tasks elsewhere": ("1. " + "word " * 91, "92 words of prose"),
    "directive": ("```{note}\nx\n```", "directive"),
    "colons": (":::{note}\nx\n:::", "directive"),
    "role": ("See {ref}`x`.", "role"),
    "html": ("<div>x</div>", "HTML, '<div>'"),
    "line break": ("x<br/>y", "HTML"),
    "no alt text": ("![](figures/x.png)", "describe the picture"),
    "percent": ("It reaches 90.5 % here.", "types the number '90.5 %'"),
    "percent, whole": ("It reaches 90% here.", "types the number '90%'"),
    "fraction": ("It reaches 0.905 here.", "types the number '0.905'"),
    "an article": ("[Article 1](x) says so.", "speaks of an article"),
    "articles": ("## In the articles\n\nSome prose.", "speaks of an article"),
}


@pytest.mark.parametrize("source, complaint", PROSE.values(), ids=PROSE)
def test_broken_prose(source, complaint):
    notebook = chapter()
    notebook.cells[2].source = source
    found = form.form(PATH, notebook)
    assert len(found) == 1
    assert complaint in found[0]


GOOD_PROSE = {
    "90 words": "word " * 90,
    "table": "| a |\n| --- |\n" + "| word word |\n" * 50,
    "formula": "$" + "a " * 100 + "$ and $$\n" + "b\n" * 100 + "$$",
    "fence": "```python\n" + "word {note} <div> 0.905\n" * 50 + "```",
    "tasks": "## Exercises\n\n1. " + "word " * 99 + "\n\n   " + "word " * 99 + "\n2. x",
    "code": "`make_loader(shuffle=0.125)` and `<div>`",
    "link": "See [LeNet, 1998](https://arxiv.org/abs/1512.03385).",
    "a mistake": "### Find the mistake\n\nAn article says so.",
    "particles": "Particles.",
    "bare link": "See <https://arxiv.org/abs/1512.03385>.",
    "less than": "$a<b>c$, and 3 < 4 > 2, and x<y",
    "version": "`torch 2.15.0`, 5 epochs, 0.9",
}


@pytest.mark.parametrize("source", GOOD_PROSE.values(), ids=GOOD_PROSE)
def test_good_prose(source):
    notebook = chapter()
    notebook.cells[2].source = source
    assert form.form(PATH, notebook) == []


def test_a_fact_of_a_paper_may_be_typed():
    notebook = chapter()
    notebook.cells[2].source = "The paper reports 0.95 % errors."
    assert prose.number_complaints(notebook)
    notebook.cells[2].metadata["d2lmini"] = {"fact": True}
    assert prose.number_complaints(notebook) == []


def break_cell(number, **changes):
    return lambda notebook: notebook.cells[number].update(changes)


def tag(number, *tags):
    return lambda notebook: notebook.cells[number].metadata.update(tags=list(tags))


FORM = {
    "no title": (break_cell(0, source=FIRST[2:]), "lacks a title"),
    "no question": (break_cell(0, source="# A\n\n**Runs in** x"), "lacks the question"),
    "no time": (break_cell(0, source="# A\n\n**Why?**"), "lacks a line `**Runs in**"),
    "code first": (lambda notebook: notebook.cells.pop(0), "must be Markdown"),
    "41 lines": (break_cell(1, source="1\n" * 41), "has 41 lines"),
    "empty cell": (break_cell(1, source=""), "has 0 lines"),
    "no id": (lambda notebook: notebook.cells[2].pop("id"), "have no ids"),
    "no alt": (break_cell(3, metadata={}), "describe it in the cell's metadata"),
    "not hidden": (tag(SOLUTION, "solution"), "tag the solution `hide-cell`"),
    "not run": (break_cell(SOLUTION, execution_count=None), "solution was not run"),
    "no checks": (break_cell(7, source="1"), "nowhere stands `from d2lmini.checks"),
    "no answer cell": (
        tag(ANSWER, "hide-cell"),
        "exercise 'Number 0': it needs a cell",
    ),
    "no solution": (tag(SOLUTION, "hide-cell"), "exercise 'Number 0': it needs a cell"),
    "no check": (
        break_cell(ANSWER, source="n = ..."),
        "the answer cell calls no check",
    ),
    "another check": (
        break_cell(SOLUTION, source="# Solution\ncheck.n1(1)"),
        "exercise 'Number 0': the solution does not call check.n0",
    ),
    "answered": (
        break_cell(ANSWER, outputs=[text("right: on 20 numbers\n")]),
        "the answer cell must be left open",
    ),
    "silent": (break_cell(ANSWER, outputs=[]), "the answer cell must be left open"),
    "wrong": (
        break_cell(SOLUTION, outputs=[text("right: a\nnot yet: b\n")]),
        "a check does not call the solution right",
    ),
    "nothing right": (
        break_cell(SOLUTION, outputs=[text("1\n")]),
        "a check does not call the solution right",
    ),
    "answer shown in the fold": (
        break_cell(SOLUTION, source="check.n0(0)"),
        "a solution begins with `# Solution`",
    ),
    "solution first": (
        lambda notebook: notebook.cells.insert(9, notebook.cells.pop(10)),
        "the answer cell must stand above the solution",
    ),
    "three exercises": (
        break_cell(8, source="Number 0"),
        "3 exercises, `### …`; at least 4",
    ),
    "not asserted": (break_cell(5, source="2"), "hold an `assert`"),
    "assert in a string": (break_cell(5, source="'assert'"), "hold an `assert`"),
    "open check": (tag(5), "code cell 4 only asserts: tag it `hide-input`"),
    "a check with a name of its own": (
        break_cell(5, source="gap = 0\nassert gap == 0", metadata={}),
        "code cell 4 only asserts",
    ),
    "starred tuple": (break_cell(1, source="f(*(1, 2))"), "has a starred tuple"),
    "starred list": (break_cell(1, source="[*[1, 2], 3]"), "has a starred tuple"),
    "fold without assert": (tag(1, "hide-input"), "code cell 1 is folded by"),
    "a verdict without a number": (
        break_cell(5, outputs=[text("all right\n")]),
        "print with numbers what it found",
    ),
    "assert ignored": (tag(5, "nbval-ignore-output"), "hold an `assert`"),
}


@pytest.mark.parametrize("break_it, complaint", FORM.values(), ids=FORM)
def test_broken_form(break_it, complaint):
    notebook = chapter()
    break_it(notebook)
    assert complaint in "\n".join(form.form(PATH, notebook))


MORE_THAN_CHECKS = {
    "a table": {"outputs": [text("1\n2\n")]},
    "a figure": {"outputs": [picture()], "metadata": ALT},
    "a name used later": {"source": "n = 1\nassert n"},
    "a function used later": {"source": "def exercises():\n    assert n"},
    "an answer": {"metadata": {"tags": ["answer"]}},
}


@pytest.mark.parametrize("changes", MORE_THAN_CHECKS.values(), ids=MORE_THAN_CHECKS)
def test_more_than_a_check_stays_open(changes):
    notebook = chapter()
    notebook.cells[5].update({"metadata": {}, **changes})
    notebook.cells[7].source += "\nprint(n, exercises)"
    assert cells.check_complaints(notebook) == []


def test_an_assert_three_cells_later_is_too_late():
    notebook = chapter()
    notebook.cells[5:5] = [new_code_cell("1"), new_code_cell("1")]
    assert cells.training_complaints(notebook)


def test_a_median_of_nine_lines_is_too_long():
    notebook = chapter()
    for cell in chapters.code_cells(notebook):
        cell.source = "1\n" * 9
    assert "median is 9" in "\n".join(cells.code_complaints(notebook))


@pytest.mark.parametrize("name", ["lenet.ipynb", "21_lenet.ipynb", "21-LeNet.ipynb"])
def test_a_wrong_name(name):
    assert "is not named NN-name.ipynb" in form.form(Path(name), chapter())[0]


OUTPUTS = {
    "error": (new_output("error", ename="KeyError", evalue="7"), "KeyError: 7"),
    "stderr": (new_output("stream", name="stderr", text="oh"), "to stderr: oh"),
    "address": (text("<object at 0x7f00aa00aa00>"), "a memory address"),
    "bar": (text("50%|##   | 5/10"), "a progress bar"),
    "rate": (text("10 in 3.1it/s"), "a progress bar"),
    "return": (text("1\r2"), "a progress bar"),
    "escape": (text("\x1b[31mred"), "an ANSI escape"),
    "warning": (text("x: UserWarning: old"), "a warning"),
    "path": (text(f"read {HOME}/x.png"), "a path of this machine"),
    "this folder": (text(f"read {chapters.ROOT}/x"), "a path of this machine"),
    "path in html": (
        new_output("execute_result", {"text/html": f"<b>{HOME}</b>"}),
        "a path of this machine",
    ),
    "svg": (picture("image/svg+xml"), "stored image/svg+xml"),
    "widget": (
        new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}}),
        "widgets are not stored",
    ),
    "large": (picture(size=150_001), "a PNG of 150,001 bytes"),
}


@pytest.mark.parametrize("output, complaint", OUTPUTS.values(), ids=OUTPUTS)
def test_unclean_output(output, complaint):
    notebook = chapter()
    notebook.cells[1].outputs = [output]
    found = outputs.unclean(notebook)
    assert len(found) == 1
    assert found[0].startswith("code cell 1: ")
    assert complaint in found[0]


def test_a_notebook_that_is_too_large():
    notebook = chapter()
    notebook.cells[1].outputs = [picture(size=149_000) for _ in range(8)]
    assert "bytes of notebook" in outputs.unclean(notebook)[0]


@pytest.mark.parametrize("words", ["lr 0x10", "a/home/b", "60000 images/s", "~/tmp/x"])
def test_clean_output(words):
    notebook = chapter()
    notebook.cells[1].outputs = [text(words)]
    assert outputs.unclean(notebook) == []


def test_tidy_keeps_the_content_only():
    notebook = chapter()
    notebook.metadata.update(widgets={"a": 1}, language_info={"version": "3.11"})
    notebook.cells[1].metadata.update(execution={"started": "now"}, tags=[])
    notebook.cells[1].outputs = [text("a"), text("b"), picture(), text("c")]
    notebook.cells[2].metadata["collapsed"] = True
    outputs.tidy(notebook)
    assert notebook.metadata == {
        "kernelspec": outputs.KERNEL,
        "language_info": {"name": "python"},
    }
    assert notebook.cells[1].metadata == {}
    assert notebook.cells[2].metadata == {}
    assert notebook.cells[3].metadata == ALT
    texts = [output.get("text") for output in notebook.cells[1].outputs]
    assert texts == ["ab", None, "c"]


def test_needs_run():
    notebook = chapter()
    assert chapters.needs_run(notebook)
    notebook.metadata["d2lmini"] = {"ran": chapters.code_hash(notebook)}
    assert chapters.needs_run(notebook)  # nothing is known of its outputs
    notebook.metadata["d2lmini"] = chapters.sums(notebook)
    assert not chapters.needs_run(notebook)
    notebook.cells[2].source = "Prose is not code."
    assert not chapters.needs_run(notebook)
    notebook.cells[1].execution_count = 9
    assert chapters.needs_run(notebook)
    notebook.cells[1].execution_count = 1
    notebook.cells[1].source += "  # a comment is part of the text"
    assert chapters.needs_run(notebook)


def png(name, content):
    return lambda notebook: notebook.cells[3].outputs[0].data.update({name: content})


TAMPERED = {
    "blank": png("image/png", base64.b64encode(bytes(9)).decode()),
    "truncated": png("image/png", base64.b64encode(bytes(10)).decode()[:-4]),
    "gone": lambda notebook: notebook.cells[3].update(outputs=[]),
    "a digit": lambda notebook: notebook.cells[1].update(outputs=[text("2\n")]),
    "ignored": lambda notebook: notebook.cells[4].update(outputs=[text("0.91\n")]),
    "swapped": lambda notebook: (
        notebook.cells[1].update(outputs=notebook.cells[3].outputs),
        notebook.cells[3].update(outputs=[text("1\n")]),
    ),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_an_output_that_was_edited_is_noticed(tamper):
    notebook = chapter()
    notebook.metadata["d2lmini"] = chapters.sums(notebook)
    assert not chapters.needs_run(notebook)
    tamper(notebook)
    assert chapters.needs_run(notebook)


def test_the_sums_are_those_of_the_file_that_is_stored():
    notebook = chapter()
    stored = nbformat.reads(chapters.text_of(notebook), as_version=4)
    assert chapters.sums(stored) == chapters.sums(notebook)


def test_tidy_folds_the_solutions_again():
    notebook = chapter()
    notebook.cells[SOLUTION].metadata["jupyter"] = {"outputs_hidden": False}
    notebook.cells[ANSWER].metadata["jupyter"] = {"source_hidden": True}
    outputs.tidy(notebook)
    assert notebook.cells[SOLUTION].metadata["jupyter"] == {
        "source_hidden": True,
        "outputs_hidden": True,
    }
    assert "jupyter" not in notebook.cells[ANSWER].metadata
