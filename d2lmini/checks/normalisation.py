"""Checks of the exercises in `notebooks/06-normalisation.ipynb`."""

import copy
import math
import random
from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_tensor,
    ask,
    choice,
    compare,
    hint_if,
    named,
    same,
)
from d2lmini.results import load_results

FUNCTIONS = {
    "ReLU": F.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: x.softmax(dim=1),
    "F.normalize": F.normalize,
    "layer norm": lambda x: F.layer_norm(x, x.shape[1:], eps=0.0),
    "LRN": lambda x: F.local_response_norm(x[:, :, None], 5)[:, :, 0],
}


@exercise("two lists of names: who forgets the scale, who forgets the shift")
def forgets(scale: Iterable[str], shift: Iterable[str]) -> str:
    """The names of those that give the same for 10x as for x, and for x + 10."""
    x = torch.randn(4, 8).double()
    for what, given, changed in (("10x", scale, 10 * x), ("x + 10", shift, x + 10)):
        hint_if(isinstance(given, str), "you gave one string; give two lists of names")
        right = {name for name, f in FUNCTIONS.items() if same(f(changed), f(x))}
        given = list(given)
        for name in given:
            hint_if(
                name not in FUNCTIONS, f"{name!r} is none of {', '.join(FUNCTIONS)}"
            )
            hint_if(name not in right, f"{name} of {what} is not {name} of x")
        hint_if(set(given) < right, f"of those that forget {what}, some are missing")
    return "by trying all six on random numbers"


@exercise("a function that returns one nn.Conv2d")
def fold_norm(fold: Callable) -> str:
    """A function of a convolution and a batch norm in evaluation: one convolution."""
    settings = [
        {},
        {"bias": False},
        {"stride": (2, 1)},
        {"padding": (2, 1)},
        {"dilation": (1, 2)},
        {"groups": 2},
        {"padding": 1, "padding_mode": "circular"},
    ]
    for _ in range(13):
        some = random.sample(settings, 3)
        settings.append({name: value for one in some for name, value in one.items()})
    for chosen in settings:
        words = ", ".join(f"{name}={value}" for name, value in chosen.items())
        at = f"a convolution with {words or 'no further settings'}"
        check_folded(fold, chosen, at)
    return f"one convolution does the work of both, for {len(settings)} settings"


def check_folded(fold: Callable, settings: dict, at: str) -> None:
    """One convolution with its batch norm, folded by the reader's function."""
    conv = nn.Conv2d(4, 6, (3, 2), **settings).double()
    bn = nn.BatchNorm2d(6, eps=0.1 + random.random()).double().eval()
    for numbers in (bn.weight.data, bn.bias.data, bn.running_mean):
        numbers.copy_(torch.randn(6) + 2)
    bn.running_var.copy_(torch.rand(6) + 0.5)
    given = copy.deepcopy(conv), copy.deepcopy(bn)
    one, x = ask(fold, *given, at=at), torch.randn(2, 4, 9, 8).double()
    other = f"for {at} your function returned {named(one)}; return one nn.Conv2d"
    hint_if(not isinstance(one, nn.Conv2d), other)
    unchanged = same(given[0].weight, conv.weight)
    hint_if(not unchanged, "your function changes the convolution that it is given")
    for name in ("stride", "padding", "dilation", "groups", "padding_mode"):
        mine, its = getattr(one, name), getattr(conv, name)
        hint_if(mine != its, f"for {at} yours has {name}={mine}, the given one {its}")
    with torch.no_grad():
        y = conv(x)
        found = as_tensor(copy.deepcopy(one).double()(x), tuple(y.shape), at=at)
        own = torch.zeros(6) if conv.bias is None else conv.bias
        numbers = bn.weight, bn.bias, bn.running_mean, bn.running_var, own
        g, b, mean, var, own = (v.double()[:, None, None] for v in numbers)
        std, bare = (var + bn.eps).sqrt(), y - own
        mistakes = {
            "that is the convolution without the batch norm": y,
            "is beta missing?": g * (y - mean) / std,
            "is gamma missing?": (y - mean) / std + b,
            "is the running mean missing?": g * y / std + b,
            "the running mean is not scaled": g * y / std - mean + b,
            "the convolution's bias is lost": g * (bare - mean) / std + b,
            "the convolution's bias is not scaled": g * (bare - mean) / std + b + own,
            "you divide by the variance, not by its root": g * (y - mean) / std**2 + b,
            "where is eps?": g * (y - mean) / var.sqrt() + b,
        }
        mistakes = {f"for {at}: {hint}": wrong for hint, wrong in mistakes.items()}
        compare(found, bn(y), mistakes, at)


