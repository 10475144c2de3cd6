"""VGG: blocks of 3 x 3 convolutions, each block ended by a pooling.

Simonyan and Zisserman (2015), "Very Deep Convolutional Networks for Large-Scale Image
Recognition", https://arxiv.org/abs/1409.1556; configurations A, B, D and E.

`VGG(1000, depth=16)` is the paper's configuration D, but:
- weights start as PyTorch starts them (see `kaiming_init`); the paper first trained
  configuration A and copied its layers into the deeper ones;
- any size of image from 32 pixels on is taken: maps are averaged to 7 x 7 before the
  classifier, which changes nothing at 224 x 224.
Batch normalisation came a year later, and is an option here.
"""

import torch
from torch import Tensor, nn

# convolutions in each of the five blocks; three linear layers make the depth
BLOCKS = {
    11: (1, 1, 2, 2, 2),  # the paper's A
    13: (2, 2, 2, 2, 2),  # B
    16: (2, 2, 3, 3, 3),  # D
    19: (2, 2, 4, 4, 4),  # E
}


def vgg_block(
    convs: int,
    in_channels: int,
    out_channels: int,
    batch_norm: bool = False,
    ceil_mode: bool = False,
) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2)

    ceil_mode: an odd side is rounded up, so that 1 pixel stays 1.
    """
    layers = []
    for _ in range(convs):
        layers.append(nn.Conv2d(in_channels, out_channels, 3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(out_channels))
        layers.append(nn.ReLU())
        in_channels = out_channels
    layers.append(nn.MaxPool2d(2, ceil_mode=ceil_mode))
    return nn.Sequential(*layers)


def vgg_features(
    depth: int,
    in_channels: int,
    width: int,
    batch_norm: bool = False,
    ceil_mode: bool = False,
) -> nn.Sequential:
    """The five blocks: (N, in_channels, H, W) -> (N, 8 width, H / 32, W / 32)"""
    if depth not in BLOCKS:
        raise ValueError(f"unknown depth {depth!r}; one of {list(BLOCKS)}")
    features = nn.Sequential()
    widths = (width, 2 * width, 4 * width, 8 * width, 8 * width)
    for convs, channels in zip(BLOCKS[depth], widths, strict=True):
        block = vgg_block(convs, in_channels, channels, batch_norm, ceil_mode)
        features.append(block)
        in_channels = channels
    return features


def vgg_classifier(
    inputs: int, hidden: int, num_classes: int, dropout: float
) -> nn.Sequential:
    """The three linear layers: (N, inputs) -> (N, num_classes)"""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, num_classes),
    )


class VGG(nn.Module):
    """Five blocks, then three linear layers.

    (N, in_channels, H, W) -> (N, num_classes), logits; H and W from 32 pixels on.
    depth: a key of BLOCKS. width: channels of the first block; they double until the
    fourth. small_input: for images of 28 x 28, which are pooled down to 1 x 1.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        depth: int = 11,
        width: int = 64,
        hidden: int = 4096,
        batch_norm: bool = False,
        dropout: float = 0.5,
        small_input: bool = False,
    ):
        super().__init__()
        side = 1 if small_input else 7  # of the maps that the classifier takes
        self.features = vgg_features(
            depth, in_channels, width, batch_norm, ceil_mode=small_input
        )
        self.pool = nn.AdaptiveAvgPool2d(side)
        self.classifier = vgg_classifier(
            8 * width * side * side, hidden, num_classes, dropout
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # (N, 8 width, H / 32, W / 32)
        x = torch.flatten(self.pool(x), 1)  # (N, 8 width · side · side)
        return self.classifier(x)
