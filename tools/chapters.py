"""Read and write chapters: what the other tools and the tests have in common.

A chapter is `notebooks/NN-name.ipynb`. A saved cell is a code cell whose first line is
`# saved in d2lmini.x.y`: it shows definitions of the library, letter by letter.
"""

import ast
import hashlib
import json
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
MARK = re.compile(r"# saved in (d2lmini(?:\.[a-z_]\w*)+)")
LOOKS_LIKE_MARK = re.compile(r"^\s*#+\s*saved\s+in\b", re.IGNORECASE | re.MULTILINE)


class Definition(NamedTuple):
    """A top-level definition: lines `start` to `end` (exclusive, from 0)."""

    text: str
    start: int
    end: int


def chapter_paths(root: Path = ROOT) -> list[Path]:
    """The chapters in reading order."""
    return sorted((root / "notebooks").glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """A notebook, with every source and text output as one string."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def text_of(notebook: NotebookNode) -> str:
    """The notebook as it stands in a file; JupyterLab writes the same."""
    return nbformat.writes(notebook) + "\n"


def write_text(path: Path, text: str) -> bool:
    """Write a file if that changes it; say whether it did."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    path.write_bytes(text.encode())
    return True


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def code_hash(notebook: NotebookNode) -> str:
    """The SHA-256 sum of all code: it changes when a run would do something else."""
    sources = [cell.source for cell in code_cells(notebook)]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()


def outputs_hash(notebook: NotebookNode) -> str:
    """The SHA-256 sum of all outputs, pictures and ignored ones too."""
    outputs = [cell.outputs for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def ran_in_order(notebook: NotebookNode) -> bool:
    """Whether the code cells are numbered 1, 2, 3 and so on."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    return counts == list(range(1, len(counts) + 1))


def sums(notebook: NotebookNode) -> dict[str, str]:
    """What `make run` stores in the metadata: of the code that ran and its outputs."""
    return {"ran": code_hash(notebook), "outputs": outputs_hash(notebook)}


def needs_run(notebook: NotebookNode) -> bool:
    """Whether the code or an output changed since `make run` stored the outputs."""
    stored = notebook.metadata.get("d2lmini", {})
    return stored != sums(notebook) or not ran_in_order(notebook)


def definitions(source: str) -> dict[str, Definition]:
    """Map each top-level function, class or constant to its whole lines."""
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                name, decorators = node.name, node.decorator_list
            case ast.Assign(targets=[ast.Name(id=name)]):
                decorators = []
            case ast.AnnAssign(target=ast.Name(id=name)):
                decorators = []
            case _:
                continue
        start = min(part.lineno for part in [*decorators, node]) - 1
        text = "\n".join(lines[start : node.end_lineno])
        found[name] = Definition(text, start, node.end_lineno)
    return found


def public_definitions(source: str) -> list[str]:
    """The names of the functions and classes that do not begin with `_`."""
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [node.name for node in ast.parse(source).body if isinstance(node, nodes)]
    return [name for name in names if not name.startswith("_")]


def saved_module(source: str) -> str | None:
    """The module that a saved cell shows; None for any other cell."""
    match = MARK.fullmatch(source.split("\n", 1)[0])
    return match[1] if match else None


def module_path(module: str, root: Path = ROOT) -> Path:
    """`d2lmini.models.lenet` -> `d2lmini/models/lenet.py`."""
    folder = root.joinpath(*module.split("."))
    package = folder / "__init__.py"
    return package if package.exists() else folder.with_suffix(".py")
