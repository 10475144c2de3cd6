"""Checks of exercises accept right answers and reject typical wrong ones.

The answers stand in tests/answers/, a module a chapter.
"""

import importlib
import inspect
import pkgutil
import random

import numpy as np
import pytest
import torch

from d2lmini import checks
from d2lmini.checks import LONGEST, answers, exercise

MODULES = [
    info.name
    for info in pkgutil.iter_modules(checks.__path__)
    if info.name != "answers"
]


def checks_of(module):
    """The checks of a chapter's module, by name."""
    found = vars(importlib.import_module(f"d2lmini.checks.{module}"))
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) and hasattr(value, "wanted")
    }


def answers_of(module):
    return importlib.import_module(f"answers.{module}")


CHECKS = [(module, name) for module in MODULES for name in checks_of(module)]
RIGHT = [
    (module, name, answer)
    for module in MODULES
    for name, given in answers_of(module).RIGHT.items()
    for answer in given
]
WRONG = [
    pytest.param(module, name, *rest, id=f"{module}-{name}-{mistake}")
    for module in MODULES
    for name, given in answers_of(module).WRONG.items()
    for mistake, rest in given.items()
]


def said(check, *given, capsys):
    """What a check says: always one line, short and without colours."""
    assert check(*given) is None
    printed = capsys.readouterr()
    assert printed.err == ""
    line = printed.out.removesuffix("\n")
    assert len(line) <= LONGEST
    assert line.isprintable()
    return line


@pytest.mark.parametrize("module, name, given", RIGHT)
def test_a_right_answer(module, name, given, capsys):
    line = said(checks_of(module)[name], *given, capsys=capsys)
    assert line.startswith("right: ")


@pytest.mark.parametrize("module, name, given, words", WRONG)
def test_a_wrong_answer(module, name, given, words, capsys):
    line = said(checks_of(module)[name], *given, capsys=capsys)
    assert line.startswith("not yet: ")
    assert words in line


@pytest.mark.parametrize("module, name", CHECKS)
def test_every_check_has_right_and_at_least_five_wrong_answers(module, name):
    assert answers_of(module).RIGHT[name]
    assert len(answers_of(module).WRONG[name]) >= 5


def test_there_are_no_answers_without_a_check(capsys):
    known = {f"{module}.{name}" for module, name in CHECKS}
    given = [f"{module}.{name}" for module, name, _ in RIGHT]
    given += [f"{param.values[0]}.{param.values[1]}" for param in WRONG]
    assert set(given) == known
    with capsys.disabled():
        print(f"\n{len(known)} checks reject {len(WRONG)} wrong answers")


@pytest.mark.parametrize("module, name", CHECKS)
@pytest.mark.parametrize("answer", [..., None, (..., ...), lambda *_: None])
def test_an_open_exercise(module, name, answer, capsys):
    check = checks_of(module)[name]
    line = said(check, answer, capsys=capsys)
    if not callable(answer) or "function" in check.wanted:
        assert line == f"not answered yet: give {check.wanted}"


# What all checks share.


class Odd:
    """An answer that fails wherever one touches it."""

    def __getattr__(self, name):
        raise RuntimeError("do not touch")

    def __bool__(self):
        raise RuntimeError("no truth")

    def __iter__(self):
        raise RuntimeError("no parts")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None


def leave(*inputs):
    raise SystemExit


def scream(*inputs):
    raise ValueError("\x1b[31mred\x1b[0m\nand " + "long " * 100)


@pytest.mark.parametrize("module, name", CHECKS)
@pytest.mark.parametrize(
    "answer",
    [Odd(), leave, scream, print, "", 0, [], {}, True, torch.nn.Linear, torch.zeros(0)],
    ids=str,
)
def test_a_check_survives_anything(module, name, answer, capsys):
    check = checks_of(module)[name]
    check(answer)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(("not yet: ", "not answered yet: "))


def test_what_a_function_raises_is_said_with_the_setting(capsys):
    def broken(x):
        raise KeyError("no such thing")

    @exercise("a function")
    def check(answer):
        answers.ask(answer, 3, at="the number 3")

    line = said(check, broken, capsys=capsys)
    assert (
        line
        == "not yet: for the number 3 your function raised KeyError: 'no such thing'"
    )
    assert "SystemExit" in said(check, leave, capsys=capsys)
    assert said(check, scream, capsys=capsys).endswith("ValueError: red")


def test_a_long_line_is_cut(capsys):
    @exercise("a function")
    def check(answer):
        raise answers.NotYet("\x1b[1mbold\x1b[0m\n\n" + "long " * 100)

    line = said(check, 1, capsys=capsys)
    assert line.startswith("not yet: bold long")
    assert line.endswith("…")
    assert len(line) == LONGEST


def test_a_check_leaves_the_random_numbers_of_the_reader(capsys):
    @exercise("a function")
    def check(answer):
        drawn = torch.rand(1).item(), np.random.rand(), random.random()
        return f"{drawn}"

    def draw():
        return torch.rand(1).item(), np.random.rand(), random.random()

    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    state = torch.get_rng_state(), np.random.get_state()[1], random.getstate()
    first = said(check, 1, capsys=capsys)
    draws = draw()
    torch.set_rng_state(state[0])
    np.random.seed(1)
    random.setstate(state[2])
    assert draw() == draws
    assert said(check, 1, capsys=capsys) == first  # wherever the reader's stand


def test_a_check_does_not_hand_out_its_own_tensors(capsys):
    """A function that writes into its input must not change what is expected."""
    mine = torch.ones(3)

    @exercise("a function")
    def check(answer):
        answers.ask(answer, mine, at="three ones")
        return f"{mine.tolist()}"

    assert said(check, lambda x: x.zero_(), capsys=capsys) == "right: [1.0, 1.0, 1.0]"


def test_warnings_of_an_answer_are_not_shown(capsys, recwarn):
    @exercise("a function")
    def check(answer):
        answers.ask(answer, torch.ones(2, 2), at="ones")
        return "quietly"

    assert said(check, torch.nn.functional.softmax, capsys=capsys) == "right: quietly"
    assert not recwarn.list


@pytest.mark.parametrize("given", ["b", "B", " b ", "(b)", "b)"])
def test_a_choice_may_be_written_in_any_way(given):
    answers.choice(given, "abc", {"a": "no", "c": "no"})


@pytest.mark.parametrize(
    "given, words",
    [("a", "not a: because"), ("d", "none of a, b"), ("", "none"), ("ab", "none")],
)
def test_another_choice_gets_its_hint(given, words):
    with pytest.raises(answers.NotYet, match=words):
        answers.choice(given, "ab", {"a": "because"})
