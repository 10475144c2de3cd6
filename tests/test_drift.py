"""The drift check, `make sync` and `make run`, tried on copies that are then broken."""

import functools
import shutil

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import chapters, drift, minutes, run, sync

LIBRARY = '''"""A network."""

import functools

WIDTHS = (6, 16)  # maps after each convolution


class Net:
    """(N, 1, 28, 28) -> (N, 10)"""

    # a comment between two methods
    def forward(self, x):
        return x  # unchanged


@functools.cache
def build() -> Net:
    return Net()


def _helper():
    """Not public."""
'''
SAVED = "# saved in d2lmini.models.net\n" + LIBRARY.split("import functools\n\n")[1]
SAVED = SAVED.split("\n\n\ndef _helper")[0]
LOOP = "# saved in d2lmini.train\n" + "\n\n\n".join(
    f"def {name}():\n    return 1" for name in drift.TRAINING_LOOP
)
FIRST = "# Net\n\n**Why a | b?**\n\nText.\n\n**Runs in** ages"
TABLE = "Before\n<!-- chapters -->\nold\n<!-- /chapters -->\nAfter\n"


@pytest.fixture
def root(tmp_path):
    """A repository with one network, one chapter and two tables of chapters."""
    for folder in ("notebooks", "d2lmini/models", "book", "results"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "d2lmini/models/net.py").write_text(LIBRARY)
    (tmp_path / "d2lmini/models/__init__.py").write_text("")
    (tmp_path / "d2lmini/train.py").write_text(LOOP)
    (tmp_path / "README.md").write_text(TABLE)
    (tmp_path / "book/index.md").write_text(TABLE)
    store(tmp_path, FIRST, "import functools\n\nprint(1)", SAVED, LOOP)
    return tmp_path


def store(root, first, *sources):
    cells = [new_markdown_cell(first), *map(new_code_cell, sources)]
    path = root / "notebooks/07-net.ipynb"
    path.write_text(chapters.text_of(new_notebook(cells=cells)))
    return path


def notebook(root):
    return chapters.read(root / "notebooks/07-net.ipynb")


def test_no_drift(root):
    assert drift.drift(notebook(root), root) == []
    assert drift.not_shown([notebook(root)], root) == []


def test_every_changed_character_of_a_saved_cell_is_noticed(root):
    chapter = notebook(root)
    cell = chapters.code_cells(chapter)[1]
    start = cell.source.index("\n") + 1
    for place in range(start, len(SAVED)):
        other = "x" if SAVED[place] != "x" else "y"
        cell.source = SAVED[:place] + other + SAVED[place + 1 :]
        assert drift.drift(chapter, root), f"{SAVED[place]!r} at {place}"


@pytest.mark.parametrize(
    "old, new", [("(6, 16)", "(6, 17)"), ("# unchanged", "# Unchanged")]
)
def test_a_changed_library_is_noticed(root, old, new):
    (root / "d2lmini/models/net.py").write_text(LIBRARY.replace(old, new))
    assert "then `make sync`" in drift.drift(notebook(root), root)[0]


BROKEN = {
    "comment between": (SAVED.replace("\n\n@", "\n\n# Hm\n@"), "only, not '# Hm'"),
    "statement": (SAVED + "\n\n\nprint(1)", "definitions only, not 'print(1)'"),
    "twice": (SAVED + "\n\n\n" + "WIDTHS = 3", "WIDTHS differs"),
    "renamed": (SAVED.replace("build", "create"), "defines no 'create'; it defines"),
    "unknown module": (SAVED.replace("models.net", "models.not"), "there is no module"),
    "nothing": ("# saved in d2lmini.models.net", "at least one definition"),
    "not Python": (SAVED + "\n(", "not Python"),
    "mark below": ("\n" + SAVED, "a mark is a first line"),
    "careless mark": ("#Saved in d2lmini.models.net\nx = 1", "a mark is a first line"),
}


@pytest.mark.parametrize("source, complaint", BROKEN.values(), ids=BROKEN)
def test_a_broken_saved_cell(root, source, complaint):
    store(root, FIRST, "1", source, LOOP)
    found = drift.drift(notebook(root), root)
    assert complaint in "\n".join(found)
    assert found[0].startswith("code cell 2: ")


