"""What the recorded experiments share: variants, seeds, rates, and one file of runs.

An experiment trains each of its variants with several seeds. Where it names learning
rates, the first seed tries them all, and the rate with the highest accuracy on held-out
training images is the one of the other seeds: each variant gets its own best rate, and
all get the same effort. A run is recorded in `results/runs/NAME.json` as soon as it
ends, with the evidence of where and how, and is not repeated, so that an interrupted
recording goes on; delete a run's entry to measure it again.
"""

import contextlib
import datetime
import io
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from d2lmini import ImageData, count_parameters, fit, load_data, make_loader
from tools.chapters import ROOT
from tools.minutes import machine

RUNS = ROOT / "results" / "runs"
HELD_OUT = 5000  # the last training images of Fashion-MNIST, to choose by
SEEDS = (0, 1, 2)


def record(
    name: str,
    variants: list[dict],
    measure: Callable[[dict, int], dict],
    rates: tuple[float, ...] = (),
    seeds: tuple[int, ...] = SEEDS,
) -> None:
    """Measure each variant, and keep what was measured in `results/runs/NAME.json`.

    variants: their settings, which the file keeps. measure: takes settings, which with
    rates have an "lr" too, and a seed; returns numbers, with rates a "valid_accuracy".
    """
    path = RUNS / f"{name}.json"
    runs = read(path)
    commit = git("rev-parse", "--short", "HEAD")  # of the code that runs

    def once(settings: dict, seed: int) -> dict:
        for run in runs:
            if run["settings"] == settings and run["seed"] == seed:
                return run
        start = time.perf_counter()
        measured = measure(settings, seed)
        seconds = {"seconds": round(time.perf_counter() - start, 1)}
        run = {"settings": settings, "seed": seed, **measured, **seconds, **evidence()}
        print(f"{name} {settings}, seed {seed}: {measured}", flush=True)
        write(path, [*read(path), run | {"commit": commit}])
        runs.append(run)
        return run

    for variant in variants:
        if rates:
            tried = [once(variant | {"lr": lr}, seeds[0]) for lr in rates]
            best = max(tried, key=lambda run: run["valid_accuracy"])
            variant = variant | {"lr": best["settings"]["lr"]}
        for seed in seeds:
            once(variant, seed)


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text())["runs"] if path.exists() else []


def write(path: Path, runs: list[dict]) -> None:
    path.write_text(json.dumps({"runs": runs}, indent=1) + "\n")


def fashion(count: int) -> tuple[ImageData, ImageData]:
    """The first `count` training images of Fashion-MNIST, and those held out."""
    data = load_data("fashion", "train")
    return data[:-HELD_OUT][:count], data[-HELD_OUT:]


def learn(
    model: nn.Module,
    train_data: ImageData,
    valid_data: ImageData,
    *,
    epochs: int,
    lr: float,
    batch_size: int = 64,
    augment: Callable | None = None,
) -> dict:
    """Train by `d2lmini.fit`, and return what is worth keeping.

    The accuracy and loss are of the last epoch on valid_data; a training that ends in
    numbers that are not finite has the accuracy 0 and no loss.
    """
    model.to(memory_format=torch.channels_last)
    loader = make_loader(train_data, batch_size, shuffle=True, augment=augment)
    valid_loader = make_loader(valid_data, 1000)
    measured = {"parameters": count_parameters(model)}
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # its line an epoch
            history = fit(model, loader, valid_loader, epochs=epochs, lr=lr)
    except FloatingPointError:
        return measured | {"valid_accuracy": 0.0, "valid_loss": None}
    valid, train = history.valid[-1], history.train[-1]
    return measured | {
        "valid_accuracy": round(valid.accuracy, 4),
        "valid_loss": round(valid.loss, 4),
        "train_loss": round(train.loss, 4),
        "accuracy_by_epoch": [round(valid.accuracy, 4) for valid in history.valid],
    }


def evidence() -> dict:
    """Where, with what and when something was measured; the commit is added to it."""
    return {
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__.split("+")[0],
        "date": datetime.date.today().isoformat(),
    }


def git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
