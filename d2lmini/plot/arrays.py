"""Images, kernels and feature maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from d2lmini.plot.common import WIDTH, expect

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_images(
    images: Tensor, titles: Sequence[str] | None = None, *, columns: int = 8
) -> None:
    """Show images in a grid, all on one scale, with a title above each if given.

    images: (N, H, W), (N, 1, H, W) or (N, 3, H, W). uint8 runs from black 0 to white
    255; floats run from the smallest value to the largest of all the images. columns:
    images in a row; so many fill the width of the text, fewer stay small.
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
    axes = _grid(len(images), columns, images.shape, cell=1.5, extra=extra)
    for i, ax in enumerate(axes):
        ax.imshow(images[i].permute(1, 2, 0).squeeze(2).numpy(), cmap="gray", **scale)
        if titles is not None:
            ax.set_title(titles[i])


def show_kernels(weight: Tensor, *, columns: int = 8) -> None:
    """Show a convolution's kernels: blue is negative, white zero, red positive.

    weight: (out_channels, in_channels, height, width), as `conv.weight`. One picture a
    pair of channels, output by output; the scale is the same for all.
    """
    weight = expect(weight, "kernels", "(out, in, height, width)").flatten(0, 1)
    limit = weight.abs().max().clamp(min=1e-12).item()
    axes = _grid(len(weight), columns, weight.shape, cell=0.9)
    for ax, kernel in zip(axes, weight, strict=True):
        ax.imshow(kernel.numpy(), cmap="RdBu_r", vmin=-limit, vmax=limit)


def show_features(features: Tensor, *, columns: int = 8) -> None:
    """Show the feature maps of one image, all on one scale: dark is low, bright high.

    features: (C, H, W), such as `model.features[:3](images)[0]`.
    """
    features = expect(features, "feature maps", "(C, H, W)")
    low, high = features.min().item(), features.max().item()
    axes = _grid(len(features), columns, features.shape, cell=1.5, extra=0.2)
    for channel, (ax, feature) in enumerate(zip(axes, features, strict=True)):
        ax.imshow(feature.numpy(), cmap="magma", vmin=low, vmax=max(high, low + 1e-12))
        ax.set_title(f"map {channel}")


def _grid(
    count: int, columns: int, shape: tuple[int, ...], cell: float, extra: float = 0.0
) -> list[Axes]:
    """`count` empty axes for pictures of a shape (…, H, W), `columns` in a row.

    They are `cell` inches wide, or as wide as it takes for `columns` to fill the text;
    `extra` inches are for titles.
    """
    import matplotlib.pyplot as plt

    if columns < 1:
        raise ValueError(f"columns is {columns}; give 1 or more pictures in a row")
    side = max(min(cell, WIDTH / count), WIDTH / columns)
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    height = side * shape[-2] / shape[-1]
    size = columns * side, rows * (height + extra)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    return list(axes.flat[:count])
