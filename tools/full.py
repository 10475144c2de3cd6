"""The long trainings behind the tables of the book: `make full`.

Every network in MODELS, and the variants of it that are listed here, on all training
images with several seeds, by the recipe of `d2lmini.fit`. The weights start as PyTorch
starts them, and in the variants of XAVIER by Xavier's rule as well. The test images are
measured after every epoch, and nothing is chosen by them: what counts is the last
epoch. A run is recorded in `results/runs/fashion.json` as soon as it ends, with the
evidence of where and how. What is recorded already is not repeated, so that an
interrupted `make full` goes on; delete a run's entry to measure it again.
"""

import contextlib
import datetime
import io
import json
import subprocess
from collections.abc import Iterator

import torch
from torch import nn

from d2lmini import (
    MODELS,
    best_device,
    count_parameters,
    fit,
    load_data,
    make_loader,
    set_seed,
)
from tools.chapters import ROOT
from tools.minutes import machine

FILE = ROOT / "results" / "runs" / "fashion.json"
SEEDS = (0, 1, 2)
RECIPE = {"epochs": 10, "lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
BATCH_SIZE = 128
VARIANTS = {  # arguments that differ from the network's defaults; {} if not listed
    "lenet": [
        {},
        {"pool": "average"},
        {"activation": "tanh"},
        {"activation": "tanh", "pool": "average"},
        {"activation": "tanh", "pool": "subsample"},
        {"activation": "tanh", "pool": "subsample", "sparse": True},
        {"activation": "sigmoid", "pool": "average"},
        {"activation": "sigmoid"},
    ],
}
XAVIER = {  # variants that are trained from Xavier's starting weights as well
    "lenet": [
        {"activation": "sigmoid", "pool": "average"},
        {"activation": "sigmoid"},
    ],
}


def main() -> None:
    runs = json.loads(FILE.read_text())["runs"] if FILE.exists() else []
    known = [(run["model"], run["settings"], run["start"], run["seed"]) for run in runs]
    commit = git("rev-parse", "--short", "HEAD")  # of the code that runs
    for model, settings, start in variants():
        for seed in SEEDS:
            if (model, settings, start, seed) not in known:
                runs.append(train(model, settings, start, seed) | {"commit": commit})
                FILE.write_text(json.dumps({"runs": runs}, indent=1) + "\n")


def variants() -> Iterator[tuple[str, dict, str]]:
    """Each network with the settings and the start that it is trained with."""
    for model in MODELS:
        for settings in VARIANTS.get(model, [{}]):
            yield model, settings, "PyTorch"
        for settings in XAVIER.get(model, []):
            yield model, settings, "Xavier"


def start_by_xavier(model: nn.Module) -> None:
    """Draw the weights of convolutions and linear layers anew; biases stay."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)


def train(name: str, settings: dict, start: str, seed: int) -> dict:
    """Train one network, and return what `d2lmini.load_results` describes."""
    device = best_device()
    train_data, test_data = load_data("fashion", "train"), load_data("fashion", "test")
    loader = make_loader(train_data, BATCH_SIZE, shuffle=True, device=device)
    test_loader = make_loader(test_data, 1000, device=device)
    set_seed(seed)
    model = MODELS[name](num_classes=10, in_channels=1, **settings)
    if start == "Xavier":
        start_by_xavier(model)
    model = model.to(device)
    with contextlib.redirect_stdout(io.StringIO()):  # its line an epoch
        history = fit(model, loader, test_loader, **RECIPE)
    test = history.valid[-1]
    how = f"{name} {settings}, start {start}, seed {seed}"
    print(f"{how}: {test.accuracy:.4f}", flush=True)
    return {
        "model": name,
        "settings": settings,
        "start": start,
        "parameters": count_parameters(model),
        **RECIPE,
        "batch_size": BATCH_SIZE,
        "seed": seed,
        "accuracy": round(test.accuracy, 4),
        "loss": round(test.loss, 4),
        "accuracy_by_epoch": [round(valid.accuracy, 4) for valid in history.valid],
        "seconds": round(sum(history.seconds), 1),
        **evidence(),
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


if __name__ == "__main__":
    main()
