"""What a diagram says about a layer or a function: its name, its kernel, its stride."""

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
    "view": "reshape",
    "interpolate": "resize",
    "upsample": "resize",
    "getitem": "a part",
    "add": "+",
    "iadd": "+",
    "mul": "×",
    "imul": "×",
    "cat": TOGETHER,
    "concat": TOGETHER,
}


class Words(NamedTuple):
    """What is to be said about a layer: its name with its kernel, and the rest."""

    kind: str  # "conv", "pool", "light" or "other"
    name: str  # "conv 3×3"
    notes: tuple[str, ...]  # "stride 2"


def words_of(node: Node) -> Words:
    """The words about a node of a graph, the input excepted."""
    layer, key = node.layer, key_of(node.layer)
    plain = type(layer).__name__ if isinstance(layer, nn.Module) else key
    name, kind = NAMES.get(key, plain), "other"
    if name in ("+", "×") and len(node.sources) == 1:
        name = plain  # of a number, or of weights
    if key in LIGHT or (name == plain and node.shape == node.given and _is_bare(layer)):
        kind = "light"
    elif key in ("conv", "convtranspose", "linear"):
        kind = "conv"
    elif "pool" in key:
        kind = "pool"
        if node.shape[1:] == (1, 1) and key.startswith("adaptive"):
            name = f"global {name}"
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return Words(kind, name, ())
    notes = []
    stride = _short(layer.stride)
    if stride != _short(size if kind == "pool" else 1):
        notes.append(f"stride {stride}")
    if getattr(layer, "groups", 1) > 1:
        notes.append(f"{layer.groups} groups")
    dilation = _short(getattr(layer, "dilation", 1))
    if dilation != "1":
        notes.append(f"dilation {dilation}")
    return Words(kind, f"{name} {_times(size)}", tuple(notes))


def _is_bare(layer: object) -> bool:
    """Is it a function, or a module without weights and without modules inside?"""
    inside = (
        [layer.children(), layer.parameters()] if isinstance(layer, nn.Module) else []
    )
    return not any(True for things in inside for _ in things)


def key_of(layer: object) -> str:
    """What a layer's class, or a function, is called in NAMES: "conv", "relu"."""
    name = type(layer).__name__ if isinstance(layer, nn.Module) else layer.__name__
    name = name.replace("_", "").lower()
    return name[:-2] if name.endswith(("1d", "2d", "3d")) else name


def shape_of(shape: tuple[int, ...]) -> str:
    """A shape as words: 64 × 28 × 28."""
    return " × ".join(map(str, shape)) or "one number"


def _times(size: int | tuple[int, ...]) -> str:
    """A size as "3×3"."""
    return "×".join(map(str, size if isinstance(size, tuple) else (size, size)))


def _short(size: int | tuple[int, ...]) -> str:
    """A size as "3", or as "3×5" where the numbers differ."""
    sizes = {size} if isinstance(size, int) else {*size}
    return str(sizes.pop()) if len(sizes) == 1 else _times(size)
