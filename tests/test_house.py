"""The Makefile and the search for a browser, tried where they have a hard time.

The Makefile runs as it is, in a folder of its own, with a Python that installs nothing:
it writes down what it is asked for, and passes programs on to the real one.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import browser
import pytest

from tools.chapters import ROOT

PYTHON = """#!/bin/sh
echo "$0: $*" >> "$LOG"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip --version") test -z "$NO_PIP" ;;
  "-m pip install "*) test -z "$NO_NET" ;;
  "-m jupyterlab"*) env ;;
  "-m ensurepip" | "-m ruff "* | "-m check_jsonschema "* | "-m pytest "*) ;;
  ".venv/bin/jupyter-book build "*) mkdir -p _build/html ;;
  *) exec "$REAL" "$@" ;;
esac
"""
ODD_NAMES = [
    "a b",
    "Büro",
    "back\\slash",
    "end\\",
    "new\\nline",
    "$HOME",
    "$(touch oops)",
    "`touch oops`",
    "it's",
    'say "yes"',
    "a;b&c|d",
    "50%",
    "a,b",
    "(x",
    "-f",
    "*",
    "#1",
]


class House:
    """A folder with the real Makefile, and the fake Python beside it."""

    def __init__(self, folder, log):
        self.folder, self.log = folder, log
        self.python = log.with_name("python")
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS"))
        }
        self.env |= {"LOG": str(log), "REAL": sys.executable}

    def start(self, *targets, **env):
        """`make` that has just begun."""
        return subprocess.Popen(
            ["make", f"PYTHON={self.python}", *targets],
            cwd=self.folder,
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def make(self, *targets, **env):
        """What `make` prints, and its exit status."""
        running = self.start(*targets, **env)
        return running.communicate()[0], running.returncode

    def asked(self):
        """What the fake Python has been asked for so far; forgets it."""
        text = self.log.read_text() if self.log.exists() else ""
        self.log.unlink(missing_ok=True)
        return text


def house_in(folder, log):
    (folder / "tools").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "tools/alone.py"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name)
    return House(folder, log)


@pytest.fixture
def house(tmp_path):
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return house_in(tmp_path / "house", tmp_path / "log")


# the folder's name


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_folder_may_have_any_name(house, tmp_path, name):
    odd = house_in(tmp_path / "in" / name, house.log)
    printed, status = odd.make("book")
    assert status == 0, printed
    assert f"{odd.folder}/_build/html/index.html\n" in printed
    assert "install" in odd.asked()
    (odd.folder / ".venv/mine").touch()
    printed, status = odd.make("book")
    assert status == 0, printed
    assert "install" not in odd.asked()
    assert (odd.folder / ".venv/mine").exists()
    assert not list(tmp_path.rglob("oops"))


def test_a_folder_may_be_reached_by_a_link(house, tmp_path):
    house.make("book")
    house.asked()
    link = tmp_path / "link"
    link.symlink_to(house.folder)
    House(link, house.log).make("book")
    assert "install" not in house.asked()


# .venv


@pytest.fixture
def installed(house):
    printed, status = house.make("book")
    assert status == 0, printed
    house.asked()
    (house.folder / ".venv/mine").touch()
    return house


def moved(house):
    new = house.folder.with_name("moved")
    house.folder.rename(new)
    return House(new, house.log)


def touched(house):
    stamp = house.folder / ".venv/stamp"
    later = stamp.stat().st_mtime + 10
    os.utime(house.folder / "requirements.txt", (later, later))
    return house


@pytest.mark.parametrize("change", [moved, touched])
def test_venv_is_refreshed_and_kept(installed, change):
    changed = change(installed)
    printed, status = changed.make("book")
    assert status == 0, printed
    assert (changed.folder / ".venv/mine").exists()
    asked = changed.asked()
    assert "-m venv" not in asked
    assert "--quiet --no-build-isolation -r requirements.txt\n" in asked


@pytest.mark.parametrize("change", [moved, touched])
def test_venv_is_kept_without_a_network_and_make_says_what_to_do(installed, change):
    changed = change(installed)
    for _ in range(2):  # the second call must not take it for done
        printed, status = changed.make("book", NO_NET="yes")
        assert status == 2
        assert "Run make again when a network" in printed
        assert (changed.folder / ".venv/mine").exists()
    assert changed.make("book")[1] == 0


def test_what_builds_the_library_is_installed_before_it(house):
    house.make("book")
    asks = [line for line in house.asked().splitlines() if "install" in line]
    assert "setuptools==" in asks[0]
    assert "wheel==" in asks[0]
    assert "--no-build-isolation" in asks[1]
    assert len(asks) == 2


def test_a_venv_without_pip_gets_it(house):
    assert house.make("book", NO_PIP="yes")[1] == 0
    assert "-m ensurepip" in house.asked()


def test_somebodys_own_venv_is_completed(house):
    bin_folder = house.folder / ".venv/bin"
    bin_folder.mkdir(parents=True)
    shutil.copy(house.python, bin_folder / "python")
    assert house.make("book")[1] == 0
    assert "-m venv" not in house.asked()


@pytest.mark.parametrize("python", ["#!/bin/sh\nexit 1", "#!/gone/python"])
def test_a_venv_whose_python_is_too_old_or_gone_is_kept(installed, python):
    (installed.folder / ".venv/bin/python").write_text(python)
    printed, status = touched(installed).make("book")
    assert status == 2
    assert "move .venv away, and run make again" in printed
    assert (installed.folder / ".venv/mine").exists()


def test_an_old_python_is_refused_before_anything_is_made(house):
    house.python.write_text("#!/bin/sh\nexit 1")
    printed, status = house.make("book")
    assert status == 2
    assert "Python 3.11 or newer is needed" in printed
    assert not (house.folder / ".venv").exists()


# two at once


def test_a_second_make_waits_for_the_first_also_if_that_is_killed(installed):
    hold = "import time; print('held', flush=True); time.sleep(20)"
    first = subprocess.Popen(
        [sys.executable, "tools/alone.py", sys.executable, "-c", hold],
        cwd=installed.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    with first:
        assert first.stdout.readline() == "held\n"
        second = installed.start("book")
        assert "another make is at work" in second.stdout.readline()
        assert second.poll() is None
        first.kill()
    assert "The book, built in" in second.communicate()[0]
    assert second.returncode == 0


# a read-only home, a read-only checkout


def test_nothing_is_kept_in_the_home(house, tmp_path):
    odd = house_in(tmp_path / "a $HOME 'x", house.log)
    printed, status = odd.make("lab")
    assert status == 0, printed
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        assert f"\n{name}={odd.folder}/.venv/" in printed


def test_caches_lie_in_venv(tmp_path):
    """What the steps `lint` and `unit` do, with a library and a test of one line."""
    for name in ("d2lmini", "tests"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "d2lmini/__init__.py").touch()
    test = "import d2lmini\n\n\ndef test_it():\n    assert d2lmini\n"
    (tmp_path / "tests/test_it.py").write_text(test)
    before = set(tmp_path.iterdir())
    pytest_of_make = "pytest -q -o cache_dir=.venv/cache/pytest"
    assert f"-m {pytest_of_make}\n" in (ROOT / "Makefile").read_text()
    for command in ("ruff check .", f"{pytest_of_make} --cov=d2lmini tests"):
        run = [sys.executable, "-B", "-m", *command.split()]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {".venv"}
    caches = {path.name for path in (tmp_path / ".venv/cache").iterdir()}
    assert caches == {"ruff", "pytest", "coverage"}


# without a browser


@pytest.fixture
def house_with(installed):
    """The house with a search for a browser that ends as wanted."""

    def with_search(code):
        (installed.folder / "tests").mkdir()
        (installed.folder / "tests/test_book.py").touch()
        (installed.folder / "tests/browser.py").write_text(code)
        installed.env.pop("CI", None)
        return installed

    return with_search


NONE = "import sys; print('no browser: install Chromium'); sys.exit(3)"
FAULT = "import sys; sys.exit('D2LMINI_CHROMIUM names no file')"
STEPS_WITHOUT = ["lint", "unit", "chapters", "book", "pages"]


def steps_of(printed):
    return [line[5:] for line in printed.splitlines() if line.startswith("==== ")]


def test_make_test_runs_the_browser_that_was_found(house_with):
    house = house_with("print('found/chromium')")
    printed, status = house.make("test")
    assert status == 0, printed
    assert steps_of(printed) == [*STEPS_WITHOUT, "browser"]
    assert printed.splitlines()[-1] == "all green"


def test_make_test_without_a_browser_runs_the_rest_and_says_so_at_its_end(house_with):
    house = house_with(NONE)
    printed, status = house.make("test")
    assert status == 0, printed
    assert steps_of(printed) == STEPS_WITHOUT
    assert "tests/test_pages.py" in house.asked()
    *_, last_but_one, last = printed.splitlines()
    assert last_but_one == "not run: the step browser; no browser: install Chromium"
    assert last == "all green, but for what did not run"


@pytest.mark.parametrize(
    "code, ci, said",
    [
        (NONE, {"CI": "true"}, "no browser: install Chromium"),
        (FAULT, {}, "D2LMINI_CHROMIUM names no file"),
    ],
    ids=["CI is set", "a mistake"],
)
def test_make_test_fails_without_a_browser_if(house_with, code, ci, said):
    printed, status = house_with(code).make("test", **ci)
    assert status == 2
    assert said in printed
    assert "all green" not in printed


def test_make_browser_fails_without_a_browser(house_with):
    printed, status = house_with(NONE).make("browser")
    assert status == 2
    assert "no browser: install Chromium" in printed


# the browser


class FakePlaywright:
    """Refuses to start inside itself, as Playwright does."""

    running = False

    @contextmanager
    def start(self):
        assert not self.running, "Playwright was started inside itself"
        self.running = True
        yield self
        self.running = False

    @property
    def chromium(self):
        return self

    executable_path = "none/in/the/cache"

    def launch(self, executable_path, args):
        self.launched = executable_path
        return self

    def close(self):
        pass


@pytest.fixture
def no_browser(monkeypatch):
    """A machine on which nothing is installed, and nothing can be."""
    monkeypatch.delenv("D2LMINI_CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "installed", lambda: None)
    monkeypatch.setattr(browser, "sync_playwright", FakePlaywright().start)
    monkeypatch.setattr(browser, "succeeds", lambda command: False)


def test_the_browser_is_found_before_playwright_starts(no_browser, monkeypatch):
    monkeypatch.setattr(browser, "install_by_apt", lambda: ("found", ""))
    with browser.launched() as chromium:
        assert chromium.launched == "found"


@pytest.mark.parametrize(
    "apt, why",
    [("/usr/bin/apt-get", "apt-get needs root"), (None, "there is no apt-get")],
)
def test_where_no_browser_can_be_had_it_says_why_and_what_to_do(
    no_browser, monkeypatch, apt, why
):
    monkeypatch.setattr(browser.shutil, "which", lambda name: apt)
    said = rf"no browser \({why}.*, playwright install failed\): install Chromium"
    with pytest.raises(browser.NoBrowserError, match=said):
        browser.find_chromium()


def test_a_named_browser_must_exist(monkeypatch):
    monkeypatch.setenv("D2LMINI_CHROMIUM", "no/such/browser")
    with pytest.raises(RuntimeError, match="no/such/browser") as failure:
        browser.find_chromium()
    assert not isinstance(failure.value, browser.NoBrowserError)
