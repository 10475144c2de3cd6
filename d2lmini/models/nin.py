"""NiN: two 1 x 1 convolutions behind each convolution, and no linear classifier.

Lin, Chen and Yan (2014), "Network In Network", https://arxiv.org/abs/1312.4400

The paper's networks are for small pictures, and it has no table for ImageNet. The sizes
here are those of AlexNet, as in Dive into Deep Learning, https://d2l.ai, section 8.3.
- The last block ends without ReLU, so that a logit may be negative. `last_relu=True`
  ends it as in the paper's equation 2: then no score is ever below zero.
- Dropout once, before the last block; the paper has it between all blocks.
- Weights start as PyTorch starts them (see `kaiming_init`).
"""

import torch
from torch import Tensor, nn


class MLPConv(nn.Sequential):
    """A block under the name that the paper gives it, for tables that list it whole."""


def conv_relu(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    batch_norm: bool = False,
) -> nn.Sequential:
    """A convolution and its ReLU: (N, in_channels, H, W) -> (N, out_channels, h, w)."""
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    if batch_norm:
        return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())
    return nn.Sequential(conv, nn.ReLU())


def nin_block(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    batch_norm: bool = False,
    last_relu: bool = True,
) -> MLPConv:
    """A convolution, then two layers that every pixel goes through by itself.

    (N, in_channels, H, W) -> (N, out_channels, h, w), the size that the first one gives
    """
    c = out_channels
    first = conv_relu(in_channels, c, kernel_size, stride, padding, batch_norm)
    second = conv_relu(c, c, 1, batch_norm=batch_norm)
    if last_relu:
        third = conv_relu(c, c, 1, batch_norm=batch_norm)
    else:
        third = nn.Conv2d(c, c, 1)  # scores, as they are
    return MLPConv(first, second, third)


def nin_features(
    in_channels: int, width: int, batch_norm: bool, small_input: bool
) -> nn.Sequential:
    """Three blocks, with a pooling that halves behind each.

    (N, in_channels, H, W) -> (N, 4 * width, h, w): 5 x 5 of 224 x 224; with
    small_input the third pooling is left out, and 28 x 28 becomes 4 x 4.
    """
    c1, c2, c3 = width, width * 8 // 3, width * 4
    edge = 1 if small_input else 0  # a border for the poolings
    if small_input:  # kernel 5, stride 2, padding 2
        first = nin_block(in_channels, c1, 5, 2, 2, batch_norm)
    else:
        first = nin_block(in_channels, c1, 11, 4, 0, batch_norm)
    return nn.Sequential(
        first,
        nn.MaxPool2d(3, stride=2, padding=edge),
        nin_block(c1, c2, 5, 1, 2, batch_norm),
        nn.MaxPool2d(3, stride=2, padding=edge),
        nin_block(c2, c3, 3, 1, 1, batch_norm),
        nn.Identity() if small_input else nn.MaxPool2d(3, stride=2),
    )


class NiN(nn.Module):
    """Four blocks; the last one gives a map for each class, whose mean is its logit.

    (N, in_channels, H, W) -> (N, num_classes), logits; H and W from 67 pixels on.
    width: channels of the first block; those of the others are 8 / 3 and 4 of it.
    small_input: for images of 28 x 28; the class maps have 4 x 4 then.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        width: int = 96,
        batch_norm: bool = False,
        dropout: float = 0.5,
        last_relu: bool = False,
        small_input: bool = False,
    ):
        super().__init__()
        self.features = nin_features(in_channels, width, batch_norm, small_input)
        self.features.append(nn.Dropout(dropout))
        c = 4 * width
        self.class_maps = nin_block(c, num_classes, 3, 1, 1, batch_norm, last_relu)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.class_maps(x)  # (N, num_classes, h, w)
        return torch.flatten(self.pool(x), 1)
