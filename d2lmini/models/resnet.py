"""ResNet: blocks that add what they compute to what they were given.

He, Zhang, Ren and Sun (2016), "Deep Residual Learning for Image Recognition",
https://arxiv.org/abs/1512.03385

The default is torchvision's. From depth 50 on it differs from the paper: a block that
halves the maps does so in its 3 x 3 convolution, not in the first 1 x 1, which would
skip three of four pixels (known as ResNet v1.5). `ResNet(1000, depth=50, v1=True)` is
the paper's. Weights start as PyTorch starts them (see `kaiming_init`).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.models.lenet import look_up

# residual blocks in each of the four stages
STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}


def projection(in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """What makes a block's input fit its output; None where it fits already."""
    if in_channels == out_channels and stride == 1:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class Residual(nn.Module):
    """The basic block: two 3 x 3 convolutions, and the input added to their output.

    (N, in_channels, H, W) -> (N, channels, H / stride, W / stride)
    shortcut=False: the plain block to compare it with, which adds nothing.
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, shortcut: bool = True
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = shortcut
        self.project = projection(in_channels, channels, stride) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.shortcut:
            y = y + (x if self.project is None else self.project(x))
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
        self.conv1 = nn.Conv2d(in_channels, channels, 1, first, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, second, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, 4 * channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.project = projection(in_channels, 4 * channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.project is None else self.project(x)))


class ResNet(nn.Module):
    """A stem, four stages of blocks, global average pooling and one linear layer.

    (N, in_channels, H, W) -> (N, num_classes), logits, for any H and W.
    depth: a key of STAGES, bottlenecks from 50 on. width: channels of the first stage;
    they double from stage to stage. v1: see Bottleneck. small_input: for images of
    28 x 28, a stem of 3 x 3 with stride 2 and no pooling.
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
        kernel = 3 if small_input else 7
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, width, kernel, 2, kernel // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Identity() if small_input else nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stages = nn.Sequential()
        c_in = width
        for i, blocks in enumerate(look_up(depth, STAGES)):
            self.stages.append(nn.Sequential())
            for j in range(blocks):
                stride = 2 if i > 0 and j == 0 else 1  # halves the maps
                if depth < 50:
                    block = Residual(c_in, width * 2**i, stride)
                    c_in = width * 2**i
                else:
                    block = Bottleneck(c_in, width * 2**i, stride, v1)
                    c_in = 4 * width * 2**i
                self.stages[i].append(block)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(c_in, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stages(self.stem(x))  # (N, 512, H / 32, W / 32)
        return self.fc(torch.flatten(self.pool(x), 1))
