"""Chapter and library say the same: what speaks against it, as a list of sentences."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from tools import chapters

TRAINING_LOOP = ("train_epoch", "evaluate", "fit")


def drift(notebook: NotebookNode, root: Path) -> list[str]:
    """Where the saved cells of a chapter differ from the library."""
    found = []
    for number, cell in enumerate(chapters.code_cells(notebook), start=1):
        where = f"code cell {number}"
        if chapters.saved_module(cell.source):
            found += [f"{where}: {text}" for text in _cell_drift(cell.source, root)]
        elif chapters.LOOKS_LIKE_MARK.search(cell.source):
            found.append(f"{where}: a mark is a first line `# saved in d2lmini.x.y`")
    return found


def _cell_drift(source: str, root: Path) -> Iterator[str]:
    module = chapters.saved_module(source)
    path = chapters.module_path(module, root)
    if not path.exists():
        yield f"there is no module {module}"
        return
    library = chapters.definitions(path.read_text(encoding="utf-8"))
    try:
        shown = chapters.definitions(source)
    except SyntaxError as error:
        yield f"not Python: {error}"
        return
    if not shown:
        yield "a saved cell needs at least one definition"
    for name, definition in shown.items():
        if name not in library:
            yield f"{module} defines no {name!r}; it defines {', '.join(library)}"
        elif definition.text != library[name].text:
            yield f"{name} differs from {module}: edit the library, then `make sync`"
    for line in _other_lines(source, shown):
        yield f"a saved cell holds definitions only, not {line!r}"


def _other_lines(source: str, shown: dict[str, chapters.Definition]) -> list[str]:
    lines = dict(enumerate(source.splitlines()))
    del lines[0]  # the mark
    for definition in shown.values():
        for number in range(definition.start, definition.end):
            lines.pop(number, None)
    return [line for line in lines.values() if line.strip()]


def not_shown(notebooks: Iterable[NotebookNode], root: Path) -> list[str]:
    """Public definitions that stand in no saved cell of any chapter."""
    shown = set()
    for notebook in notebooks:
        for cell in chapters.code_cells(notebook):
            if module := chapters.saved_module(cell.source):
                shown |= {(module, name) for name in chapters.definitions(cell.source)}
    wanted = [("d2lmini.train", name) for name in TRAINING_LOOP]
    for path in network_paths(root):
        names = chapters.public_definitions(path.read_text(encoding="utf-8"))
        wanted += [(f"d2lmini.models.{path.stem}", name) for name in names]
    return [
        f"{name} of {module} is in no chapter: show it in a cell that begins with "
        f"`# saved in {module}`"
        for module, name in wanted
        if (module, name) not in shown
    ]


def not_registered(models: dict, root: Path) -> list[str]:
    """Files in `d2lmini/models/` from which nothing is an entry of `MODELS`.

    What an entry's file imports from is a part of that network, and needs none.
    """
    builders = [getattr(model, "func", model) for model in models.values()]  # partial
    homes = {builder.__module__ for builder in builders}
    paths = {f"d2lmini.models.{path.stem}": path for path in network_paths(root)}
    parts = {name for home in homes & paths.keys() for name in _imported(paths[home])}
    return [
        f"d2lmini/models/{path.name} has no entry in MODELS: "
        f'add "{path.stem}": <its class> to d2lmini/models/__init__.py'
        for name, path in paths.items()
        if name not in homes | parts
    ]


def _imported(path: Path) -> set[str]:
    """The modules from which a file imports, as in `from d2lmini.models.x import y`."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def network_paths(root: Path) -> list[Path]:
    return sorted((root / "d2lmini" / "models").glob("[!_]*.py"))
