"""A chapter in JupyterLab, in a real browser, as a reader works with it.

It starts what `make lab` starts, in a folder that holds a copy of one chapter.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAPTER = "02-convolution.ipynb"
WRONG = "kernel = torch.eye(3)\ncheck.moving_kernel(kernel)"
RIGHT = "kernel = torch.zeros(3, 3)\nkernel[1, 2] = 1\ncheck.moving_kernel(kernel)"
KERNEL_IS_READY = """() => {
    const kernel = jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus == "connected" && kernel.status == "idle";
}"""
CLEAR = "jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"
RUN_ALL = "jupyterapp.commands.execute('notebook:run-all-cells')"
CELLS = """() => jupyterapp.shell.currentWidget.content.widgets.map((cell, index) => ({
    index,
    code: cell.model.type == "code",
    tags: cell.model.getMetadata("tags") ?? [],
    source: cell.model.sharedModel.getSource(),
    hidden: [cell.inputHidden, cell.outputHidden],
    count: cell.model.executionCount,
    outputs: cell.model.outputs?.toJSON() ?? [],
}))"""
SHOW = """(index) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    return notebook.scrollToItem(index);
}"""

RAN_AGAIN = """([index, before]) => {
    const { model } = jupyterapp.shell.currentWidget.content.widgets[index];
    return model.executionCount > before && model.outputs.length > 0;
}"""


@pytest.fixture
def address(tmp_path):
    """JupyterLab on a copy of the chapter, with settings of nobody."""
    for name in (CHAPTER, "matplotlibrc"):
        shutil.copy(ROOT / "notebooks" / name, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--no-browser --allow-root --expose-app-in-browser --port={port} "
    options += "--ServerApp.port_retries=0 --IdentityProvider.token=reader "
    places = "CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"
    nobody = {f"JUPYTER_{place}": str(tmp_path / "nobody" / place) for place in places}
    env = os.environ | nobody | {"D2LMINI_RUN": "quick"}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            lab_command(tmp_path) + options,
            shell=True,
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield wait_for(f"http://127.0.0.1:{port}", server, tmp_path / "log")
    urllib.request.urlopen(
        urllib.request.Request(
            f"http://127.0.0.1:{port}/api/shutdown?token=reader", method="POST"
        )
    )
    server.wait(timeout=60)


def lab_command(folder):
    """The line that `make lab` runs, with another folder of chapters."""
    make = ["make", "--no-print-directory", "--dry-run", "lab"]
    said = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True)
    line = said.stdout.splitlines()[-1]
    assert "--notebook-dir=notebooks" in line
    return line.replace("--notebook-dir=notebooks", f"--notebook-dir='{folder}'") + " "


def wait_for(server_address, server, log, seconds=120):
    for _ in range(seconds * 5):
        try:
            urllib.request.urlopen(f"{server_address}/api?token=reader")
            return server_address
        except urllib.error.URLError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture
def page(address, browser):
    """The chapter, opened."""
    page = browser.new_page()
    page.goto(f"{address}/lab/tree/{CHAPTER}?token=reader")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(KERNEL_IS_READY)
    yield page
    page.close()


def cells(page, tag):
    return [cell for cell in page.evaluate(CELLS) if tag in cell["tags"]]


def printed(cell):
    return "".join(output.get("text", "") for output in cell["outputs"])


def test_a_reader_opens_a_chapter_runs_it_and_answers_an_exercise(page):
    """One test, since each step begins where the one before it ended."""
    solutions_are_folded(page)
    run_all_passes_over_open_exercises(page)
    hint = "not yet: each pixel mixes 3 pixels; to move, it takes over one"
    an_answer_is_typed_and_checked(page, WRONG, hint)
    an_answer_is_typed_and_checked(page, RIGHT, "right: on 20 random pictures")
    nothing_asks_for_consent_to_fetch_news(page)


def solutions_are_folded(page):
    solutions = cells(page, "solution")
    assert len(solutions) >= 5
    assert all(cell["hidden"] == [True, True] for cell in solutions)
    assert all(cell["hidden"] == [False, False] for cell in cells(page, "answer"))
    page.evaluate(SHOW, solutions[0]["index"])
    fold = page.locator(".jp-Cell.jp-mod-active .jp-InputPlaceholder")
    fold.wait_for()
    assert fold.inner_text().strip() == "# Solution"
    fold.locator(".jp-MoreHorizIcon").click()  # and opens when one asks for it
    page.locator(".jp-Cell.jp-mod-active .cm-content").wait_for()


def run_all_passes_over_open_exercises(page):
    page.evaluate(CLEAR)
    assert not any(cell["outputs"] or cell["count"] for cell in page.evaluate(CELLS))
    page.evaluate(RUN_ALL)
    code = [cell for cell in page.evaluate(CELLS) if cell["code"]]
    assert [cell["count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert "error" not in kinds
    for cell in cells(page, "answer"):
        lines = printed(cell).splitlines()
        assert lines
        assert all(line.startswith("not answered yet: give ") for line in lines)


def an_answer_is_typed_and_checked(page, typed, verdict):
    before = cells(page, "answer")[0]
    index = before["index"]
    page.evaluate(SHOW, index)
    page.locator(".jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(typed)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(RAN_AGAIN, arg=[index, before["count"]])
    cell = page.evaluate(CELLS)[index]
    assert cell["source"] == typed
    assert printed(cell) == f"{verdict}\n"
    shown = page.locator(".jp-Cell.jp-mod-active .jp-OutputArea-output")
    assert shown.inner_text().strip() == verdict


def nothing_asks_for_consent_to_fetch_news(page):
    assert page.locator(".Toastify__toast", has_text="news").count() == 0
