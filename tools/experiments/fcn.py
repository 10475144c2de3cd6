"""FCN on synthetic scenes: its skips, its start, a ReLU at its end, two optimisers.

Two garments on a textured ground of 64 x 64, five classes (`d2lmini.data.garments`).
The training scenes and those by which rates are chosen have other garments, both from
the training images of Fashion-MNIST; what is reported is of scenes of test images. Each
variant and optimiser has its own grid of learning rates, in which the best one is not
at an edge; the long runs take the rate of the short ones.
"""

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
START = {"skips": 2, "start": "bilinear", "last_relu": False}
ADAM = {"optimizer": "Adam"}
VARIANTS = [  # what differs from START and SGD, and its learning rates
    ({"skips": 0}, (0.03, 0.1, 0.3, 1.0)),
    ({"skips": 1}, (0.03, 0.1, 0.3, 1.0)),
    ({"skips": 2}, (0.03, 0.1, 0.3, 1.0)),
    ({"start": "fixed"}, (0.03, 0.1, 0.3, 1.0)),
    ({"start": "default"}, (0.1, 0.3, 1.0, 3.0)),
    ({"last_relu": True}, (0.03, 0.1, 0.3, 1.0)),
    ({**ADAM}, (0.001, 0.003, 0.01, 0.03)),
    ({**ADAM, "start": "default"}, (0.003, 0.01, 0.03, 0.1)),
    ({**ADAM, "last_relu": True}, (0.001, 0.003, 0.01, 0.03)),
]
EPOCHS, LONG = 3, 10
ALSO_LONG = ({"skips": 2}, {"start": "default"}, {"last_relu": True})


def main() -> None:
    for variant, rates in VARIANTS:
        settings = {**START, "optimizer": "SGD", **variant, "epochs": EPOCHS}
        for lr in rates:
            record("fcn", [settings | {"lr": lr}], measure, seeds=(0,))
        tried = [settings | {"lr": lr} for lr in rates]
        runs = [run for run in read(RUNS / "fcn.json") if run["settings"] in tried]
        best = max(runs, key=lambda run: run["valid_iou"] if run["seed"] == 0 else 0)
        record("fcn", [best["settings"]], measure)
        if variant in ALSO_LONG:
            record("fcn", [best["settings"] | {"epochs": LONG}], measure)


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
        bilinear=settings["start"] != "default",
        last_relu=settings["last_relu"],
    ).to(memory_format=torch.channels_last)
    if settings["start"] == "fixed":
        for layer in model.modules():
            if isinstance(layer, nn.ConvTranspose2d):
                layer.weight.requires_grad = False
    optimizer = optimizer_for(model, settings["optimizer"], settings["lr"])
    steps = settings["epochs"] * (len(images) // BATCH_SIZE)
    cycle = OneCycleLR(optimizer, settings["lr"], steps, cycle_momentum=False)
    by_epoch = []
    for _ in range(settings["epochs"]):
        model.train()
        for batch in torch.randperm(len(images)).split(BATCH_SIZE):
            loss = F.cross_entropy(model(images[batch]), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            cycle.step()
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
