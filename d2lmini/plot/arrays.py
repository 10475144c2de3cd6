"""Images, kernels and feature maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from d2lmini.expect import whole
from d2lmini.plot.common import (
    NOT_FINITE,
    WIDTH,
    colour_map,
    drawable,
    finite_range,
    not_finite,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_images(
    images: Tensor, titles: Sequence[str] | None = None, *, columns: int = 8
) -> None:
    """Show images in a grid, all on one scale, with a title above each if given.

    images: (N, H, W), (N, 1, H, W) or (N, 3, H, W). uint8 runs from black 0 to white
    255; all other numbers run from the smallest to the largest of all the images. What
    is NaN or infinite is drawn green, and counted below. columns: images in a row; so
    many fill the width of the text, fewer stay small.
    """
    images = _values(images, "images", "(N, H, W)", "(N, C, H, W)")
    note = not_finite(images)
    if images.ndim == 3:
        images = images[:, None]
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images have {images.shape[1]} channels; 1 (grey) or 3 (red, green, blue) "
            "can be shown, show_features shows any number"
        )
    if isinstance(titles, str):
        raise TypeError(f"titles is {titles!r} (str); give a list, one title an image")
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"{len(titles)} titles for {len(images)} images; give one each"
        )
    scale = {"vmin": 0, "vmax": 255}
    if images.dtype != torch.uint8:
        low, high = finite_range(images)
        images = (images.double() - low) / ((high - low) or 1.0)
        scale = {"vmin": 0, "vmax": 1}
        if images.shape[1] == 3:  # three channels have no colour map
            bad = ~images.isfinite().all(dim=1, keepdim=True)
            green = images.new_tensor(NOT_FINITE)[:, None, None]
            images = torch.where(bad, green, images)
    extra = 0.0 if titles is None else 0.25
    axes = _grid(images, columns, cell=1.5, extra=extra, note=note)
    for i, ax in enumerate(axes):
        pixels = images[i].permute(1, 2, 0).squeeze(2).numpy()
        ax.imshow(pixels, cmap=colour_map("gray"), **scale)
        if titles is not None:
            ax.set_title(titles[i])


def show_kernels(weight: Tensor, *, columns: int = 8) -> None:
    """Show a convolution's kernels: blue is negative, white zero, red positive.

    weight: (out_channels, in_channels, height, width), as `conv.weight`. One picture a
    pair of channels, output by output; the scale is the same for all. What is NaN or
    infinite is drawn green, and counted below.
    """
    weight = _values(weight, "kernels", "(out, in, height, width)")
    limit = max(map(abs, finite_range(weight))) or 1.0
    note, weight = not_finite(weight), weight.flatten(0, 1)
    axes = _grid(weight, columns, cell=0.9, note=note)
    for ax, kernel in zip(axes, weight, strict=True):
        colours = colour_map("RdBu_r")
        ax.imshow(kernel.numpy(), cmap=colours, vmin=-limit, vmax=limit)


def show_features(features: Tensor, *, columns: int = 8) -> None:
    """Show the feature maps of one image, all on one scale: dark is low, bright high.

    features: (C, H, W), such as `model.features[:3](images)[0]`. What is NaN or
    infinite is drawn green, and counted below.
    """
    features = _values(features, "feature maps", "(C, H, W)")
    low, high = finite_range(features)
    scale = {"vmin": low, "vmax": high if high > low else low + 1.0}
    note = not_finite(features)
    axes = _grid(features, columns, cell=1.5, extra=0.2, note=note)
    for channel, (ax, feature) in enumerate(zip(axes, features, strict=True)):
        ax.imshow(feature.numpy(), cmap=colour_map("magma"), **scale)
        ax.set_title(f"map {channel}")


def _values(tensor: Tensor, name: str, *ranks: str) -> Tensor:
    """Check that there is something to show, in numbers that Matplotlib can draw."""
    tensor = drawable(tensor, name, *ranks)
    if tensor.numel() == 0:
        raise ValueError(
            f"there are no {name} to show, the shape is {tuple(tensor.shape)}; check "
            "what they were cut from"
        )
    return tensor if tensor.dtype in (torch.uint8, torch.float32) else tensor.double()


def _grid(
    pictures: Tensor, columns: int, cell: float, extra: float = 0.0, note: str = ""
) -> list[Axes]:
    """Empty axes for pictures (count, …, H, W), `columns` in a row.

    They are `cell` inches wide, or as wide as it takes for `columns` to fill the text;
    `extra` inches are for titles. The note stands below them all.
    """
    import matplotlib.pyplot as plt

    columns, count = whole("columns", columns), len(pictures)
    side = max(min(cell, WIDTH / count), WIDTH / columns)
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    height = side * pictures.shape[-2] / pictures.shape[-1]
    note, below = wrap(note, columns * side)
    size = columns * side, rows * (height + extra) + below
    layout = "constrained" if note else None  # it makes room for the note
    figure, axes = plt.subplots(
        rows, columns, figsize=size, squeeze=False, layout=layout
    )
    if note:
        figure.supxlabel(note, size="small")
    for ax in axes.flat:
        ax.set_axis_off()
    return list(axes.flat[:count])
