"""How long the chapters take: `results/minutes.json`, and how the texts say it.

The file maps a chapter to its runs, "quick" and "full", each with the seconds of the
whole chapter (kernel start included), the machine, the version of torch and the date.
"""

import datetime
import json
import os
import platform
import re
from pathlib import Path

from tools.chapters import ROOT, write_text

RUNS = ("quick", "full")
NOT_YET = "not measured yet"


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
    """The minutes of a run as a number with at most two digits that matter."""
    if run is None:
        return "–"
    count = run["seconds"] / 60
    if count < 0.1:
        return "< 0.1"
    return f"{count:.0f}" if count >= 9.95 else f"{count:.1f}"


def spoken(run: dict) -> str:
    number = short(run).replace("< ", "less than ").removesuffix(".0")
    return f"{number} minute" if number == "1" else f"{number} minutes"


def sentence(times: dict) -> str:
    """What stands after `**Time:**` in a chapter."""
    quick, full = (times.get(run) for run in RUNS)
    if quick is None and full is None:
        return NOT_YET
    if quick and full and quick["machine"] == full["machine"]:
        both = f"{spoken(quick)} (quick), {spoken(full)} (full)"
        return f"{both}, measured on {full['machine']}."
    return f"{_placed(quick, 'quick')}; {_placed(full, 'full')}."


def _placed(run: dict | None, name: str) -> str:
    if run is None:
        return f"{name} {NOT_YET}"
    return f"{spoken(run)} ({name}), measured on {run['machine']}"


def machines(chapters: list[dict]) -> str:
    """The line below the table of chapters."""
    places = {
        run: sorted({times[run]["machine"] for times in chapters if run in times})
        for run in RUNS
    }
    quick, full = (" and on ".join(places[run]) for run in RUNS)
    if not quick and not full:
        return "Quick and Full are minutes; none is measured yet."
    if quick == full or not full:
        which = "Quick and Full are" if full else "Quick is"
        return f"{which} minutes, measured on {quick}."
    if not quick:
        return f"Full is minutes, measured on {full}."
    return f"Minutes: Quick was measured on {quick}; Full on {full}."
