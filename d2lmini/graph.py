"""What leads to what in a network: its layers and functions as a graph.

Found by one run on a blank image, so it holds for any module, however its `forward` is
written: functions such as `F.relu`, `torch.cat` and `+` are in it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from torch import Tensor, nn

from d2lmini import expect
from d2lmini.trace import Call, classes, trace


class Node(NamedTuple):
    """One call of one layer or function, or, without a layer, the input of all."""

    name: str  # of the module, or of the one whose `forward` calls the function
    layer: nn.Module | Callable | None
    sources: tuple[int, ...]  # the nodes whose outputs it takes
    given: tuple[int, ...]  # the shape of the first of them, without the batch axis
    shape: tuple[int, ...]  # of its output


class Graph(NamedTuple):
    """Nodes in the order in which they ran, the input first."""

    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]  # the nodes that the model returns


def graph(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: type[nn.Module] | tuple[type[nn.Module], ...] = (),
) -> Graph:
    """Run one blank image, (C, H, W), through a model, and note what leads to what.

    A layer is a module of `torch.nn`, one without modules inside, or one of the classes
    `whole`. What leads nowhere is left out, and so is nn.Identity.
    """
    expect.module(model)
    whole = classes(whole)
    call = trace(model, input_shape, functions=True)
    made = {id(tensor): 0 for tensor in _tensors(call.inputs)}  # by which node
    nodes = [Node("", None, (), (), tuple(input_shape))]
    for name, part in _parts("", call, whole):
        inputs, outputs = _tensors(part.inputs), _tensors(part.output)
        sources = [made[id(tensor)] for tensor in inputs if id(tensor) in made]
        if not sources or not outputs or isinstance(part.module, nn.Identity):
            continue
        made.update((id(tensor), len(nodes)) for tensor in outputs)
        given, shape = nodes[sources[0]].shape, tuple(outputs[0].shape[1:])
        sources = tuple(dict.fromkeys(sources))
        nodes.append(Node(name, part.module, sources, given, shape))
    ends = [made[id(tensor)] for tensor in _tensors(call.output) if id(tensor) in made]
    if not ends:
        raise ValueError(
            f"what {type(model).__name__} returns is not made of its input by modules "
            "and functions of PyTorch, so that it cannot be drawn; print the "
            "layer_table instead"
        )
    return _needed(nodes, ends)


def _parts(place: str, call: Call, whole: tuple) -> Iterator[tuple[str, Call]]:
    """The calls of layers and functions in a call, each with the name of its place."""
    module, root = call.module, not call.name
    if not isinstance(module, nn.Module):
        yield place, call
        return
    made_by_torch = type(module).__module__.startswith("torch.nn")
    single = made_by_torch and not isinstance(module, nn.Sequential)
    if single or isinstance(module, whole) or not (root or [*module.children()]):
        yield call.name, call
        return
    for part in call.inside:
        yield from _parts(call.name, part, whole)


def _tensors(value: object) -> list[Tensor]:
    """The tensors in a value: by itself, or in tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    parts = value if isinstance(value, tuple | list) else []
    return [tensor for part in parts for tensor in _tensors(part)]


def _needed(nodes: list[Node], ends: list[int]) -> Graph:
    """Leave out the nodes from which no way leads to the ends."""
    kept = {0, *ends}
    for i in reversed(range(len(nodes))):
        if i in kept:
            kept.update(nodes[i].sources)
    place = {old: new for new, old in enumerate(sorted(kept))}
    needed = [
        nodes[old]._replace(sources=tuple(place[i] for i in nodes[old].sources))
        for old in place
    ]
    return Graph(tuple(needed), tuple(dict.fromkeys(place[i] for i in ends)))
