"""What checks do with the reader's answers: call them, read them, compare them.

Each of these raises `NotYet` with a hint for the reader when something is wrong.
"""

import inspect
from collections.abc import Callable, Mapping

import torch
from torch import Tensor


class NotYet(Exception):
    """The answer is wrong; the message is the hint."""


class NotAnswered(Exception):
    """There is no answer yet, such as a function that still returns None."""


def hint_if(wrong: bool | Tensor, hint: str) -> None:
    """Raise `NotYet` with a hint, if something is wrong."""
    if wrong:
        raise NotYet(hint)


def ask(answer: Callable, *inputs: object, at: str) -> object:
    """Call the reader's function with copies of the inputs, and return its result.

    at: the setting in words, such as "a picture of 9 × 11"; it is part of the hint when
    the function raises. A result of None means that it is not written yet.
    """
    hint_if(not callable(answer), f"you gave {named(answer)}; give a function")
    copies = [x.clone() if isinstance(x, Tensor) else x for x in inputs]
    try:
        result = answer(*copies)
    except (Exception, SystemExit) as error:
        raise NotYet(f"for {at} your function raised {described(error)}") from error
    if is_open(result):
        raise NotAnswered
    return result


def as_tensor(answer: object, shape: tuple[int, ...] | None = None) -> Tensor:
    """An answer as a double tensor; a list or a NumPy array of numbers counts as well.

    shape: the shape that it must have, if it must have one.
    """
    try:
        given = answer if isinstance(answer, Tensor) else torch.as_tensor(answer)
        tensor = given.detach().cpu().double()
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(f"you gave {named(answer)}; give a tensor of numbers") from None
    hint_if(not tensor.isfinite().all(), "some of your numbers are nan or inf")
    if shape is not None and tensor.shape != shape:
        sizes = [size for size in tensor.shape if size > 1]
        extra = sizes == [size for size in shape if size > 1]
        advice = ": mind the axes of size 1" if extra else ""
        raise NotYet(
            f"your tensor has shape {tuple(tensor.shape)}, not {shape}{advice}"
        )
    return tensor


def as_numbers(answer: object) -> list[float]:
    """An answer as a list of numbers: a list, tuple, set, range or tensor of them."""
    try:
        return [float(value) for value in answer]
    except (TypeError, ValueError):
        raise NotYet(f"you gave {named(answer)}; give a list of numbers") from None


def choice(answer: object, options: str, hints: Mapping[str, str]) -> None:
    """One of the options of the text, such as "abcd"; a wrong one has its hint."""
    letter = str(answer).strip(" ()").lower()
    known = ", ".join(options)
    hint_if(letter not in options or len(letter) != 1, f"{answer!r} is none of {known}")
    hint_if(letter in hints, f"not {letter}: {hints.get(letter)}")


def same(found: Tensor, right: Tensor) -> bool:
    """Whether two tensors have one shape and agree as well as float32 can."""
    found, right = found.double(), right.double()
    return found.shape == right.shape and torch.allclose(found, right, 1e-4, 1e-5)


def compare(found: Tensor, right: Tensor, mistakes: Mapping[str, Tensor], at: str):
    """Raise `NotYet` unless two tensors of one shape agree.

    mistakes: a hint, and what an answer with that mistake would give at this setting.
    """
    if same(found, right):
        return
    for hint, wrong in mistakes.items():
        hint_if(same(found, wrong), hint)
    hint_if(not found.any(), f"for {at} every number of yours is 0")
    worst = (found - right).abs().max().item()
    raise NotYet(
        f"for {at} the shape is right, but values are off by up to {worst:.3g}"
    )


def by(shape: tuple[int, ...]) -> str:
    """A shape as one says it: 9 × 11."""
    return " × ".join(map(str, shape))


def named(answer: object) -> str:
    """What kind of thing an answer is, with its article: a tensor, an int, a class."""
    kind = type(answer).__name__.lower()
    if isinstance(answer, type):
        kind = "class"
    elif inspect.isroutine(answer):
        kind = "function"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def is_open(answer: object) -> bool:
    """Whether an answer is `...` or None, or has one of them among its parts."""
    parts = answer if isinstance(answer, tuple | list) else [answer]
    return any(part is None or part is ... for part in parts)


def described(error: BaseException) -> str:
    """An exception in a few words: its class, and the first of its lines."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
