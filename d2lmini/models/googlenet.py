"""GoogLeNet: blocks of four branches that look at the same maps side by side.

Szegedy et al. (2015), "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842

The default is torchvision's, which differs from the paper:
- batch normalisation behind each convolution, in place of a bias;
- the branch that the paper calls 5 x 5 has a kernel of 3 x 3, an old slip that was kept
  for the sake of the published weights; the last pooling is 2 x 2, not 3 x 3;
- less dropout before the last layer: 0.2, not 0.4.
`GoogLeNet(1000, **PAPER)` has the paper's layers; weights start as PyTorch starts them.
"""

from torch import Tensor, nn

from d2lmini.models.inception import CHANNELS, Inception, auxiliary_head, conv_relu

PAPER = {"batch_norm": False, "kernel": 5, "last_pool": 3, "dropout": 0.4}


class GoogLeNet(nn.Module):
    """A stem, nine Inception blocks with two poolings between them, one linear layer.

    (N, in_channels, H, W) -> (N, num_classes), logits; H and W from 15 pixels on.
    width: of the stem; all channels change with it. kernel, last_pool: see above.
    aux_logits: with two auxiliary heads, for `all_logits`. small_input: for images of
    28 x 28, a stem of fewer strides.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        width: int = 64,
        batch_norm: bool = True,
        kernel: int = 3,
        last_pool: int = 2,
        dropout: float = 0.2,
        aux_logits: bool = False,
        small_input: bool = False,
    ):
        super().__init__()

        def inception(name: str) -> Inception:
            channels = [count * width // 64 for count in CHANNELS[name]]
            return Inception(channels, batch_norm, kernel)

        first = 3 if small_input else 7
        self.low = nn.Sequential(
            conv_relu(in_channels, width, first, 2, batch_norm),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            conv_relu(width, width, 1, batch_norm=batch_norm),
            conv_relu(width, 3 * width, 3, batch_norm=batch_norm),
            nn.Identity() if small_input else nn.MaxPool2d(3, stride=2, ceil_mode=True),
            inception("3a"),
            inception("3b"),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            inception("4a"),
        )
        self.middle = nn.Sequential(
            inception("4b"),
            inception("4c"),
            inception("4d"),
        )
        self.high = nn.Sequential(
            inception("4e"),
            nn.MaxPool2d(last_pool, stride=2, ceil_mode=True),
            inception("5a"),
            inception("5b"),
        )
        if aux_logits:
            self.aux1 = auxiliary_head(8 * width, num_classes, batch_norm)
            self.aux2 = auxiliary_head(33 * width // 4, num_classes, batch_norm)
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(16 * width, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.high(self.middle(self.low(x))))

    def all_logits(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of the network and of its auxiliary heads, the lower one first."""
        low = self.low(x)  # (N, 512, 14, 14)
        middle = self.middle(low)  # (N, 528, 14, 14)
        logits = self.classifier(self.high(middle))
        return logits, self.aux1(low), self.aux2(middle)
