"""DenseNet against the same layers without their connections, and against ResNets.

Three blocks of 4 or 8 layers on part of Fashion-MNIST, for one epoch. A DenseNet; the
same kind of layers with their connections cut, so that each sees only the one before
it, as wide as equal parameters allow; a ResNet with as many parameters; and one with as
many multiply-adds. All have as many 3 x 3 convolutions, and the rate is tuned for each.
Beside the accuracy on held-out training images: parameters, multiply-adds, and what a
step keeps in memory until its backward pass. Runs with a "step" measure the processor
time that a step takes, the networks by turns. About six minutes on one core.
"""

import time
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini import layer_table, set_seed
from d2lmini.models import kaiming_init
from d2lmini.models.densenet import DenseLayer, DenseNet, stem, transition
from d2lmini.models.resnet import Residual
from tools.experiment import fashion, learn, record

IMAGES, BATCH_SIZE, RATES = 16_000, 64, (0.1, 0.2)
ROUNDS = 12


def dense(layers: tuple[int, ...], growth: int) -> DenseNet:
    """A DenseNet without bottlenecks for (N, 1, 28, 28)."""
    small = {"width": 16, "bottleneck": False, "small_input": True}
    return DenseNet(10, 1, layers=layers, growth=growth, **small)


def cut(layers: tuple[int, ...], width: int) -> nn.Sequential:
    """The same layers, each of which sees only the one before it."""
    model, channels = nn.Sequential(stem(1, 16, small_input=True)), 16
    for i, count in enumerate(layers):
        if i > 0:
            model.append(transition(channels, channels))
        for _ in range(count):
            model.append(DenseLayer(channels, width, bottleneck=False).new)
            channels = width
    model.append(nn.BatchNorm2d(channels))
    model.append(nn.ReLU())
    return model.extend(classifier(channels))


def residual(layers: tuple[int, ...], width: int) -> nn.Sequential:
    """Residual blocks with as many 3 x 3 convolutions, twice as wide at each stage."""
    model, channels = nn.Sequential(stem(1, width, small_input=True)), width
    for i, count in enumerate(layers):
        for j in range(count // 2):  # a block has two convolutions
            stride = 2 if i > 0 and j == 0 else 1
            model.append(Residual(channels, width * 2**i, stride))
            channels = width * 2**i
    return model.extend(classifier(channels))


def classifier(channels: int) -> nn.Sequential:
    """(N, channels, H, W) -> (N, 10), by global average pooling."""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 10),
    )


NETWORKS = {
    "4-4-4": {
        "DenseNet": partial(dense, (4, 4, 4), growth=8),
        "connections cut": partial(cut, (4, 4, 4), width=18),
        "ResNet, equal parameters": partial(residual, (4, 4, 4), width=7),
        "ResNet, equal multiply-adds": partial(residual, (4, 4, 4), width=11),
    },
    "8-8-8": {
        "DenseNet": partial(dense, (8, 8, 8), growth=5),
        "connections cut": partial(cut, (8, 8, 8), width=16),
        "ResNet, equal parameters": partial(residual, (8, 8, 8), width=6),
        "ResNet, equal multiply-adds": partial(residual, (8, 8, 8), width=9),
    },
}


def saved_bytes(model: nn.Module, x: Tensor) -> int:
    """What a forward pass keeps for the backward pass, beside the model's own numbers.

    Each storage is counted once, however many layers keep it.
    """
    own = [*model.parameters(), *model.buffers()]
    known = {tensor.untyped_storage().data_ptr() for tensor in own}
    kept = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(x)  # held, so that no storage is freed and used again
    total = sum(kept[place].nbytes() for place in kept.keys() - known)
    del output
    return total


def measure(settings: dict, seed: int) -> dict:
    """Train one network."""
    build = NETWORKS[settings["layers"]][settings["network"]]
    costs = {
        "multiply_adds": layer_table(build(), (1, 28, 28)).multiply_adds,
        "saved_bytes": saved_bytes(build(), torch.randn(BATCH_SIZE, 1, 28, 28)),
        "batch_size": BATCH_SIZE,
    }
    set_seed(seed)
    model = build()
    kaiming_init(model)
    how = {"epochs": settings["epochs"], "lr": settings["lr"], "batch_size": BATCH_SIZE}
    return costs | learn(model, *fashion(IMAGES), **how)


def measure_step(settings: dict, seed: int) -> dict:
    """Milliseconds of processor time for forward and backward, the least of ROUNDS.

    The networks take turns, so that what else the machine does falls on all of them.
    """
    set_seed(seed)
    x = torch.randn(BATCH_SIZE, 1, 28, 28).to(memory_format=torch.channels_last)
    labels, seconds = torch.zeros(BATCH_SIZE, dtype=torch.long), {}
    models = {n: build() for n, build in NETWORKS[settings["layers"]].items()}
    for _ in range(ROUNDS):
        for network, model in models.items():
            model.to(memory_format=torch.channels_last)
            start = time.process_time()
            F.cross_entropy(model(x), labels).backward()
            seconds.setdefault(network, []).append(time.process_time() - start)
    return {"milliseconds": {n: round(1000 * min(s), 2) for n, s in seconds.items()}}


def main() -> None:
    """Record the trainings of both sizes, and their steps."""
    for layers, networks in NETWORKS.items():
        short = [{"layers": layers, "network": n, "epochs": 1} for n in networks]
        record("densenet", short, measure, RATES)
        step = {"layers": layers, "step": f"{BATCH_SIZE} images"}
        record("densenet", [step], measure_step)
