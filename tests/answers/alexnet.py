"""Right and typical wrong answers to the exercises of `notebooks/22-alexnet.ipynb`."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


def ungroup(weight, groups):
    out, own = weight.shape[:2]
    wide = torch.zeros(out, own * groups, *weight.shape[2:])
    for group, rows in enumerate(torch.arange(out).chunk(groups)):
        wide[rows, group * own : (group + 1) * own] = weight[rows]
    return wide


def ungroup_by_impulses(weight, groups):
    own, k = weight.shape[1:3]
    impulses = torch.zeros(own * groups, own * groups, 2 * k - 1, 2 * k - 1)
    for channel in range(own * groups):
        impulses[channel, channel, k - 1, k - 1] = 1
    return F.conv2d(impulses, weight, groups=groups).flip(2, 3).transpose(0, 1)


def in_turns(weight, groups):
    wide = ungroup(weight, groups).unflatten(1, (groups, -1))
    return wide.transpose(1, 2).flatten(1, 2)


def to_the_last(weight, groups):
    return ungroup(weight.flip(0), groups).flip(0)


def to_the_first(weight, groups):
    own = weight.shape[1]
    return F.pad(weight, (0, 0, 0, 0, 0, own * (groups - 1)))


def layers(*names, rate=0.5, widths=(48, 32, 32, 10)):
    """A classifier from its layers' names."""
    pairs = itertools.pairwise(widths)
    make = {
        "linear": lambda: nn.Linear(*next(pairs)),
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "dropout": lambda: nn.Dropout(rate),
        "dropout1d": lambda: nn.Dropout1d(rate),
    }
    return nn.Sequential(*[make[name]() for name in names])


STEP = ("linear", "relu", "dropout")
EARLY = ("linear", "dropout", "relu")


def crops(pictures, size):
    down, right = (length - size for length in pictures.shape[2:])
    places = [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]
    return torch.stack(
        [pictures[..., y : y + size, x : x + size] for y, x in places], 1
    )


def ten(pictures, size):
    five = crops(pictures, size)
    return torch.cat([five, five.flip(4)], dim=1)


def in_turn(pictures, size):
    five = crops(pictures, size)
    return torch.stack([five, five.flip(4)], dim=2).flatten(1, 2)


def top_to_bottom(pictures, size):
    five = crops(pictures, size)
    return torch.cat([five, five.flip(3)], dim=1)


def moved(pictures, size):
    five = crops(pictures.roll(1, dims=3), size)
    return torch.cat([five, five.flip(4)], dim=1)


def twin(pairs):
    last, found = len(pairs) - 1, []
    for number, (weight, bias) in enumerate(pairs):
        if number > 0:  # tanh(z) = 2 · sigmoid(2z) - 1
            weight, bias = 2 * weight, bias - weight.sum(dim=1)
        if number < last:
            weight, bias = 2 * weight, 2 * bias
        found.append((weight, bias))
    return found


def without_biases(pairs):
    return [
        (weight, bias)
        for (weight, _), (_, bias) in zip(twin(pairs), pairs, strict=True)
    ]


def doubled(pairs):
    return [(2 * weight, 2 * bias) for weight, bias in pairs]


def doubled_but_the_last(pairs):
    return [*doubled(pairs[:-1]), pairs[-1]]


RIGHT = {
    "smallest_picture": [(67,), (67.0,), (torch.tensor(67),)],
    "ungrouped": [(ungroup,), (ungroup_by_impulses,)],
    "papers_dropout": [(layers(*STEP, *STEP, "linear"),)],
    "article_alexnet": [((0, 0, 187.06),), ([0, 0, 187],)],
    "crops_of": [(2178,), (2 * 33 * 33,)],
    "ten_crops": [(ten,), (in_turn,)],
    "sigmoid_twin": [(twin,), (lambda pairs: tuple(twin(pairs)),)],
}

