"""Finds or installs a Chromium for the book's tests, and serves pages to it.

Looked for in this order: the path in D2LMINI_CHROMIUM, an installed browser, the one
of Playwright, `apt-get install` (as root or with password-less sudo), `playwright
install`.
`python tests/browser.py` prints the path. Where there is none and none can be had, it
prints why, and what to install, and exits with 3.
"""

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
WHAT_TO_DO = (
    "install Chromium with `sudo apt-get install chromium` or `.venv/bin/python -m "
    "playwright install --with-deps chromium`, or set D2LMINI_CHROMIUM to the path of "
    "a Chromium or Chrome"
)

# Every other host is refused, and Chromium does nothing on its own account.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--no-first-run",
]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
if IS_ROOT:  # who cannot have a sandbox
    FLAGS.append("--no-sandbox")


class NoBrowserError(RuntimeError):
    """There is none, and none can be had: why, and what to install."""


@contextmanager
def launched():
    """A running browser. It is found before Playwright starts, because the search
    starts Playwright too, and Playwright refuses to start inside itself."""
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


def find_chromium():
    """The path of a browser that starts; installs one if there is none."""
    named = os.environ.get("D2LMINI_CHROMIUM")
    if named and not Path(named).is_file():
        raise RuntimeError(
            f"D2LMINI_CHROMIUM names {named!r}, and there is no such file: "
            "correct the path, or unset it and the tests look for a browser"
        )
    if named:
        return named
    path = installed() or playwrights_own()
    if path:
        return path
    failures = []
    for install in (install_by_apt, install_by_playwright):
        path, why = install()
        if path:
            return path
        failures.append(why)
    raise NoBrowserError(f"no browser ({', '.join(failures)}): {WHAT_TO_DO}")


def installed():
    """A browser that is on the PATH and starts."""
    paths = [shutil.which(name) for name in NAMES] + [MAC]
    return next((path for path in paths if path and starts(path)), None)


def starts(path):
    """Some systems have a file of that name which only says what to install."""
    return succeeds([path, "--version"])


def playwrights_own():
    """The browser that `playwright install chromium` leaves in the user's cache."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


def install_by_apt():
    """On Debian and its relatives, where we may: a path or None, and why None."""
    sudo = [] if IS_ROOT else ["sudo", "-n"]
    if not shutil.which("apt-get"):
        return None, "there is no apt-get"
    if not succeeds([*sudo, "true"]):
        return None, "apt-get needs root, or sudo without a password"
    say("no browser found: apt-get install chromium")
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    succeeds([*apt, "update"])
    succeeds([*apt, "install", "-y", "--no-install-recommends", "chromium"])
    return installed(), "apt-get install failed"


def install_by_playwright():
    """Anywhere else, a download into the user's cache: as install_by_apt."""
    say("no browser found: playwright install chromium")
    succeeds([sys.executable, "-m", "playwright", "install", "chromium"])
    return playwrights_own(), "playwright install failed"


def succeeds(command):
    """Run a command; False if it is missing, fails or hangs. Its errors are shown."""
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, timeout=900)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def say(message):
    print(message, file=sys.stderr, flush=True)


class QuietHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many files

    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder):
    """Serve a folder to this machine only, at a free port; yields the address."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    try:
        print(find_chromium())
    except NoBrowserError as error:
        print(error)
        sys.exit(3)
    except RuntimeError as error:
        sys.exit(str(error))
