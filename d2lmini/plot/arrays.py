"""Images, small arrays of numbers, kernels and feature maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from d2lmini.plot.common import WIDTH, entries, expect

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_images(
    images: Tensor, titles: Sequence[str] | None = None, *, columns: int = 8
) -> None:
    """Show images in a grid, all on one scale, with a title above each if given.

    images: (N, H, W), (N, 1, H, W) or (N, 3, H, W). uint8 runs from black 0 to white
    255; floats run from the smallest value to the largest of all the images.
    """
    images = expect(images, "images", "(N, H, W)", "(N, C, H, W)")
    if len(images) == 0:
        raise ValueError("there are no images to show; check what they were cut from")
    if images.ndim == 3:
        images = images[:, None]
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images have {images.shape[1]} channels; 1 (grey) or 3 (red, green, blue) "
            "can be shown, show_features shows any number"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"{len(titles)} titles for {len(images)} images; give one each"
        )
    scale = {"vmin": 0, "vmax": 255}
    if images.dtype != torch.uint8:
        low, high = images.min(), images.max()
        images = (images - low) / (high - low).clamp(min=1e-12)
        scale = {"vmin": 0, "vmax": 1}
    extra = 0.0 if titles is None else 0.25
    axes = _grid(len(images), columns, cell=1.5, extra=extra)
    for i, ax in enumerate(axes):
        ax.imshow(images[i].permute(1, 2, 0).squeeze(2).numpy(), cmap="gray", **scale)
        if titles is not None:
            ax.set_title(titles[i])


def show_numbers(arrays: Mapping[str, Tensor]) -> None:
    """Show small arrays side by side with their numbers written into the cells.

    arrays: a title and a tensor (H, W) each. Cells of one array are the same size in
    all; each array is coloured from its smallest value to its largest.
    """
    import matplotlib.pyplot as plt

    arrays = {t: expect(array, t, "(H, W)").double() for t, array in arrays.items()}
    gap = 0.8  # cells between two arrays
    width = sum(array.shape[1] + gap for array in arrays.values()) - gap
    height = max(array.shape[0] for array in arrays.values())
    cell = min(0.5, WIDTH / width)  # inches
    _, ax = plt.subplots(figsize=(cell * width, cell * (height + 0.8)))
    left = 0.0
    for title, array in arrays.items():
        rows, columns = array.shape
        top = (height - rows) / 2
        low, high = array.min().item(), array.max().item()
        box = (left, left + columns, top + rows, top)
        scale = {"vmin": low, "vmax": 2 * high - low + 1e-12}  # dark text stays legible
        ax.imshow(array.numpy(), cmap="Blues", extent=box, **scale)
        frame = plt.Rectangle((left, top), columns, rows, fill=False, ec="C7", lw=0.8)
        ax.add_patch(frame)
        ax.text(left + columns / 2, top - 0.15, title, ha="center", va="bottom")
        for (row, column), value in entries(array):
            x, y = left + column + 0.5, top + row + 0.5
            ax.text(x, y, f"{value:.3g}", ha="center", va="center")
        left += columns + gap
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.7), aspect="equal")
    ax.set_axis_off()


def show_kernels(weight: Tensor, *, columns: int = 8) -> None:
    """Show a convolution's kernels: blue is negative, white zero, red positive.

    weight: (out_channels, in_channels, height, width), as `conv.weight`. One picture a
    pair of channels, output by output; the scale is the same for all.
    """
    weight = expect(weight, "kernels", "(out, in, height, width)").flatten(0, 1)
    limit = weight.abs().max().clamp(min=1e-12).item()
    for ax, kernel in zip(_grid(len(weight), columns, 0.9), weight, strict=True):
        ax.imshow(kernel.numpy(), cmap="RdBu_r", vmin=-limit, vmax=limit)


def show_features(features: Tensor, *, columns: int = 8) -> None:
    """Show the feature maps of one image, all on one scale: dark is low, bright high.

    features: (C, H, W), such as `model.features[:3](images)[0]`.
    """
    features = expect(features, "feature maps", "(C, H, W)")
    low, high = features.min().item(), features.max().item()
    axes = _grid(len(features), columns, cell=1.5, extra=0.2)
    for channel, (ax, feature) in enumerate(zip(axes, features, strict=True)):
        ax.imshow(feature.numpy(), cmap="magma", vmin=low, vmax=max(high, low + 1e-12))
        ax.set_title(f"map {channel}")


def _grid(count: int, columns: int, cell: float, extra: float = 0.0) -> list[Axes]:
    """`count` empty square axes of at most `cell` inches; `extra` inches for titles."""
    import matplotlib.pyplot as plt

    columns = min(columns, count)
    rows = math.ceil(count / columns)
    side = min(cell, WIDTH / columns)
    size = columns * side, rows * (side + extra)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    return list(axes.flat[:count])
