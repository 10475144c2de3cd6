"""Where the boxes of a diagram stand, and which way its arrows go.

From top to bottom: a box stands below all that lead to it. From left to right: a
diagram is cut into lanes, ways from the input to the output that together take every
arrow, so that the branches of a block lie in lanes of their own. Lengths are inches.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from d2lmini.plot.boxes import PLAIN, Box

GAP = 0.32  # between rows: room for an arrow
NARROW = 0.4  # a lane in which nothing stands
BESIDE = 0.14  # between boxes side by side


class Place(NamedTuple):
    """The centre of a box and its size."""

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


def lanes_of(boxes: list[Box]) -> list[list[int]]:
    """Ways from the first box to the last that take all arrows, from left to right."""
    untaken = {(i, j) for j, box in enumerate(boxes) for i in box.sources}
    lanes = []
    while untaken:
        best = [(0, [0])]  # for each box: how many new arrows lead to it, by which way
        for j, box in enumerate(boxes[1:], start=1):
            ways = [
                (best[i][0] + ((i, j) in untaken), [*best[i][1], j])
                for i in box.sources
            ]
            best.append(max(ways, key=lambda way: way[0]))
        lane = best[-1][1]
        untaken -= {*zip(lane, lane[1:], strict=False)}
        lanes.append(lane)

    def order(lane: list[int]) -> list[int]:
        """From the end: which of the arrows that meet there, the first on the left."""
        steps = zip(lane, lane[1:], strict=False)
        return [boxes[j].sources.index(i) for i, j in steps][::-1]

    return sorted(lanes, key=order)


class Columns:
    """Where the lanes lie, and so each box and each arrow, from left to right."""

    def __init__(self, boxes: list[Box], widths: list[float]):
        self.lanes = lanes_of(boxes)
        plain = [i for i, box in enumerate(boxes) if box.kind in PLAIN]
        room = [NARROW] * len(self.lanes)
        for i in sorted(plain, key=lambda i: len(self._through(i))):
            through = self._through(i)
            wide = [k for k in through if room[k] > NARROW] or through[:1]
            if len(wide) == 1:
                room[wide[0]] = max(room[wide[0]], widths[i] + BESIDE)
        self.wide = [k for k, width in enumerate(room) if width > NARROW]
        self.width = sum(room)
        self.middles = [sum(room[:k]) + width / 2 for k, width in enumerate(room)]

    def x(self, *way: int) -> float:
        """The x of a box, or of the arrow from one box to another."""
        through = self._through(*way)
        lanes = [k for k in through if k in self.wide] or through
        return (self.middles[lanes[0]] + self.middles[lanes[-1]]) / 2

    def is_wide(self, *way: int) -> bool:
        """Does something stand in a lane of this box or arrow?"""
        return any(k in self.wide for k in self._through(*way))

    def _through(self, *way: int) -> list[int]:
        """The lanes that go through a box, or take the arrow from one to another."""
        n = len(way)
        steps = [
            zip(*(lane[i:] for i in range(n)), strict=False) for lane in self.lanes
        ]
        return [k for k, taken in enumerate(steps) if way in taken]


def heights(boxes: list[Box], sizes: list[float]) -> list[float]:
    """The y of each box; the middles of boxes in a row lie at one height."""
    rows = []
    for box in boxes:
        rows.append(1 + max((rows[i] for i in box.sources), default=-1))
    tallest = [0.0] * (max(rows) + 1)
    for row, size in zip(rows, sizes, strict=True):
        tallest[row] = max(tallest[row], size)
    tops = [-sum(tallest[:row]) - row * GAP for row in range(len(tallest))]
    return [tops[row] - tallest[row] / 2 for row in rows]


def route(start: Place, lane: float, end: Place, enter: float) -> list:
    """The corners of an arrow that goes down a lane and enters a box from above."""
    points = [*_leave(start, lane), (lane, end.top + GAP / 2)]
    points += [(enter, end.top + GAP / 2), (enter, end.top)]
    return _corners(points)


def route_to_side(start: Place, lane: float, end: Place) -> list:
    """The corners of an arrow that goes down a lane and enters from the side."""
    side = end.right if lane > end.x else end.left
    return _corners([*_leave(start, lane), (lane, end.y), (side, end.y)])


def _leave(start: Place, lane: float) -> list[tuple[float, float]]:
    """How an arrow gets from a box to its lane."""
    bus = start.bottom - 0.4 * GAP
    return [(start.x, start.bottom), (start.x, bus), (lane, bus)]


def _corners(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points that lie on the straight way between those beside them."""
    kept = points[:1]
    for point, after in zip(points[1:], [*points[2:], None], strict=True):
        (a, b), (x, y) = kept[-1], point
        same = math.isclose(a, x, abs_tol=1e-6) and math.isclose(b, y, abs_tol=1e-6)
        on = after and any(
            math.isclose(p, q, abs_tol=1e-6) and math.isclose(q, r, abs_tol=1e-6)
            for p, q, r in zip(kept[-1], point, after, strict=True)
        )
        if not same and not on:
            kept.append(point)
    return kept
