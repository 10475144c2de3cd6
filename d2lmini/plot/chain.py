"""The steps of a network that is a chain: its layers and blocks, put into groups."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from torch import nn

from d2lmini.graph import Graph, Node, graph
from d2lmini.plot.words import key_of, words_of
from d2lmini.trace import classes


class Step(NamedTuple):
    """What leads from one tensor of a network to the next."""

    lines: tuple[str, ...]  # the words at its arrow
    shape: tuple[int, ...]  # of the tensor that it gives
    channels: frozenset[int]  # of all that has weights in it
    block: bool  # is it drawn as a whole?
    count: int  # so many alike, one behind the other


def steps_of(
    model: nn.Module,
    input_shape: tuple[int, ...],
    whole: type[nn.Module] | tuple[type[nn.Module], ...],
) -> list[Step]:
    """Run a blank image through a network, and put its layers into steps.

    Batch norm, activations and dropout stand with the convolution or linear layer
    before them, or else with the one behind them, or with a pooling. Steps that are
    alike but for what the first one takes are one step with a count.
    """
    whole = classes(whole)
    found = graph(model, input_shape, whole=whole)
    _expect_chain(model, found)
    nodes = [node for node in found.nodes[1:] if not _is_idle(node)]
    groups: list[list[Node]] = []
    for i, node in enumerate(nodes):
        if groups and _stand_together(groups[-1], nodes[i:], whole):
            groups[-1].append(node)
        else:
            groups.append([node])
    steps: list[Step] = []
    for group in groups:
        step = _step(group, whole)
        if steps and len(step.shape) > 1 and steps[-1][:4] == step[:4]:
            steps[-1] = steps[-1]._replace(count=steps[-1].count + 1)
        else:
            steps.append(step)
    return steps


def _stand_together(group: list[Node], behind: list[Node], whole: tuple) -> bool:
    """Does the first of the nodes behind a group stand with it?"""
    node, *others = behind
    if _is_squeeze(group[-1], node):
        return True
    kinds = [words_of(member).kind for member in group]
    if {*kinds} == {"light"}:
        return not isinstance(node.layer, whole)
    if words_of(node).kind != "light" or isinstance(group[-1].layer, whole):
        return False
    if key_of(node.layer) == "dropout" and others:  # of what the next one takes
        return words_of(others[0]).kind != "conv"
    next_kinds = [words_of(other).kind for other in others]
    heavy = next((kind for kind in next_kinds if kind != "light"), "none")
    return "conv" in kinds or heavy != "conv"


def _step(nodes: list[Node], whole: tuple[type[nn.Module], ...]) -> Step:
    """One step, of these nodes."""
    lines, channels, block = [], set(), False
    for node in nodes:
        if key_of(node.layer) == "flatten" and len(nodes) > 1:
            continue
        words = words_of(node)
        name = words.name
        if isinstance(node.layer, whole):
            name = f"{name} {_label(node)}".strip()
        if len(name) > 12:  # break long names before capitals
            name = re.sub("(?<=[a-z])(?=[A-Z])", " ", name)
        lines += [*textwrap.wrap(name, 12, break_long_words=False), *words.notes]
        if isinstance(node.layer, nn.Module):
            channels.update(p.shape[0] for p in node.layer.parameters() if p.ndim)
        if isinstance(node.layer, whole):
            block = True
            kinds = [type(part).__name__ for part in node.layer.children()]
            if isinstance(node.layer, nn.Sequential) and len({*kinds}) == 1:
                lines.append(f"{len(kinds)} layers")
    return Step(tuple(lines), nodes[-1].shape, frozenset(channels), block, 1)


def _label(node: Node) -> str:
    """What tells a block from others, if its attribute says so: "3a" of inception3a."""
    own, kind = node.name.rpartition(".")[2], type(node.layer).__name__.lower()
    own = own.removeprefix(kind).strip("_")
    return "" if own.isdigit() or not any(map(str.isdigit, own)) else own


def _is_idle(node: Node) -> bool:
    """Is it a layer that changes sizes, where there is nothing to change?"""
    key = key_of(node.layer)
    same = node.shape == node.given
    return same and (key.startswith("adaptive") or key == "flatten")


def _is_squeeze(before: Node, node: Node) -> bool:
    """Does it merely drop the axes of maps that have one pixel?"""
    return before.shape[1:] == (1, 1) and node.shape == before.shape[:1]


def _expect_chain(model: nn.Module, found: Graph) -> None:
    """Refuse a network whose layers do not each take what the one before gave."""
    if len(found.outputs) > 1:
        raise ValueError(
            f"{type(model).__name__} returns {len(found.outputs)} tensors; only chains "
            "can be drawn, so give the part that leads to one of them"
        )
    for i, node in enumerate(found.nodes[1:], start=1):
        if node.sources != (i - 1,):
            place = _branching(found, node)
            kind = type(model.get_submodule(place)).__name__
            raise ValueError(
                f"only chains can be drawn, and in {place!r} ({kind}) two layers take "
                f"the same tensor; give whole=({kind},) to draw it as one step, and "
                "see its inside with draw_block"
                if place
                else f"only chains can be drawn, and in {kind} two layers take the "
                "same tensor; draw it with draw_block, or make the part that branches "
                "a class of its own and name that in whole=(…,)"
            )


def _branching(found: Graph, node: Node) -> str:
    """The module in which a node takes a tensor that another one has taken before."""
    start = min(node.sources)
    first = next(other for other in found.nodes if start in other.sources)
    place = []
    for a, b in zip(first.name.split("."), node.name.split("."), strict=False):
        if a != b:
            break
        place.append(a)
    return ".".join(place)