@exercise("the class BatchNorm2d, edited")
def averaging_norm(edited: type[nn.Module]) -> str:
    """A class like that of the chapter, which with momentum=None keeps averages."""
    hint_if(isinstance(edited, nn.Module), "you gave a layer; give its class")
    hint_if(not isinstance(edited, type), f"you gave {named(edited)}; give the class")
    hint_if(issubclass(edited, nn.BatchNorm2d), "that is PyTorch's; edit the one above")
    follow(edited, None, "momentum=None")
    follow(edited, 0.1, "momentum=0.1, as before")
    return "on 6 batches with momentum=None and with 0.1, equal to nn.BatchNorm2d"


def follow(edited: type[nn.Module], momentum: float | None, at: str) -> None:
    """Compare the reader's layer with PyTorch's on some batches, one in evaluation."""
    ours = ask(edited, 3, 1e-5, momentum, at=at).double()
    theirs = nn.BatchNorm2d(3, momentum=momentum).double()
    means = []
    for step in range(6):
        x = 4 * torch.randn(5, 3, 2, 2).double() + 2 + step
        for layer in (ours, theirs):
            layer.train(step != 2)
        y = as_tensor(ask(ours, x, at=at), tuple(x.shape), at=at)
        compare(y, theirs(x).detach(), {}, f"{at} in step {step}")
        if step == 2:
            continue
        means.append(x.mean(dim=(0, 2, 3)))
        mistakes = {f"{at}: {h}": moved(means, s) for h, s in SHARES.items()}
        compare(ours.running_mean, theirs.running_mean, mistakes, f"{at}, running mean")
        mistakes = {f"{at}: the running variance is over n": 0.95 * theirs.running_var}
        compare(ours.running_var, theirs.running_var, mistakes, f"{at}, running var")


SHARES = {  # of each batch in training, by mistake
    "the running mean is that of the last batch": [1, 1, 1, 1, 1],
    "the running mean counts its start at 0 as a batch": [1 / n for n in range(2, 7)],
    "the running mean still moves by a tenth": [0.1] * 5,
    "the running mean counts a batch in evaluation": [1, 1 / 2, 1 / 4, 1 / 5, 1 / 6],
}


def moved(values: list[Tensor], shares: list[float]) -> Tensor:
    """Where a running value arrives that starts at 0."""
    running = torch.zeros(3).double()
    for value, share in zip(values, shares, strict=False):
        running += share * (value - running)
    return running


NAN = math.nan
ENDS = {  # losses by rate, and the largest rate at which all are below 1
    "losses that are all below 1": ({0.1: [0.5, 0.7], 0.2: [0.6, 0.9]}, 0.2),
    "a seed that fails": ({0.1: [0.5, 0.7], 0.2: [0.6, 1.6]}, 0.1),
    "a mean below 1 with a seed above": ({0.1: [0.9, 0.9], 0.2: [0.2, 1.1]}, 0.1),
    "rates in no order": ({0.5: [2.0, 2.0], 0.2: [0.6, 0.6], 0.01: [0.9, 0.3]}, 0.2),
    "nan last": ({0.1: [0.5, 0.7], 0.2: [0.6, NAN]}, 0.1),
    "nan first": ({0.1: [0.5, 0.7], 0.2: [NAN, 0.6]}, 0.1),
    "a gap between": ({0.1: [0.5, 0.7], 0.2: [1.5, 1.5], 0.5: [0.9, 0.8]}, 0.5),
    "no rate that works": ({0.1: [1.5, 0.7], 0.2: [NAN, NAN]}, 0.0),
}


@exercise("a function that returns a rate")
def largest_rate(largest: Callable) -> str:
    """A function of losses by rate, one a seed: the largest rate with all below 1."""
    for words, (losses, right) in ENDS.items():
        found = as_number(ask(largest, copy.deepcopy(losses), at=words))
        known = any(math.isclose(found, rate, rel_tol=1e-5) for rate in losses)
        yours = f"for {words} you return {found:g}"
        hint_if(found != 0 and not known, f"{yours}, which is none of the rates")
        hint_if(found > right + 1e-5, f"{yours}, and there not all are below 1")
        hint_if(found < right - 1e-5, f"{yours}; a larger rate works")
    return f"for {len(ENDS)} tables, those with nan too"