def test_a_public_definition_in_no_chapter(root):
    path = root / "d2lmini/models/net.py"
    path.write_text(LIBRARY + "\n\nclass Extra:\n    pass\n")
    assert drift.not_shown([notebook(root)], root) == [
        "Extra of d2lmini.models.net is in no chapter: show it in a cell that begins "
        "with `# saved in d2lmini.models.net`"
    ]


def test_the_training_loop_in_no_chapter(root):
    store(root, FIRST, SAVED)
    found = "\n".join(drift.not_shown([notebook(root)], root))
    assert "train_epoch of d2lmini.train is in no chapter" in found
    assert "evaluate of" in found
    assert "fit of" in found


def test_a_network_without_an_entry_in_models(root):
    def net():
        pass

    net.__module__ = "d2lmini.models.net"
    assert drift.not_registered({"net": net}, root) == []
    assert drift.not_registered({"wide": functools.partial(net)}, root) == []
    assert 'add "net": <its class>' in drift.not_registered({}, root)[0]


def test_a_part_of_a_network_needs_no_entry_in_models(root):
    def net():
        pass

    net.__module__ = "d2lmini.models.net"
    for name in ("block", "lonely"):
        (root / f"d2lmini/models/{name}.py").write_text("class Block:\n    pass\n")
    found = drift.not_registered({"net": net}, root)
    assert [text.split()[0] for text in found] == [
        "d2lmini/models/block.py",
        "d2lmini/models/lonely.py",
    ]
    imports = "from d2lmini.models.block import Block\n"
    (root / "d2lmini/models/net.py").write_text(imports + LIBRARY)
    found = drift.not_registered({"net": net}, root)
    assert [text.split()[0] for text in found] == ["d2lmini/models/lonely.py"]


CHAPTERS = chapters.chapter_paths()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_one_character_of_a_real_chapter(tmp_path, path):
    """The same on a copy of each chapter and of the library, in every saved cell."""
    copy_python(tmp_path)
    chapter = chapters.read(path)
    for cell in chapters.code_cells(chapter):
        source = cell.source
        if chapters.saved_module(source):
            cell.source = source[:-1] + ("x" if source[-1] != "x" else "y")
            assert drift.drift(chapter, tmp_path), source
            cell.source = source
    assert drift.drift(chapter, tmp_path) == []


def test_a_new_definition_in_a_real_network(tmp_path):
    copy_python(tmp_path)
    for path in drift.network_paths(tmp_path):
        path.write_text(path.read_text() + "\n\ndef one_more():\n    pass\n")
        found = drift.not_shown([chapters.read(path) for path in CHAPTERS], tmp_path)
        assert f"one_more of d2lmini.models.{path.stem}" in "\n".join(found)


def copy_python(root):
    def only_python(folder, names):
        return [name for name in names if "." in name and not name.endswith(".py")]

    shutil.copytree(chapters.ROOT / "d2lmini", root / "d2lmini", ignore=only_python)


def test_sync_writes_the_librarys_text_and_nothing_else(root):
    stale = SAVED.replace("(6, 16)  # maps", "1  # m").replace("-> Net", "-> object")
    stale = stale.replace("        return x", "        y = 2 * x\n\n        return y")
    path = store(root, FIRST, "import functools", stale, "# a comment\nWIDTHS = 3")
    sync.write(root)
    sources = [cell.source for cell in chapters.code_cells(notebook(root))]
    assert sources == ["import functools", SAVED, "# a comment\nWIDTHS = 3"]
    first = notebook(root).cells[0].source
    assert first == FIRST.replace(
        "ages", "a time not measured yet; about 5 minutes to read."
    )
    before = path.stat().st_mtime_ns
    assert sync.out_of_date(root) == {}
    sync.write(root)
    assert path.stat().st_mtime_ns == before


def test_sync_stops_at_a_definition_that_is_gone(root):
    store(root, FIRST, SAVED.replace("build", "create"))
    with pytest.raises(SystemExit, match=r"code cell 1: .* defines no 'create'"):
        sync.write(root)


XEON = {"seconds": 47.3, "machine": "2 cores, Xeon"}
GPU = {"seconds": 600.0, "machine": "16 cores, H100"}


def test_tables_of_chapters(root, monkeypatch):
    monkeypatch.setattr(minutes, "load", lambda root: {"07-net": {"quick": XEON}})
    sync.write(root)
    assert (root / "README.md").read_text() == (
        "Before\n<!-- chapters -->\n\n"
        "| Chapter: what you find out | To read | Quick run | Full run |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| **[Net](notebooks/07-net.ipynb)**  Why a \\| b? "
        "| 5\N{NO-BREAK SPACE}min | 47\N{NO-BREAK SPACE}s | – |\n\n"
        "Quick runs were measured on 2 cores, Xeon.\n\n<!-- /chapters -->\nAfter\n"
    )
    assert "[Net](../notebooks/07-net.ipynb)" in (root / "book/index.md").read_text()


