"""A diagram of a network, drawn from the real module."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import nn

from d2lmini import expect
from d2lmini.plot.common import WIDTH
from d2lmini.summary import Layer, layer_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_network(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: tuple[type[nn.Module], ...] = (),
    columns: int = 5,
) -> None:
    """Draw what flows through a network: each tensor with its shape, and what made it.

    input_shape: of one image, (C, H, W). A stack of squares is a set of feature maps, a
    bar a vector. Layers that keep the shape and have no weights stand with the layer
    before them. whole: classes of module that are drawn as one step; blocks with
    branches need it, since only chains can be drawn. Raises ValueError when a layer's
    input does not come from the layer that ran before it, and for tensors of more than
    three axes; a shortcut that is mere arithmetic, `x + f(x)`, cannot be noticed.
    """
    import matplotlib.pyplot as plt

    columns = expect.whole("columns", columns)
    layers = list(layer_table(model, input_shape, whole=whole))
    _expect_drawable("the input", tuple(input_shape))
    for layer in layers:
        _expect_drawable(f"layer {layer.name!r} ({layer.type})", layer.output_shape)
    steps = _steps(layers)
    shapes = [tuple(input_shape), *(shape for _, shape in steps)]
    columns = min(columns, len(shapes))
    rows = math.ceil(len(shapes) / columns)
    cell_width, cell_height = WIDTH / 5, 1.5  # inches, and the units of the axes
    size = columns * cell_width, rows * cell_height
    _, ax = plt.subplots(figsize=size)
    ax.set(xlim=(0, size[0]), ylim=(-size[1], 0), aspect="equal")
    ax.set_axis_off()
    largest = max(max(shape[1:], default=1) for shape in shapes)
    longest = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
    for i, shape in enumerate(shapes):
        x = (i % columns + 0.72) * cell_width
        y = -(i // columns + 0.44) * cell_height
        if len(shape) == 1:
            _draw_vector(ax, x, y, math.log1p(shape[0]) / math.log1p(longest))
        else:
            sides = [math.sqrt(side / largest) for side in shape[1:]]
            _draw_maps(ax, x, y, shape[0], *sides)
        label = " × ".join(map(str, shape))
        ax.text(x, y - 0.66, label, ha="center", weight="bold")
        if i > 0:
            arrow = {"arrowstyle": "->", "color": "C7"}
            ax.annotate("", (x - 0.47, y), (x - 0.97, y), arrowprops=arrow)
            caption = "\n".join(steps[i - 1][0])
            ax.text(x - 0.72, y + 0.07, caption, ha="center", va="bottom", size="small")


def _expect_drawable(what: str, shape: tuple[int, ...]) -> None:
    if len(shape) not in (1, 2, 3):
        found = f"the shape {shape}" if shape else "no tensor, or a single number,"
        raise ValueError(
            f"{what} has {found} for one image; vectors (C,) and maps (C, H, W) can be "
            "drawn, so name the class of a block that gives one in whole=(…,), or "
            "print the layer_table"
        )


def _steps(layers: list[Layer]) -> list[tuple[list[str], tuple[int, ...]]]:
    """Group layers into steps: the words at the arrow, and the shape it leads to."""
    steps = []
    for before, layer in zip([None, *layers], layers, strict=False):
        given = before.output_shape if before else layer.input_shape
        if not layer.follows or math.prod(given) != math.prod(layer.input_shape):
            raise ValueError(
                f"layer {layer.name!r} takes {layer.input_shape}, which is not what "
                f"{before.name!r}, the layer before it, gave: {before.output_shape}; "
                "only chains can be drawn, so name the class of the block that "
                "branches in whole=(…,)"
            )
        changes = layer.parameters or layer.input_shape != layer.output_shape
        if changes or not steps:
            steps.append(([], layer.output_shape))
        steps[-1][0].append(_caption(layer))
    return steps


def _caption(layer: Layer) -> str:
    """A short name for a layer: its kernel and kind, or else its class."""
    module = layer.module
    kinds = {nn.Conv2d: "conv", nn.MaxPool2d: "max pool", nn.AvgPool2d: "avg pool"}
    if type(module) not in kinds:
        return layer.type
    size = module.kernel_size
    size = "×".join(map(str, size if isinstance(size, tuple) else [size] * 2))
    strided = isinstance(module, nn.Conv2d) and module.stride[0] > 1
    stride = f"\nstride {module.stride[0]}" if strided else ""
    return f"{kinds[type(module)]}\n{size}{stride}"


def _draw_vector(ax: Axes, x: float, y: float, length: float) -> None:
    """An upright bar around (x, y); its length goes from 0 to 1."""
    import matplotlib.pyplot as plt

    height = 0.9 * length
    bar = plt.Rectangle((x - 0.06, y - height / 2), 0.12, height, fc="C1", ec="w")
    ax.add_patch(bar)


def _draw_maps(
    ax: Axes, x: float, y: float, channels: int, height: float, width: float = 1.0
) -> None:
    """A stack of sheets around (x, y), at most six; their sides go from 0 to 1."""
    import matplotlib.pyplot as plt

    height, width, depth = 0.56 * height, 0.56 * width, min(channels, 6)
    for sheet in reversed(range(depth)):
        shift = 0.03 * (sheet - (depth - 1) / 2)
        corner = x - width / 2 + shift, y - height / 2 + shift
        ax.add_patch(plt.Rectangle(corner, width, height, fc="C0", ec="w", lw=0.8))
