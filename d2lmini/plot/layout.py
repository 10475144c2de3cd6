"""Where the boxes of a block's diagram stand, and which way its arrows go, in inches.

From top to bottom: a box stands below all that lead to it. From left to right: each in
its lanes. A bar is the box of maps that are put together: it has a part for each layer
that made some of them, as wide as it made channels.
"""

from __future__ import annotations

from typing import NamedTuple

from d2lmini.plot.boxes import Box
from d2lmini.plot.lanes import BESIDE, Lanes

GAP = 0.32  # between rows: room for an arrow
BAR = 0.24  # the height of a bar
LEAST = 0.28  # the width of a part of a bar: room for three digits

Point = tuple[float, float]


class Place(NamedTuple):
    """The middle of a box, and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2


class Part(NamedTuple):
    """Maps in a bar: how many, by which box made, from which they come, how wide."""

    channels: int
    maker: int
    source: int
    width: float


class Layout(NamedTuple):
    """A place for each box, a way for each arrow, and the parts of each bar."""

    places: list[Place]
    arrows: dict[tuple[int, int], list[Point]]
    bars: dict[int, list[Part]]


def lay_out(boxes: list[Box], sizes: list[tuple[float, float]]) -> Layout:
    """Give each box its place; sizes: width and height of each, but for the bars."""
    lanes = Lanes(boxes, [width for width, _ in sizes])
    bars = _bars(boxes, lanes.width - BESIDE)
    for i, bar in bars.items():
        sizes[i] = sum(part.width for part in bar), BAR
    heights = _heights(boxes, [height for _, height in sizes])
    places = []
    for i, (y, size) in enumerate(zip(heights, sizes, strict=True)):
        x = _middle(i, bars[i], lanes) if i in bars else lanes.x(i)
        places.append(Place(x, y, *size))
    arrows = {}
    for j, box in enumerate(boxes):
        for i in box.sources:
            start, end, lane = places[i], places[j], lanes.x(i, j)
            if i in bars:  # it may begin anywhere below
                x = min(max(lane, start.left + 0.1), start.right - 0.1)
                start = start._replace(x=x)
            aside = box.kind == "sum" and abs(lane - end.x) > end.width / 2
            enter = _enter(bars[j], i, lane, end) if j in bars else end.x
            arrows[i, j] = _way(start, lane, end, None if aside else enter)
    return Layout(places, arrows, bars)


def _bars(boxes: list[Box], width: float) -> dict[int, list[Part]]:
    """The parts of each bar; all bars have the same inches for a channel."""

    def parts_of(i: int) -> list[Part]:
        parts = []
        for j in boxes[i].sources:
            if boxes[j].kind == "cat":
                parts += [part._replace(source=j) for part in parts_of(j)]
            else:
                parts.append(Part(boxes[j].shape[0], j, j, 0.0))
        return parts

    bars = {i: parts_of(i) for i, box in enumerate(boxes) if box.kind == "cat"}
    totals = [sum(part.channels for part in bar) for bar in bars.values()]
    unit = max(width / max(totals), 1.3 / min(totals)) if bars else 0.0
    return {
        i: [part._replace(width=max(LEAST, unit * part.channels)) for part in bar]
        for i, bar in bars.items()
    }


def _span(bar: list[Part], source: int) -> tuple[float, float]:
    """From where to where in a bar the maps lie that come from one box."""
    mine = [k for k, part in enumerate(bar) if part.source == source]
    ends = [sum(part.width for part in bar[:k]) for k in (mine[0], mine[-1] + 1)]
    return ends[0], ends[1]


def _middle(i: int, bar: list[Part], lanes: Lanes) -> float:
    """The x of a bar: under all branches, or so that a bare arrow's part is aside."""
    wide = [j for j in {part.source for part in bar} if lanes.is_wide(j, i)]
    if len(wide) != 1:
        return lanes.x(i)
    width = sum(part.width for part in bar)
    return lanes.x(wide[0], i) - sum(_span(bar, wide[0])) / 2 + width / 2


def _enter(bar: list[Part], source: int, lane: float, end: Place) -> float:
    """The x at which an arrow enters its part of a bar."""
    left, right = (end.left + x for x in _span(bar, source))
    return lane if left < lane < right else (left + right) / 2


def _heights(boxes: list[Box], heights: list[float]) -> list[float]:
    """The y of each box; the middles of boxes in a row lie at one height."""
    rows = []
    for box in boxes:
        rows.append(1 + max((rows[i] for i in box.sources), default=-1))
    tallest = [0.0] * (max(rows) + 1)
    for row, height in zip(rows, heights, strict=True):
        tallest[row] = max(tallest[row], height)
    tops = [-sum(tallest[:row]) - row * GAP for row in range(len(tallest))]
    return [tops[row] - tallest[row] / 2 for row in rows]


def _way(start: Place, lane: float, end: Place, enter: float | None) -> list[Point]:
    """The corners of an arrow down a lane that enters from above, or (None) aside."""
    bus = start.bottom - 0.4 * GAP
    points = [(start.x, start.bottom), (start.x, bus), (lane, bus)]
    if enter is None:
        points += [(lane, end.y), (end.right if lane > end.x else end.left, end.y)]
    else:
        bus = end.top + GAP / 2
        points += [(lane, bus), (enter, bus), (enter, end.top)]
    kept = points[:1]
    for point, after in zip(points[1:], [*points[2:], None], strict=True):
        if after is None or not _straight(kept[-1], point, after):
            kept.append(point)
    return kept


def _straight(*points: Point) -> bool:
    """Do the points lie on one line across or down?"""
    return any(max(line) - min(line) < 1e-6 for line in zip(*points, strict=True))
