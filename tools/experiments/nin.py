"""NiN in parts, on held-out training images: `results/runs/nin.json`.

A NiN of width 16 with everything, then with a part taken out or replaced, each with and
without batch norm:

- "full": four blocks, the mean of a class map is the logit;
- "last relu": the same, with the ReLU of the paper at the end of the last block;
- "no 1x1": each block is its first convolution; "no 1x1, wider" spends the parameters
  that this saves on more channels;
- "pooled": three blocks, the mean of each feature map, one linear layer;
- "flattened": three blocks, all numbers of the maps, one linear layer.

With batch norm also "full" and "flattened" without dropout. Two short epochs: they show
how fast a variant learns, not how far it comes. What a network makes of shifted images,
and its scores, are measured on 2,000 of the held-out ones. Each variant tries three
rates with its first seed; they lie lower without batch norm. The first two have six
seeds without batch norm, the others three. About nine minutes on one core.
"""

import torch
from torch import Tensor, nn

from d2lmini import ImageData, make_loader, random_shift, set_seed
from d2lmini.models import kaiming_init
from d2lmini.models.nin import conv_relu, nin_block
from d2lmini.train import evaluate
from tools.experiment import fashion, learn, record

IMAGES, EPOCHS, BATCH_SIZE = 5000, 2, 32
RATES = {True: (0.03, 0.1, 0.3), False: (0.01, 0.03, 0.1)}  # with batch norm, without
CHANNELS, WIDER = (16, 48, 64), (18, 54, 72)
PARTS = ("full", "last relu", "no 1x1", "no 1x1, wider", "pooled", "flattened")


def network(part: str, batch_norm: bool, dropout: float) -> nn.Sequential:
    """(N, 1, 28, 28) -> (N, 10)."""
    block = conv_relu if part.startswith("no 1x1") else nin_block
    c1, c2, c3 = WIDER if part == "no 1x1, wider" else CHANNELS
    layers = nn.Sequential(
        block(1, c1, 5, 2, 2, batch_norm),
        nn.MaxPool2d(3, stride=2, padding=1),
        block(c1, c2, 5, 1, 2, batch_norm),
        nn.MaxPool2d(3, stride=2, padding=1),
        block(c2, c3, 3, 1, 1, batch_norm),
        nn.Dropout(dropout),
    )
    if part.startswith("no 1x1"):
        layers.append(nn.Conv2d(c3, 10, 3, padding=1))
    elif part in ("full", "last relu"):
        layers.append(nin_block(c3, 10, 3, 1, 1, batch_norm, part == "last relu"))
    if part != "flattened":
        layers.append(nn.AdaptiveAvgPool2d(1))
    layers.append(nn.Flatten())
    if part in ("pooled", "flattened"):
        layers.append(nn.Linear(c3 if part == "pooled" else c3 * 4 * 4, 10))
    return layers


def main() -> None:
    train_data, valid_data = fashion(IMAGES)
    part_of = valid_data[:2000]
    moved = moved_by(part_of, 4)

    def measure(settings: dict, seed: int) -> dict:
        set_seed(seed)
        choice = {key: settings[key] for key in ("part", "batch_norm", "dropout")}
        model = network(**choice)
        kaiming_init(model)
        how = {"epochs": EPOCHS, "lr": settings["lr"], "batch_size": BATCH_SIZE}
        measured = learn(model, train_data, valid_data, **how)
        if measured["valid_accuracy"] == 0:  # not finite
            return measured
        elsewhere = evaluate(model, make_loader(moved, 1000)).accuracy
        return measured | {
            "moved_accuracy": round(elsewhere, 4),
            **scores(model, part_of),
        }

    for batch_norm, rates in RATES.items():
        variants = [
            {"part": part, "batch_norm": batch_norm, "dropout": 0.5} for part in PARTS
        ]
        if batch_norm:
            for part in ("full", "flattened"):
                variants.append({"part": part, "batch_norm": True, "dropout": 0.0})
        record("nin", variants, measure, rates)
        if not batch_norm:  # these scatter widely
            record("nin", variants[:2], measure, rates, seeds=(0, 1, 2, 3, 4, 5))


def moved_by(data: ImageData, pixels: int) -> ImageData:
    """Each image shifted at random by up to so many pixels, the same at each call."""
    set_seed(0)
    images = random_shift(data.images, pixels)
    return ImageData(images, data.labels, data.classes, data.mean, data.std)


@torch.inference_mode()
def scores(model: nn.Module, data: ImageData) -> dict:
    """The share of scores that are exactly 0, and how many classes no image gets."""
    logits: Tensor = model.eval()(data.normalised())
    guessed = logits.argmax(dim=1).unique()
    return {
        "zero_share": round((logits == 0).float().mean().item(), 4),
        "never_predicted": len(data.classes) - len(guessed),
    }
