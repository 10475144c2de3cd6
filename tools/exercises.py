"""The exercises of a chapter: what speaks against them, as a list of sentences.

An exercise begins with a heading `### …` below `## Exercises`. It has a cell tagged
`answer` that calls its checks, and below it cells tagged `solution` that call the same.
"""

import re

from nbformat import NotebookNode

from tools.chapters import code_cells, tags

MIN_EXERCISES = 4
CALL = re.compile(r"\bcheck\.(\w+)\(")
IMPORT = re.compile(r"^from d2lmini\.checks import (\w+) as check$", re.MULTILINE)


def complaints(notebook: NotebookNode) -> list[str]:
    found = []
    if checks_module(notebook) is None:
        found.append("nowhere stands `from d2lmini.checks import … as check`")
    exercises = by_title(notebook)
    if len(exercises) < MIN_EXERCISES:
        found.append(f"{len(exercises)} exercises, `### …`; at least {MIN_EXERCISES}")
    for title, cells in exercises.items():
        found += [f"exercise {title!r}: {problem}" for problem in problems(cells)]
    return found


def checks_module(notebook: NotebookNode) -> str | None:
    """The module of `d2lmini.checks` that a chapter imports."""
    sources = "\n".join(cell.source for cell in code_cells(notebook))
    match = IMPORT.search(sources)
    return match[1] if match else None


def by_title(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    """The code cells of each exercise, by its title."""
    found, title, inside = {}, None, False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if title:
                found[title].append(cell)
            continue
        for line in cell.source.splitlines():
            if line.startswith("## "):
                inside, title = line.startswith("## Exercises"), None
            elif inside and line.startswith("### "):
                title = line.removeprefix("### ")
                found[title] = []
    return found


def problems(cells: list[NotebookNode]) -> list[str]:
    """What is wrong with the cells of one exercise."""
    found, kinds = [], [kind for cell in cells for kind in tags(cell)]
    answers = [cell for cell in cells if "answer" in tags(cell)]
    solutions = [cell for cell in cells if "solution" in tags(cell)]
    if not answers or not solutions:
        return ["it needs a cell tagged `answer` and below it one tagged `solution`"]
    if kinds.index("solution") < kinds.index("answer"):
        found.append("the answer cell must stand above the solution")
    asked, solved = called(answers), called(solutions)
    if not all(cell.source.startswith("# Solution\n") for cell in solutions):
        found.append("a solution begins with `# Solution`, the line that a fold shows")
    if not asked:
        found.append("the answer cell calls no check")
    found += [f"the solution does not call check.{name}" for name in asked - solved]
    lines = printed(answers)
    if not lines or any(not line.startswith("not answered yet: ") for line in lines):
        found.append("the answer cell must be left open: `not answered yet: …`")
    lines = printed(solutions)
    right = sum(line.startswith("right: ") for line in lines)
    if right < len(asked) or any(line.startswith("not ") for line in lines):
        found.append("a check does not call the solution right")
    return found


def called(cells: list[NotebookNode]) -> set[str]:
    return {name for cell in cells for name in CALL.findall(cell.source)}


def printed(cells: list[NotebookNode]) -> list[str]:
    texts = [output.get("text", "") for cell in cells for output in cell.outputs]
    return [line for text in texts for line in text.splitlines()]
