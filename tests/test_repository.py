"""What is in the repository: not too much, and nothing of anybody's machine."""

import ast
import re
import subprocess
import sys

import pytest
import yaml

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


def imports(path):
    """The first parts of the names of all modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def test_the_librarys_own_tests_are_listed():
    """Those that need nothing but it run on three systems and with an old PyTorch."""
    needs_more = {"tools", "nbformat", "yaml", "browser", "book_checks", "playwright"}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").glob("test_*.py")
        if "d2lmini" in imports(path) and not needs_more & imports(path)
    }
    listed = (ROOT / "tests/library.txt").read_text().split()
    assert listed == sorted(files), "tests/library.txt: list these, one a line"


BROKEN = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    stepz: []\n"


def test_a_broken_workflow_is_refused(tmp_path):
    """As `make lint` asks."""
    (tmp_path / "broken.yml").write_text(BROKEN)
    command = "-m check_jsonschema --builtin-schema vendor.github-workflows broken.yml"
    run = [sys.executable, *command.split()]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "stepz" in done.stdout


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_holds_no_secret_and_may_write_at_most_the_pages(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"secrets\.|github\.token|GITHUB_TOKEN", text)
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]
    for name, job in workflow["jobs"].items():
        pages = {"pages": "write", "id-token": "write"}
        assert job.get("permissions") == (pages if name == "publish" else None)
        for action in [step["uses"] for step in job["steps"] if "uses" in step]:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", action)
