"""Right and wrong answers to the exercises of `notebooks/05-activation.ipynb`."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def silu(x):
    p = torch.sigmoid(x)
    return p + x * p * (1 - p)


def silu_with_grad(x):
    x = x.requires_grad_()
    return torch.autograd.grad(F.silu(x).sum(), x)[0]


def silu_as_numpy(x):
    p = 1 / (1 + (-x).exp())
    return (p * (1 + x * (1 - p))).numpy()


def share(x):
    return (1 + torch.erf(x / 2**0.5)) / 2


def bell(x):
    return torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def gelu(x):
    return share(x) + x * bell(x)


def gelu_by_tanh(x):
    x = x.requires_grad_()
    return torch.autograd.grad(F.gelu(x, approximate="tanh").sum(), x)[0]


def net_of(std, *, bias=0.0, more=0, padding=1, window=3, channels=16, bend=True):
    """A `deep_net` whose weights have the standard deviation `std(gain)`."""

    def deep_net(activation, gain, depth=20):
        layers = []
        for _ in range(depth + more):
            conv = nn.Conv2d(channels, channels, window, padding=padding)
            if std is not None:
                nn.init.normal_(conv.weight, std=std(gain))
            nn.init.constant_(conv.bias, bias)
            layers.append(nn.Sequential(conv, activation if bend else nn.Tanh()))
        return nn.Sequential(*layers)

    return deep_net


def right_std(gain):
    return gain / (16 * 9) ** 0.5


def flat_net(activation, gain, depth=20):
    """Without biases, and not nested."""
    net = nn.Sequential()
    for _ in range(depth):
        conv = nn.Conv2d(16, 16, 3, padding="same", bias=False)
        nn.init.normal_(conv.weight, std=right_std(gain))
        net.extend([conv, activation])
    return net


def linear_net(activation, gain, depth=20):
    return nn.Sequential(*[nn.Linear(64, 64) for _ in range(depth)])


def as_list(activation, gain, depth=20):
    return list(net_of(right_std)(activation, gain, depth))


def spreads(f=F.selu, gain=1.0, first=True, power=1, known=True):
    """A function of a scale that follows the spread of a signal through 40 layers."""

    def follow(scale):
        signal = (scale if known else 1) * torch.randn(200, 300)
        found = [signal.std().item() ** power] if first else []
        for _ in range(40):
            signal = f(signal @ torch.randn(300, 300) * gain / 300**0.5)
            found.append(signal.std().item() ** power)
        return found

    return follow


def as_tensor(scale):
    return torch.tensor(spreads()(scale))


def ones(scale):
    return [1.0] * 41


def nothing_but_scale(scale):
    return [scale] * 41


def zeros(scale):
    return [0.0] * 41


RIGHT = {
    "different_rows": [((1, 64, 2),), ([1, 64, 2],), (torch.tensor([1.0, 64, 2]),)],
    "silu_slope": [(silu,), (silu_with_grad,), (silu_as_numpy,)],
    "gelu_slope": [(gelu,)],
    "convolutional_net": [(net_of(right_std),), (flat_net,)],
    "left_out": [((-7, 20),), ([-100.0, 20.0],), (torch.tensor([-8, 20]),)],
    "selu_spreads": [(spreads(),), (as_tensor,)],
    "selu_normalises": [("b",), ("B",)],
}

WRONG = {
    "different_rows": {
        "two numbers": (((1, 64),), "give three numbers, not 2"),
        "every pixel": (((784, 64, 2),), "784 of them is not possible"),
        "a half": (((1, 64, 0.5),), "0.5 of them is not possible"),
        "all learn to differ": (((64, 64, 64),), "how would two equal units ever"),
        "one an output": (((10, 64, 2),), "not one for each output"),
        "halves in a": (((2, 64, 2),), "a: every unit gets the same input"),
        "nothing breaks": (((1, 1, 2),), "through its outgoing weights"),
        "ten in b": (((1, 10, 2),), "outgoing weights of its own"),
        "one in c": (((1, 64, 1),), "different incoming weights"),
        "all in c": (((1, 64, 64),), "compare rows 0 and 1"),
        "halves in c": (((1, 64, 32),), "which rows begin equal"),
    },
    "silu_slope": {
        "the function": ((F.silu,), "the function itself"),
        "one term": ((torch.sigmoid,), "the second factor changes with x, too"),
        "the other term": (
            (lambda x: silu(x) - x.sigmoid(),),
            "the factor x has a slope as well",
        ),
        "the sigmoid's": (
            (lambda x: x.sigmoid() * (1 - x.sigmoid()),),
            "the slope of the second factor alone",
        ),
        "no x": (
            (lambda x: x.sigmoid() * (2 - x.sigmoid()),),
            "in the second term the factor x is missing",
        ),
        "minus": ((lambda x: 2 * x.sigmoid() - silu(x),), "the wrong sign"),
        "p for its slope": (
            (lambda x: x.sigmoid() * (1 + x),),
            "it needs its slope",
        ),
        "1 − p for its slope": (
            (lambda x: x.sigmoid() + x * (1 - x.sigmoid()),),
            "lacks one of its factors",
        ),
        "zeros": ((torch.zeros_like,), "every number of yours is 0"),
        "a sum": ((lambda x: silu(x).sum(),), "the shape (), not (5, 10)"),
    },
    "gelu_slope": {
        "the function": ((F.gelu,), "the function itself"),
        "one term": ((share,), "the second factor changes with x, too"),
        "the other term": ((lambda x: x * bell(x),), "the factor x has a slope"),
        "the bell": ((bell,), "the slope of the second factor alone"),
        "no x": ((lambda x: share(x) + bell(x),), "the factor x is missing"),
        "minus": ((lambda x: share(x) - x * bell(x),), "the wrong sign"),
        "no constant": (
            (lambda x: share(x) + x * torch.exp(-x * x / 2),),
            "its area must be 1",
        ),
        "by tanh": ((gelu_by_tanh,), "approximation by tanh"),
        "of SiLU": ((silu,), "values are off by"),
    },
    "convolutional_net": {
        "still linear": ((linear_net,), "no Conv2d"),
        "a list": ((as_list,), "returned a list"),
        "channels alone": ((net_of(lambda g: g / 4),), "your n is 16"),
        "pixels alone": ((net_of(lambda g: g / 3),), "your n is 9"),
        "the old width": ((net_of(lambda g: g / 8),), "your n is 64"),
        "no root": ((net_of(lambda g: g / 144),), "not by its root"),
        "PyTorch's": ((net_of(None),), "PyTorch's own"),
        "no gain": ((net_of(lambda g: 2**0.5 / 12),), "Kaiming's whatever the gain"),
        "far too wide": ((net_of(lambda g: 5 * g),), "60 times too far"),
        "squared": ((net_of(lambda g: g**2 / 12),), "the square of the gain"),
        "biases": ((net_of(right_std, bias=1.0),), "the biases must start at 0"),
        "one more": ((net_of(right_std, more=1),), "your net has 21 convolutions"),
        "no padding": ((net_of(right_std, padding=0),), "does not take 16 channels"),
        "too much padding": ((net_of(right_std, padding=2),), "the size must stay"),
        "another window": (
            (net_of(right_std, window=5, padding=2),),
            "3 × 3 pixels",
        ),
        "64 channels": (
            (net_of(right_std, channels=64),),
            "does not take 16 channels",
        ),
        "its own tanh": ((net_of(right_std, bend=False),), "is used 0 times"),
    },
    "left_out": {
        "three numbers": (((-7, 20, 1),), "give two numbers, not 3"),
        "the article's side": (((7, 20),), "of which the article speaks"),
        "the middle": (((0, 20),), "slope is 0.250"),
        "not far enough": (((-5, 20),), "slope is 0.007"),
        "a factor": (((-7, 0.5**0.5),), "what one layer leaves"),
        "halves": (((-7, 10),), "half of the *squares*"),
        "too few": (((-7, 19),), "one layer too few"),
        "too many": (((-7, 21),), "one layer fewer does it"),
        "far too few": (((-7, 4),), "after 4 layers 0.25"),
        "far too many": (((-7, 100),), "fewer than 100 layers"),
    },
    "selu_spreads": {
        "ReLU": ((spreads(F.relu),), "ReLU's signal"),
        "ELU": ((spreads(F.elu),), "ELU's signal"),
        "no activation": ((spreads(lambda x: x),), "no SELU is there"),
        "Kaiming": ((spreads(gain=2**0.5),), "Kaiming's; SELU wants 1"),
        "PyTorch's": ((spreads(gain=3**-0.5),), "PyTorch's own start"),
        "not divided": ((spreads(gain=300**0.5),), "nan or inf"),
        "no input": ((spreads(first=False),), "the first is the input's"),
        "the end alone": ((lambda s: spreads()(s)[-1],), "1 numbers, not 41"),
        "variances": ((spreads(power=2),), "these are the variances"),
        "no scale": ((spreads(known=False),), "ignores the scale"),
        "ones": ((ones,), "ignores the scale"),
        "the scale": ((nothing_but_scale,), "no SELU is there"),
        "too loud": ((lambda s: spreads()(3 * s),), "your first number is 3"),
        "tanh": ((spreads(torch.tanh),), "after 10 layers"),
        "zeros": ((zeros,), "not positive"),
    },
    "selu_normalises": {
        "each one does": (("a",), "F.selu(10 * x) with F.selu(x)"),
        "the weights do": (("c",), "with ReLU in the place"),
        "keeps every scale": (("d",), "also for negative numbers"),
        "another letter": (("e",), "none of a, b, c, d"),
        "a word": (("yes",), "none of a, b, c, d"),
    },
}
