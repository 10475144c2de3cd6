"""ResNet-18 at full width on images of 96 pixels: the recipe of the articles, and ours.

Theirs: batches of 256, SGD at the constant rate 0.05, Xavier's start, ten epochs. Ours:
batches of 128, momentum, weight decay, one cycle of the rate up to 0.1, flips. Both on
all training images of Fashion-MNIST; the test images are measured after every epoch,
and what counts is the last. Minutes on a GPU, four to six hours each on two CPU cores.
"""

import dataclasses

import torch
import torch.nn.functional as F
from torch import nn

from d2lmini import (
    ImageData,
    best_device,
    create_model,
    evaluate,
    fit,
    load_data,
    make_loader,
    random_flip,
    set_seed,
    train_epoch,
)
from tools.experiment import record
from tools.experiments.fashion import start_by_xavier

SIDE, EPOCHS = 96, 10


def main() -> None:
    variants = [{"recipe": "articles"}, {"recipe": "ours"}]
    record("scale", variants, measure, seeds=(0,))


def measure(settings: dict, seed: int, count: int = 60_000) -> dict:
    """Train on the first `count` images, and return the test accuracy of each epoch."""
    device = best_device()
    train_data = enlarge(load_data("fashion", "train")[:count])
    test_data = enlarge(load_data("fashion", "test")[:count])
    set_seed(seed)
    model = create_model("resnet18", in_channels=1)
    test_loader = make_loader(test_data, 256, device=device)
    if settings["recipe"] == "articles":
        start_by_xavier(model)
        model = model.to(device, memory_format=torch.channels_last)
        loader = make_loader(train_data, 256, shuffle=True, device=device)
        accuracies = train_plainly(model, loader, test_loader)
    else:
        model = model.to(device, memory_format=torch.channels_last)
        loader = make_loader(
            train_data, 128, shuffle=True, augment=random_flip, device=device
        )
        history = fit(model, loader, test_loader, epochs=EPOCHS, lr=0.1)
        accuracies = [valid.accuracy for valid in history.valid]
    return {
        "accuracy": round(accuracies[-1], 4),
        "accuracy_by_epoch": [round(accuracy, 4) for accuracy in accuracies],
        "device": str(device),
    }


def enlarge(data: ImageData) -> ImageData:
    """The same images at SIDE x SIDE, still uint8, a thousand at a time."""
    parts = []
    for images in data.images.split(1000):
        large = F.interpolate(images.float(), size=SIDE, mode="bilinear")
        parts.append(large.round().to(torch.uint8))
    return dataclasses.replace(data, images=torch.cat(parts))


def train_plainly(model: nn.Module, loader, test_loader) -> list[float]:
    """SGD at a constant rate; the test accuracy after each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    accuracies = []
    for _ in range(EPOCHS):
        train_epoch(model, loader, optimizer)
        accuracies.append(evaluate(model, test_loader).accuracy)
    return accuracies
