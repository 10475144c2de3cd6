"""What checks do with the reader's answers: call them, read them, compare them.

Each of these raises `NotYet` with a hint for the reader when something is wrong.
"""

import inspect
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn


class NotYet(Exception):
    """The answer is wrong; the message is the hint."""


class NotAnswered(Exception):
    """There is no answer yet, such as a function that still returns None."""


def hint_if(wrong: bool | Tensor, hint: str) -> None:
    """Raise `NotYet` with a hint, if something is wrong."""
    if wrong:
        raise NotYet(hint)


def empty():
    """A function that is not written yet."""
    ...


SHORTEST = len(empty.__code__.co_code)  # bytes, of a body that is only `...`


def ask(answer: Callable, *inputs: object, at: str) -> object:
    """Call the reader's function with copies of the inputs, and return its result.

    at: the setting in words, such as "a picture of 9 × 11"; it is part of the hint when
    the function raises, or returns nothing although something is written in it.
    """
    hint_if(not callable(answer), f"you gave {named(answer)}; give a function")
    copies = [x.clone() if isinstance(x, Tensor) else x for x in inputs]
    try:
        result = answer(*copies)
    except (Exception, SystemExit) as error:
        raise NotYet(f"for {at} your function raised {described(error)}") from error
    if is_open(result):
        body = getattr(answer, "__code__", None)
        written = body is None or len(body.co_code) > SHORTEST
        hint_if(written, f"for {at} your function returns None: is a return missing?")
        raise NotAnswered
    return result


def as_tensor(
    answer: object, shape: tuple[int, ...] | None = None, *, at: str | None = None
) -> Tensor:
    """An answer as a double tensor; a list or a NumPy array of numbers counts as well.

    shape: the shape that it must have, if it must have one. at: for the result of the
    reader's function, the setting in words.
    """
    yours = "you gave" if at is None else f"for {at} your function returned"
    try:
        given = answer if isinstance(answer, Tensor) else torch.as_tensor(answer)
        tensor = given.detach().cpu().double()
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(
            f"{yours} {named(answer)}; a tensor of numbers is wanted"
        ) from None
    finite = tensor.isfinite().all()
    hint_if(not finite, f"{yours} a tensor in which some numbers are nan or inf")
    if shape is not None and tensor.shape != shape:
        sizes = [size for size in tensor.shape if size > 1]
        extra = sizes == [size for size in shape if size > 1]
        advice = ": mind the axes of size 1" if extra else ""
        raise NotYet(f"{yours} the shape {tuple(tensor.shape)}, not {shape}{advice}")
    return tensor


def as_numbers(answer: object) -> list[float]:
    """An answer as a list of numbers: a list, tuple, set, range or tensor of them."""
    wanted = "give a list of numbers"
    try:
        values = list(answer)
    except TypeError:
        raise NotYet(f"you gave {named(answer)}; {wanted}") from None
    for value in values:
        hint_if(isinstance(value, bool), f"you gave True and False; {wanted}")
        try:
            float(value)
        except (TypeError, ValueError):
            raise NotYet(f"there is {named(value)} in your list; {wanted}") from None
    return [float(value) for value in values]


def as_number(answer: object) -> float:
    """An answer as one number; a tensor or a list with one number counts as well."""
    values = as_tensor(answer).flatten()
    hint_if(len(values) != 1, f"you gave {len(values)} numbers; give one")
    return values.item()


def as_bool(answer: object, at: str) -> bool:
    """True or False, also of NumPy or as a tensor with one of them."""
    if isinstance(answer, Tensor) and answer.dtype == torch.bool:
        hint_if(
            answer.numel() != 1,
            f"for {at} you return {answer.numel()} of True and "
            "False; return one: put .all() behind them",
        )
        return bool(answer)
    known = isinstance(answer, bool | np.bool_)
    hint_if(not known, f"for {at} you return {named(answer)}; return True or False")
    return bool(answer)


def choice(answer: object, options: str, hints: Mapping[str, str]) -> None:
    """One of the options of the text, such as "abcd"; a wrong one has its hint."""
    letter = str(answer).strip(" ().:").lower()
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
    elif isinstance(answer, nn.Module):
        kind = "model"
    elif isinstance(answer, tuple):
        kind = "tuple"
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