def test_a_page_without_its_marks(root):
    (root / "README.md").write_text("nothing")
    with pytest.raises(SystemExit, match=r"README.md has no lines <!-- chapters -->"):
        sync.write(root)


SENTENCES = [
    ({}, "a time not measured yet; about 40 minutes to read."),
    (
        {"quick": XEON},
        "47 s (quick), measured on 2 cores, Xeon; a time not measured yet (full); "
        "about 40 minutes to read.",
    ),
    (
        {"quick": {**XEON, "seconds": 89.4}, "full": {**XEON, "seconds": 90}},
        "89 s (quick), 2 min (full), measured on 2 cores, Xeon; "
        "about 40 minutes to read.",
    ),
    (
        {"quick": XEON, "full": GPU},
        "47 s (quick), measured on 2 cores, Xeon; "
        "10 min (full), measured on 16 cores, H100; about 40 minutes to read.",
    ),
]


@pytest.mark.parametrize("times, sentence", SENTENCES)
def test_the_time_in_words(times, sentence):
    said = minutes.sentence(times, 40)
    assert said.replace("\N{NO-BREAK SPACE}", " ") == sentence


def test_the_machines_in_words():
    assert minutes.machines([]) == "No run is measured yet."
    both = [{"quick": XEON, "full": GPU}, {"quick": GPU}]
    assert minutes.machines(both) == (
        "Quick runs were measured on 16 cores, H100 and on 2 cores, Xeon; "
        "full runs were measured on 16 cores, H100."
    )


PROSE, CODE = ("markdown", "word " * 1000, []), ("code", "1", [])  # 5 and 0.5 minutes
CHECK = ("code", "assert 1", ["hide-input"])
EXERCISES = ("markdown", "Summary.\n\n## Exercises", [])


@pytest.mark.parametrize(
    "cells, expected",
    [
        ([PROSE], 5),
        ([PROSE, *[CODE] * 9], 10),
        ([PROSE, *[CODE] * 10, *[CHECK] * 90], 10),
        ([PROSE, *[CODE] * 10, EXERCISES, *[CODE] * 90, PROSE], 10),
        ([CODE], 5),  # never 0
    ],
)
def test_the_minutes_to_read(cells, expected):
    notebook = new_notebook()
    for kind, source, tags in cells:
        new = new_code_cell if kind == "code" else new_markdown_cell
        notebook.cells.append(new(source, metadata={"tags": tags}))
    assert minutes.reading(notebook) == expected


def test_run_stores_a_chapter_that_works_and_records_its_time(root):
    path = store(root, FIRST, "import os\n\nos.environ['D2LMINI_RUN']", "print(2)")
    assert run.run_chapters([], "quick", root)
    cells = chapters.code_cells(notebook(root))
    assert [cell.execution_count for cell in cells] == [1, 2]
    assert cells[0].outputs[0].data == {"text/plain": "'quick'"}
    assert not chapters.needs_run(notebook(root))
    times = minutes.load(root)["07-net"]
    assert times["quick"]["seconds"] > 0
    before = path.read_bytes()
    assert run.run_chapters(["07-net"], "full", root)
    assert path.read_bytes() == before
    assert set(minutes.load(root)["07-net"]) == {"quick", "full"}


@pytest.mark.parametrize(
    "code, reason",
    [
        ("1\n1 / 0", "07-net, code cell 2 failed"),
        ("import warnings\nwarnings.warn('old')", "07-net, code cell 2: wrote to"),
        ("object()", "07-net, code cell 2: stored a memory address"),
    ],
)
def test_run_refuses(root, capsys, code, reason):
    path = store(root, FIRST, "1", code, "3")
    before = path.read_bytes()
    assert not run.run_chapters([], "quick", root)
    assert reason in capsys.readouterr().err
    assert path.read_bytes() == before
    assert minutes.load(root) == {}


def test_run_knows_its_chapters(root):
    with pytest.raises(SystemExit, match=r"unknown chapter 'x'; one of 07-net"):
        run.run_chapters(["x"], "quick", root)
