"""Plain and residual networks of growing depth: their losses and their gradients.

The networks of chapter 26: a 3 x 3 convolution with stride 2, three stages of basic
blocks with 8, 16 and 32 channels, global pooling and a linear layer, with the shortcuts
or without. They learn from 4,800 pictures of Fashion-MNIST in batches of 64, by SGD
with momentum and one cycle of the rate. What counts is the loss on 2,000 of these very
pictures, in evaluation mode. Recorded are

- `depths`: six depths, two epochs (150 steps), two rates for each kind and depth, with
  the gradient at the first layer before and after the training;
- `longer`: 32 layers, two and a half times as long;
- `zero gamma`: 32 layers with shortcuts, whose blocks start with a last gamma of 0;
- `adam`: 32 layers by AdamW.

About seven minutes on one core.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import OneCycleLR

from d2lmini import evaluate, make_loader, set_seed, train_epoch
from d2lmini.models import kaiming_init
from d2lmini.models.resnet import Residual, conv_norm
from tools.experiment import fashion, record

RATES, ADAM = (0.05, 0.2), (0.003, 0.01)
KINDS = {"plain": False, "residual": True}  # has it shortcuts?
IMAGES, MEASURED, BATCH_SIZE = 4800, 2000, 64


def main() -> None:
    plain_and_residual = [{"kind": kind, "depth": 32} for kind in KINDS]
    for depth in (32, 8, 20, 56, 14, 44):
        both = [one | {"depth": depth} for one in plain_and_residual]
        short = [one | {"part": "depths", "epochs": 2} for one in both]
        record("resnet", short, train, RATES)
    adam = [one | {"part": "adam", "epochs": 2} for one in plain_and_residual]
    record("resnet", adam, train, ADAM)
    zero = {"part": "zero gamma", "kind": "residual", "depth": 32, "epochs": 2}
    record("resnet", [zero], train, RATES)
    longer = {"part": "longer", "epochs": 5, "lr": 0.1}
    record("resnet", [one | longer for one in plain_and_residual], train)


def deep_network(depth: int, shortcut: bool) -> nn.Sequential:
    """6 n + 2 layers, n blocks in each of three stages: (N, 1, 28, 28) -> (N, 10)."""
    network = conv_norm(1, 8, 3, stride=2)
    network.append(nn.ReLU())
    c_in = 8
    for channels in (8, 16, 32):
        for _ in range((depth - 2) // 6):
            stride = channels // c_in  # twice the channels, half the size
            network.append(Residual(c_in, channels, stride, shortcut))
            c_in = channels
    network.append(nn.AdaptiveAvgPool2d(1))
    network.append(nn.Flatten())
    network.append(nn.Linear(32, 10))
    return network


def train(settings: dict, seed: int) -> dict:
    """Train one network, and return its losses, and its gradient before and after."""
    data, held_out = fashion(IMAGES)
    set_seed(seed)
    model = deep_network(settings["depth"], KINDS[settings["kind"]])
    kaiming_init(model)
    if settings["part"] == "zero gamma":
        for block in model:
            if isinstance(block, Residual):
                nn.init.zeros_(block.conv2[1].weight)
    model.to(memory_format=torch.channels_last)
    loader = make_loader(data, BATCH_SIZE, shuffle=True)
    lr, epochs = settings["lr"], settings["epochs"]
    if settings["part"] == "adam":
        optimizer = AdamW(model.parameters(), lr)
    else:
        decay = {"weight_decay": 5e-4}
        optimizer = SGD(model.parameters(), lr, 0.9, nesterov=True, **decay)
    cycle = OneCycleLR(optimizer, lr, epochs * len(loader), cycle_momentum=False)
    before = gradient(model)
    for _ in range(epochs):
        train_epoch(model, loader, optimizer, cycle)
    measured = evaluate(model, make_loader(data[:MEASURED], 1000))
    valid = evaluate(model, make_loader(held_out[:MEASURED], 1000))
    return {
        "steps": epochs * len(loader),
        "train_loss": round(measured.loss, 4),
        "train_accuracy": round(measured.accuracy, 4),
        "valid_loss": round(valid.loss, 4),
        "valid_accuracy": round(valid.accuracy, 4),
        "gradient_before": before,
        "gradient_after": gradient(model),
    }


def gradient(model: nn.Module) -> float:
    """The norm of the gradient at the first convolution, on 256 training pictures.

    In training mode; the running statistics of batch norm take part in it once.
    """
    data = fashion(256)[0]
    loss = F.cross_entropy(model.train()(data.normalised()), data.labels)
    (found,) = torch.autograd.grad(loss, model[0].weight)
    return float(f"{found.norm().item():.3g}")
