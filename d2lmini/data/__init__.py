"""Data sets by name, whole in memory: uint8 images, int64 labels, names of classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import NoReturn

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini import expect
from d2lmini.data import fashion

DATASETS = {"fashion": fashion}


@dataclass(frozen=True, repr=False, eq=False)
class ImageData:
    """Labelled images that fit in memory.

    images: uint8 (N, C, H, W), 0 black to 255 full. labels: int64 (N,), or (N, K) for K
    labels an image, from 0 to len(classes) - 1. classes: a name for each label. mean,
    std: one number a channel, on the scale where black is 0 and full is 1; they come
    from the training split, whatever the split.

    `len(data)` is N, and a slice or a tensor of indices gives a smaller ImageData, so
    `data[:5000]` is its first 5,000 images. Raises ValueError for what does not fit.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self):
        shape = tuple(self.images.shape)
        if self.images.dtype != torch.uint8 or len(shape) != 4:
            raise ValueError(
                f"images are {self.images.dtype} {shape}; they must be torch.uint8 "
                "(N, C, H, W) with values from 0 to 255"
            )
        count, found = shape[0], tuple(self.labels.shape)
        if found[:1] != (count,) or len(found) > 2 or found[1:] in [(0,), (1,)]:
            raise ValueError(
                f"{count} images with labels of shape {found}; give one label an "
                f"image, ({count},), or K of 2 or more, ({count}, K). A column "
                f"({count}, 1) would be compared with the predictions of all images: "
                "use labels.squeeze(1)"
            )
        if self.labels.dtype != torch.int64:
            raise ValueError(
                f"labels are {self.labels.dtype}; they must be torch.int64, use "
                "labels.long()"
            )
        low, high = self.labels.aminmax() if self.labels.numel() else (0, 0)
        if low < 0 or high >= len(self.classes):
            raise ValueError(
                f"labels go from {low} to {high} for {len(self.classes)} classes; give "
                f"labels from 0 to {len(self.classes) - 1}, or a name for each class"
            )
        if not len(self.mean) == len(self.std) == shape[1]:
            raise ValueError(
                f"{len(self.mean)} means and {len(self.std)} standard deviations for "
                f"images with {shape[1]} channel(s); give one of each a channel"
            )
        if not all(0 <= m <= 1 for m in self.mean) or not all(s > 0 for s in self.std):
            raise ValueError(
                f"mean is {self.mean} and std {self.std}; give them on the scale where "
                "black is 0 and full is 1, and std above 0"
            )

    def __repr__(self) -> str:
        shape = tuple(self.images.shape[1:])
        return f"ImageData({len(self):,} images {shape}, {len(self.classes)} classes)"

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | Tensor) -> ImageData:
        if index is None or index is ... or isinstance(index, tuple | str):
            raise TypeError(
                f"index {index!r} is not one for images; give a slice, a list or a "
                "tensor of indices, and cut pixels out of data.images"
            )
        if isinstance(index, Integral) or getattr(index, "shape", None) == ():
            place = int(index)
            end = "" if place == -1 else place + 1  # data[-1:] is the last image
            raise TypeError(
                f"index {place} would be a single image: take data.images[{place}] and "
                f"data.labels[{place}], or the slice data[{place}:{end}]"
            )
        return replace(self, images=self.images[index], labels=self.labels[index])

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self!r} gives no batches; take make_loader(data)")

    def normalised(self) -> Tensor:
        """Return the images as networks want them: float32 (N, C, H, W).

        Scaled to 0…1, minus the mean, divided by the standard deviation, by channel.
        """
        return normalise(self.images, *self.statistics())

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation, each (C, 1, 1), beside the images."""
        device = self.images.device
        mean, std = (
            torch.tensor(v, dtype=torch.float32, device=device)
            for v in (self.mean, self.std)
        )
        return mean.reshape(-1, 1, 1), std.reshape(-1, 1, 1)


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """uint8 (N, C, H, W) to float32: scaled to 0…1, minus mean, divided by std."""
    return (images / 255 - mean) / std


def load_data(name: str, split: str, size: int | None = None) -> ImageData:
    """Load a data set that comes with the course.

    name: "fashion" (Fashion-MNIST). split: "train" (60,000 images) or "test" (10,000).
    size: height and width in pixels to resize to, once, in memory; by default the
    images stay as they are, 28 x 28. Nothing is downloaded and nothing is written.

    Raises ValueError or TypeError for an unknown name, split or size, and whatever the
    data set raises when its files are missing or altered.
    """
    source = DATASETS[expect.one_of("data set", name, DATASETS)]
    expect.one_of("split", split, source.FILES)
    images, labels = source.read(split)
    if size is not None:
        images = _resize(images, expect.whole("size", size))
    return ImageData(images, labels, source.CLASSES, source.MEAN, source.STD)


def _resize(images: Tensor, size: int) -> Tensor:
    """Resize uint8 (N, C, H, W) to (N, C, size, size), bilinear with antialiasing."""
    small = [
        F.interpolate(chunk.float(), size=(size, size), mode="bilinear", antialias=True)
        .round_()
        .to(torch.uint8)
        for chunk in images.split(1000)  # floats take four times the memory
    ]
    return torch.cat(small)
