"""How long the chapters take: to run, by `results/minutes.json`, and to read.

The file maps a chapter to its runs, "quick" and "full", each with the seconds of the
whole chapter (kernel start included), the machine, the version of torch and the date.
"""

import datetime
import json
import os
import platform
import re
from pathlib import Path

from nbformat import NotebookNode

from tools import prose
from tools.chapters import ROOT, tags, write_text

RUNS = ("quick", "full")
NOT_YET = "a time not measured yet"
NO_BREAK = "\N{NO-BREAK SPACE}"
WORDS_A_MINUTE, SECONDS_A_CELL = 200, 30
FOLDED = {"hide-cell", "hide-input"}


def load(root: Path = ROOT) -> dict:
    path = root / "results" / "minutes.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def record(chapter: str, run: str, seconds: float, root: Path = ROOT) -> None:
    """Note a run that has just ended on this machine."""
    import torch  # slow to import, and `make sync` does not need it

    measured = load(root)
    measured.setdefault(chapter, {})[run] = {
        "seconds": round(seconds, 1),
        "machine": machine(),
        "torch": torch.__version__.split("+")[0],
        "date": datetime.date.today().isoformat(),
    }
    text = json.dumps(measured, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path = root / "results" / "minutes.json"
    path.parent.mkdir(exist_ok=True)
    write_text(path, text)


def machine() -> str:
    """Cores, processor and graphics card, such as "2 cores, Intel(R) Xeon(R)"."""
    import torch

    if hasattr(os, "sched_getaffinity"):  # the cores that we may use
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count()
    parts = [f"{cores} cores" if cores > 1 else "1 core", processor()]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    return ", ".join(parts)


def processor() -> str:
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return model[1] if model else platform.processor() or platform.machine()


def short(run: dict | None) -> str:
    """The time of a run: seconds below a minute and a half, else minutes."""
    if run is None:
        return "–"
    if run["seconds"] < 90:
        return f"{run['seconds']:.0f}{NO_BREAK}s"
    return f"{run['seconds'] / 60:.0f}{NO_BREAK}min"


def reading(notebook: NotebookNode) -> int:
    """Minutes to read a chapter up to its exercises, in steps of five.

    A minute for 200 words of prose, and half a minute for each code cell that is open.
    """
    seconds = 0.0
    for cell in notebook.cells:
        if cell.source.startswith("## Exercises") or "\n## Exercises" in cell.source:
            break
        if cell.cell_type == "markdown":
            seconds += prose.words(cell.source) * 60 / WORDS_A_MINUTE
        elif not FOLDED.intersection(tags(cell)):
            seconds += SECONDS_A_CELL
    return max(5, 5 * round(seconds / 300))


def sentence(times: dict, to_read: int) -> str:
    """What stands after `**Runs in**` in a chapter."""
    quick, full = (times.get(run) for run in RUNS)
    ending = f"about {to_read} minutes to read."
    if quick is None and full is None:
        return f"{NOT_YET}; {ending}"
    if quick and full and quick["machine"] == full["machine"]:
        both = f"{short(quick)} (quick), {short(full)} (full)"
        return f"{both}, measured on {full['machine']}; {ending}"
    return f"{_placed(quick, 'quick')}; {_placed(full, 'full')}; {ending}"


def _placed(run: dict | None, name: str) -> str:
    if run is None:
        return f"{NOT_YET} ({name})"
    return f"{short(run)} ({name}), measured on {run['machine']}"


def machines(chapters: list[dict]) -> str:
    """The line below the table of chapters."""
    places = {
        run: sorted({times[run]["machine"] for times in chapters if run in times})
        for run in RUNS
    }
    quick, full = (" and on ".join(places[run]) for run in RUNS)
    if not quick and not full:
        return "No run is measured yet."
    if quick == full:
        return f"Quick and full runs were measured on {quick}."
    measured = [
        f"{name} runs were measured on {place}"
        for name, place in (("quick", quick), ("full", full))
        if place
    ]
    text = "; ".join(measured)
    return f"{text[0].upper()}{text[1:]}."
