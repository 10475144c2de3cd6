"""Exercises that check themselves: what the checks of all chapters share.

A chapter's checks are a module, and an exercise's check is a function in it:

    @exercise("a tensor of shape (3, 3)")
    def moving_kernel(kernel):
        kernel = as_tensor(kernel, (3, 3))
        ...
        hint_if(kernel.sum() == 0, "your numbers add up to 0")
        return "on 20 random pictures"

The decorator prints one line, `right: …`, `not yet: …` or `not answered yet: …`, and
lets no exception through. A hint names the reader's mistake and never the answer.
"""

import functools
import random
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from d2lmini.checks.answers import NotAnswered, NotYet, described, is_open

LONGEST = 200  # characters of the line that is printed


def exercise(wanted: str) -> Callable:
    """Make a check of a function, which prints its verdict and returns nothing.

    wanted: what the reader should give, in words. The function gets the answers; it
    raises `NotYet`, or returns what it tried, such as "on 20 random pictures".
    """

    def decorate(check: Callable[..., str]) -> Callable[..., None]:
        @functools.wraps(check)
        def printing(*answers: object) -> None:
            with own_random_numbers(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an answer's; the verdict is one line
                print(one_line(verdict(check, answers, wanted)))

        printing.wanted = wanted
        return printing

    return decorate


def verdict(check: Callable[..., str], answers: tuple, wanted: str) -> str:
    """What is printed about the answers, whatever they are and whatever they raise."""
    not_answered = f"not answered yet: give {wanted}"
    if any(is_open(answer) for answer in answers):
        return not_answered
    try:
        return f"right: {check(*answers)}"
    except NotYet as hint:
        return f"not yet: {hint}"
    except NotAnswered:
        return not_answered
    except Exception as error:  # an answer that nobody thought of
        return f"not yet: give {wanted}; yours raised {described(error)}"


@contextmanager
def own_random_numbers() -> Iterator[None]:
    """The same random numbers at each check, and the reader's left as they were."""
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()
    torch.default_generator.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    try:
        yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])


def one_line(text: str) -> str:
    """A text without colours and line breaks, of at most LONGEST characters."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
