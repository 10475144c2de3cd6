"""A diagram of one block: its layers as boxes, its branches side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from d2lmini.graph import graph
from d2lmini.plot.boxes import HOLD_LAYERS, Box, boxes_of
from d2lmini.plot.common import WIDTH
from d2lmini.plot.layout import Layout, Part, Place, Point, lay_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGE, SMALL = 9.0, 7.5  # points
LINE = 0.155  # inches, from one line of words to the next
MOST = 1.5 * WIDTH, 16.0  # inches: larger diagrams cannot be read
CENTRED = {"ha": "center", "va": "center_baseline", "zorder": 4}
GREY = "C7"


def draw_block(
    block: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: type[nn.Module] | tuple[type[nn.Module], ...] = (),
) -> None:
    """Draw what a block computes, from top to bottom: layers, branches, and meetings.

    input_shape: of one image, (C, H, W). A box is a layer, with the number of channels
    that it gives; batch norm and activation stand in the box of their layer. A circle
    adds or multiplies, number by number. A bar puts maps together, side by side: each
    part is as wide as it has channels, and has the colour of the boxes that lead to it.
    whole: classes of module to draw as one box instead of entering them.

    Functions are drawn, too: the block runs once on a blank image, and all calls of
    modules and of PyTorch's functions are noted. Raises ValueError for a block that is
    too large to be read, and for one that makes its output from nothing.
    """
    import matplotlib.pyplot as plt

    boxes = boxes_of(graph(block, input_shape, whole=whole))
    layout = lay_out(boxes, _sizes(boxes))
    captions = {i: _beside(layout, i) for i in layout.bars}
    xs = [x for corners in layout.arrows.values() for x, _ in corners]
    left = min(xs + [place.left for place in layout.places]) - 0.05
    xs += [x + 0.95 for x, _ in captions.values()]
    right = max(xs + [place.right for place in layout.places]) + 0.05
    low = layout.places[-1].bottom
    _expect_readable(block, right - left, -low)
    zoom = min(1.0, WIDTH / (right - left))
    margins = {"left": 0, "right": 1, "bottom": 0, "top": 1}
    size = zoom * (right - left), -zoom * low
    _, ax = plt.subplots(figsize=size, gridspec_kw=margins)
    ax.set(xlim=(left, right), ylim=(low, 0), aspect="equal")
    ax.set_axis_off()
    colours = _colours(boxes, layout)
    for (i, j), corners in layout.arrows.items():
        _draw_arrow(ax, corners, colours[i] if j in layout.bars else GREY)
    for i, (box, place) in enumerate(zip(boxes, layout.places, strict=True)):
        if i in layout.bars:
            _draw_bar(ax, place, layout.bars[i], colours, zoom)
            words = f"put together: {box.shape[0]}"
            ax.text(*captions[i], words, va="center", size=zoom * SMALL)
        else:
            _draw_box(ax, box, place, colours[i], zoom)


def _expect_readable(block: nn.Module, width: float, height: float) -> None:
    if width > MOST[0] or height > MOST[1]:
        raise ValueError(
            f"the diagram of {type(block).__name__} is {width:.0f} x {height:.0f} "
            f"inches large, at most {MOST[0]:.0f} x {MOST[1]:.0f} can be read; give "
            "classes of module to draw as one box, whole=(…,), or a smaller block, or "
            "draw a chain of blocks with draw_network"
        )


def _sizes(boxes: list[Box]) -> list[tuple[float, float]]:
    """Width and height of each box; those of layers have the same width."""
    from matplotlib.textpath import TextPath

    def width(box: Box, k: int) -> float:
        size = LARGE if k == box.main else SMALL
        return TextPath((0, 0), box.lines[k], size=size).get_extents().width / 72

    widths = [max(width(box, k) for k in range(len(box.lines))) for box in boxes]
    kinds = [box.kind for box in boxes]
    layers = [w for w, kind in zip(widths, kinds, strict=True) if kind in HOLD_LAYERS]
    sizes = []
    for box, words in zip(boxes, widths, strict=True):
        height = len(box.lines) * LINE + 0.13
        if box.kind in ("sum", "cat"):
            sizes.append((0.26, 0.26))
        elif box.kind in HOLD_LAYERS and box.kind != "light":
            sizes.append((max(layers) + 0.2, height))
        else:  # the words of an end have no box around them
            light = box.kind == "light"
            sizes.append((words + 0.2, height if light else height - 0.08))
    return sizes


def _beside(layout: Layout, i: int) -> Point:
    """Where the words about a bar begin: below it, right of the last arrow from it."""
    starts = [corners[0][0] for (j, _), corners in layout.arrows.items() if j == i]
    return max(starts) + 0.07, layout.places[i].bottom - 0.12


def _colours(boxes: list[Box], layout: Layout) -> list[str]:
    """The colour of each box: that of the part of a bar to which alone it leads."""
    makers = {part.maker: None for bar in layout.bars.values() for part in bar}
    makers = [i for i in makers if boxes[i].kind in HOLD_LAYERS]
    colours = [GREY] * len(boxes)
    for i in reversed(range(len(boxes))):
        users = {colours[j] for j, box in enumerate(boxes) if i in box.sources}
        if i in makers:
            colours[i] = f"C{makers.index(i) % 7}"
        elif makers and boxes[i].kind in (*HOLD_LAYERS, "sum") and len(users) == 1:
            colours[i] = users.pop()
        elif boxes[i].kind in ("conv", "pool", "other"):
            colours[i] = "C0"
    return colours


def _draw_arrow(ax: Axes, corners: list[Point], colour: str) -> None:
    xs, ys = zip(*corners, strict=True)
    ax.plot(xs, ys, color=colour, lw=1.2, solid_joinstyle="round", zorder=1)
    head = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", corners[-1], corners[-2], arrowprops=head | {"fc": colour, "lw": 0})


def _draw_box(ax: Axes, box: Box, place: Place, colour: str, zoom: float) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    large, small = zoom * LARGE, zoom * SMALL
    if box.kind == "sum":
        middle, radius = (place.x, place.y), place.width / 2
        ax.add_patch(plt.Circle(middle, radius, fc="w", ec="0.3", zorder=3))
        ax.text(*middle, box.lines[0], size=large + 2, **CENTRED)
        return
    end = box.kind in ("input", "output")
    if not end:
        tint = [1 - 0.22 * (1 - part) for part in to_rgb(colour)]
        corner = place.left + 0.04, place.bottom + 0.04
        size = place.width - 0.08, place.height - 0.08
        look = {"boxstyle": "round,pad=0.04", "fc": tint, "ec": colour, "zorder": 3}
        ax.add_patch(FancyBboxPatch(corner, *size, **look))
    for k, line in enumerate(box.lines):
        y = place.y + ((len(box.lines) - 1) / 2 - k) * LINE
        look = {"size": large if end or k == box.main else small}
        look["weight"] = "bold" if end else "normal"
        ax.text(place.x, y, line, **look, **CENTRED)


def _draw_bar(
    ax: Axes, place: Place, bar: list[Part], colours: list[str], zoom: float
) -> None:
    import matplotlib.pyplot as plt

    left = place.left
    for part in bar:
        corner, size = (left, place.bottom), (part.width, place.height)
        look = {"fc": colours[part.maker], "ec": "w", "zorder": 3}
        ax.add_patch(plt.Rectangle(corner, *size, **look))
        look = {"size": zoom * SMALL, "weight": "bold", "color": "w"}
        ax.text(left + part.width / 2, place.y, str(part.channels), **look, **CENTRED)
        left += part.width
