"""A diagram of one block: its layers as boxes, its branches side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from torch import nn

from d2lmini.graph import graph
from d2lmini.plot.boxes import PLAIN, Box, boxes_of
from d2lmini.plot.layout import BESIDE, Columns, Place, heights, route, route_to_side

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LARGE, SMALL = 9, 7.5  # points
LINE = 0.155  # inches, from one line of words to the next
EDGE = 0.05  # inches, around the figure
GREY = "C7"


class Part(NamedTuple):
    """Maps in a bar: how many, which box made them, and from which they come now."""

    count: int
    maker: int
    source: int


def draw_block(
    block: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: tuple[type[nn.Module], ...] = (),
) -> None:
    """Draw what a block computes, from top to bottom: layers, branches, and meetings.

    input_shape: of one image, (C, H, W). A box is a layer, with the number of channels
    that it gives; batch norm and activation stand in the box of their layer. A circle
    adds or multiplies, number by number. A bar puts maps together, side by side: each
    part is as wide as it has channels, and has the colour of the boxes that lead to it.
    whole: classes of module to draw as one box instead of entering them.
    """
    import matplotlib.pyplot as plt

    boxes = boxes_of(graph(block, input_shape, whole=whole))
    sizes = [_size(box) for box in boxes]
    columns = Columns(boxes, [width for width, _ in sizes])
    bars = {i: _parts(boxes, i) for i, box in enumerate(boxes) if box.kind == "cat"}
    spans = _spans(bars, columns)
    sizes = [
        (spans[i][-1][1], 0.24) if i in bars else size for i, size in enumerate(sizes)
    ]
    places = []
    ys = heights(boxes, [height for _, height in sizes])
    for i, (y, size) in enumerate(zip(ys, sizes, strict=True)):
        x = _bar_middle(i, bars[i], spans[i], columns) if i in bars else columns.x(i)
        places.append(Place(x, y, *size))

    left = min(*columns.middles, *(place.left for place in places)) - EDGE
    right = max(*columns.middles, *(place.right for place in places)) + EDGE
    low = places[-1].bottom - EDGE
    margins = {"left": 0, "right": 1, "bottom": 0, "top": 1}
    size = (right - left, EDGE - low)
    _, ax = plt.subplots(figsize=size, gridspec_kw=margins)
    ax.set(xlim=(left, right), ylim=(low, EDGE), aspect="equal")
    ax.set_axis_off()
    colours = _colours(boxes, bars)
    for i, (box, place) in enumerate(zip(boxes, places, strict=True)):
        for j in box.sources:
            points = _route(j, i, places, columns, bars, spans, boxes)
            _draw_arrow(ax, points, colours[j] if i in bars else GREY)
        if i in bars:
            _draw_bar(ax, place, bars[i], spans[i], colours, columns.x(i))
        else:
            _draw_box(ax, box, place, colours[i])


def _parts(boxes: list[Box], i: int) -> list[Part]:
    """The parts of what a box puts together."""
    parts = []
    for j in boxes[i].sources:
        if boxes[j].kind == "cat":
            parts += [part._replace(source=j) for part in _parts(boxes, j)]
        else:
            parts.append(Part(boxes[j].shape[0], j, j))
    return parts


def _spans(bars: dict[int, list[Part]], columns: Columns) -> dict[int, list]:
    """For each bar from where to where its parts lie, from its left end on."""
    totals = [sum(part.count for part in bar) for bar in bars.values()]
    spans = {}
    for i, bar in bars.items():
        unit = max((columns.width - BESIDE) / max(totals), 1.3 / min(totals))
        ends = [0.0]
        for part in bar:
            ends.append(ends[-1] + max(0.28, part.count * unit))
        spans[i] = [*zip(ends, ends[1:], strict=False)]
    return spans


def _span(bar: list[Part], spans: list, source: int) -> tuple[float, float]:
    """From where to where the maps lie that come from one box."""
    mine = [
        ends for part, ends in zip(bar, spans, strict=True) if part.source == source
    ]
    return mine[0][0], mine[-1][1]


def _bar_middle(i: int, bar: list[Part], spans: list, columns: Columns) -> float:
    """The x of a bar: under one branch beside a bare arrow, or under all branches."""
    sources = [*dict.fromkeys(part.source for part in bar)]
    wide = [j for j in sources if columns.is_wide(j, i)]
    if len(wide) != 1:
        return columns.x(i)
    return (
        columns.x(wide[0], i) - sum(_span(bar, spans, wide[0])) / 2 + spans[-1][1] / 2
    )


def _route(i, j, places, columns, bars, spans, boxes) -> list[tuple[float, float]]:
    """The corners of the arrow from one box to another."""
    lane, start, end = columns.x(i, j), places[i], places[j]
    if i in bars:  # it may leave anywhere below
        start = start._replace(
            x=min(max(lane, start.left + 0.1), start.right - 0.1), width=0
        )
    if boxes[j].kind == "sum" and abs(lane - end.x) > end.width / 2:
        return route_to_side(start, lane, end)
    enter = end.x
    if j in bars:
        left, right = [end.left + x for x in _span(bars[j], spans[j], i)]
        enter = lane if left < lane < right else (left + right) / 2
    return route(start, lane, end, enter)


def _colours(boxes: list[Box], bars: dict[int, list[Part]]) -> list[str]:
    """The colour of each box: that of the part of a bar to which alone it leads."""
    makers = dict.fromkeys(part.maker for bar in bars.values() for part in bar)
    makers = [i for i in makers if boxes[i].kind in PLAIN]
    colours = [GREY] * len(boxes)
    for i in reversed(range(len(boxes))):
        users = {colours[j] for j, box in enumerate(boxes) if i in box.sources}
        if i in makers:
            colours[i] = f"C{makers.index(i) % 7}"
        elif boxes[i].kind in PLAIN and makers and len(users) == 1:
            colours[i] = users.pop()
        elif boxes[i].kind in PLAIN and boxes[i].kind != "light":
            colours[i] = "C0"
    return colours


def _size(box: Box) -> tuple[float, float]:
    """Width and height that the words of a box need."""
    from matplotlib.textpath import TextPath

    if box.kind in ("sum", "cat"):
        return 0.26, 0.26
    if box.kind in ("input", "output"):
        return 1.1, 0.2
    widths = [
        TextPath((0, 0), line, size=LARGE if k == box.main else SMALL)
        .get_extents()
        .width
        / 72
        for k, line in enumerate(box.lines)
    ]
    return max(max(widths) + 0.2, 0.6), len(box.lines) * LINE + 0.13


def _draw_arrow(ax: Axes, points: list[tuple[float, float]], colour: str) -> None:
    xs, ys = zip(*points, strict=True)
    ax.plot(xs, ys, color=colour, lw=1.2, solid_joinstyle="round", zorder=1)
    style = {"arrowstyle": "-|>", "color": colour, "lw": 0, "shrinkA": 0, "shrinkB": 0}
    style["mutation_scale"] = 11
    ax.annotate("", points[-1], points[-2], arrowprops=style)


def _draw_box(ax: Axes, box: Box, place: Place, colour: str) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    x, y, width, height = place
    centred = {"ha": "center", "va": "center_baseline", "zorder": 4}
    if box.kind in ("input", "output"):
        shape = " × ".join(map(str, box.shape))
        ax.text(x, y, shape, weight="bold", size=LARGE, **centred)
        return
    if box.kind == "sum":
        ax.add_patch(plt.Circle((x, y), width / 2, fc="w", ec="0.3", zorder=3))
        ax.text(x, y, box.lines[0], size=LARGE + 2, **centred)
        return
    tint = [1 - 0.22 * (1 - c) for c in to_rgb(colour)]
    corner, size = (
        (place.left + 0.04, place.bottom + 0.04),
        (width - 0.08, height - 0.08),
    )
    look = {"boxstyle": "round,pad=0.04", "fc": tint, "ec": colour, "zorder": 3}
    ax.add_patch(FancyBboxPatch(corner, *size, **look))
    for k, line in enumerate(box.lines):
        height = y + ((len(box.lines) - 1) / 2 - k) * LINE
        ax.text(x, height, line, size=LARGE if k == box.main else SMALL, **centred)


def _draw_bar(
    ax: Axes, place: Place, bar: list[Part], spans: list, colours, exit
) -> None:
    import matplotlib.pyplot as plt

    for part, (a, b) in zip(bar, spans, strict=True):
        corner, size = (place.left + a, place.bottom), (b - a, place.height)
        look = {"fc": colours[part.maker], "ec": "w", "zorder": 3}
        ax.add_patch(plt.Rectangle(corner, *size, **look))
        middle = place.left + (a + b) / 2
        look = {"ha": "center", "va": "center_baseline", "weight": "bold", "color": "w"}
        ax.text(middle, place.y, str(part.count), size=SMALL, zorder=4, **look)
    words = f"put together: {sum(part.count for part in bar)}"
    ax.text(exit + 0.07, place.bottom - 0.12, words, size=SMALL, va="center")
