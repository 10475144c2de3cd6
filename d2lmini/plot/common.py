"""What the pictures have in common: width, colours, and checks of what is drawn."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

WIDTH = 7.2  # inches: one text column of the book
NOT_FINITE = (0.0, 1.0, 0.0)  # a green that no colour map here has


def drawable(tensor: Tensor, name: str, *ranks: str) -> Tensor:
    """Check a tensor's number of axes against shapes such as "(N, C, H, W)"."""
    shapes = " or ".join(ranks)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{name} are of type {type(tensor).__name__}; give a tensor, {shapes}: "
            "torch.tensor makes one of numbers, torch.stack of tensors, "
            "torch.from_numpy of an array; a layer has .weight, ImageData .images"
        )
    if tensor.ndim not in [rank.count(",") + 1 for rank in ranks]:
        raise ValueError(f"{name} have shape {tuple(tensor.shape)}; expected {shapes}")
    if tensor.is_complex():
        raise TypeError(f"{name} are complex numbers; give their .abs() or their .real")
    return tensor.detach().cpu()


def finite_range(values: Tensor) -> tuple[float, float]:
    """The smallest and the largest finite value; 0 and 1 where none is finite."""
    finite = values[values.isfinite()]
    return (finite.min().item(), finite.max().item()) if len(finite) else (0.0, 1.0)


def colour_map(name: str) -> Colormap:
    """A colour map of matplotlib in which values that are not finite are green."""
    import matplotlib as mpl

    return mpl.colormaps[name].with_extremes(bad=NOT_FINITE)


def not_finite(values: Tensor) -> str:
    """A line to stand below a picture: how many values are not finite, and where."""
    found = values.isfinite().logical_not().nonzero().tolist()
    if not found:
        return ""
    count = f"{len(found):,} of {values.numel():,} values"
    return f"NaN or infinite, drawn green: {count}, the first at {found[0]}"


def wrap(note: str, width: float) -> tuple[str, float]:
    """Break a note into lines for a figure `width` inches wide; also their height."""
    letters = max(12, int(13 * width))  # 13 an inch
    lines = [part for line in note.split("\n") for part in textwrap.wrap(line, letters)]
    return "\n".join(lines), 0.2 * len(lines)


def entries(array: Tensor) -> list[tuple[tuple[int, int], float]]:
    """Every (row, column) of a matrix with its value."""
    return [
        ((r, c), v) for r, row in enumerate(array.tolist()) for c, v in enumerate(row)
    ]
