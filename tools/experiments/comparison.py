"""The small networks on one budget of seconds, and not of epochs.

Each network gets as many steps as fit into SECONDS at the time a step that the
experiment `cost` recorded (fixed steps, so that a busy machine changes nothing), with
one cycle of the learning rate over them, in one pass over as many images; no image
comes again before all have come. The recipe is that of the long runs (`fashion`), at
their rate, and at the best of RATES, which each network chooses on held-out images.
"""

import torch

from d2lmini import create_model, load_results, set_seed
from tools.experiment import fashion, learn, record
from tools.experiments.fashion import BATCH_SIZE, RECIPE

SECONDS = 15
NETWORKS = ("lenet", "alexnet", "vgg11", "nin", "googlenet", "resnet18", "densenet")
RATES = (0.02, RECIPE["lr"], 0.1, 0.2)


def main(*names: str) -> None:
    """Record all networks, or only those that are named."""
    variants = [{"model": name, "budget": SECONDS} for name in names or NETWORKS]
    record("comparison", variants, measure, RATES)
    record("comparison", variants, measure, (RECIPE["lr"],))


def measure(settings: dict, seed: int) -> dict:
    name = settings["model"]
    costs = {run["settings"]["model"]: run for run in load_results("cost")}
    steps = round(settings["budget"] / costs[name]["step_seconds"])
    train_data, valid_data = fashion(55_000)
    passing = train_data[torch.arange(steps * BATCH_SIZE) % len(train_data)]
    set_seed(seed)
    model = create_model(name, in_channels=1, small=True)
    lr = settings["lr"]
    measured = learn(model, passing, valid_data, epochs=1, lr=lr, batch_size=BATCH_SIZE)
    return {"steps": steps, **measured}
