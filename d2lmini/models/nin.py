"""NiN: two 1 x 1 convolutions behind each convolution, and no linear classifier.

Lin, Chen and Yan (2014), "Network In Network", https://arxiv.org/abs/1312.4400. The
paper gives no table for ImageNet; the sizes are those of AlexNet, as in Dive into Deep
Learning, https://d2l.ai, section 8.3.

- weights start as PyTorch starts them (see `kaiming_init`);
- the last block ends without ReLU, so that a logit may be negative; `last_relu=True`
  gives the network as it is often copied, whose scores are never below zero.
"""

import torch
from torch import Tensor, nn


def nin_block(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    batch_norm: bool = False,
    last_relu: bool = True,
) -> nn.Sequential:
    """A convolution, then two linear layers that every pixel goes through by itself.

    (N, in_channels, H, W) -> (N, out_channels, h, w), the size that the first one gives
    """
    layers = []
    for i in range(3):
        if i == 0:
            conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
        else:
            conv = nn.Conv2d(out_channels, out_channels, 1)
        layers.append(conv)
        if i == 2 and not last_relu:
            break  # scores, as they are
        if batch_norm:
            layers.append(nn.BatchNorm2d(out_channels))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class NiN(nn.Module):
    """Four blocks; the last one gives a map for each class, whose mean is its logit.

    (N, in_channels, H, W) -> (N, num_classes), logits; H and W from 63 pixels on.
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
        c1, c2, c3 = width, width * 8 // 3, width * 4
        edge = 1 if small_input else 0  # a border for the poolings
        if small_input:
            first = nin_block(in_channels, c1, 5, 2, 2, batch_norm)
        else:
            first = nin_block(in_channels, c1, 11, 4, 0, batch_norm)
        self.features = nn.Sequential(
            first,
            nn.MaxPool2d(3, stride=2, padding=edge),
            nin_block(c1, c2, 5, 1, 2, batch_norm),
            nn.MaxPool2d(3, stride=2, padding=edge),
            nin_block(c2, c3, 3, 1, 1, batch_norm),
            nn.Identity() if small_input else nn.MaxPool2d(3, stride=2),
            nn.Dropout(dropout),
        )
        self.class_maps = nin_block(c3, num_classes, 3, 1, 1, batch_norm, last_relu)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = self.class_maps(x)  # (N, num_classes, h, w)
        return torch.flatten(self.pool(x), 1)
