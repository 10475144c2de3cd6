"""The small networks on one budget of seconds, and not of epochs.

Each network gets as many steps as fit into SECONDS at the time a step that the
experiment `cost` recorded (fixed steps, so that a busy machine changes nothing), with
one cycle of the learning rate over them. Once it starts from Kaiming's weights, with a
rate of its own that is chosen on held-out training images; and once by the recipe of
the long runs (`fashion`), from which only the budget differs then.
"""

import math

from d2lmini import create_model, load_results, set_seed
from d2lmini.models import kaiming_init
from tools.experiment import fashion, learn, record
from tools.experiments.fashion import RECIPE

SECONDS, BATCH_SIZE = 15, 128
NETWORKS = ("lenet", "alexnet", "vgg11", "nin", "googlenet", "resnet18", "densenet")
RATES = (0.03, 0.1, 0.3)


def main() -> None:
    own = [{"model": name, "budget": SECONDS} for name in NETWORKS]
    record("comparison", own, measure, RATES)
    recipe = {"start": "PyTorch", "lr": RECIPE["lr"]}
    record("comparison", [variant | recipe for variant in own], measure)


def measure(settings: dict, seed: int) -> dict:
    name = settings["model"]
    costs = {run["settings"]["model"]: run for run in load_results("cost")}
    steps = round(settings["budget"] / costs[name]["step_seconds"])
    train_data, valid_data = fashion(55_000)
    epochs = math.ceil(steps * BATCH_SIZE / len(train_data))
    share = train_data[: steps * BATCH_SIZE // epochs]
    set_seed(seed)
    model = create_model(name, in_channels=1, small=True)
    if settings.get("start") != "PyTorch":
        kaiming_init(model)
    lr = settings["lr"]
    measured = learn(
        model, share, valid_data, epochs=epochs, lr=lr, batch_size=BATCH_SIZE
    )
    return {"steps": steps, **measured}
