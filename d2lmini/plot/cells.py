"""Small arrays with their numbers written into the cells, some of them marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from d2lmini.expect import whole
from d2lmini.plot.common import (
    WIDTH,
    colour_map,
    drawable,
    entries,
    finite_range,
    not_finite,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_numbers(
    arrays: Mapping[str, Tensor],
    marks: Mapping[str, Tensor] | None = None,
    *,
    columns: int | None = None,
    one_scale: bool = True,
) -> None:
    """Show small arrays side by side with their numbers written into the cells.

    arrays: a title and a tensor (H, W) each. Cells are squares of one size, coloured
    from the smallest value to the largest of all arrays. Numbers are left out where the
    cells are too small for them. What is NaN or infinite is drawn green, and counted
    below. marks: for some titles a bool tensor (H, W), whose True cells are orange
    instead. columns: arrays in a row; by default all. one_scale: whether equal numbers
    have one colour in all arrays; False colours each array from its own smallest value
    to its own largest, for arrays that are not compared, as a picture and a kernel.
    """
    import matplotlib.pyplot as plt

    if not isinstance(arrays, Mapping):
        raise TypeError(
            f"arrays are of type {type(arrays).__name__}; give titles and tensors, "
            '{"title": tensor}'
        )
    arrays = {t: drawable(array, t, "(H, W)").double() for t, array in arrays.items()}
    marks = marks or {}
    for title, mark in marks.items():
        if title not in arrays or mark.shape != arrays[title].shape:
            shapes = {name: tuple(array.shape) for name, array in arrays.items()}
            raise ValueError(
                f"a mark of shape {tuple(mark.shape)} for {title!r}; the arrays are "
                f"{shapes}, and a mark has the title and the shape of its array"
            )
    if not arrays or any(array.numel() == 0 for array in arrays.values()):
        raise ValueError("there is an empty array, or none; give each title numbers")
    titles = list(arrays)
    columns = len(titles) if columns is None else whole("columns", columns)
    columns = min(columns, len(titles))
    rows = [titles[i : i + columns] for i in range(0, len(titles), columns)]
    gap = 0.8  # cells between two arrays
    widths = [
        max(arrays[t].shape[1] for t in titles[i::columns]) for i in range(columns)
    ]
    width = sum(widths) + gap * (columns - 1)
    cell = min(0.5, WIDTH / (width + 0.2))  # inches
    head = max(1.0, 0.2 / cell)  # cells above an array, for its title
    heights = [max(arrays[t].shape[0] for t in row) + head for row in rows]
    across, down = cell * (width + 0.2), cell * sum(heights)  # inches
    everything = torch.cat([array.flatten() for array in arrays.values()])
    notes = {title: not_finite(array) for title, array in arrays.items()}
    lines = [f"{title}: {note}" for title, note in notes.items() if note]
    note, below = wrap("\n".join(lines), across)
    figure = plt.figure(figsize=(across, down + below), layout="none")
    if note:
        figure.supxlabel(note, size="small")
    share = down / (down + below)  # of the figure; 1 without a note
    # no margins: the cells have the size computed
    ax = figure.add_axes((0, 1 - share, 1, share))
    bottom = 0.0
    for row, height in zip(rows, heights, strict=True):
        bottom, left = bottom + height, 0.0
        for title, space in zip(row, widths, strict=False):
            array = arrays[title]
            limits = finite_range(everything if one_scale else array)
            corner = left + (space - array.shape[1]) / 2
            top = bottom - (height - head + array.shape[0]) / 2
            _draw_array(ax, title, array, limits, marks.get(title), top, corner, cell)
            left += space + gap
    ax.set(xlim=(-0.1, width + 0.1), ylim=(bottom + 0.1, 0.1), aspect="equal")
    ax.set_axis_off()


def _draw_array(
    ax: Axes,
    title: str,
    array: Tensor,
    limits: tuple[float, float],
    mark: Tensor | None,
    top: float,
    left: float,
    cell: float,
) -> None:
    """One array of `show_numbers`, its cells one unit high and wide."""
    import matplotlib.pyplot as plt

    rows, columns = array.shape
    low, high = limits
    box = (left, left + columns, top + rows, top)
    scale = {
        "vmin": low,
        "vmax": 2 * high - low if high > low else low + 1.0,
    }  # dark text stays legible
    ax.imshow(array.numpy(), cmap=colour_map("Blues"), extent=box, **scale)
    ax.text(left + columns / 2, top - 0.15, title, ha="center", va="bottom")
    texts = [(place, _written(value)) for place, value in entries(array)]
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


def _written(value: float) -> str:
    """A number as one would write it: 2295, 0.333, 1.2e-05; never 2.3e+03 or -0."""
    if 999.5 <= abs(value) < 1e7:
        return f"{value:.0f}"
    return f"{value + 0.0:.3g}"  # -0.0 + 0.0 is 0.0