@exercise("one number")
def times_larger(ratio: float) -> str:
    """How many times larger the largest rate is with batch norm, in the records."""
    ratio, largest = as_number(ratio), {}
    for run in load_results("rates"):
        good = [loss is not None and loss < 1 for loss in run["losses"]]
        for how, works in (("one seed", any(good)), ("all seeds", all(good))):
            if works and run["start"] == "Kaiming":
                key = how, run["norm"]
                largest[key] = max(run["lr"], largest.get(key, 0))
    plain, normed = largest["all seeds", "none"], largest["all seeds", "both"]
    lax = largest["one seed", "both"] / largest["one seed", "none"]
    mistakes = {
        plain: "that is the rate of the plain net; how many times is the other larger?",
        normed: "that is the rate with batch norm; how many times larger is it?",
        normed - plain: "that is the difference of the rates; divide",
        lax: "every seed must end below 1, not only one of them",
    }
    for wrong, hint in mistakes.items():
        hint_if(math.isclose(ratio, wrong, rel_tol=1e-3), hint)
    right = math.isclose(ratio, normed / plain, rel_tol=1e-3)
    hint_if(not right, f"not {ratio:g} times; is it from Kaiming's start?")
    return "by the recorded runs from Kaiming's start"


@exercise("a function that returns a tensor of the same shape")
def mean_only(half: Callable) -> str:
    """A function of (N, C): batch norm that subtracts the mean and does not divide."""
    return check_half(half, "mean")


@exercise("a function that returns a tensor of the same shape")
def variance_only(half: Callable) -> str:
    """A function of (N, C): batch norm that divides by the root of the variance."""
    return check_half(half, "variance")


def half_norm(x: Tensor, part: str, dim: int = 0, correction: int = 0) -> Tensor:
    """Batch norm of (N, C) with the mean only, or with the variance only."""
    if part == "mean":
        return x - x.mean(dim, keepdim=True)
    var = x.var(dim, correction=correction, keepdim=True)
    return x / (var + 1e-5).sqrt()


def check_half(half: Callable, part: str) -> str:
    """Compare the reader's half of batch norm with the right one, on random batches."""
    for _ in range(20):
        n, c = torch.randint(3, 9, (2,)).tolist()
        x, at = 3 * torch.randn(n, c) + 2 * torch.randn(c), f"a batch of {n} × {c}"
        y, x = as_tensor(ask(half, x, at=at), (n, c), at=at), x.double()
        other = "variance" if part == "mean" else "mean"
        flat, var = x.reshape(-1, 1), x.var(0, correction=0) + 1e-5
        mistakes = {
            "you return the batch itself": x,
            "you subtract and divide; do only one": (x - x.mean(0)) / var.sqrt(),
            "that is the other half": half_norm(x, other),
            "you use each picture's numbers, not the batch's": half_norm(x, part, 1),
            "you use one number for all channels": half_norm(flat, part).view(n, c),
            "you divide by the variance, not by its root": x / var,
            "you use the variance over n - 1": half_norm(x, "variance", 0, 1),
        }
        compare(y, half_norm(x, part), mistakes, at)
    return "on 20 random batches"


@exercise("one of the letters a to d")
def halves_learn(answer: str) -> str:
    """What the recorded runs say about the two halves."""
    hints = {
        "a": "look at the mean alone from the default start: does any rate work?",
        "c": "look at rate 1: does any of the halves end below 1?",
        "d": "from Kaiming's start both halves learn at some rate",
    }
    choice(answer, "abcd", hints)
    return "by the recorded runs"


@exercise("one number")
def dropout_floor(floor: float) -> str:
    """The training loss below which the head of the article cannot settle."""
    floor, ln2 = as_number(floor), math.log(2)
    mistakes = {
        0.0: "0 needs logits that depend on every picture",
        ln2: "that would be the loss if no picture at all got through",
        ln2 / 2: "that counts one of the two layers",
        ln2 / 4: "that counts the pictures which do get through",
        0.75: "that is the share; what does each of these pictures cost?",
        0.75 * math.log(10): "there are two classes here, not ten",
    }
    for wrong, hint in mistakes.items():
        hint_if(abs(floor - wrong) < 0.01, hint)
    if abs(floor - 0.75 * ln2) > 0.005:
        raise NotYet(f"not {floor:g}: which share is erased, and what does it cost?")
    return "and the head settles there"