WRONG = {
    "smallest_picture": {
        "with the border": ((63,), "63 is the smallest with a border of 2"),
        "subtracted": ((59,), "the picture must be larger"),
        "one too few": ((66,), "one too few"),
        "the border twice": ((71,), "is 4 pixels, not 8"),
        "one side": ((65,), "on both sides"),
        "the first window": ((11,), "the poolings want more"),
        "the last pooling": ((19,), "the last pooling needs 3"),
        "of the paper": ((227,), "and so are fewer"),
        "far too few": ((32,), "too few"),
        "a half": ((66.5,), "no whole number"),
        "text": (("67 pixels",), "you gave a str"),
    },
    "ungrouped": {
        "as it is": ((lambda w, groups: w,), "you return the same shape"),
        "repeated": ((lambda w, g: w.repeat(1, g, 1, 1),), "see nothing?"),
        "average": ((lambda w, g: w.repeat(1, g, 1, 1) / g,), "no average"),
        "the last": ((to_the_last,), "see the last inputs"),
        "the first": ((to_the_first,), "all outputs see the first group"),
        "in turns": ((in_turns,), "side by side"),
        "zeros": ((lambda w, g: 0 * ungroup(w, g),), "every number of yours is 0"),
        "outputs": ((lambda w, g: w.repeat(g, 1, 1, 1),), "returned the shape"),
        "a layer": ((lambda w, g: nn.Conv2d(2, 2, 3),), "a tensor of numbers"),
    },
    "papers_dropout": {
        "as it was": (
            (layers("dropout", "linear", "relu", "dropout", *STEP[:2], "linear"),),
            "the first dropout still meets the maps",
        ),
        "before the activation": (
            (
                layers(
                    "linear", "dropout", "relu", "linear", "dropout", "relu", "linear"
                ),
            ),
            "before a dropout comes Linear",
        ),
        "only one": ((layers(*STEP, *STEP[:2], "linear"),), "it has 1 dropout layers"),
        "three": (
            (layers(*STEP, *STEP, "linear", "dropout"),),
            "it has 3 dropout layers",
        ),
        "the logits": (
            (layers(*STEP, *STEP[:2], "linear", "dropout"),),
            "the last dropout erases logits",
        ),
        "of channels": (
            (layers(*STEP[:2], "dropout1d", *STEP[:2], "dropout1d", "linear"),),
            "is for maps",
        ),
        "another rate": ((layers(*STEP, *STEP, "linear", rate=0.2),), "0.5 was asked"),
        "wider": (
            (layers(*STEP, *STEP, "linear", widths=(48, 64, 32, 10)),),
            "the widths are [64, 32, 10]",
        ),
        "sigmoid": (
            (layers("linear", "sigmoid", "dropout", *STEP, "linear"),),
            "before a dropout comes Sigmoid",
        ),
        "two layers": ((layers(*STEP, "relu", "dropout", "linear"),), "move dropout"),
        "other inputs": (
            (layers(*STEP, *STEP, "linear", widths=(9216, 32, 32, 10)),),
            "on a vector of 48 numbers",
        ),
        "the function": ((layers,), "you gave a function; call"),
    },
    "article_alexnet": {
        "by the text": (((2, 2, 187),), "both dropouts stand in `linear`"),
        "one": (((1, 0, 187),), "there are not 1 dropouts"),
        "norms": (((0, 2, 187),), "both batch norms stand in `conv`"),
        "three norms": (((0, 3, 187),), "there are not 3 batch norms"),
        "a GB": (((0, 0, 1000),), "that is what the article says"),
        "parameters": (((0, 0, 46.8),), "in millions"),
        "double": (((0, 0, 374.1),), "not eight"),
        "half": (((0, 0, 93.5),), "not two"),
        "MiB": (((0, 0, 178.4),), "these are MiB"),
        "GB": (((0, 0, 0.187),), "give megabytes"),
        "the paper's": (((0, 0, 244),), "the network of 2012"),
        "linear only": (((0, 0, 172.2),), "the convolutions have"),
        "bytes": (((0, 0, 187_061_800),), "is above four bytes"),
        "less": (((0, 0, 120),), "is below four bytes"),
        "two numbers": (((0, 187),), "give three numbers, not 2"),
    },
    "crops_of": {
        "the paper's": ((2048,), "a window of 3 fit into a row of 5"),
        "not mirrored": ((1089,), "mirrored pictures count"),
        "the paper's, not mirrored": ((1024,), "without mirrored pictures"),
        "one axis": ((66,), "both axes"),
        "one axis, not mirrored": ((33,), "along two"),
        "four mirrors": ((4356,), "not four"),
        "few": ((10,), "is too few"),
        "many": ((65_536,), "is too many"),
    },
    "ten_crops": {
        "five": ((crops,), "the mirrored ones are missing"),
        "twice": ((lambda x, n: crops(x, n).repeat(1, 2, 1, 1, 1),), "not mirrored"),
        "top to bottom": ((top_to_bottom,), "the paper mirrors left to right"),
        "crops first": (
            (lambda x, n: ten(x, n).transpose(0, 1),),
            "come first",
        ),
        "the middle": (
            (lambda x, n: crops(x, n)[:, 4:].expand(-1, 10, -1, -1, -1),),
            "all ten are the middle",
        ),
        "moved": ((moved,), "missing or moved"),
        "pictures": ((lambda x, n: x,), "returned the shape"),
    },
    "sigmoid_twin": {
        "as it was": ((lambda pairs: pairs,), "the tanh network, now with a sigmoid"),
        "no biases": ((without_biases,), "the weights are right"),
        "doubled": ((doubled,), "it must stay as it is"),
        "doubled but the last": ((doubled_but_the_last,), "layer 2 of 2: the weight"),
        "one layer": ((lambda pairs: pairs[:1],), "you return 1 pairs"),
        "weights only": ((lambda pairs: [w for w, _ in pairs],), "among the pairs"),
        "a tensor": ((lambda pairs: torch.zeros(3),), "you return a tensor"),
        "one column": ((lambda pairs: [(w[:, :1], b) for w, b in pairs],), "the shape"),
    },
}
