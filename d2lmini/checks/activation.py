"""Checks of the exercises in `notebooks/05-activation.ipynb`."""

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_numbers,
    as_tensor,
    ask,
    choice,
    compare,
    hint_if,
    named,
)


@exercise("a tuple of three numbers: the different rows for a, b and c")
def different_rows(counts: tuple[int, int, int]) -> str:
    """How many different rows the first weight (64, 784) has after each start."""
    given = as_numbers(counts)
    hint_if(len(given) != 3, f"give three numbers, not {len(given)}")
    for start, count in zip("abc", given, strict=True):
        hint_if(
            count != int(count) or not 1 <= count <= 64,
            f"{start}: the weight has 64 rows, so {count:g} of them is not possible",
        )
    a, b, c = given
    hint_if(a == 64, "a: how would two equal units ever come to differ?")
    hint_if(a == 10, "a: not one for each output: all ten ask the same of every unit")
    hint_if(a != 1, "a: every unit gets the same input, output and gradient")
    hint_if(b == 1, "b: the gradient of a unit comes back through its outgoing weights")
    hint_if(b != 64, "b: each unit has outgoing weights of its own")
    hint_if(c == 1, "c: two units with different incoming weights give other outputs")
    hint_if(c == 64, "c: compare rows 0 and 1: does anything tell them apart?")
    hint_if(
        c != 2, "c: which rows begin equal, and which of these get equal gradients?"
    )
    return "training keeps units equal that begin equal, inside and behind them"


def product_rule(
    answer: Callable, gate: Callable, bell: Callable, others: Mapping[str, Callable]
) -> str:
    """Check the slope of x · gate(x); bell is the slope of the gate."""
    for _ in range(20):
        x, at = 3 * torch.randn(5, 10).double(), "numbers of shape (5, 10)"
        found = as_tensor(ask(answer, x, at=at), (5, 10), at=at)
        g, d = gate(x), bell(x)
        mistakes = {
            "you return the function itself, not its slope": x * g,
            "one term is missing: the second factor changes with x, too": g,
            "one term is missing: the factor x has a slope as well": x * d,
            "that is the slope of the second factor alone": d,
            "in the second term the factor x is missing": g + d,
            "the second term has the wrong sign": g - x * d,
            "your second term holds the second factor; it needs its slope": g + x * g,
        }
        mistakes |= {hint: other(x) for hint, other in others.items()}
        compare(found, g + x * d, mistakes, at)
    return "equal to the slope on 1,000 random numbers"


def normal_share(x: Tensor) -> Tensor:
    """The share of the normal distribution below x."""
    return torch.special.ndtr(x)


def normal_bell(x: Tensor) -> Tensor:
    """The density of the normal distribution at x."""
    return torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)


@exercise("a function that returns the slope of SiLU at each number")
def silu_slope(slope: Callable) -> str:
    """A function of numbers x: the slope of x times the sigmoid of x."""

    def bell(x: Tensor) -> Tensor:
        return torch.sigmoid(x) * (1 - torch.sigmoid(x))

    def one_factor(x: Tensor) -> Tensor:
        return torch.sigmoid(x) + x * (1 - torch.sigmoid(x))

    others = {"the sigmoid's slope p(1 − p) lacks one of its factors": one_factor}
    return product_rule(slope, torch.sigmoid, bell, others)


@exercise("a function that returns the slope of GELU at each number")
def gelu_slope(slope: Callable) -> str:
    """A function of numbers x: the slope of x times the normal share below x."""

    def without_factor(x: Tensor) -> Tensor:
        return normal_share(x) + x * torch.exp(-x.square() / 2)

    def by_tanh(x: Tensor) -> Tensor:
        x = x.requires_grad_()
        return torch.autograd.grad(F.gelu(x, approximate="tanh").sum(), x)[0]

    others = {
        "the bell curve lacks its constant: its area must be 1": without_factor,
        "close: that is the slope of GELU's approximation by tanh": by_tanh,
    }
    return product_rule(slope, normal_share, normal_bell, others)


class Counting(nn.Module):
    """An activation that counts how often it is used."""

    def __init__(self):
        super().__init__()
        self.uses = 0

    def forward(self, x: Tensor) -> Tensor:
        self.uses += 1
        return torch.tanh(x)


@exercise("a function that returns a net of convolutions")
def convolutional_net(deep_net: Callable) -> str:
    """The edited `deep_net(activation, gain, depth)`: convolutions of 16 channels."""
    for depth, gain in ((20, 1.0), (12, 2**0.5), (15, 3.0)):
        at, activation = f"gain {gain:.2f} and depth {depth}", Counting()
        net = ask(deep_net, activation, gain, depth, at=at)
        is_model = isinstance(net, nn.Module)
        hint_if(not is_model, f"for {at} your function returned {named(net)}")
        convs = [part for part in net.modules() if isinstance(part, nn.Conv2d)]
        hint_if(not convs, f"for {at} there is no Conv2d in your net")
        hint_if(len(convs) != depth, f"for {at} your net has {len(convs)} convolutions")
        try:
            found = net(torch.randn(2, 16, 9, 9)).shape
        except RuntimeError as error:
            raise NotYet("your net does not take 16 channels of 9 × 9") from error
        hint_if(
            found != (2, 16, 9, 9),
            f"16 channels of 9 × 9 come out as {tuple(found)[1:]}: the size must stay",
        )
        hint_if(
            activation.uses != depth,
            f"for {at} the activation is used {activation.uses} times",
        )
        windows = {tuple(conv.weight.shape) for conv in convs}
        hint_if(windows != {(16, 16, 3, 3)}, "the windows must have 3 × 3 pixels")
        right_size(torch.stack([conv.weight.detach() for conv in convs]), gain)
        biases = [conv.bias for conv in convs if conv.bias is not None]
        hint_if(any(bias.any() for bias in biases), "the biases must start at 0")
    return "the spread of the weights fits three gains and depths"


