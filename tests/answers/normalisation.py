"""Right and wrong answers to the exercises of `notebooks/06-normalisation.ipynb`."""

import copy
import math

import torch
from torch import nn

SCALE, SHIFT = ["F.normalize", "layer norm"], ["softmax", "layer norm"]
KEPT = ("stride", "padding", "dilation", "groups", "padding_mode")


def folded(conv, bn, *, without=(), weight=None, bias=None):
    """The right fold, but for the settings, the weight or the bias that are given."""
    settings = {name: getattr(conv, name) for name in KEPT if name not in without}
    one = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, **settings)
    scale = bn.weight / (bn.running_var + bn.eps).sqrt()
    own = 0 if conv.bias is None else conv.bias
    right = conv.weight * scale[:, None, None, None]
    one.weight.data = right if weight is None else weight
    one.bias.data = (own - bn.running_mean) * scale + bn.bias if bias is None else bias
    return one


def scale_of(bn):
    return bn.weight / (bn.running_var + bn.eps).sqrt()


def by_pictures(conv, bn):
    """Fold by what comes out for zeros, and for the convolution's own weights."""
    shift = bn(torch.zeros(1, 6, 1, 1).double()).flatten()
    scale = bn(torch.ones(1, 6, 1, 1).double()).flatten() - shift
    one = copy.deepcopy(conv)
    own = 0 if conv.bias is None else conv.bias
    one.weight.data *= scale[:, None, None, None]
    one.bias = nn.Parameter(own * scale + shift)
    return one


def without_beta(conv, bn):
    bn.bias.data.zero_()
    return folded(conv, bn)


def without_gamma(conv, bn):
    bn.weight.data.fill_(1.0)
    return folded(conv, bn)


def without_mean(conv, bn):
    bn.running_mean.zero_()
    return folded(conv, bn)


def without_eps(conv, bn):
    bn.eps = 0.0
    return folded(conv, bn)


def by_variance(conv, bn):
    bn.running_var.copy_((bn.running_var + bn.eps) ** 2 - bn.eps)
    return folded(conv, bn)


def mean_not_scaled(conv, bn):
    own = 0 if conv.bias is None else conv.bias
    return folded(conv, bn, bias=own * scale_of(bn) - bn.running_mean + bn.bias)


def bias_lost(conv, bn):
    return folded(conv, bn, bias=bn.bias - bn.running_mean * scale_of(bn))


def bias_not_scaled(conv, bn):
    own = 0 if conv.bias is None else conv.bias
    return folded(conv, bn, bias=own + bn.bias - bn.running_mean * scale_of(bn))


def needs_a_bias(conv, bn):
    return folded(conv, bn, bias=(conv.bias - bn.running_mean) * scale_of(bn) + bn.bias)


def in_place(conv, bn):
    conv.weight.data *= scale_of(bn)[:, None, None, None]
    return folded(conv, bn, weight=conv.weight)


def along_the_row(conv, bn):
    return folded(conv, bn, weight=conv.weight * scale_of(bn)[None, None, None, :])


class Averaging(nn.Module):
    """The right edit; its attributes make the wrong ones."""

    late, biased, in_evaluation, always = 0, False, False, None

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum, self.batches = eps, momentum, 0
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def share(self):
        share = self.always if self.always is not None else self.momentum
        return 1 / (self.batches + self.late) if share is None else share

    def forward(self, x):
        self.batches += self.training or self.in_evaluation
        if self.training:
            mean = x.mean(dim=(0, 2, 3))
            var = x.var(dim=(0, 2, 3), correction=0)
            tracked = var if self.biased else x.var(dim=(0, 2, 3))
            with torch.no_grad():
                self.running_mean += self.share() * (mean - self.running_mean)
                self.running_var += self.share() * (tracked - self.running_var)
        else:
            mean, var = self.running_mean, self.running_var
        scale = self.weight / (var + self.eps).sqrt()
        return (
            scale[:, None, None] * (x - mean[:, None, None]) + self.bias[:, None, None]
        )


class Inheriting(Averaging):
    """A right edit from outside."""


class CountsTheStart(Averaging):
    late = 1


class KeepsTheLast(Averaging):
    def share(self):
        return 1 if self.momentum is None else self.momentum


class StillATenth(Averaging):
    def share(self):
        return 0.1


class OverN(Averaging):
    biased = True


class CountsEvaluation(Averaging):
    in_evaluation = True


class NotEdited(Averaging):
    def share(self):
        return self.momentum * 1.0


class AlwaysAverages(Averaging):
    def share(self):
        return 1 / self.batches


