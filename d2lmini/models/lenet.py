"""LeNet-5: two convolutions with pooling, then three fully connected layers.

LeCun, Bottou, Bengio and Haffner (1998), "Gradient-Based Learning Applied to Document
Recognition", https://doi.org/10.1109/5.726791, section II.B

`LeNet(activation="tanh", pool="subsample", sparse=True)` is that network, but:
- the last layer is an `nn.Linear` that learns; the paper measures the distances to ten
  fixed drawings of the characters (its RBF units, which have nothing to train);
- weights start as PyTorch starts them, not uniform in ±2.4 / fan-in.
C5, a convolution there, is an `nn.Linear` here: on maps of 5 x 5 they are the same.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Table I of the paper: a word for each of 16 maps of C3, its digits are maps of S2
C3_MAPS = "012 123 234 345 045 015 0123 1234 2345 0345 0145 0125 0134 1245 0235 012345"
C3_TABLE = [[int(digit) for digit in word] for word in C3_MAPS.split()]


class ScaledTanh(nn.Module):
    """The squashing function of the paper's appendix A: it maps ±1 to about ±1."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)


class Subsampling(nn.Module):
    """Add up windows of 2 x 2, then scale and shift each map by its two parameters.

    (N, channels, H, W) -> (N, channels, H / 2, W / 2)
    """

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))  # an average
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        total = F.avg_pool2d(x, kernel_size=2, divisor_override=1)  # a sum
        return self.weight * total + self.bias


class SparseConv(nn.Module):
    """A convolution in which each output map sees its own choice of input maps.

    (N, in_channels, H, W) -> (N, len(table), H - 4, W - 4)
    """

    def __init__(self, table: list[list[int]] = C3_TABLE):
        super().__init__()
        self.table = table
        self.maps = nn.ModuleList(nn.Conv2d(len(inputs), 1, 5) for inputs in table)

    def forward(self, x: Tensor) -> Tensor:
        pairs = zip(self.maps, self.table, strict=True)
        return torch.cat([conv(x[:, inputs]) for conv, inputs in pairs], dim=1)


ACTIVATIONS = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": ScaledTanh,
    "identity": nn.Identity,
}
POOLS = {
    "max": lambda channels: nn.MaxPool2d(2),
    "average": lambda channels: nn.AvgPool2d(2),
    "subsample": lambda channels: nn.Sequential(Subsampling(channels), ScaledTanh()),
}


def look_up(key: str, known: dict):
    """Return what the key stands for. Raises ValueError for an unknown key."""
    if key not in known:
        raise ValueError(f"unknown {key!r}; one of {', '.join(map(str, known))}")
    return known[key]


class LeNet(nn.Module):
    """Two rounds of convolution, activation and pooling, then three linear layers.

    (N, in_channels, 28, 28) -> (N, num_classes), logits; padding=0 for 32 x 32 images.
    activation, pool: keys of ACTIVATIONS and POOLS; sparse: C3 by the paper's table.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        *,
        activation: str = "relu",
        pool: str = "max",
        sparse: bool = False,
        padding: int = 2,
    ):
        super().__init__()
        act, down = look_up(activation, ACTIVATIONS), look_up(pool, POOLS)
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, 5, padding=padding),
            act(),
            down(6),
            SparseConv() if sparse else nn.Conv2d(6, 16, 5),
            act(),
            down(16),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 5 * 5, 120),
            act(),
            nn.Linear(120, 84),
            act(),
            nn.Linear(84, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # (N, 16, 5, 5)
        return self.classifier(x)
