"""FCN on synthetic scenes: its skips, its start, a ReLU at its end, two optimisers.

Two garments on a textured ground of 64 x 64, five classes (`d2lmini.data.garments`).
The training scenes and those by which rates are chosen have other garments, both from
the training images of Fashion-MNIST; what is reported is of scenes of test images. Each
variant, with each optimiser, gets its own best rate, with the next lower and the next
higher one tried as well. The longer runs, with SGD, take the rate of the short ones,
and the longest without the ReLU the next lower one, too.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from d2lmini import count_parameters, load_data, set_seed
from d2lmini.data.garments import CLASSES, Scenes, draw_scenes
from d2lmini.models.fcn import FCN
from tools.experiment import HELD_OUT, RUNS, read, record

SCENES = {"train": 1500, "valid": 500, "test": 1000}
BATCH_SIZE, WIDTH = 25, 8
EPOCHS, LONG, LONGEST = 3, 6, 12
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
USUAL = {"skips": 2, "start": "bilinear", "last_relu": False, "optimizer": "SGD"}
VARIANTS = [  # what differs from the usual, and the middle of the first three rates
    ({}, 0.3),
    ({"skips": 0}, 0.3),
    ({"last_relu": True}, 0.3),
    ({"start": "default"}, 1.0),
    ({"optimizer": "Adam"}, 0.01),
    ({"optimizer": "Adam", "last_relu": True}, 0.01),
    ({"optimizer": "Adam", "start": "default"}, 0.01),
    ({"skips": 1}, 0.3),
]
SLOW = {"start": "default"}  # trained over LONG epochs as well
CUT = {"last_relu": True}
LONGEST_RUNS = ((CUT, 0.3), ({}, 0.3), ({}, 1.0))  # and their rates


def main() -> None:
    for variant, rate in VARIANTS:
        settings = USUAL | variant | {"epochs": EPOCHS}
        record("fcn", [settings | {"lr": best_rate(settings, rate)}], measure)
    lr = best_rate(USUAL | SLOW | {"epochs": EPOCHS}, 1.0)
    record("fcn", [USUAL | SLOW | {"epochs": LONG, "lr": lr}], measure)
    for variant, lr in LONGEST_RUNS:
        record("fcn", [USUAL | variant | {"epochs": LONGEST, "lr": lr}], measure)


def best_rate(settings: dict, first: float) -> float:
    """The rate of the highest mean IoU on "valid", with both its neighbours tried."""
    low, high = RATES.index(first) - 1, RATES.index(first) + 1
    while True:
        tried = [settings | {"lr": lr} for lr in RATES[low : high + 1]]
        record("fcn", tried, measure, seeds=(0,))
        scores = {
            run["settings"]["lr"]: run["valid_iou"]
            for run in read(RUNS / "fcn.json")
            if run["settings"] in tried and run["seed"] == 0
        }
        best = max(scores, key=scores.get)
        if best not in (RATES[low], RATES[high]):
            return best
        low, high = low - (best == RATES[low]), high + (best == RATES[high])


@cache
def scenes(split: str) -> Scenes:
    """The scenes of a split, always the same ones."""
    data = load_data("fashion", "test" if split == "test" else "train")
    if split != "test":
        data = data[-HELD_OUT:] if split == "valid" else data[:-HELD_OUT]
    return draw_scenes(data, SCENES[split], seed=list(SCENES).index(split))


def measure(settings: dict, seed: int) -> dict:
    """Train one network; its scores on scenes that it has not seen."""
    train, valid, test = (scenes(split) for split in SCENES)
    images = train.normalised().contiguous(memory_format=torch.channels_last)
    set_seed(seed)
    model = FCN(
        len(CLASSES),
        width=WIDTH,
        skips=settings["skips"],
        bilinear=settings["start"] == "bilinear",
        last_relu=settings["last_relu"],
    ).to(memory_format=torch.channels_last)
    optimizer = optimizer_for(model, settings["optimizer"], settings["lr"])
    steps = settings["epochs"] * (len(images) // BATCH_SIZE)
    cycle = OneCycleLR(optimizer, settings["lr"], steps, cycle_momentum=False)
    by_epoch = []
    for epoch in range(1, settings["epochs"] + 1):
        model.train()
        for batch in torch.randperm(len(images)).split(BATCH_SIZE):
            loss = F.cross_entropy(model(images[batch]), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            cycle.step()
        if settings["epochs"] == EPOCHS > epoch:
            continue  # short runs are measured at their end only
        logits = logits_of(model, valid)
        by_epoch.append(round(ious(logits, valid.labels).mean().item(), 4))
    logits = logits_of(model, test)
    right, edge = logits.argmax(dim=1) == test.labels, edges(test.labels)
    iou = ious(logits, test.labels)
    return {
        "parameters": count_parameters(model),
        "iou": round(iou.mean().item(), 4),
        "iou_by_class": [round(value, 4) for value in iou.tolist()],
        "accuracy": round(right.double().mean().item(), 4),
        "accuracy_at_edges": round(right[edge].double().mean().item(), 4),
        "accuracy_elsewhere": round(right[~edge].double().mean().item(), 4),
        "zero_logits": round((logits == 0).double().mean().item(), 4),
        "classes_always_zero": int((logits == 0).all(dim=3).all(dim=2).all(0).sum()),
        "valid_iou": by_epoch[-1],
        "valid_iou_by_epoch": by_epoch,
    }


def optimizer_for(model: nn.Module, name: str, lr: float) -> Optimizer:
    if name == "Adam":
        return AdamW(model.parameters(), lr)
    return SGD(model.parameters(), lr, 0.9, nesterov=True, weight_decay=5e-4)


@torch.inference_mode()
def logits_of(model: nn.Module, part: Scenes) -> Tensor:
    model.eval()
    return torch.cat([model(images) for images in part.normalised().split(250)])


def ious(logits: Tensor, labels: Tensor) -> Tensor:
    """Intersection over union of each class, over all scenes together."""
    count = len(CLASSES)
    pairs = labels * count + logits.argmax(dim=1)
    table = torch.bincount(pairs.flatten(), minlength=count**2).view(count, count)
    both = table.diag()
    return both / (table.sum(dim=0) + table.sum(dim=1) - both)


def edges(labels: Tensor) -> Tensor:
    """Where a pixel of another class is at most two rows and two columns away."""
    x = labels[:, None].float()
    near = {"kernel_size": 5, "stride": 1, "padding": 2}
    return (F.max_pool2d(x, **near) != -F.max_pool2d(-x, **near))[:, 0]
