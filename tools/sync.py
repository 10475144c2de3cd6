"""Copy what is written once to where it is shown again: `make sync`.

- the library's definitions into the chapters' `# saved in` cells;
- the times of `results/minutes.json` and the minutes to read into each chapter's
  `**Runs in**` line;
- titles, questions and times into the tables of README.md and book/index.md, between
  `<!-- chapters -->` and `<!-- /chapters -->`.

`python -m tools.sync --check` writes nothing and fails if something is out of date.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from tools import chapters, form, minutes, prose

TABLE = re.compile(r"(?<=<!-- chapters -->\n).*?(?=<!-- /chapters -->)", re.DOTALL)
PAGES = ("README.md", "book/index.md")


def synced_source(source: str, root: Path) -> str:
    """A code cell with the library's text for each definition that it saves."""
    module = chapters.saved_module(source)
    if module is None:
        return source
    path = chapters.module_path(module, root)
    if not path.exists():
        raise LookupError(f"there is no module {module}")
    library = chapters.definitions(path.read_text(encoding="utf-8"))
    lines = source.splitlines()
    shown = chapters.definitions(source)
    for name, (_, start, end) in reversed(shown.items()):  # the last lines first
        if name not in library:
            known = ", ".join(library)
            raise LookupError(f"{module} defines no {name!r}; it defines {known}")
        lines[start:end] = library[name].text.split("\n")
    return "\n".join(lines)


def synced_chapter(path: Path, measured: dict, root: Path) -> str:
    """A chapter's file as it should be."""
    before = path.read_text(encoding="utf-8")
    notebook = chapters.read(path)
    sources = [cell.source for cell in notebook.cells]
    for number, cell in enumerate(chapters.code_cells(notebook), start=1):
        try:
            cell.source = synced_source(cell.source, root)
        except LookupError as problem:
            sys.exit(f"{path.name}, code cell {number}: {problem}")
    times, to_read = measured.get(path.stem, {}), minutes.reading(notebook)
    line = "**Runs in** " + minutes.sentence(times, to_read)
    first = notebook.cells[0]
    first.source = prose.TIME.sub(lambda _: line, first.source, count=1)
    if sources == [cell.source for cell in notebook.cells]:
        return before
    return chapters.text_of(notebook)


def synced_page(path: Path, measured: dict, root: Path) -> str:
    """A page with a table of chapters as it should be."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not TABLE.search(text):
        sys.exit(f"{path.name} has no lines <!-- chapters --> and <!-- /chapters -->")
    return TABLE.sub(lambda _: table(path.parent, measured, root), text, count=1)


def table(folder: Path, measured: dict, root: Path) -> str:
    """The table of chapters, with links that work from a folder."""
    lines = [
        "",
        "| Chapter: what you find out | To read | Quick run | Full run |",
        "| --- | ---: | ---: | ---: |",
    ]
    for path in chapters.chapter_paths(root):
        notebook = chapters.read(path)
        first = notebook.cells[0].source
        title, question = form.TITLE.search(first), form.QUESTION.search(first)
        if not title or not question:
            sys.exit(f"{path.name}: the first cell needs `# title` and `**question?**`")
        link = Path(os.path.relpath(path, folder)).as_posix()
        times = measured.get(path.stem, {})
        quick, full = (minutes.short(times.get(run)) for run in minutes.RUNS)
        to_read = f"{minutes.reading(notebook)}{minutes.NO_BREAK}min"
        chapter = f"**[{title[1]}]({link})**  {question[1]}"
        cells = [chapter, to_read, quick, full]
        row = " | ".join(cell.replace("|", "\\|") for cell in cells)
        lines.append(f"| {row} |")
    stems = [path.stem for path in chapters.chapter_paths(root)]
    machines = minutes.machines([measured[stem] for stem in stems if stem in measured])
    return "\n".join([*lines, "", machines, "", ""])


def out_of_date(root: Path) -> dict[Path, str]:
    """Each file that should change, with the text that it should have."""
    measured = minutes.load(root)
    wanted = {
        path: synced_chapter(path, measured, root)
        for path in chapters.chapter_paths(root)
    }
    pages = [root / page for page in PAGES]
    wanted |= {path: synced_page(path, measured, root) for path in pages}
    return {
        path: text
        for path, text in wanted.items()
        if path.read_bytes() != text.encode()
    }


def write(root: Path) -> None:
    for path, text in out_of_date(root).items():
        chapters.write_text(path, text)
        print(f"wrote {path.relative_to(root)}")


def main(root: Path = chapters.ROOT) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        write(root)
    elif stale := out_of_date(root):
        names = ", ".join(str(path.relative_to(root)) for path in stale)
        sys.exit(f"out of date: {names}; run `make sync`")


if __name__ == "__main__":
    main()
