"""The boxes of a diagram, and what leads to what, found from the real module."""

from __future__ import annotations

from typing import NamedTuple

from d2lmini.graph import Graph, Node
from d2lmini.plot.words import LIGHT, NAMES, TOGETHER, describe, key_of

PLAIN = ("conv", "pool", "light", "other")  # kinds of box that hold layers


class Box(NamedTuple):
    """A box of the diagram: one layer, with what is small beside it, or a meeting."""

    kind: str  # "input", "conv", "pool", "light", "other", "cat", "sum" or "output"
    lines: tuple[str, ...]
    main: int  # which line names the layer; the others are small
    sources: tuple[int, ...]  # the boxes from which arrows come
    shape: tuple[int, ...]  # of what it gives


def boxes_of(found: Graph) -> list[Box]:
    """Put the nodes of a graph into boxes: conv, batch norm and ReLU share one."""
    nodes, outputs = found
    uses = [[*outputs].count(i) for i in range(len(nodes))]
    for node in nodes:
        for i in node.sources:
            uses[i] += 1
    groups: list[list[int]] = []
    group_of = {}
    for i, node in enumerate(nodes):
        last = groups[group_of[node.sources[0]]] if node.sources else None
        if last and uses[last[-1]] == 1 and _joins(nodes, last, i):
            last.append(i)
        else:
            groups.append([i])
        group_of[i] = groups.index(last if last and last[-1] == i else groups[-1])
    boxes = []
    for group in groups:
        sources = tuple(group_of[i] for i in nodes[group[0]].sources)
        parts = [nodes[i] for i in group]
        boxes.append(Box(kind_of(parts), *_lines(parts), sources, parts[-1].shape))
    ends = tuple(group_of[i] for i in outputs)
    shapes = [nodes[i].shape for i in outputs]
    return [*boxes, Box("output", (), 0, ends, shapes[0])]


def _joins(nodes: tuple[Node, ...], group: list[int], i: int) -> bool:
    """Does a node stand in the same box as those that lead to it?"""
    before = [nodes[j] for j in group]
    if kind_of(before) in ("input", "cat", "sum") or len(nodes[i].sources) > 1:
        return False
    if kind_of([nodes[i]]) == "light":
        # batch norm and ReLU before the layer: so it is in the box below, too
        first_light = kind_of(before[:1]) == "light"
        return not (first_light and kind_of(before) != "light")
    return kind_of(before) == "light"


def kind_of(nodes: list[Node]) -> str:
    """The kind of box for some nodes: that of the one that is not light."""
    kinds = [_kind(node) for node in nodes]
    return next((kind for kind in kinds if kind != "light"), "light")


def _kind(node: Node) -> str:
    if not node.sources:
        return "input"
    key = key_of(node.layer)
    if len(node.sources) > 1:
        return {TOGETHER: "cat", "+": "sum", "×": "sum"}.get(NAMES.get(key), "other")
    if key in LIGHT:
        return "light"
    if "pool" in key:
        return "pool"
    return "conv" if key in ("conv", "convtranspose", "linear") else "other"


def _lines(nodes: list[Node]) -> tuple[tuple[str, ...], int]:
    """What stands in a box, and which line is the main one; light layers share one."""
    lines, main, light = [], 0, False
    for node in nodes:
        if not node.sources:
            continue
        words, kind = describe(node), _kind(node)
        channels = f", {node.shape[0]}" if kind == "conv" else ""
        if kind == "light" and light:
            lines[-1] += f", {words.name}"
            continue
        light = kind == "light"
        main = main if light else len(lines)
        lines.append(f"{words.name} {words.kernel}".strip() + channels)
        lines.extend(words.notes)
    return tuple(lines), main
