"""A diagram of a network, drawn from the real module."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import nn

from d2lmini import expect
from d2lmini.plot.chain import Step, steps_of
from d2lmini.plot.common import WIDTH
from d2lmini.plot.words import shape_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = WIDTH / 5  # inches, the width of a tensor and the arrow to it
LARGEST = 0.5  # inches, the side of the largest map
LONGEST = 0.62  # inches, the longest vector
SHIFT = 0.026  # inches, from one sheet of a stack to the next
LINE = 0.128  # inches, from one line of a caption to the next
BLOCK = {"boxstyle": "round,pad=0.3", "fc": "#f1e3ef", "ec": "#a8479b", "lw": 0.8}


def draw_network(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: type[nn.Module] | tuple[type[nn.Module], ...] = (),
    columns: int = 5,
) -> None:
    """Draw what flows through a network: each tensor with its shape, and what made it.

    input_shape: of one image, (C, H, W). A stack of squares is a set of feature maps, a
    bar a vector; their sides grow with the root of the pixels, and with the logarithm
    of the numbers. Layers without kernels stand with the layer beside them, equal steps
    in a row are one, "3 × conv". whole: classes of module that are drawn as one step;
    blocks with branches need it, since only chains can be drawn (see draw_block).
    Raises ValueError for a network that branches elsewhere, with the class to name,
    and for tensors of more than three axes.
    """
    import matplotlib.pyplot as plt

    columns = expect.whole("columns", columns)
    steps = steps_of(model, input_shape, whole)
    _expect_drawable("the input", tuple(input_shape))
    for step in steps:
        _expect_drawable(f"what {', '.join(step.lines)} gives", step.shape)
    shapes = [tuple(input_shape), *(step.shape for step in steps)]
    sizes = _sizes(shapes)
    captions = ["", *map(_caption, steps)]
    columns = min(columns, len(shapes))
    y, middles = 0.0, []
    for start in range(0, len(shapes), columns):
        row = slice(start, start + columns)
        half = max(height for _, height in sizes[row]) / 2 + 2.5 * SHIFT
        lines = max(caption.count("\n") + 1 for caption in captions[row])
        y -= max(half + 0.05, 0.2 + lines * LINE)
        middles += [(y, y - half - 0.16)] * columns
        y -= half + 0.34
    _, ax = plt.subplots(figsize=(columns * CELL, -y))
    ax.set(xlim=(0, columns * CELL), ylim=(y, 0), aspect="equal")
    ax.set_axis_off()
    for i, (shape, size, (y, low)) in enumerate(
        zip(shapes, sizes, middles, strict=False)
    ):
        x = (i % columns + 0.72) * CELL
        _draw_tensor(ax, x, y, shape, *size)
        ax.text(x, low, shape_of(shape), ha="center", weight="bold")
        if i > 0:
            arrow = {"arrowstyle": "->", "color": "C7"}
            ax.annotate("", (x - 0.47, y), (x - 0.97, y), arrowprops=arrow)
            look = {"ha": "center", "va": "bottom", "size": "small"}
            if steps[i - 1].block:
                look["bbox"] = BLOCK
            above = 0.12 if steps[i - 1].block else 0.07
            ax.text(x - 0.72, y + above, captions[i], **look)


def _expect_drawable(what: str, shape: tuple[int, ...]) -> None:
    if len(shape) not in (1, 2, 3):
        found = f"has the shape {shape}" if shape else "is a single number"
        raise ValueError(
            f"{what} {found} for one image; vectors (C,) and maps (C, H, W) can be "
            "drawn, so name the class of a block that gives one in whole=(…,), or "
            "print the layer_table"
        )


def _caption(step: Step) -> str:
    if step.count > 1 and len(step.lines) == 1:
        return f"{step.count} × {step.lines[0]}"
    times = [f"{step.count} times"] if step.count > 1 else []
    return "\n".join([*step.lines, *times])


def _sizes(shapes: list[tuple[int, ...]]) -> list[tuple[float, float]]:
    """Width and height of each tensor's picture, in inches; a vector stands upright."""
    largest = max(max(shape[1:], default=1) for shape in shapes)
    longest = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
    sizes = []
    for shape in shapes:
        if len(shape) == 1:
            height = LONGEST * math.log1p(shape[0]) / math.log1p(longest)
            sizes.append((0.12, height))
        else:
            height, width = [
                LARGEST * math.sqrt(n / largest) for n in (*shape, shape[-1])[1:3]
            ]
            sizes.append((width, height))
    return sizes


def _draw_tensor(
    ax: Axes, x: float, y: float, shape: tuple[int, ...], width: float, height: float
) -> None:
    """A bar, or a stack of sheets, at most six, around (x, y)."""
    import matplotlib.pyplot as plt

    vector = len(shape) == 1
    colour, depth = ("C1", 1) if vector else ("C0", min(shape[0], 6))
    for sheet in reversed(range(depth)):
        shift = SHIFT * (sheet - (depth - 1) / 2)
        corner = x - width / 2 + shift, y - height / 2 + shift
        ax.add_patch(plt.Rectangle(corner, width, height, fc=colour, ec="w", lw=0.8))
