"""The boxes of a block's diagram, and what leads to what, from the real module."""

from __future__ import annotations

from typing import NamedTuple

from torch import nn

from d2lmini.graph import Graph, Node
from d2lmini.plot.words import NAMES, TOGETHER, key_of, shape_of, words_of

HOLD_LAYERS = ("conv", "pool", "light", "other")
MEETINGS = {"+": "sum", "×": "sum", TOGETHER: "cat"}


class Box(NamedTuple):
    """A layer and the light ones beside it, a meeting of branches, or an end.

    kind: one of HOLD_LAYERS, "sum" (or product), "cat", "input", "output".
    """

    kind: str
    lines: tuple[str, ...]
    main: int  # which of the lines names the layer; the others are small
    sources: tuple[int, ...]  # the boxes from which arrows come
    shape: tuple[int, ...]  # of what it gives


def boxes_of(found: Graph) -> list[Box]:
    """Put the nodes of a graph into boxes: conv, batch norm and ReLU share one."""
    nodes, outputs = found
    uses = [outputs.count(i) for i in range(len(nodes))]
    for node in nodes:
        for i in node.sources:
            uses[i] += 1
    groups: list[list[int]] = []  # of nodes, for each box
    place: list[int] = []  # for each node, in which box it is
    for i, node in enumerate(nodes):
        before = place[node.sources[0]] if len(node.sources) == 1 else None
        if before is not None:
            last = groups[before][-1]
            kinds = [_kind(nodes, j) for j in groups[before]]
            if uses[last] == 1 and _share(kinds, _kind(nodes, i)):
                groups[before].append(i)
                place.append(before)
                continue
        place.append(len(groups))
        groups.append([i])
    boxes = [_box(nodes, group, place) for group in groups]
    shapes = tuple(shape_of(nodes[i].shape) for i in outputs)
    ends = tuple(dict.fromkeys(place[i] for i in outputs))
    return [*boxes, Box("output", shapes, 0, ends, nodes[outputs[0]].shape)]


def _kind(nodes: tuple[Node, ...], i: int) -> str:
    """The kind of box that a node would be in by itself."""
    sources = nodes[i].sources
    if not sources:
        return "input"
    meeting = MEETINGS.get(NAMES.get(key_of(nodes[i].layer)), "other")
    if len(sources) > 1 and meeting == "cat":
        shapes = [nodes[j].shape for j in (*sources, i)]
        if not all(shapes) or sum(shape[0] for shape in shapes[:-1]) != shapes[-1][0]:
            return "other"  # along another axis than that of channels
    return meeting if len(sources) > 1 else words_of(nodes[i]).kind


def _share(kinds: list[str], kind: str) -> bool:
    """Does what follows stand in one box with what was of these kinds?

    Light layers stand with the layer before them, or, in a box that begins with some,
    with the layer behind them.
    """
    if kinds[0] == "light":
        return kinds[-1] == "light" and kind in HOLD_LAYERS
    return kinds[0] in HOLD_LAYERS and kind == "light"


def _box(nodes: tuple[Node, ...], group: list[int], place: list[int]) -> Box:
    """One box; light layers in a row share a line."""
    kinds = [_kind(nodes, i) for i in group]
    kind = next((kind for kind in kinds if kind != "light"), "light")
    sources = tuple(dict.fromkeys(place[i] for i in nodes[group[0]].sources))
    shape = nodes[group[-1]].shape
    if kind == "input":
        return Box(kind, (shape_of(shape),), 0, sources, shape)
    lines, main, small = [], 0, False
    for i, its in zip(group, kinds, strict=True):
        node = nodes[i]
        _, name, notes = words_of(node)
        if its == "light" and small:
            lines[-1] += f", {name}"
            continue
        small = its == "light"
        main = main if small else len(lines)
        lines.append(name + _channels(node, its))
        lines.extend(notes)
    return Box(kind, tuple(lines), main, sources, shape)


def _channels(node: Node, kind: str) -> str:
    """How many channels, or features, a layer gives, where that is its own choice."""
    if kind == "conv" and isinstance(node.layer, nn.Linear):
        return f", {node.shape[-1]}"
    own = kind == "other" and isinstance(node.layer, nn.Module)
    made_by_torch = type(node.layer).__module__.startswith("torch.")
    chosen = kind == "conv" or (own and not made_by_torch and len(node.shape) == 3)
    return f", {node.shape[0]}" if chosen and node.shape else ""
