"""Adding a network is three edits: its file, its entry in MODELS, its chapter.

A toy network is added to a copy of the repository by these edits and nothing else.
"""

import os
import shutil
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import chapters

TOY = '''"""A toy."""

from torch import Tensor, nn


class Toy(nn.Module):
    """(N, in_channels, H, W) -> (N, num_classes), logits"""

    def __init__(self, num_classes: int = 10, in_channels: int = 3):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 32, 3, padding=1)
        self.norm = nn.BatchNorm2d(32)
        self.fc = nn.Linear(32 * 7 * 7, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x)).relu()
        x = nn.functional.adaptive_avg_pool2d(x, 7)
        return self.fc(x.flatten(1))
'''
FIRST = "# Toy\n\n**What does a toy do?**\n\n**Runs in** a time not measured yet"
SAVED = "# saved in d2lmini.models.toy\nclass Toy: ..."
IMPORT = "from d2lmini.models.vgg import VGG\n"
ENTRY = "MODELS: dict[str, Callable[..., nn.Module]] = {\n"
COMPARED = """
from d2lmini import MODELS
from tools.experiments import fashion
print([model for model, *_ in fashion.variants(tuple(MODELS))])
"""


def add_file(root):
    (root / "d2lmini/models/toy.py").write_text(TOY)


def add_entry(root):
    path = root / "d2lmini/models/__init__.py"
    text = path.read_text()
    text = text.replace(IMPORT, "from d2lmini.models.toy import Toy\n" + IMPORT)
    path.write_text(text.replace(ENTRY, ENTRY + '    "toy": Toy,\n'))


def add_chapter(root):
    cells = [new_markdown_cell(FIRST), new_code_cell(SAVED)]
    path = root / "notebooks/90-toy.ipynb"
    path.write_text(chapters.text_of(new_notebook(cells=cells)))


@pytest.fixture
def root(tmp_path):
    """A copy of what is tracked, without the data."""
    for folder in ("d2lmini", "tools", "notebooks", "book", "results", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "*.gz", "_static")
        shutil.copytree(chapters.ROOT / folder, tmp_path / folder, ignore=ignored)
    for name in ("README.md", "pyproject.toml", "_toc.yml"):
        shutil.copy(chapters.ROOT / name, tmp_path)
    return tmp_path


def python(root, *arguments):
    """Run Python in a copy, with the copy's library."""
    command, environment = [sys.executable, *arguments], {"PYTHONPATH": str(root)}
    return subprocess.run(
        command,
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_three_edits_are_enough(root):
    for edit in (add_file, add_entry, add_chapter):
        edit(root)
    synced = python(root, "-m", "tools.sync")
    assert synced.returncode == 0, synced.stderr
    for page in ("README.md", "book/index.md"):
        assert "90-toy.ipynb)**  What does a toy do?" in (root / page).read_text()
    chapter = chapters.read(root / "notebooks/90-toy.ipynb")
    assert "self.conv = nn.Conv2d(in_channels, 32" in chapter.cells[1].source

    tests = ["-m", "pytest", "-q", "-rN", "-p", "no:cacheprovider", "-k", "toy"]
    tested = python(root, *tests, "tests/test_models.py")
    assert tested.returncode == 0, tested.stdout
    assert int(tested.stdout.split(" passed")[0].split()[-1]) >= 10
    compared = python(root, "-c", COMPARED)
    assert "'toy'" in compared.stdout, compared.stderr


@pytest.mark.parametrize(
    "edits, message",
    [
        ([add_file, add_chapter], 'toy.py has no entry in MODELS: add "toy": <its cl'),
        ([add_file, add_entry], "Toy of d2lmini.models.toy is in no chapter: show it"),
        ([add_entry, add_chapter], "No module named 'd2lmini.models.toy'"),
    ],
)
def test_a_forgotten_edit_is_named(root, edits, message):
    for edit in edits:
        edit(root)
    rules = "test_every_public_definition_is_in_a_chapter or every_network_is_in_models"
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", rules]
    done = python(root, *tests, "tests/test_notebooks.py")
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
