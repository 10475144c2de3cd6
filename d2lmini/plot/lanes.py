"""The lanes of a block's diagram: each branch has one of its own."""

from __future__ import annotations

from itertools import pairwise

from d2lmini.plot.boxes import HOLD_LAYERS, Box

BARE = 0.4  # inches, the width of a lane in which no layer stands
BESIDE = 0.14  # inches, between boxes side by side


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
        lanes.append(best[-1][1])
        untaken -= {*pairwise(lanes[-1])}

    def order(lane: list[int]) -> list[int]:
        """From the end: which of the arrows that meet there; the first is leftmost."""
        return [boxes[j].sources.index(i) for i, j in pairwise(lane)][::-1]

    return sorted(lanes, key=order)


class Lanes:
    """Where the lanes lie, and so each box and each arrow, from left to right."""

    def __init__(self, boxes: list[Box], widths: list[float]):
        lanes = lanes_of(boxes)
        self.ways = [{*((i,) for i in lane), *pairwise(lane)} for lane in lanes]
        room = [BARE] * len(lanes)
        layers = [i for i, box in enumerate(boxes) if box.kind in HOLD_LAYERS]
        for i in sorted(layers, key=lambda i: len(self._through(i))):
            through = self._through(i)
            wide = [k for k in through if room[k] > BARE] or through[:1]
            if len(wide) == 1:
                room[wide[0]] = max(room[wide[0]], widths[i] + BESIDE)
        self.wide = [k for k, width in enumerate(room) if width > BARE]
        self.width = sum(room)
        self.middles = [sum(room[:k]) + width / 2 for k, width in enumerate(room)]

    def x(self, *way: int) -> float:
        """The x of a box, or of the arrow from one box to another."""
        through = self._through(*way)
        lanes = [k for k in through if k in self.wide] or through
        return (self.middles[lanes[0]] + self.middles[lanes[-1]]) / 2

    def is_wide(self, *way: int) -> bool:
        """Do layers stand in a lane of this box or arrow?"""
        return any(k in self.wide for k in self._through(*way))

    def _through(self, *way: int) -> list[int]:
        return [k for k, ways in enumerate(self.ways) if way in ways]
