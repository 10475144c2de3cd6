"""The code cells of a chapter: what speaks against them, as a list of sentences."""

import ast
import re
from statistics import median

from nbformat import NotebookNode

from tools.chapters import code_cells, tags

MAX_LINES, MAX_MEDIAN = 40, 8
ASSERTION = re.compile(r"^\s*assert\b|\bassert_\w+\(", re.MULTILINE)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
EXERCISE = {"answer", "solution"}


def code_complaints(notebook: NotebookNode) -> list[str]:
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    found = [
        f"code cell {number} has {length} lines; at least 1 and at most {MAX_LINES}"
        for number, length in enumerate(lengths, start=1)
        if not 1 <= length <= MAX_LINES
    ]
    if lengths and (middle := median(lengths)) > MAX_MEDIAN:
        found.append(f"the code cells' median is {middle} lines; at most {MAX_MEDIAN}")
    return found


def star_complaints(notebook: NotebookNode) -> list[str]:
    """A learner reads `*(a, b)` as something to understand: list the items plainly."""
    return [
        f"code cell {number} has a starred tuple or list: list its items one a line"
        for number, cell in enumerate(code_cells(notebook), start=1)
        if has_starred_items(cell.source)
    ]


def has_starred_items(source: str) -> bool:
    stars = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Starred)
    ]
    return any(isinstance(star.value, ast.Tuple | ast.List) for star in stars)


def training_complaints(notebook: NotebookNode) -> list[str]:
    """What nbval does not compare must be asserted soon after."""
    found, cells = [], code_cells(notebook)
    for number, cell in enumerate(cells, start=1):
        if "nbval-ignore-output" not in tags(cell):
            continue
        if not any(_is_checked(other) for other in cells[number : number + 2]):
            found.append(
                f"code cell {number} is tagged `nbval-ignore-output`: one of the next "
                "two code cells must be without this tag and hold an `assert`"
            )
    return found


def check_complaints(notebook: NotebookNode) -> list[str]:
    """A cell that only asserts is folded, and prints what it found, in numbers."""
    found, cells = [], code_cells(notebook)
    for number, cell in enumerate(cells, start=1):
        if EXERCISE.intersection(tags(cell)):
            continue
        text = "".join(output.get("text", "") for output in cell.outputs)
        if "hide-input" in tags(cell):
            if not _asserts(cell) or not re.search(r"\d", text):
                found.append(
                    f"code cell {number} is folded by `hide-input`: it must assert, "
                    "and print with numbers what it found"
                )
        elif _only_asserts(cell, text, cells[number:]):
            found.append(
                f"code cell {number} only asserts: tag it `hide-input`, and let it "
                "print with numbers what it found"
            )
    return found


def _only_asserts(cell: NotebookNode, text: str, later: list[NotebookNode]) -> bool:
    """Whether a cell asserts, and neither shows nor makes anything else."""
    draws = any("data" in output for output in cell.outputs)
    if not _asserts(cell) or draws or len(text.splitlines()) > 1:
        return False
    made = _names(cell, ast.Store)
    for other in later:  # a name that is made anew is another one
        made_anew = _names(other, ast.Store)
        if made & _names(other, ast.Load) - made_anew:
            return False
        made -= made_anew
    return True


def _names(cell: NotebookNode, kind: type) -> set[str]:
    """The names that a cell stores (definitions too) or loads."""
    nodes = list(ast.walk(ast.parse(cell.source)))
    names = {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind)
    }
    if kind is ast.Store:
        names |= {node.name for node in nodes if isinstance(node, DEFINITIONS)}
    return names


def _is_checked(cell: NotebookNode) -> bool:
    return _asserts(cell) and "nbval-ignore-output" not in tags(cell)


def _asserts(cell: NotebookNode) -> bool:
    return bool(ASSERTION.search(cell.source))
