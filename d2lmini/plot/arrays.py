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


def show_numbers(
    arrays: Mapping[str, Tensor],
    marks: Mapping[str, Tensor] | None = None,
    *,
    columns: int | None = None,
) -> None:
    """Show small arrays side by side with their numbers written into the cells.

    arrays: a title and a tensor (H, W) each. Cells are squares of one size; each array
    is coloured from its smallest value to its largest. Numbers are left out where the
    cells are too small for them. marks: for some titles a bool tensor (H, W), whose
    True cells are orange instead. columns: arrays in a row; by default all.
    """
    import matplotlib.pyplot as plt

    arrays = {t: expect(array, t, "(H, W)").double() for t, array in arrays.items()}
    marks = marks or {}
    for title, mark in marks.items():
        if title not in arrays or mark.shape != arrays[title].shape:
            shapes = {name: tuple(array.shape) for name, array in arrays.items()}
            raise ValueError(
                f"a mark of shape {tuple(mark.shape)} for {title!r}; the arrays are "
                f"{shapes}, and a mark has the title and the shape of its array"
            )
    if not arrays:
        raise ValueError("there are no arrays to show; give a title and a tensor each")
    titles = list(arrays)
    columns = min(columns or len(titles), len(titles))
    rows = [titles[i : i + columns] for i in range(0, len(titles), columns)]
    gap = 0.8  # cells between two arrays
    widths = [
        max(arrays[t].shape[1] for t in titles[i::columns]) for i in range(columns)
    ]
    width = sum(widths) + gap * (columns - 1)
    cell = min(0.5, WIDTH / (width + 0.2))  # inches
    head = max(1.0, 0.2 / cell)  # cells above an array, for its title
    heights = [max(arrays[t].shape[0] for t in row) + head for row in rows]
    size = cell * (width + 0.2), cell * sum(heights)
    figure = plt.figure(figsize=size, layout="none")
    ax = figure.add_axes((0, 0, 1, 1))  # no margins: the cells have the size computed
    bottom = 0.0
    for row, height in zip(rows, heights, strict=True):
        bottom, left = bottom + height, 0.0
        for title, space in zip(row, widths, strict=False):
            array = arrays[title]
            corner = left + (space - array.shape[1]) / 2
            top = bottom - (height - head + array.shape[0]) / 2
            _draw_array(ax, title, array, marks.get(title), top, corner, cell)
            left += space + gap
    ax.set(xlim=(-0.1, width + 0.1), ylim=(bottom + 0.1, 0.1), aspect="equal")
    ax.set_axis_off()


def _draw_array(
    ax: Axes,
    title: str,
    array: Tensor,
    mark: Tensor | None,
    top: float,
    left: float,
    cell: float,
) -> None:
    """One array of `show_numbers`, its cells one unit high and wide."""
    import matplotlib.pyplot as plt

    rows, columns = array.shape
    low, high = array.min().item(), array.max().item()
    box = (left, left + columns, top + rows, top)
    scale = {"vmin": low, "vmax": 2 * high - low + 1e-12}  # dark text stays legible
    ax.imshow(array.numpy(), cmap="Blues", extent=box, **scale)
    ax.text(left + columns / 2, top - 0.15, title, ha="center", va="bottom")
    texts = [(place, f"{value:.3g}") for place, value in entries(array)]
    longest = max(len(text) for _, text in texts)
    size = min(9, 26 * cell, 110 * cell / longest)  # points, so that neighbours fit
    for (row, column), text in texts:
        x, y = left + column, top + row
        if mark is not None and mark[row, column]:
            ax.add_patch(plt.Rectangle((x, y), 1, 1, fc="#f6b48f", lw=0))
        if cell > 0.22:
            ax.text(x + 0.5, y + 0.5, text, ha="center", va="center", size=size)
    ax.vlines(
        [left + i for i in range(1, columns)], top, top + rows, color="#d5d9e0", lw=0.5
    )
    ax.hlines(
        [top + i for i in range(1, rows)], left, left + columns, color="#d5d9e0", lw=0.5
    )
    frame = plt.Rectangle((left, top), columns, rows, fill=False, ec="C7", lw=0.8)
    ax.add_patch(frame)


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

    side = max(min(cell, WIDTH / count), WIDTH / columns)
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    height = side * shape[-2] / shape[-1]
    size = columns * side, rows * (height + extra)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    return list(axes.flat[:count])
