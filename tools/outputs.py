"""Stored outputs: bring them into one plain form, and say what must not be in them."""

import base64
import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4.nbbase import random_cell_id

from tools.chapters import ROOT, code_cells, tags, text_of

CELL_KEYS = {"tags", "mystnb", "d2lmini"}
FOLDED = {"source_hidden": True, "outputs_hidden": True}  # in JupyterLab
NOTEBOOK_KEYS = {"kernelspec", "language_info", "d2lmini", "mystnb", "myst"}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SHOWN, HIDDEN = "Show the check", "Hide the check"  # of folded input, in the book
MAX_PNG = 150_000
MAX_NOTEBOOK = 1_500_000

MACHINE_PATH = re.compile(
    rf"(?<![\w.~-])/(?:home|root|Users|tmp)/\w|{re.escape(str(ROOT))}\b"
)
NOISE = {
    "a memory address": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "a progress bar": re.compile(r"\dit/s|\ds/it|%\||\r"),
    "an ANSI escape": re.compile("\x1b"),
    "a warning": re.compile("Warning"),
    "a path of this machine": MACHINE_PATH,
}


def tidy(notebook: NotebookNode) -> None:
    """Drop in place what editors and kernels leave in a notebook beside its content.

    Solutions are folded again, also those that somebody opened in JupyterLab, and the
    book's fold of a check says that it is one.
    """
    notebook.nbformat_minor = 5
    _keep(notebook.metadata, NOTEBOOK_KEYS)
    notebook.metadata.kernelspec = dict(KERNEL)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.setdefault("id", random_cell_id())
        _keep(cell.metadata, CELL_KEYS)
        if cell.cell_type == "code":
            cell.outputs = _merged(cell.outputs)
        if "solution" in tags(cell):
            cell.metadata["jupyter"] = dict(FOLDED)
        if "hide-input" in tags(cell):
            prompts = {"code_prompt_show": SHOWN, "code_prompt_hide": HIDDEN}
            cell.metadata.setdefault("mystnb", {}).update(prompts)


def _keep(metadata: dict, keys: set[str]) -> None:
    for key in list(metadata):
        if key not in keys or metadata[key] in ([], {}):
            del metadata[key]


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces in which a kernel happens to deliver printed text."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last.text += output.text
        else:
            merged.append(output)
    return merged


def unclean(notebook: NotebookNode) -> list[str]:
    """What must not be stored, with the code cell's number."""
    size = len(text_of(notebook).encode())
    too_large = f"{size:,} bytes of notebook; at most {MAX_NOTEBOOK:,}"
    found = [too_large] if size > MAX_NOTEBOOK else []
    return found + [
        f"code cell {number}: {complaint}"
        for number, cell in enumerate(code_cells(notebook), start=1)
        for output in cell.outputs
        for complaint in _complaints(output)
    ]


def _complaints(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "error":
        yield f"stored an error: {output.ename}: {output.evalue}"
        return
    if output.output_type == "stream" and output.name == "stderr":
        yield f"wrote to stderr: {output.text.strip()}"
        return
    data = output.get("data", {})
    for kind in data:
        if "svg" in kind or "widget" in kind or "jpeg" in kind:
            yield f"stored {kind}; pictures are PNG, and widgets are not stored"
    size = len(base64.b64decode(data.get("image/png", "")))
    if size > MAX_PNG:
        yield f"a PNG of {size:,} bytes; at most {MAX_PNG:,}: fewer dots or colours"
    for text in [output.get("text", ""), *_texts(data)]:
        for what, pattern in NOISE.items():
            if found := pattern.search(text):
                line = text[: found.end() + 20].splitlines()[-1].strip()
                yield f"stored {what}: {line!r}"


def _texts(data: dict) -> list[str]:
    return [str(value) for kind, value in data.items() if not kind.startswith("image/")]
