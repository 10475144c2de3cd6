"""What lets an AlexNet learn: its activation, its start, its norms and its optimiser.

A narrow AlexNet on 10,000 training images of Fashion-MNIST, for two epochs of 157 steps
if not said otherwise, with three seeds; measured on the 5,000 images held out. Each
variant gets its own best rate of three. Sigmoid, tanh and ReLU from three starts; the
sigmoid with larger weights, without dropout, with both, for twenty epochs, with Adam
(then also for six epochs, at one rate), with batch norm behind the first two layers
("batch") or before every activation ("everywhere"); ReLU with three norms. About ten
minutes on one core that has nothing else to do.
"""

import contextlib
import io

import torch
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from d2lmini import (
    count_parameters,
    evaluate,
    make_loader,
    set_seed,
    train_epoch,
)
from d2lmini.models import kaiming_init
from d2lmini.models.alexnet import AlexNet
from tools.experiment import fashion, learn, record

NARROW = {"channels": (24, 48, 64, 64, 48), "hidden": 128, "small_input": True}
BASE = {
    "activation": "relu",
    "start": "Kaiming",
    "norm": "none",
    "dropout": 0.5,
    "optimizer": "SGD",
    "images": 10_000,
    "epochs": 2,
}
SIGMOID = BASE | {"activation": "sigmoid", "start": "PyTorch"}
RATES = (0.01, 0.05, 0.2)
LONGER_RATES = (0.05, 0.2, 0.5)
ADAM_RATES = (0.001, 0.003, 0.01)


def main() -> None:
    grid = [
        BASE | {"activation": activation, "start": start}
        for activation in ("sigmoid", "tanh", "relu")
        for start in ("PyTorch", "Xavier", "Kaiming")
    ]
    others = [
        SIGMOID | {"norm": "everywhere"},
        SIGMOID | {"norm": "batch"},
        SIGMOID | {"start": "Xavier, times 4"},
        SIGMOID | {"start": "Xavier, times 4", "dropout": 0.0},
        SIGMOID | {"dropout": 0.0},
        BASE | {"norm": "batch"},
    ]
    record("alexnet", grid + others, measure, RATES)
    record("alexnet", [SIGMOID | {"epochs": 20}], measure, LONGER_RATES)
    adam = SIGMOID | {"optimizer": "Adam"}
    record("alexnet", [adam], measure, ADAM_RATES)
    record("alexnet", [adam | {"epochs": 6}], measure, (0.003,))
    record("alexnet", [BASE | {"norm": "lrn"}], measure, RATES)


def begin(model: nn.Module, start: str) -> None:
    """Draw the weights anew, and set the biases to 0; "PyTorch" leaves both."""
    if start == "Kaiming":
        kaiming_init(model)
    elif start != "PyTorch":
        gain = {"Xavier": 1, "Xavier, times 4": 4}[start]
        for layer in model.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(layer.weight, gain)
                nn.init.zeros_(layer.bias)


def norm_everywhere(model: AlexNet) -> None:
    """Put batch norm behind each convolution and linear layer but the last."""
    for name in ("features", "classifier"):
        layers, old = [], getattr(model, name)
        for layer in old:
            layers.append(layer)
            if isinstance(layer, nn.Conv2d):
                layers.append(nn.BatchNorm2d(layer.out_channels))
            elif isinstance(layer, nn.Linear) and layer is not old[-1]:
                layers.append(nn.BatchNorm1d(layer.out_features))
        setattr(model, name, nn.Sequential(*layers))


def measure(settings: dict, seed: int) -> dict:
    train_data, valid_data = fashion(settings["images"])
    set_seed(seed)
    everywhere = settings["norm"] == "everywhere"
    chosen = {key: settings[key] for key in ("activation", "norm", "dropout")}
    chosen |= {"norm": "none"} if everywhere else {}
    model = AlexNet(10, 1, **NARROW, **chosen)
    begin(model, settings["start"])
    if everywhere:
        norm_everywhere(model)
    epochs, lr = settings["epochs"], settings["lr"]
    if settings["optimizer"] == "SGD":
        return learn(model, train_data, valid_data, epochs=epochs, lr=lr)
    model.to(memory_format=torch.channels_last)
    loader = make_loader(train_data, 64, shuffle=True)
    optimizer = AdamW(model.parameters(), lr)
    cycle = OneCycleLR(optimizer, lr, epochs * len(loader), cycle_momentum=False)
    by_epoch = []
    for _ in range(epochs):
        with contextlib.redirect_stdout(io.StringIO()):
            train = train_epoch(model, loader, optimizer, cycle)
        valid = evaluate(model, make_loader(valid_data, 1000))
        by_epoch.append(round(valid.accuracy, 4))
    return {
        "parameters": count_parameters(model),
        "valid_accuracy": by_epoch[-1],
        "valid_loss": round(valid.loss, 4),
        "train_loss": round(train.loss, 4),
        "accuracy_by_epoch": by_epoch,
    }
