"""Recorded long runs: what `make full` measured, with the evidence of where and how."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "results" / "runs"


def load_results(name: str) -> list[dict[str, Any]]:
    """Read `results/runs/NAME.json`: recorded runs, one dict a run.

    "fashion" has the networks on all of Fashion-MNIST: `model` and its `settings`, the
    `start` of its weights ("PyTorch" or "Xavier"), `parameters`, `epochs`, `seed`, the
    test `accuracy` (0 to 1) and `loss`, `seconds`. "rates" has twenty layers: `norm`,
    `start`, `lr`, and for each of its `seeds` the last of the `losses`, None where it
    was not finite. The others are named after the network that they vary: `settings`
    has what was varied, and the file of that name in `tools/experiments/` says what was
    measured. All have the evidence: `machine`, `torch`, `commit`, `date`. Raises
    ValueError for an unknown name.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.json"))
    if name not in known:
        raise ValueError(
            f"no recorded runs called {name!r} in {FOLDER}; one of {known}. They come "
            "with a clone of the repository, and `make full` records them anew"
        )
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["runs"]