class OtherOutputs(Averaging):
    def forward(self, x):
        return super().forward(x) + 1


def in_a_loop(losses):
    largest = 0.0
    for rate, ends in losses.items():
        if sum(loss < 1 for loss in ends) == len(ends) and rate > largest:
            largest = rate
    return largest


def by_any(losses):
    works = [rate for rate, ends in losses.items() if min(ends) < 1]
    return max(works, default=0.0)


def by_mean(losses):
    works = [rate for rate, ends in losses.items() if sum(ends) / len(ends) < 1]
    return max(works, default=0.0)


def by_max(losses):
    works = [rate for rate, ends in losses.items() if max(ends) < 1]
    return max(works, default=0.0)


def by_not_above(losses):
    works = [rate for rate, e in losses.items() if not any(loss >= 1 for loss in e)]
    return max(works, default=0.0)


def last_of(losses):
    works = [rate for rate, ends in losses.items() if all(x < 1 for x in ends)]
    return works[-1] if works else 0.0


def until_it_fails(losses):
    largest = 0.0
    for rate in sorted(losses):
        if not all(loss < 1 for loss in losses[rate]):
            break
        largest = rate
    return largest


def smallest(losses):
    works = [rate for rate, ends in losses.items() if all(x < 1 for x in ends)]
    return min(works, default=0.0)


def the_loss(losses):
    return max(loss for ends in losses.values() for loss in ends)


def without_default(losses):
    return max(rate for rate, ends in losses.items() if all(x < 1 for x in ends))


def divided(x, dim=0, correction=0, power=0.5):
    return x / (x.var(dim, correction=correction, keepdim=True) + 1e-5) ** power


def root(x):
    return (x.square().mean(0) - x.mean(0) ** 2 + 1e-5).sqrt()


def both(x):
    return divided(x - x.mean(0))


def by_length(x):
    return x / x.norm(dim=0)


def one_mean(x):
    return x - x.mean()


def one_variance(x):
    return x / (x.var(correction=0) + 1e-5).sqrt()


RIGHT = {
    "forgets": [
        (SCALE, SHIFT),
        (set(SCALE), tuple(SHIFT)),
        (SCALE[::-1], iter(SHIFT)),
    ],
    "fold_norm": [(folded,), (by_pictures,)],
    "averaging_norm": [(Averaging,), (Inheriting,)],
    "largest_rate": [(in_a_loop,), (lambda losses: torch.tensor(in_a_loop(losses)),)],
    "times_larger": [(50,), (1.0 / 0.02,), (torch.tensor(50.0),)],
    "mean_only": [(lambda x: x - x.mean(0),), (lambda x: both(x) * root(x),)],
    "variance_only": [(divided,), (lambda x: x / root(x),)],
    "halves_learn": [("b",), ("B)",)],
    "dropout_floor": [(0.75 * math.log(2),), (0.52,)],
}

