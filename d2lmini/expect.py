"""What a function expects of its arguments: each check lets them pass, or raises.

The error names the argument, the value, what is allowed and the next step. TypeError is
for another kind of thing, ValueError for a value that is out of range.
"""

import difflib
import math
import operator
import reprlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from numbers import Real

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from d2lmini import misfit

TRUTHS = (bool, np.bool_)  # they count as 0 and 1 where they are not refused


def whole(name: str, value: object, lowest: int = 1) -> int:
    """Return a whole number of `lowest` or more as an int.

    Integers of NumPy and PyTorch count; 5.0, "5" and True do not.
    """
    wanted = f"give a whole number, {lowest} or more"
    try:
        number = None if isinstance(value, TRUTHS) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} is {value!r} ({type(value).__name__}); {wanted}")
    if number < lowest:
        raise ValueError(f"{name} is {number}; {wanted}")
    return number


def number(name: str, value: object, allowed: str, fits: Callable) -> float:
    """Return a number as a float if it fits; `allowed` says in words what does.

    number("momentum", 1.5, "from 0 up to, but not, 1", lambda x: 0 <= x < 1)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} is {value!r} ({kind}); give a number {allowed}")
    if not fits(value):
        raise ValueError(f"{name} is {value!r}; give a number {allowed}")
    return float(value)


def one_of(kind: str, value: object, allowed: Collection[str]) -> str:
    """Return a name that is one of those allowed; the error says which is nearest."""
    names = ", ".join(allowed)
    if not isinstance(value, str):
        found = type(value).__name__
        raise TypeError(f"the {kind} is {value!r} ({found}); give one of {names}")
    if value not in allowed:
        near = difflib.get_close_matches(value.lower(), allowed, n=1, cutoff=0.7)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown {kind} {value!r}; one of {names}{hint}")
    return value


def module(model: object) -> None:
    """Refuse what is no model, such as its name or its class."""
    if not isinstance(model, nn.Module):
        found = f"{reprlib.repr(model)} ({type(model).__name__})"
        step = 'give an nn.Module, such as create_model("lenet")'
        raise TypeError(f"the model is {found}; {step}")


def device_of(model: nn.Module) -> torch.device:
    """Return the device on which a model's parameters lie."""
    module(model)
    for parameter in model.parameters():
        return parameter.device
    kind = type(model).__name__
    raise ValueError(
        f"the model ({kind}) has no parameters, so there is nothing to learn and no "
        "device; give one with a layer such as nn.Linear"
    )


def learning(model: nn.Module, optimizer: Optimizer) -> None:
    """Refuse a pair in which nothing would learn, such as a model made anew."""
    learns = {id(p) for p in model.parameters() if p.requires_grad}
    if not learns:
        raise ValueError("all parameters are frozen; leave requires_grad on for some")
    if not isinstance(optimizer, Optimizer):
        kind = type(optimizer).__name__
        raise TypeError(f"the optimizer is a {kind}; give one such as SGD(…, lr=0.1)")
    if not any(id(p) in learns for g in optimizer.param_groups for p in g["params"]):
        raise ValueError(
            "the optimizer holds no parameter of this model that learns; make the "
            "optimizer anew, after the model"
        )


def fit_arguments(
    model: nn.Module,
    train_loader: object,
    valid_loader: object,
    lr: float,
    momentum: float,
    weight_decay: float,
) -> None:
    """Check what `fit` is given before its first epoch, so that none is lost."""
    device_of(model)
    loader("train_loader", train_loader)
    loader("valid_loader", valid_loader)
    number("lr", lr, "above 0", lambda x: 0 < x < math.inf)
    number("momentum", momentum, "from 0 up to, but not, 1", lambda x: 0 <= x < 1)
    number("weight_decay", weight_decay, "of 0 or more", lambda x: 0 <= x < math.inf)


def loader(name: str, value: object) -> None:
    """Refuse what does not give batches in every epoch: data, generators, nothing."""
    kind = type(value).__name__
    if hasattr(value, "normalised"):  # ImageData, whose file imports this one
        raise TypeError(f"{name} is {value!r}; give make_loader(data)")
    try:
        steps = None if isinstance(value, Iterator) else len(value)
    except TypeError:
        steps = None
    if steps is None:
        raise TypeError(
            f"{name} is a {kind}, which has no length or lasts for one epoch only; "
            "give what make_loader returns, a DataLoader or a list of batches"
        )
    if steps == 0:
        raise ValueError(f"{name} ({kind}) has no batches; give one with 1 or more")


def some_images(seen: int, loader: object) -> None:
    """Refuse a loader that has just given no images."""
    if seen == 0:
        raise ValueError(
            f"the loader ({type(loader).__name__}) gave no images; give one with 1 or "
            "more (a generator is used up after one epoch: make it anew)"
        )


def normalised(images: Tensor) -> None:
    """Refuse what is no tensor, and the bytes of images as they are stored."""
    step = "give normalised floats (N, C, H, W): for ImageData, data.normalised()"
    if not isinstance(images, Tensor):
        raise TypeError(f"images are a {type(images).__name__}; {step}")
    if images.dtype == torch.uint8:
        raise ValueError(f"images are torch.uint8; {step} and not data.images")


@contextmanager
def images_that_fit(model: nn.Module, images: Tensor) -> Iterator[None]:
    """Call model(images) in this block, and an error says what images it takes.

    Nothing is looked at unless PyTorch raises, and an error that the images do not
    explain stays as it was.
    """
    try:
        yield
    except RuntimeError as error:
        reason = misfit.of_images(model, images, str(error))
        if reason is None:
            raise
        raise ValueError(f"{reason} (PyTorch: {error})") from error
