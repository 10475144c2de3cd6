"""What is in the repository: not too much, and nothing of anybody's machine."""

import re
import subprocess

import pytest

from tools.chapters import ROOT
from tools.outputs import MACHINE_PATH

MAX_BYTES = 50_000_000
# Others' files, kept as they came.
VENDORED = {"tests/axe.min.js", "book/_static/mathjax/tex-svg.js"}


def repository_files():
    """Tracked files, and those that `git add` would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = "git -c safe.directory=* ls-files -z --cached --others --exclude-standard"
    listed = subprocess.run(command.split(), cwd=ROOT, capture_output=True, check=True)
    names = listed.stdout.decode().rstrip("\0").split("\0")
    return [name for name in names if (ROOT / name).is_file()]


def paths_of_a_machine(name, content):
    """Complaints about a file's text; a file that is not text has none."""
    if b"\0" in content or name in VENDORED:
        return []
    text = content.decode(errors="replace")
    lines = enumerate(text.splitlines(), start=1)
    return [f"{name}:{number}" for number, line in lines if MACHINE_PATH.search(line)]


def test_size():
    size = sum((ROOT / name).stat().st_size for name in repository_files())
    assert size < MAX_BYTES


def test_no_path_of_a_machine():
    found = []
    for name in repository_files():
        found += paths_of_a_machine(name, (ROOT / name).read_bytes())
    assert found == []


@pytest.mark.parametrize("folder", ["home", "root", "Users", "tmp"])
def test_a_path_of_a_machine_is_found(folder):
    line = "/".join(['open("', folder, 'course/x")'])
    assert paths_of_a_machine("a.py", f"\n{line}".encode()) == ["a.py:2"]
    assert paths_of_a_machine("a.gz", f"\0{line}".encode()) == []


@pytest.mark.parametrize("line", ["https://example.org/home/x", "a/tmp/b", "/tmp"])
def test_other_paths_are_not(line):
    assert paths_of_a_machine("a.py", line.encode()) == []


def test_requirements_name_no_version_twice_and_no_gpu_package():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins.pop() == "-e ."
    names = [re.fullmatch(r"([\w.-]+)==[\w.]+", pin)[1].lower() for pin in pins]
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith(("nvidia", "cuda", "triton"))]
