"""FCN: a classifier that keeps its map of places, and enlarges the scores on it.

Long, Shelhamer and Darrell (2015), "Fully Convolutional Networks for Semantic
Segmentation", https://arxiv.org/abs/1411.4038

The paper makes one of VGG-16. Our deviations, for small pictures:

- one 3 x 3 convolution with batch norm before each of four poolings, not VGG's 13
  before five, and one more in place of VGG's two large linear layers; no dropout;
- the poolings round up, so that the scores always cover the picture; the paper pads it
  by 100 pixels and crops;
- everything learns at once: the paper adds one skip after another, whose scores start
  at zero, and leaves the last enlargement bilinear;
- weights start as PyTorch starts them, but for the bilinear ones.
"""

import torch
from torch import Tensor, nn


def bilinear_kernel(factor: int) -> Tensor:
    """The stamp (k, k) that enlarges by a whole factor, used with that stride.

    k is 2 * factor for an even factor, and 2 * factor - 1 for an odd one.
    """
    size = 2 * factor - factor % 2
    distance = (torch.arange(size) - (size - 1) / 2).abs()  # pixels from the middle
    row = 1 - distance / factor
    return torch.outer(row, row)


def upsample(channels: int, factor: int, bilinear: bool = True) -> nn.ConvTranspose2d:
    """A layer (N, channels, H, W) -> (N, channels, factor * H, factor * W).

    factor: even. bilinear: starts as bilinear interpolation of each channel by itself.
    """
    settings = {"stride": factor, "padding": factor // 2, "bias": False}
    layer = nn.ConvTranspose2d(channels, channels, 2 * factor, **settings)
    if bilinear:
        nn.init.zeros_(layer.weight)  # (channels in, channels out, k, k)
        for channel in range(channels):
            layer.weight.data[channel, channel] = bilinear_kernel(factor)
    return layer


def conv_norm_relu(in_channels: int, out_channels: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, out_channels, H, W)"""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def stage(in_channels: int, out_channels: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, out_channels, H / 2, W / 2), rounded up"""
    layers = conv_norm_relu(in_channels, out_channels)
    layers.append(nn.MaxPool2d(2, ceil_mode=True))
    return layers


def crop(x: Tensor, like: Tensor) -> Tensor:
    """Leave out the last rows and columns of x, down to the size of `like`."""
    return x[:, :, : like.shape[2], : like.shape[3]]


class Skip(nn.Module):
    """Double the scores, and add those that a finer map gives.

    (N, num_classes, H / 2, W / 2) and (N, channels, H, W) -> (N, num_classes, H, W)
    """

    def __init__(self, channels: int, num_classes: int, bilinear: bool = True):
        super().__init__()
        self.up = upsample(num_classes, 2, bilinear)
        self.score = nn.Conv2d(channels, num_classes, 1)

    def forward(self, scores: Tensor, finer: Tensor) -> Tensor:
        return crop(self.up(scores), finer) + self.score(finer)


class FCN(nn.Module):
    """(N, in_channels, H, W) -> (N, num_classes, H, W), logits a pixel; any H and W.

    width: channels of the first stage, doubled by each of `depth` stages up to 8 times.
    skips: 0, 1, 2 are the paper's FCN-32s, 16s, 8s. last_relu: a common mistake.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        width: int = 16,
        depth: int = 4,
        skips: int = 2,
        bilinear: bool = True,
        last_relu: bool = False,
    ):
        super().__init__()
        if not 0 <= skips < depth:
            raise ValueError(f"skips is {skips}; give a number from 0 to {depth - 1}")
        channels = [in_channels] + [width * min(2**i, 8) for i in range(depth)]
        self.stages = nn.ModuleList(map(stage, channels, channels[1:]))
        self.middle = conv_norm_relu(channels[-1], channels[-1])
        self.score = nn.Conv2d(channels[-1], num_classes, 1)
        finer = channels[depth - skips : depth][::-1]  # from the coarsest on
        self.skips = nn.ModuleList(Skip(c, num_classes, bilinear) for c in finer)
        self.up = upsample(num_classes, 2 ** (depth - skips), bilinear)
        self.last = nn.ReLU() if last_relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for halve in self.stages:
            maps.append(halve(maps[-1]))  # H / 2, H / 4, H / 8, H / 16
        scores = self.score(self.middle(maps[-1]))  # (N, num_classes, H / 16, W / 16)
        for i, skip in enumerate(self.skips):
            scores = skip(scores, maps[-2 - i])  # H / 8, then H / 4
        return self.last(crop(self.up(scores), maps[0]))
