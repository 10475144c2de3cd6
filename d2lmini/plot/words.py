"""What is written in a diagram about a layer or a function: its name, kernel, stride."""

from __future__ import annotations

from typing import NamedTuple

from torch import nn

from d2lmini.graph import Node

TOGETHER = "put together"

# keys: a class or a function in lower case, without "_" and the number of axes
LIGHT = {  # they stand in the box of the layer beside them
    "batchnorm": "batch norm",
    "groupnorm": "group norm",
    "layernorm": "layer norm",
    "localresponsenorm": "LRN",
    "dropout": "dropout",
    "relu": "ReLU",
    "leakyrelu": "leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
}
NAMES = {
    **LIGHT,
    "conv": "conv",
    "convtranspose": "transposed conv",
    "linear": "linear",
    "maxpool": "max pool",
    "avgpool": "avg pool",
    "adaptivemaxpool": "max pool",
    "adaptiveavgpool": "avg pool",
    "flatten": "flatten",
    "interpolate": "resize",
    "upsample": "resize",
    "add": "+",
    "iadd": "+",
    "mul": "×",
    "imul": "×",
    "cat": TOGETHER,
    "concat": TOGETHER,
}


class Words(NamedTuple):
    """What is to be said about a layer: its name, its kernel, and the rest."""

    name: str
    kernel: str  # "3×3", or nothing
    notes: tuple[str, ...]  # "stride 2"


def key_of(layer: object) -> str:
    """What a layer's class or a function is called in NAMES: "conv", "relu"."""
    name = type(layer).__name__ if isinstance(layer, nn.Module) else layer.__name__
    name = name.replace("_", "").lower()
    return name[:-2] if name[-2:] in ("1d", "2d", "3d") else name


def describe(node: Node) -> Words:
    """The words about one node of a graph."""
    layer, key = node.layer, key_of(node.layer)
    plain = type(layer).__name__ if isinstance(layer, nn.Module) else key
    name = NAMES.get(key, plain)
    if key.startswith("adaptive") and node.shape[1:] == (1, 1):
        name = f"global {name}"
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return Words(name, "", ())
    stride, notes = getattr(layer, "stride", 1), []
    if _times(stride) != _times(size if "pool" in key else 1):
        notes.append(f"stride {_times(stride, short=True)}")
    if getattr(layer, "groups", 1) > 1:
        notes.append(f"{layer.groups} groups")
    if _times(getattr(layer, "dilation", 1)) != _times(1):
        notes.append(f"dilation {_times(layer.dilation, short=True)}")
    return Words(name, _times(size), tuple(notes))


def _times(size: int | tuple[int, ...], short: bool = False) -> str:
    """A size as "3×3"; short: as "3" where both are the same."""
    sizes = size if isinstance(size, tuple) else (size, size)
    return str(sizes[0]) if short and len({*sizes}) == 1 else "×".join(map(str, sizes))
