"""The Inception block of GoogLeNet, its nine sizes, and the two kinds of classifier.

Szegedy et al. (2015), "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842
"""

import torch
from torch import Tensor, nn

# table 1 of the paper: what comes in, 1 x 1, reduce 3 x 3, 3 x 3, reduce 5 x 5, 5 x 5,
# pool projection
CHANNELS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}


def conv_relu(
    c_in: int, c_out: int, kernel_size: int, stride: int = 1, batch_norm: bool = True
) -> nn.Sequential:
    """(N, c_in, H, W) -> (N, c_out, H / stride, W / stride), odd kernels only."""
    padding, bias = kernel_size // 2, not batch_norm  # batch norm has its own shift
    conv = nn.Conv2d(c_in, c_out, kernel_size, stride, padding, bias=bias)
    if batch_norm:
        return nn.Sequential(conv, nn.BatchNorm2d(c_out, eps=1e-3), nn.ReLU())
    return nn.Sequential(conv, nn.ReLU())


class Inception(nn.Module):
    """Four branches of 1 x 1, 3 x 3, "5 x 5" and pooling; their maps are put together.

    (N, in_channels, H, W) -> (N, out_channels, H, W); channels: a row of CHANNELS.
    """

    def __init__(self, channels: list[int], batch_norm: bool = True, kernel: int = 3):
        super().__init__()
        c_in, c1, reduce3, c3, reduce5, c5, c_pool = channels
        self.branch1 = conv_relu(c_in, c1, 1, batch_norm=batch_norm)
        self.branch2 = nn.Sequential(
            conv_relu(c_in, reduce3, 1, batch_norm=batch_norm),
            conv_relu(reduce3, c3, 3, batch_norm=batch_norm),
        )
        self.branch3 = nn.Sequential(
            conv_relu(c_in, reduce5, 1, batch_norm=batch_norm),
            conv_relu(reduce5, c5, kernel, batch_norm=batch_norm),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            conv_relu(c_in, c_pool, 1, batch_norm=batch_norm),
        )

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return torch.cat(branches, dim=1)


def classifier_head(c_in: int, num_classes: int, dropout: float) -> nn.Sequential:
    """One number a map, then one linear layer: (N, c_in, H, W) -> (N, num_classes)"""
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(c_in, num_classes),
    )


def auxiliary_head(c_in: int, num_classes: int, batch_norm: bool) -> nn.Sequential:
    """A classifier half-way up the network: (N, c_in, H, W) -> (N, num_classes)

    The paper pools windows of 5 x 5 by steps of 3, torchvision to 4 x 4 of any size.
    """
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(4),
        conv_relu(c_in, 128, 1, batch_norm=batch_norm),
        nn.Flatten(),
        nn.Linear(128 * 4 * 4, 1024),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(1024, num_classes),
    )
