"""DenseNet: each layer sees the maps of all layers before it, side by side.

Huang, Liu, van der Maaten and Weinberger (2017), "Densely Connected Convolutional
Networks", https://arxiv.org/abs/1608.06993

The default is the paper's DenseNet-121 for ImageNet (DenseNet-BC: growth 32,
bottlenecks of 128 channels, transitions that halve the channels), as torchvision has
it. Deviations: no dropout, which the paper uses only where it does not augment; for
small images the paper's stem has stride 1, and `small_input` stride 2. Weights start as
PyTorch starts them; the paper's start is that of `kaiming_init`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DenseLayer(nn.Module):
    """Batch norm, ReLU and 3 x 3 convolution; their maps are put behind the input.

    (N, in_channels, H, W) -> (N, in_channels + growth, H, W)
    bottleneck: a 1 x 1 convolution first brings the input down to 4 * growth channels.
    """

    def __init__(self, in_channels: int, growth: int, bottleneck: bool = True):
        super().__init__()
        self.new = nn.Sequential()
        if bottleneck:
            self.new.append(nn.BatchNorm2d(in_channels))
            self.new.append(nn.ReLU())
            self.new.append(nn.Conv2d(in_channels, 4 * growth, 1, bias=False))
            in_channels = 4 * growth
        self.new.append(nn.BatchNorm2d(in_channels))
        self.new.append(nn.ReLU())
        self.new.append(nn.Conv2d(in_channels, growth, 3, padding=1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.new(x)], dim=1)


class DenseBlock(nn.Sequential):
    """(N, in_channels, H, W) -> (N, in_channels + layers * growth, H, W)"""

    def __init__(
        self, layers: int, in_channels: int, growth: int, bottleneck: bool = True
    ):
        super().__init__()
        for i in range(layers):
            self.append(DenseLayer(in_channels + i * growth, growth, bottleneck))


def transition(in_channels: int, out_channels: int) -> nn.Sequential:
    """Fewer channels and half the size: (N, C, H, W) -> (N, out, H / 2, W / 2)"""
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
        nn.AvgPool2d(2),
    )


def stem(in_channels: int, width: int, small_input: bool = False) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, width, H / 4, W / 4); small_input: H / 2, W / 2"""
    kernel = 3 if small_input else 7
    return nn.Sequential(
        nn.Conv2d(in_channels, width, kernel, 2, kernel // 2, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Identity() if small_input else nn.MaxPool2d(3, stride=2, padding=1),
    )


class DenseNet(nn.Module):
    """A stem, dense blocks with a transition between each two, one linear layer.

    (N, in_channels, H, W) -> (N, num_classes), logits; with four blocks H and W from 29
    pixels on. layers: of each block. growth: channels that a layer adds. width: of the
    stem. small_input: for images of 28 x 28, a stem of 3 x 3, stride 2, no pooling.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        layers: tuple[int, ...] = (6, 12, 24, 16),
        growth: int = 32,
        width: int = 64,
        bottleneck: bool = True,
        small_input: bool = False,
    ):
        super().__init__()
        self.stem = stem(in_channels, width, small_input)
        self.blocks = nn.Sequential()
        channels = width
        for i, count in enumerate(layers):
            if i > 0:
                self.blocks.append(transition(channels, channels // 2))
                channels = channels // 2
            self.blocks.append(DenseBlock(count, channels, growth, bottleneck))
            channels = channels + count * growth
        self.norm = nn.BatchNorm2d(channels)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.stem(x))  # (N, 1024, H / 32, W / 32)
        x = F.relu(self.norm(x))
        return self.fc(torch.flatten(self.pool(x), 1))
