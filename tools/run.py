"""Run chapters top to bottom in a fresh kernel and store clean outputs: `make run`.

    python -m tools.run              what changed since the last run, code or outputs
    python -m tools.run 21-lenet     these chapters, changed or not
    python -m tools.run --full       all chapters with full settings; names choose some

A chapter that fails, warns or writes to stderr is not stored. Of a full run the time is
stored, and nothing else.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from traitlets import default

from tools import chapters, minutes, outputs, sync


class ThisPython(AsyncKernelManager):
    """Starts ipykernel in this very interpreter, whatever kernels are installed."""

    @default("kernel_spec_manager")
    def _no_installed_kernels(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def execute(notebook: NotebookNode, folder: Path, run: str) -> float:
    """Run all cells in place and return the seconds, kernel start included."""
    for cell in chapters.code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        timeout=None,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    start = time.perf_counter()
    settings = {"D2LMINI_RUN": run, "TQDM_DISABLE": "1"}
    if run == "quick":
        settings["CUDA_VISIBLE_DEVICES"] = ""  # what is stored ran on a CPU
    client.execute(env=os.environ | settings)
    return time.perf_counter() - start


def refusals(path: Path, notebook: NotebookNode, run: str, root: Path) -> list[str]:
    """Run a chapter and store it; the reasons why not, if there are any."""
    try:
        seconds = execute(notebook, path.parent, run)
    except (CellExecutionError, DeadKernelError) as error:
        cells = chapters.code_cells(notebook)
        failed = sum(cell.execution_count is not None for cell in cells)
        return [f"code cell {failed} failed\n{error}"]
    outputs.tidy(notebook)
    if run == "quick":
        if found := outputs.unclean(notebook):
            return found
        notebook.metadata["d2lmini"] = chapters.sums(notebook)
        chapters.write_text(path, chapters.text_of(notebook))
    minutes.record(path.stem, run, seconds, root)
    print(f"{path.stem}: {seconds:.1f} s ({run})", flush=True)
    return []


def selected(names: list[str], root: Path) -> list[Path]:
    paths = {path.stem: path for path in chapters.chapter_paths(root)}
    for name in names:
        if name not in paths:
            known = ", ".join(paths)
            sys.exit(f"unknown chapter {name!r}; one of {known}")
    return [path for stem, path in paths.items() if not names or stem in names]


def run_chapters(names: list[str], run: str, root: Path = chapters.ROOT) -> bool:
    """Run the chapters that need it; whether all went well."""
    good = True
    for path in selected(names, root):
        notebook = chapters.read(path)
        if run == "quick" and not names and not chapters.needs_run(notebook):
            outputs.tidy(notebook)
            if chapters.write_text(path, chapters.text_of(notebook)):
                print(f"{path.stem}: tidied")
            continue
        print(f"{path.stem}: running …", flush=True)
        for reason in refusals(path, notebook, run, root):
            good = False
            print(f"{path.stem}, {reason}", file=sys.stderr)
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--full", action="store_true", help="full settings")
    arguments = parser.parse_args()
    sync.write(chapters.ROOT)  # so that what runs is the library's text
    good = run_chapters(arguments.chapters, "full" if arguments.full else "quick")
    sync.write(chapters.ROOT)  # and the minutes reach the texts
    if not good:
        sys.exit("nothing was stored of the chapters named above")


if __name__ == "__main__":
    main()
