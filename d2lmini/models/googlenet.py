"""GoogLeNet: blocks of four branches that look at the same maps side by side.

Szegedy et al. (2015), "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842

The default is torchvision's. `GoogLeNet(1000, **PAPER)` is the paper's, which has
- no batch normalisation, but a bias at each convolution;
- a kernel of 5 x 5 in the third branch, where torchvision has 3 x 3: an old slip, kept
  for the sake of the published weights; a last pooling of 3 x 3, not of 2 x 2;
- local response normalisation beside the first two poolings (its figure 3), with
  numbers that it does not state: here PyTorch's, which are those of Caffe;
- more dropout before the last layer, 0.4 instead of 0.2.
Weights start as PyTorch starts them; the auxiliary heads pool as torchvision's do.
"""

from torch import Tensor, nn

from d2lmini.models.inception import (
    CHANNELS,
    Inception,
    auxiliary_head,
    classifier_head,
    conv_relu,
)

PAPER = {"batch_norm": False, "kernel": 5, "last_pool": 3, "dropout": 0.4, "lrn": True}


def stem(
    in_channels: int, width: int, batch_norm: bool, small_input: bool, lrn: bool
) -> nn.Sequential:
    """The layers before the first block, with fewer strides for a small_input.

    (N, in_channels, H, W) -> (N, 3 * width, H / 8, W / 8), or H / 4 and W / 4
    """
    layers = nn.Sequential(
        conv_relu(in_channels, width, 3 if small_input else 7, 2, batch_norm),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        conv_relu(width, width, 1, batch_norm=batch_norm),
        conv_relu(width, 3 * width, 3, batch_norm=batch_norm),
        nn.Identity() if small_input else nn.MaxPool2d(3, stride=2, ceil_mode=True),
    )
    if lrn:  # the later place first, so that the earlier one does not move it
        layers.insert(4, nn.LocalResponseNorm(5))
        layers.insert(2, nn.LocalResponseNorm(5))
    return layers


def body(
    first: nn.Sequential, width: int, batch_norm: bool, kernel: int, last_pool: int
) -> tuple[nn.Sequential, nn.Sequential, nn.Sequential]:
    """Nine blocks after the stem, cut where the two auxiliary heads take their maps."""

    def block(name: str) -> Inception:
        channels = [count * width // 64 for count in CHANNELS[name]]
        return Inception(channels, batch_norm, kernel)

    low = nn.Sequential(
        first,
        block("3a"),
        block("3b"),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        block("4a"),
    )
    middle = nn.Sequential(
        block("4b"),
        block("4c"),
        block("4d"),
    )
    high = nn.Sequential(
        block("4e"),
        nn.MaxPool2d(last_pool, stride=2, ceil_mode=True),
        block("5a"),
        block("5b"),
    )
    return low, middle, high


class GoogLeNet(nn.Module):
    """A stem, nine Inception blocks with two poolings between them, one linear layer.

    (N, in_channels, H, W) -> (N, num_classes), logits; H and W from 15 pixels on.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        width: int = 64,  # of the stem; all channels change with it
        batch_norm: bool = True,
        kernel: int = 3,  # in the third branch
        last_pool: int = 2,
        dropout: float = 0.2,
        aux_logits: bool = False,  # two auxiliary heads, for `all_logits`
        small_input: bool = False,  # for 28 x 28
        lrn: bool = False,
    ):
        super().__init__()
        first = stem(in_channels, width, batch_norm, small_input, lrn)
        parts = body(first, width, batch_norm, kernel, last_pool)
        self.low, self.middle, self.high = parts
        if aux_logits:
            self.aux1 = auxiliary_head(8 * width, num_classes, batch_norm)  # 512
            self.aux2 = auxiliary_head(33 * width // 4, num_classes, batch_norm)  # 528
        self.classifier = classifier_head(16 * width, num_classes, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.high(self.middle(self.low(x))))

    def all_logits(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of the network and of its auxiliary heads, the lower one first."""
        low = self.low(x)  # (N, 512, 14, 14)
        middle = self.middle(low)  # (N, 528, 14, 14)
        return self.classifier(self.high(middle)), self.aux1(low), self.aux2(middle)
