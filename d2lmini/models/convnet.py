"""ConvNet: two convolutions with pooling, and two linear layers.

Many tutorials print it, and it has no paper. Nothing stands between its layers but max
pooling, so that most of what it does is an affine map of the image: chapter 08 shows
what that costs.
"""

from torch import Tensor, nn


class ConvNet(nn.Module):
    """(N, in_channels, 28, 28) -> (N, num_classes), logits, without any activation."""

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 3,
        *,
        pool: type[nn.Module] = nn.MaxPool2d,
    ):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.pool = pool(2)
        self.fc1 = nn.Linear(64 * 7 * 7, 512)
        self.fc2 = nn.Linear(512, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        return self.fc2(self.fc1(x.flatten(1)))
