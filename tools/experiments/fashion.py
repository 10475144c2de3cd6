"""Every network of the course on all training images of Fashion-MNIST, by one recipe.

The networks of MODELS in their small versions, and the variants that are listed here,
with several seeds, by the recipe of `d2lmini.fit`. The weights start as PyTorch starts
them, and in the variants of XAVIER by Xavier's rule as well. The test images are
measured after every epoch, and nothing is chosen by them: what counts is the last
epoch. All networks have their first seed before any has its second.
"""

import contextlib
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

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
from d2lmini.models import SMALL
from tools.experiment import RUNS, SEEDS, evidence, git, read, write

FILE = RUNS / "fashion.json"
RECIPE = {"epochs": 10, "lr": 0.05, "momentum": 0.9, "weight_decay": 5e-4}
BATCH_SIZE = 128
NOT_HERE = ("fcn",)  # gives a class a pixel
VARIANTS = {  # arguments beside those of the small version; {} if not listed
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


def main(*names: str) -> None:
    """Record all networks, or only those that are named."""
    commit = git("rev-parse", "--short", "HEAD")  # of the code that runs
    for seed in SEEDS:
        for model, settings, start in variants(names or tuple(MODELS)):
            runs = read(FILE)
            keys = [(r["model"], r["settings"], r["start"], r["seed"]) for r in runs]
            if (model, settings, start, seed) not in keys:
                # a process of its own, whose peak memory is that of this run alone
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    run = pool.submit(train, model, settings, start, seed).result()
                write(FILE, [*read(FILE), run | {"commit": commit}])


def variants(names: tuple[str, ...]) -> Iterator[tuple[str, dict, str]]:
    """Each network with the settings and the start that it is trained with."""
    for model in names:
        if model in NOT_HERE:
            continue
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
    arguments = SMALL.get(name, {}) | settings
    model = MODELS[name](num_classes=10, in_channels=1, **arguments)
    if start == "Xavier":
        start_by_xavier(model)
    model = model.to(device, memory_format=torch.channels_last)
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
        "images_per_second": round(
            RECIPE["epochs"] * len(train_data) / sum(history.seconds)
        ),
        "peak_memory_mib": round(peak_memory() / 2**20),
        "device": str(device),
        **evidence(),
    }


def peak_memory() -> int:
    """The most bytes that this process held: on its GPU if it used one, else in all."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
