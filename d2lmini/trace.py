"""One run of a model on a blank image: which modules ran, on what, and what they gave.

By PyTorch's hooks, so it holds for any module, however its `forward` is written.
Functions can be recorded too: `F.relu`, `torch.cat`, `+`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from d2lmini.expect import whole


class Call(NamedTuple):
    """One call of one module, and the calls that it made of others, in their order."""

    name: str  # of the module; a function's is empty
    module: nn.Module | Callable
    inputs: tuple  # all arguments; the first and the output are tensors, as a rule
    output: object
    inside: list[Call]

    @property
    def x(self) -> object:
        """The first argument."""
        return self.inputs[0] if self.inputs else None


class _Functions(TorchFunctionMode):
    """While it is on, calls of PyTorch's functions and methods are recorded."""

    def __init__(self, running: list[list[Call]]):
        super().__init__()
        self.running = running

    def __torch_function__(self, func, types, inputs=(), named=None):
        named = named or {}
        versions = [(x, x._version) for x in inputs if isinstance(x, Tensor)]
        output = func(*inputs, **named)
        if any(output is x and x._version == version for x, version in versions):
            output = output.view_as(output)  # F.dropout: nothing was done, so another
        inputs = (*inputs, *named.values())
        self.running[-1].append(Call("", func, inputs, output, []))
        return output


def trace(
    model: nn.Module, input_shape: tuple[int, ...], *, functions: bool = False
) -> Call:
    """Run one blank image, of shape (1, *input_shape), through a model.

    functions: record the calls of PyTorch's functions as well as those of modules.

    Mode, hooks and numbers of the model are left as they were, also when its forward
    pass fails. Raises RuntimeError, with the shape, when it cannot take such an image.
    """
    if not isinstance(input_shape, tuple | list):
        raise TypeError(
            f"input_shape is {input_shape!r} ({type(input_shape).__name__}); give the "
            "shape of one image as a tuple, (C, H, W)"
        )
    for size in input_shape:
        whole(f"a size in input_shape {tuple(input_shape)}", size)
    running, handles = [[]], []  # the calls that each running module has made so far

    def begin(module, inputs):
        running.append([])

    def end(module, inputs, named, output):
        inside = running.pop()
        inputs = (*inputs, *named.values())
        running[-1].append(Call(names[module], module, inputs, output, inside))

    names = {module: name for name, module in model.named_modules()}
    modes = {module: module.training for module in names}
    parameter = next(model.parameters(), torch.empty(0))
    image = torch.zeros(1, *input_shape, device=parameter.device, dtype=parameter.dtype)
    try:
        for module, name in names.items():
            if "parametrizations" in name.split("."):
                continue  # how weight_norm makes a weight: a part of its layer
            handles.append(module.register_forward_pre_hook(begin))
            handles.append(module.register_forward_hook(end, with_kwargs=True))
        model.eval()
        with torch.no_grad(), _Functions(running) if functions else nullcontext():
            model(image)
    except Exception as error:
        raise RuntimeError(
            f"the model cannot take an image of shape {tuple(input_shape)} "
            f"({type(error).__name__}: {error}); give the shape of one image as "
            "this model takes it, (C, H, W), without the batch axis"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    return running[0][0]


def runs_as(module: nn.Module, kinds: tuple[type[nn.Module], ...]) -> bool:
    """Is it of one of these classes, and has their forward, not one of its own?"""
    forwards = [kind.forward for kind in kinds]
    return isinstance(module, kinds) and type(module).forward in forwards


def classes(whole: object) -> tuple[type[nn.Module], ...]:
    """Return classes of module as a tuple, also when one stands by itself."""
    found = whole if isinstance(whole, tuple | list | set) else (whole,)
    for kind in found:
        if not isinstance(kind, type) or not issubclass(kind, nn.Module):
            itself = isinstance(kind, nn.Module)
            shown = f"one {type(kind).__name__}" if itself else repr(kind)
            raise TypeError(
                f"whole has {shown}, which is no class of module; give classes, such "
                "as whole=(nn.Sequential,)"
            )
    return tuple(found)
