"""VGG: stacks of small windows against one large window, and the start of plain VGGs.

"stacks": a stem, a stack, a pooling, a second stack, a global average and a linear
layer. A stack is one 7 x 7, three 3 x 3, one 5 x 5 or two 3 x 3 convolutions, of widths
by which a large window and its stack have equal parameters and equal multiply-adds, or
of equal width; with and without batch norm, with and without ReLU inside the stack.
Kaiming's start, in a layer without a ReLU behind it with half the variance; 8,000
images, two epochs.

"starts": plain VGG-11 and VGG-13 of width 16 from several starts, and one with batch
norm. "grown" is a VGG-13 from PyTorch's start that took over the layers of a VGG-11,
trained before from Kaiming's start at the same learning rate and for as long; "Kaiming,
longer" has the epochs that growing takes in all. No dropout; 8,000 images of 14 x 14
pixels, two epochs.

Validation on the last 5,000 training images. About eight minutes on one core.
"""

from functools import cache
from itertools import pairwise

import torch
from torch import nn

from d2lmini import ImageData, load_data, set_seed
from d2lmini.models import kaiming_init
from d2lmini.models.vgg import VGG
from tools.experiment import HELD_OUT, fashion, learn, record

LARGE, STACK = (7, 1, 12, True), (3, 3, 16, True)
LINEAR = (3, 3, 16, False)  # kernel size, layers, width, ReLU inside
SIDES = {  # without and with batch norm; large window and stack: equal parameters
    True: (
        LARGE,
        STACK,
        LINEAR,
        (3, 3, 12, True),  # as wide as the 7 x 7
        (5, 1, 17, True),
        (3, 2, 20, True),
    ),
    False: (LARGE, STACK, LINEAR),
}
RATES = {True: (0.1, 0.2, 0.4), False: (0.003, 0.01, 0.03, 0.1)}
STARTS = {  # by depth
    11: ("PyTorch",),
    13: ("PyTorch", "Kaiming", "Kaiming, longer", "grown", "batch norm"),
}
START_RATES = (0.01, 0.03, 0.1)


def stack(
    kernel_size: int, layers: int, width: int, batch_norm: bool, relu: bool
) -> list[nn.Module]:
    """Convolutions that keep the maps' size, each but the last perhaps with a ReLU."""
    found = []
    for layer in range(1, layers + 1):
        padding = kernel_size // 2
        found.append(nn.Conv2d(width, width, kernel_size, padding=padding))
        if batch_norm:
            found.append(nn.BatchNorm2d(width))
        if relu or layer == layers:
            found.append(nn.ReLU())
    return found


def stack_net(
    kernel_size: int, layers: int, width: int, batch_norm: bool, relu: bool = True
) -> nn.Sequential:
    """(N, 1, 28, 28) -> (N, 10): two stacks, on maps of 14 x 14 and of 7 x 7."""
    net = nn.Sequential()
    net.append(nn.Conv2d(1, width, 3, stride=2, padding=1))
    net.append(nn.ReLU())
    net.extend(stack(kernel_size, layers, width, batch_norm, relu))
    net.append(nn.MaxPool2d(2))
    net.extend(stack(kernel_size, layers, width, batch_norm, relu))
    net.append(nn.AdaptiveAvgPool2d(1))
    net.append(nn.Flatten())
    net.append(nn.Linear(width, 10))
    kaiming_init(net)
    for layer, behind in pairwise(net):
        if isinstance(layer, nn.Conv2d) and isinstance(behind, nn.Conv2d):
            layer.weight.data /= 2**0.5  # no ReLU between, so nothing to make up for
    return net


def grow(deep: VGG, shallow: VGG) -> None:
    """Copy a trained VGG into a deeper one: as many layers of each block as it has."""
    pairs = [*zip(deep.features, shallow.features, strict=True)]
    pairs.append((deep.classifier, shallow.classifier))
    for new, old in pairs:
        copies = [layer for layer in new if isinstance(layer, nn.Conv2d | nn.Linear)]
        givers = [layer for layer in old if isinstance(layer, nn.Conv2d | nn.Linear)]
        for copy, giver in zip(copies, givers, strict=False):
            copy.load_state_dict(giver.state_dict())


def plain_vgg(depth: int, batch_norm: bool = False) -> VGG:
    return VGG(
        10,
        1,
        depth=depth,
        width=16,
        hidden=128,
        batch_norm=batch_norm,
        dropout=0.0,
        small_input=True,
    )


def measure_stack(settings: dict, seed: int) -> dict:
    train, valid = fashion(8_000)
    set_seed(seed)
    model = stack_net(
        settings["kernel_size"],
        settings["layers"],
        settings["width"],
        settings["batch_norm"],
        settings["relu"],
    )
    return learn(model, train, valid, epochs=2, lr=settings["lr"])


@cache
def coarse() -> tuple[ImageData, ImageData]:
    """Small images, so that many trainings fit into minutes; 5,000 are held out."""
    data = load_data("fashion", "train", size=14)
    return data[:8_000], data[-HELD_OUT:]


def measure_start(settings: dict, seed: int) -> dict:
    train, valid = coarse()
    start = settings["start"]
    how = {"lr": settings["lr"], "batch_size": 64}
    set_seed(seed)
    model = plain_vgg(settings["depth"], batch_norm=start == "batch norm")
    if start.startswith("Kaiming"):
        kaiming_init(model)
    source = {}
    if start == "grown":
        shallow = plain_vgg(11)
        kaiming_init(shallow)
        found = learn(shallow, train, valid, epochs=2, **how)
        source = {"source_accuracy": found["valid_accuracy"]}
        grow(model, shallow)
    epochs = 4 if start == "Kaiming, longer" else 2
    return learn(model, train, valid, epochs=epochs, **how) | source


def side(
    kernel_size: int, layers: int, width: int, relu: bool, batch_norm: bool
) -> dict:
    return {
        "experiment": "stacks",
        "kernel_size": kernel_size,
        "layers": layers,
        "width": width,
        "relu": relu,
        "batch_norm": batch_norm,
    }


def main() -> None:
    print(__doc__.splitlines()[0])
    torch.set_num_threads(1)  # such small networks gain nothing by more
    for depth, starts in STARTS.items():
        variants = [
            {"experiment": "starts", "depth": depth, "start": start} for start in starts
        ]
        record("vgg", variants, measure_start, rates=START_RATES)
    for batch_norm in (True, False):
        variants = [side(*shape, batch_norm) for shape in SIDES[batch_norm]]
        record("vgg", variants, measure_stack, rates=RATES[batch_norm])
