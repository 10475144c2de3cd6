"""ResNet: blocks that add what they compute to what they were given.

He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image Recognition",
https://arxiv.org/abs/1512.03385

The default is torchvision's. From depth 50 on it is not the paper's, which v1=True
builds: a block that halves the maps does so in its 3 x 3 convolution, not in the first
1 x 1, which would skip three of four pixels. Weights start as PyTorch starts them.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.models.lenet import look_up

STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}  # blocks in each


def conv_norm(c_in: int, c_out: int, size: int, stride: int = 1) -> nn.Sequential:
    """(N, c_in, H, W) -> (N, c_out, H / stride, W / stride), normalised by the batch"""
    conv = nn.Conv2d(c_in, c_out, size, stride, padding=size // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out))


def projection(c_in: int, c_out: int, stride: int) -> nn.Module:
    """What makes a block's input fit its output: nothing, or a 1 x 1 convolution."""
    fits = c_in == c_out and stride == 1
    return nn.Identity() if fits else conv_norm(c_in, c_out, 1, stride)


class Residual(nn.Module):
    """The basic block: two 3 x 3 convolutions, and its input added to their output.

    (N, in_channels, H, W) -> (N, channels, H / stride, W / stride)
    shortcut=False: the plain block to compare it with, which adds nothing.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, shortcut: bool = True
    ):
        super().__init__()
        self.conv1 = conv_norm(in_channels, channels, 3, stride)
        self.conv2 = conv_norm(channels, channels, 3)
        self.shortcut = projection(in_channels, channels, stride) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(F.relu(self.conv1(x)))
        if self.shortcut is not None:
            y = y + self.shortcut(x)
        return F.relu(y)


class Bottleneck(nn.Module):
    """1 x 1 to fewer channels, 3 x 3, 1 x 1 to four times as many; the input added.

    (N, in_channels, H, W) -> (N, 4 * channels, H / stride, W / stride)
    v1: the first convolution has the stride, as in the paper, and not the second.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, v1: bool = False
    ):
        super().__init__()
        first, second = (stride, 1) if v1 else (1, stride)
        self.conv1 = conv_norm(in_channels, channels, 1, first)
        self.conv2 = conv_norm(channels, channels, 3, second)
        self.conv3 = conv_norm(channels, 4 * channels, 1)
        self.shortcut = projection(in_channels, 4 * channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        return F.relu(self.conv3(y) + self.shortcut(x))


def make_stages(depth: int, width: int, v1: bool = False) -> nn.Sequential:
    """(N, width, H, W) -> (N, 8 * width, H / 8, W / 8), or 32 * width from depth 50"""
    stages, c_in = nn.Sequential(), width
    for i, blocks in enumerate(look_up(depth, STAGES)):
        stage, channels = nn.Sequential(), width * 2**i
        for j in range(blocks):
            stride = 2 if i > 0 and j == 0 else 1  # halves the maps
            sizes = c_in, channels, stride
            stage.append(Residual(*sizes) if depth < 50 else Bottleneck(*sizes, v1))
            c_in = channels if depth < 50 else 4 * channels
        stages.append(stage)
    return stages


class ResNet(nn.Module):
    """A stem, four stages of blocks, global average pooling and one linear layer.

    (N, in_channels, H, W) -> (N, num_classes), logits, for any H and W.
    depth: a key of STAGES, bottlenecks from 50 on, v1: see there. width: channels of
    the first stage, doubled in each. small_input: a stem of 3 x 3 without pooling.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        depth: int = 18,
        width: int = 64,
        v1: bool = False,
        small_input: bool = False,
    ):
        super().__init__()
        self.stem = conv_norm(in_channels, width, 3 if small_input else 7, stride=2)
        self.stem.append(nn.ReLU())
        if not small_input:
            self.stem.append(nn.MaxPool2d(3, stride=2, padding=1))
        self.stages = make_stages(depth, width, v1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8 * width if depth < 50 else 32 * width, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stages(self.stem(x))  # (N, 512, H / 32, W / 32), 2048 from depth 50
        return self.fc(self.pool(x).flatten(1))
