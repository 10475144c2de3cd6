"""The form of a chapter: what speaks against it, as a list of sentences."""

import re
from pathlib import Path

from nbformat import NotebookNode

from tools import cells, exercises, prose
from tools.chapters import code_cells, tags

TITLE = re.compile(r"^# +(.+?) *$", re.MULTILINE)
QUESTION = re.compile(r"^\*\*(.+\?)\*\* *$", re.MULTILINE)
OPENING = {
    "a title, `# …`": TITLE,
    "the question in bold on a line of its own, `**…?**`": QUESTION,
    "a line `**Runs in** …` for `make sync` to fill": prose.TIME,
}


def form(path: Path, notebook: NotebookNode) -> list[str]:
    """All complaints about a chapter's form."""
    return [
        *name_complaints(path, notebook),
        *opening_complaints(notebook),
        *cells.code_complaints(notebook),
        *prose.length_complaints(notebook),
        *prose.portability_complaints(notebook),
        *prose.number_complaints(notebook),
        *prose.article_complaints(notebook),
        *alt_text_complaints(notebook),
        *solution_complaints(notebook),
        *cells.training_complaints(notebook),
        *cells.check_complaints(notebook),
        *cells.star_complaints(notebook),
        *exercises.complaints(notebook),
    ]


def name_complaints(path: Path, notebook: NotebookNode) -> list[str]:
    found = []
    if not re.fullmatch(r"\d\d(-[a-z0-9]+)+\.ipynb", path.name):
        found.append(f"{path.name} is not named NN-name.ipynb")
    if not all("id" in cell for cell in notebook.cells):
        found.append("the cells have no ids: `make run` gives them some")
    return found


def opening_complaints(notebook: NotebookNode) -> list[str]:
    first = notebook.cells[0]
    if first.cell_type != "markdown":
        return ["the first cell must be Markdown: title, question, time"]
    return [
        f"the first cell lacks {what}"
        for what, pattern in OPENING.items()
        if not pattern.search(first.source)
    ]


def alt_text_complaints(notebook: NotebookNode) -> list[str]:
    found = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        draws = any(kind.startswith("image/") for kind in kinds)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if draws and len(alt) < prose.MIN_ALT:
            found.append(
                f"code cell {number} draws a picture: describe it in the cell's "
                f"metadata mystnb.image.alt, in {prose.MIN_ALT} characters or more"
            )
    return found


def solution_complaints(notebook: NotebookNode) -> list[str]:
    found = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        if "solution" not in tags(cell):
            continue
        if "hide-cell" not in tags(cell):
            found.append(f"code cell {number}: tag the solution `hide-cell` as well")
        if cell.execution_count is None:
            found.append(f"code cell {number}: the solution was not run")
    return found
