"""The long trainings behind the tables of the book: `make full`.

Every network in MODELS, and the variants of it that are listed here, on all training
images with several seeds, by the recipe of `d2lmini.fit`. The test images are measured
after every epoch, and nothing is chosen by them: what counts is the last epoch. A run
is recorded in `results/runs/fashion.json` as soon as it ends, with the evidence of
where and how. What is recorded already is not repeated, so that an interrupted `make
full` goes on; delete a run's entry to measure it again.
"""

import contextlib
import datetime
import io
import json
import subprocess

import torch

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


def main() -> None:
    runs = json.loads(FILE.read_text())["runs"] if FILE.exists() else []
    known = [(run["model"], run["settings"], run["seed"]) for run in runs]
    commit = git("rev-parse", "--short", "HEAD")  # of the code that runs
    for model in MODELS:
        for settings in VARIANTS.get(model, [{}]):
            for seed in SEEDS:
                if (model, settings, seed) not in known:
                    runs.append(train(model, settings, seed) | {"commit": commit})
                    FILE.write_text(json.dumps({"runs": runs}, indent=1) + "\n")


def train(name: str, settings: dict, seed: int) -> dict:
    """Train one network, and return what `d2lmini.load_results` describes."""
    device = best_device()
    train_data, test_data = load_data("fashion", "train"), load_data("fashion", "test")
    loader = make_loader(train_data, BATCH_SIZE, shuffle=True, device=device)
    test_loader = make_loader(test_data, 1000, device=device)
    set_seed(seed)
    model = MODELS[name](num_classes=10, in_channels=1, **settings).to(device)
    with contextlib.redirect_stdout(io.StringIO()):  # its line an epoch
        history = fit(model, loader, test_loader, **RECIPE)
    test = history.valid[-1]
    print(f"{name} {settings} seed {seed}: {test.accuracy:.4f}", flush=True)
    return {
        "model": name,
        "settings": settings,
        "parameters": count_parameters(model),
        **RECIPE,
        "batch_size": BATCH_SIZE,
        "seed": seed,
        "accuracy": round(test.accuracy, 4),
        "loss": round(test.loss, 4),
        "accuracy_by_epoch": [round(valid.accuracy, 4) for valid in history.valid],
        "seconds": round(sum(history.seconds), 1),
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
