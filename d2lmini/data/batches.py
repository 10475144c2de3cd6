"""Batches from memory, and augmentation of a whole batch at once.

No worker processes and no PIL: a batch is an index into a tensor that already lies on
the device, as in Keller Jordan's airbench (2024), https://arxiv.org/abs/2404.00498
"""

import math
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini import expect
from d2lmini.data import ImageData, normalise

Augment = Callable[[Tensor], Tensor]


class Batches:
    """What `make_loader` returns: iterate over it once an epoch."""

    def __init__(
        self,
        data: ImageData,
        batch_size: int,
        shuffle: bool,
        augment: Augment | None,
        device: torch.device,
    ):
        self.images, self.labels = data.images.to(device), data.labels.to(device)
        self.mean, self.std = (values.to(device) for values in data.statistics())
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.augment = augment

    def __len__(self) -> int:
        """The number of batches; the last one may be smaller than the others."""
        return math.ceil(len(self.labels) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        # drawn on the CPU, so that the order is the same on every device
        count = len(self.labels)
        order = torch.randperm(count) if self.shuffle else torch.arange(count)
        for index in order.to(self.images.device).split(self.batch_size):
            images = self.images[index]
            if self.augment is not None:
                images = _augmented(images, self.augment)
            yield normalise(images, self.mean, self.std), self.labels[index]


def _augmented(images: Tensor, augment: Augment) -> Tensor:
    """Augment a batch, and see that it is still one of the same kind."""
    result = augment(images)
    if isinstance(result, Tensor) and _kind(result) == _kind(images):
        return result
    name = getattr(augment, "__name__", repr(augment))
    if not isinstance(result, Tensor):
        found = type(result).__name__
        raise TypeError(f"augment {name} returned a {found}; return the new images")
    raise ValueError(
        f"augment {name} returned {_kind(result)} for {_kind(images)}; return as many "
        "images of the same type, size and device, which are normalised afterwards"
    )


def _kind(images: Tensor) -> tuple[torch.dtype, tuple[int, ...], str]:
    return images.dtype, tuple(images.shape), images.device.type


def make_loader(
    data: ImageData,
    batch_size: int = 128,
    *,
    shuffle: bool = False,
    augment: Augment | None = None,
    device: torch.device | str | None = None,
) -> Batches:
    """Cut data into batches of normalised images and their labels.

    Yields images, float32 (batch_size, C, H, W), and labels, int64 (batch_size,) or
    (batch_size, K) as in the data, both on `device` (default: where the data is).
    shuffle: a new order every epoch, drawn from PyTorch's seed. augment: a function
    from uint8 images (N, C, H, W) to the same, called on each batch, `random_shift` for
    one; an epoch raises ValueError if it returns another type, shape or device. Raises
    TypeError for what is no ImageData or no whole number, and ValueError for a batch
    size below 1 and for data without images.
    """
    batch_size = expect.whole("batch_size", batch_size)
    if not isinstance(data, ImageData):
        kind = type(data).__name__
        raise TypeError(f"data is a {kind}; give ImageData, as load_data returns it")
    if augment is not None and not callable(augment):
        kind = type(augment).__name__
        raise TypeError(f"augment is a {kind}; give a function such as random_shift")
    if len(data) == 0:
        raise ValueError("the data has no images; check the slice that it was cut with")
    device = data.images.device if device is None else torch.device(device)
    return Batches(data, batch_size, shuffle, augment, device)


def random_shift(images: Tensor, pixels: int = 4) -> Tensor:
    """Shift each image by its own random step, and fill what opens with black (0).

    (N, C, H, W) -> (N, C, H, W); up to `pixels` pixels each way, along both axes.
    """
    pixels = expect.whole("pixels", pixels, lowest=0)
    count, channels, height, width = images.shape
    if count == 0:
        return images
    top, left = torch.randint(0, 2 * pixels + 1, (2, count), device=images.device)
    padded = F.pad(images, [pixels] * 4).contiguous()
    image, channel, row, _ = padded.stride()  # pixels from one to the next in memory
    starts = torch.arange(count, device=images.device) * image + top * row + left
    # a view, no copy: at every pixel of padded where one fits, the window (C, H, W)
    places = 1 + (count - 1) * image + 2 * pixels * (row + 1)
    windows = padded.as_strided((places, channels, height, width), (1, channel, row, 1))
    return windows.index_select(0, starts)


def random_flip(images: Tensor) -> Tensor:
    """Mirror each image left to right with probability one half.

    (N, C, H, W) -> (N, C, H, W). Right for clothes, wrong for digits: a mirrored 2 is
    not a 2.
    """
    mirror = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(mirror, images.flip(3), images)