WRONG = {
    "forgets": {
        "ReLU": ((["ReLU", *SCALE], SHIFT), "ReLU of 10x is not ReLU of x"),
        "LRN": (([*SCALE, "LRN"], SHIFT), "LRN of 10x is not LRN of x"),
        "softmax": (([*SCALE, "softmax"], SHIFT), "softmax of 10x is not"),
        "the length": ((SCALE, [*SHIFT, "F.normalize"]), "F.normalize of x + 10"),
        "exchanged": ((SHIFT, SCALE), "softmax of 10x"),
        "one only": ((["layer norm"], SHIFT), "forget 10x, some are missing"),
        "none": ((SCALE, []), "forget x + 10, some are missing"),
        "misspelt": ((["relu"], SHIFT), "'relu' is none of"),
        "one string": (("layer norm", SHIFT), "give two lists of names"),
    },
    "fold_norm": {
        "the stride": (
            (lambda c, b: folded(c, b, without=["stride"]),),
            "yours has stride=",
        ),
        "the padding": (
            (lambda c, b: folded(c, b, without=["padding"]),),
            "yours has padding=",
        ),
        "the dilation": (
            (lambda c, b: folded(c, b, without=["dilation"]),),
            "with dilation=(1, 2) yours has dilation=(1, 1)",
        ),
        "the groups": (
            (lambda c, b: folded(c, b, without=["groups"]),),
            "yours has groups=",
        ),
        "the padding mode": (
            (lambda c, b: folded(c, b, without=["padding_mode"]),),
            "yours has padding_mode=zeros",
        ),
        "no bias": ((needs_a_bias,), "bias=False your function raised TypeError"),
        "the bias": ((bias_lost,), "the convolution's bias is lost"),
        "the bias as it is": ((bias_not_scaled,), "bias is not scaled"),
        "beta": ((without_beta,), "is beta missing?"),
        "gamma": ((without_gamma,), "is gamma missing?"),
        "the mean": ((without_mean,), "is the running mean missing?"),
        "the mean as it is": ((mean_not_scaled,), "running mean is not scaled"),
        "eps": ((without_eps,), "where is eps?"),
        "the variance": ((by_variance,), "not by its root"),
        "the given weights": ((in_place,), "changes the convolution"),
        "the wrong axis": ((along_the_row,), "your function raised RuntimeError"),
        "no norm": ((lambda c, b: c,), "without the batch norm"),
        "a chain": ((nn.Sequential,), "returned a model; return one nn.Conv2d"),
    },
    "averaging_norm": {
        "not edited": ((NotEdited,), "momentum=None your function raised TypeError"),
        "the last": ((KeepsTheLast,), "that of the last batch"),
        "the start": ((CountsTheStart,), "counts its start at 0"),
        "a tenth": ((StillATenth,), "still moves by a tenth"),
        "over n": ((OverN,), "running variance is over n"),
        "evaluation": ((CountsEvaluation,), "counts a batch in evaluation"),
        "always": (
            (AlwaysAverages,),
            "momentum=0.1, as before: the running mean is that of the last",
        ),
        "outputs": ((OtherOutputs,), "in step 0"),
        "PyTorch's": ((nn.BatchNorm2d,), "that is PyTorch's"),
        "a layer": ((Averaging(3),), "you gave a layer; give its class"),
        "a number": ((3,), "you gave an int; give the class"),
    },
    "largest_rate": {
        "any": ((by_any,), "a seed that fails you return 0.2"),
        "the mean": ((by_mean,), "with a seed above you return 0.2"),
        "the largest loss": ((by_max,), "nan last you return 0.2"),
        "none above": ((by_not_above,), "nan last you return 0.2"),
        "the last": ((last_of,), "in no order you return 0.01"),
        "until it fails": ((until_it_fails,), "a gap between you return 0.1"),
        "the smallest": ((smallest,), "you return 0.1; a larger rate works"),
        "a loss": ((the_loss,), "0.9, which is none of the rates"),
        "no default": ((without_default,), "no rate that works your function raised"),
    },
    "times_larger": {
        "the plain rate": ((0.02,), "the rate of the plain net"),
        "the other rate": ((1,), "the rate with batch norm"),
        "the difference": ((0.98,), "the difference"),
        "the other way round": ((1 / 50,), "the rate of the plain net"),
        "one seed": ((2 / 0.1,), "every seed must end below 1"),
        "far off": ((1000,), "not 1000 times"),
    },
    "mean_only": {
        "nothing": ((lambda x: x,), "the batch itself"),
        "both": ((both,), "subtract and divide"),
        "the other": ((divided,), "the other half"),
        "each picture": ((lambda x: x - x.mean(1, keepdim=True),), "each picture's"),
        "one mean": ((one_mean,), "one number for all channels"),
        "the mean": ((lambda x: x.mean(0),), "the shape"),
        "added": ((lambda x: x + x.mean(0),), "off by up to"),
    },
    "variance_only": {
        "nothing": ((lambda x: x,), "the batch itself"),
        "both": ((both,), "subtract and divide"),
        "the other": ((lambda x: x - x.mean(0),), "the other half"),
        "each picture": ((lambda x: divided(x, 1),), "each picture's"),
        "one variance": ((one_variance,), "one number for all channels"),
        "the variance": ((lambda x: divided(x, power=1),), "not by its root"),
        "over n - 1": ((lambda x: divided(x, 0, 1),), "over n - 1"),
        "the length": ((by_length,), "off by up to"),
    },
    "halves_learn": {
        "a": (("a",), "from the default start"),
        "c": (("c",), "look at rate 1"),
        "d": (("d",), "both halves learn"),
        "e": (("e",), "none of a, b, c, d"),
        "two": (("bc",), "none of a, b, c, d"),
    },
    "dropout_floor": {
        "zero": ((0,), "0 needs logits"),
        "all": ((math.log(2),), "no picture at all got through"),
        "one layer": ((math.log(2) / 2,), "one of the two layers"),
        "the rest": ((math.log(2) / 4,), "which do get through"),
        "the share": ((0.75,), "what does each of these"),
        "ten classes": ((0.75 * math.log(10),), "two classes"),
        "any": ((3,), "not 3: which share"),
    },
}