def right_size(weights: Tensor, gain: float) -> None:
    """Hint at what is wrong with the spread of weights of 16 × 16 × 3 × 3."""
    found, wanted = weights.std().item(), gain / 12
    if abs(found / wanted - 1) < 0.03:
        return
    slips = {
        "your n is 16: each output reads 16 channels at more than one pixel": gain / 4,
        "your n is 9: each output reads 3 × 3 pixels in more than one channel": gain
        / 3,
        "your n is 64, the width of the linear layers": gain / 8,
        "you divide by n, not by its root": gain / 144,
        "the weights are PyTorch's own: `gain` does nothing": 432**-0.5,
        "the weights are the same whatever the gain": 1 / 12,
        "the weights are Kaiming's whatever the gain": 2**0.5 / 12,
        "you give the square of the gain": gain**2 / 12,
    }
    for hint, wrong in slips.items():
        hint_if(abs(found / wrong - 1) < 0.03, hint)
    raise NotYet(
        f"for gain {gain:.2f} the weights spread {found / wanted:.2g} times too far"
    )


@exercise("a tuple of two numbers: x, and a number of layers")
def left_out(answer: tuple[float, int]) -> str:
    """What an article leaves out: a place x for the sigmoid, a depth for ReLU."""
    given = as_numbers(answer)
    hint_if(len(given) != 2, f"give two numbers, not {len(given)}")
    x, layers = given
    slope = math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2
    hint_if(x > 0, "x lies in the interval of which the article speaks")
    hint_if(slope >= 0.001, f"at x = {x:g} the sigmoid's slope is {slope:.3f}")
    hint_if(layers == 0.5**0.5, "that is what one layer leaves; give the layers")
    left = 0.5 ** (layers / 2)
    slips = {
        10: "half of the *squares* are lost in a layer, so its length loses less",
        19: "one layer too few: the length is still above a thousandth",
        21: "one layer fewer does it, too",
    }
    hint_if(layers in slips, slips.get(layers, ""))
    hint_if(layers < 20, f"after {layers:g} layers {left:.3g} of the length is left")
    hint_if(layers > 20, f"fewer than {layers:g} layers do it, too")
    return "both sides saturate, and ReLU's 1 is not the whole factor of a layer"


def spreads(f: Callable, gain: float, scale: float) -> Tensor:
    """Standard deviation of a random signal and after each of 40 layers, (41,)."""
    signal = scale * torch.randn(200, 300)
    found = [signal.std()]
    for _ in range(40):
        signal = f(signal @ (gain / 300**0.5 * torch.randn(300, 300)))
        found.append(signal.std())
    return torch.stack(found).double()


@exercise("a function that returns a list of 41 numbers")
def selu_spreads(spread: Callable) -> str:
    """A function of a scale: the standard deviations of SELU's signal by layer."""
    variants = {
        "that is ReLU's signal, not SELU's": (F.relu, 1.0),
        "that is ELU's signal, without SELU's two constants": (F.elu, 1.0),
        "these are the sums before SELU, or no SELU is there": (lambda x: x, 1.0),
        "your gain is Kaiming's; SELU wants 1": (F.selu, 2**0.5),
        "your gain is that of PyTorch's own start; SELU wants 1": (F.selu, 3**-0.5),
        "the weights are not divided by √n: the signal explodes": (F.selu, 300**0.5),
    }
    for scale in (10.0, 0.1):
        at = f"a scale of {scale:g}"
        found = as_tensor(ask(spread, scale, at=at), at=at).flatten()
        hint_if(len(found) == 40, "give 41 numbers: the first is the input's")
        hint_if(len(found) != 41, f"for {at} you return {len(found)} numbers, not 41")
        hint_if(
            (found <= 0).any(),
            f"for {at} some of your standard deviations are not positive",
        )
        right = spreads(F.selu, 1.0, scale)
        if gap(found, right) < 0.25:
            continue
        hint_if(gap(found, right**2) < 0.4, "these are the variances; take their roots")
        unscaled = spreads(F.selu, 1.0, 1.0)
        hint_if(gap(found, unscaled) < 0.25, "your input ignores the scale")
        hint_if(
            abs(found[0] / scale - 1) > 0.1,
            f"for {at} your first number is {found[0]:.2g}; the input has {scale:g}",
        )
        gaps = {
            hint: gap(found[:16], spreads(f, gain, scale)[:16])
            for hint, (f, gain) in variants.items()
        }
        nearest = min(gaps, key=gaps.get)
        hint_if(gaps[nearest] < 0.4, nearest)
        raise NotYet(
            f"for {at} you have {found[10]:.2g} after 10 layers and {found[40]:.2g} "
            "after 40; SELU's signal is another"
        )
    return "like another forty layers of SELU, from both scales"


def gap(found: Tensor, right: Tensor) -> float:
    """The largest difference of two series of positive numbers, as a logarithm."""
    return (found / right).log().abs().max().item()


@exercise("one of the letters a to d")
def selu_normalises(letter: str) -> str:
    """Whether an activation can normalise: one of the answers of the text."""
    hints = {
        "a": "compare F.selu(10 * x) with F.selu(x) for a few numbers",
        "c": "run your function once more with ReLU in the place of SELU",
        "d": "compare F.selu(10 * x) with 10 * F.selu(x), also for negative numbers",
    }
    choice(letter, "abcd", hints)
    return "the solution shows both halves of it"
