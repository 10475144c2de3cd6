"""AlexNet: five convolutions and three fully connected layers, for photographs.

Krizhevsky, Sutskever and Hinton (2012), "ImageNet Classification with Deep
Convolutional Neural Networks", https://doi.org/10.1145/3065386. The default is the "one
tower" of Krizhevsky (2014), https://arxiv.org/abs/1404.5997, as torchvision has it:
with 256 channels in the fourth convolution, where that paper writes 384.

`AlexNet(1000, **PAPER)` is the network of 2012, for images of 227 x 227, but:
- weights and biases start as PyTorch starts them; the paper's weights come from a
  normal distribution of width 0.01, its biases are 0 in some layers and 1 in others;
- dropout stands before the first two linear layers, as in torchvision, and not behind
  their activations; in evaluation, that is the same function;
- dropout scales in training what the paper scales in testing: the mean is the same.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from d2lmini.models.lenet import look_up

# the two halves of the paper's network lay on two GPUs: two groups of channels
PAPER = {"channels": (96, 256, 384, 384, 256), "groups": 2, "norm": "lrn", "padding": 0}

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
NORMS = {
    "none": lambda channels: nn.Identity(),
    "lrn": lambda channels: nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2),
    "batch": nn.BatchNorm2d,
}


def convolutions(
    first: nn.Conv2d, channels: tuple, groups: int, act: Callable, normalise: Callable
) -> nn.Sequential:
    """The first layer and four more: (N, in, H, W) -> (N, channels[4], h, w)."""
    c1, c2, c3, c4, c5 = channels
    return nn.Sequential(
        first,
        act(),
        normalise(c1),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(c1, c2, 5, padding=2, groups=groups),
        act(),
        normalise(c2),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(c2, c3, 3, padding=1),  # sees all channels, also with groups
        act(),
        nn.Conv2d(c3, c4, 3, padding=1, groups=groups),
        act(),
        nn.Conv2d(c4, c5, 3, padding=1, groups=groups),
        act(),
    )


def linear_layers(
    inputs: int, hidden: int, num_classes: int, act: Callable, dropout: float
) -> nn.Sequential:
    """The classifier, (N, inputs) -> (N, num_classes)."""
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(inputs, hidden),
        act(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        act(),
        nn.Linear(hidden, num_classes),
    )


class AlexNet(nn.Module):
    """Convolutions that shrink a photograph to 6 x 6, then three linear layers.

    (N, in_channels, H, W) -> (N, num_classes), logits; H, W from 63 on (padding=2).
    activation, norm: keys of ACTIVATIONS and NORMS, the norm after the first two.
    small_input: for 28 x 28; a smaller first kernel, two poolings, last maps 2 x 2.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        channels: tuple[int, ...] = (64, 192, 384, 256, 256),
        hidden: int = 4096,
        groups: int = 1,
        activation: str = "relu",
        norm: str = "none",
        dropout: float = 0.5,
        padding: int = 2,
        small_input: bool = False,
    ):
        super().__init__()
        act, normalise = look_up(activation, ACTIVATIONS), look_up(norm, NORMS)
        if small_input:
            first = nn.Conv2d(in_channels, channels[0], 5, stride=2, padding=2)
        else:
            first = nn.Conv2d(in_channels, channels[0], 11, stride=4, padding=padding)
        self.features = convolutions(first, channels, groups, act, normalise)
        if not small_input:
            self.features.append(nn.MaxPool2d(3, stride=2))
        side = 2 if small_input else 6  # of the maps that the classifier takes
        self.pool = nn.AdaptiveAvgPool2d(side)  # changes nothing at the paper's size
        inputs = channels[-1] * side * side
        self.classifier = linear_layers(inputs, hidden, num_classes, act, dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.features(x))  # (N, channels[4], 6, 6), or 2 x 2
        return self.classifier(torch.flatten(x, 1))
