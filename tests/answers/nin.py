"""Right and wrong answers to the exercises of `notebooks/24-nin.ipynb`."""

import torch
import torch.nn.functional as F
from torch import nn

from d2lmini.models.nin import conv_relu, nin_block


def by_matmul(x, weight, bias):
    return (weight @ x.flatten(2) + bias[:, None]).reshape(
        len(x), len(weight), *x.shape[2:]
    )


def by_permute(x, weight, bias):
    return (x.permute(0, 2, 3, 1) @ weight.T + bias).permute(0, 3, 1, 2)


def lost_going_in(x, weight, bias):
    n, c, h, w = x.shape
    return F.linear(x.reshape(n, h, w, c), weight, bias).permute(0, 3, 1, 2)


def lost_coming_back(x, weight, bias):
    n, _, h, w = x.shape
    return F.linear(x.permute(0, 2, 3, 1), weight, bias).reshape(n, -1, h, w)


def lost_twice(x, weight, bias):
    n, c, h, w = x.shape
    return F.linear(x.reshape(n, h, w, c), weight, bias).reshape(n, -1, h, w)


def merge(conv, pointwise):
    mix = pointwise.weight.flatten(1)
    weight = torch.tensordot(mix, conv.weight, dims=1)
    return weight, mix @ conv.bias + pointwise.bias


def merge_by_loop(conv, pointwise):
    mix = pointwise.weight[:, :, 0, 0]
    kernels = [
        sum(m * kernel for m, kernel in zip(row, conv.weight, strict=True))
        for row in mix
    ]
    biases = [row @ conv.bias + b for row, b in zip(mix, pointwise.bias, strict=True)]
    return torch.stack(kernels), torch.stack(biases)


def merge_with_bias(bias):
    return lambda conv, pointwise: (merge(conv, pointwise)[0], bias(conv, pointwise))


def deep(i, o, k, stride=1, padding=0, batch_norm=False, last_relu=True, depth=2):
    layers = [conv_relu(i, o, k, stride, padding, batch_norm)]
    layers += [conv_relu(o, o, 1, batch_norm=batch_norm) for _ in range(depth)]
    if not last_relu:
        layers[-1] = layers[-1][0]
    return nn.Sequential(*layers)


def deep_flat(i, o, k, stride=1, padding=0, batch_norm=False, last_relu=True, depth=2):
    layers = []
    for n in range(depth + 1):
        layers.append(
            nn.Conv2d(i, o, k, stride, padding) if n == 0 else nn.Conv2d(o, o, 1)
        )
        if n < depth or last_relu:
            layers += [nn.BatchNorm2d(o)] * batch_norm + [nn.ReLU()]
    return nn.Sequential(*layers)


def depth_counts_all(i, o, k, stride=1, padding=0, depth=2, **how):
    return deep(i, o, k, stride, padding, depth=depth - 1, **how)


def one_at_least(i, o, k, stride=1, padding=0, depth=2, **how):
    return deep(i, o, k, stride, padding, depth=max(depth, 1), **how)


def by_default_three(i, o, k, stride=1, padding=0, depth=3, **how):
    return deep(i, o, k, stride, padding, depth=depth, **how)


def ignores_relu(i, o, k, stride=1, padding=0, last_relu=True, depth=2, **how):
    return deep(i, o, k, stride, padding, depth=depth, **how)


def ignores_norm(i, o, k, stride=1, padding=0, batch_norm=False, **how):
    return deep(i, o, k, stride, padding, **how)


def keeps_norm(i, o, k, stride=1, padding=0, batch_norm=False, last_relu=True, depth=2):
    block = deep(i, o, k, stride, padding, batch_norm, True, depth)
    if not last_relu:
        del block[-1][-1]
    return block


def no_stride(i, o, k, stride=1, padding=0, **how):
    return deep(i, o, k, 1, padding, **how)


def window_everywhere(i, o, k, stride=1, padding=0, depth=2, **how):
    block = deep(i, o, k, stride, padding, depth=depth, **how)
    block.append(nn.Conv2d(o, o, 3, padding=1))
    return block


def relu_first(i, o, k, stride=1, padding=0, batch_norm=False, **how):
    block = deep(i, o, k, stride, padding, batch_norm, **how)
    block.insert(0, nn.ReLU())
    return block


def norm_behind(i, o, k, stride=1, padding=0, batch_norm=False, **how):
    block = deep(i, o, k, stride, padding, batch_norm, **how)
    for layers in block:
        if batch_norm and isinstance(layers, nn.Sequential):
            layers[1], layers[2] = layers[2], layers[1]
    return block


def lifted(logits):
    return logits - logits.min(dim=1, keepdim=True).values


def lifted_by_all(logits):
    return logits - logits.min()


def lifted_high(logits):
    return logits + logits.abs().max() + 1


def maps(features, weight, bias, size, **how):
    class_maps = F.conv2d(features, weight[:, :, None, None], bias)
    return F.interpolate(class_maps, size=size, **(how or {"mode": "bilinear"}))


def maps_lost(features, weight, bias, size):
    n, _, h, w = features.shape
    class_maps = (features.movedim(1, 3) @ weight.T + bias).reshape(n, -1, h, w)
    return F.interpolate(class_maps, size=size, mode="bilinear")


def maps_by_hand(features, weight, bias, size):
    large = F.interpolate(features, size=size, mode="bilinear")  # both are linear
    return (large.movedim(1, 3) @ weight.T + bias).movedim(3, 1)


row, pixel = nn.Conv2d(4, 4, (1, 3), padding=(0, 1)), nn.Conv2d(4, 4, 1)
column = nn.Conv2d(4, 4, (3, 1), padding=(1, 0))

RIGHT = {
    "pointwise_by_hand": [(by_matmul,), (by_permute,)],
    "merged": [(merge,), (merge_by_loop,)],
    "deep_block": [(deep,), (deep_flat,)],
    "wrong_statement": [("b",), (" B) ",), ("b:",)],
    "who_notices": [
        (row, pixel),
        (column, pixel),
        (nn.Conv2d(4, 4, 3, padding=1), pixel),
    ],
    "never_negative": [(lifted,), (lifted_by_all,), (lifted_high,)],
    "why_harm": [("c",), (" C) ",), ("c:",)],
    "activation_maps": [(maps,), (maps_by_hand,)],
}

WRONG = {
    "pointwise_by_hand": {
        "in": ((lost_going_in,), "lost on the way in"),
        "back": ((lost_coming_back,), "lost on the way back"),
        "both": ((lost_twice,), "neither on the way in nor back"),
        "no bias": ((lambda x, w, b: by_matmul(x, w, 0 * b),), "the bias is missing"),
        "channels last": (
            (lambda x, w, b: F.linear(x.movedim(1, 3), w, b),),
            "still on the last axis",
        ),
        "on the last axis": ((F.linear,), "raised RuntimeError"),
        "zeros": ((lambda x, w, b: 0 * by_matmul(x, w, b),), "every number of yours"),
        "the input": ((lambda x, w, b: x,), "your function returned the shape"),
        "open": ((lambda x, w, b: print(end=""),), "is a return missing?"),
    },
    "merged": {
        "one bias": ((merge_with_bias(lambda c, p: p.bias),), "goes through its"),
        "the other bias": (
            (merge_with_bias(lambda c, p: p.weight.flatten(1) @ c.bias),),
            "the bias of the 1 × 1 layer is missing",
        ),
        "no bias": (
            (merge_with_bias(lambda c, p: torch.zeros(len(p.bias))),),
            "there is no bias yet",
        ),
        "the weight only": ((lambda c, p: merge(c, p)[0],), "return two things"),
        "the first": ((lambda c, p: (c.weight, c.bias),), "the shape"),
        "zeros": (
            (lambda c, p: (0 * merge(c, p)[0], merge(c, p)[1]),),
            "every number of yours is 0",
        ),
        "doubled": (
            (lambda c, p: (2 * merge(c, p)[0], merge(c, p)[1]),),
            "values are off by",
        ),
        "the bias of the first": (
            (merge_with_bias(lambda c, p: c.bias),),
            "your function returned the shape",
        ),
    },
    "deep_block": {
        "as it was": ((nin_block,), "raised TypeError"),
        "counts all": ((depth_counts_all,), "there are 1 1 × 1 layers"),
        "one at least": ((one_at_least,), "a 1 × 1 layer too many"),
        "another default": ((by_default_three,), "there are 3 1 × 1 layers"),
        "ReLU stays": ((ignores_relu,), "the block ends in ReLU"),
        "no norm": ((ignores_norm,), "there are 0 batch norms"),
        "norm stays": ((keeps_norm,), "the block ends in BatchNorm2d"),
        "no stride": ((no_stride,), "12 × 12 becomes (2, 5, 12, 12)"),
        "one more": ((window_everywhere,), "there are 4 convolutions"),
        "ReLU in front": ((relu_first,), "there are 4 ReLUs"),
        "norm behind": ((norm_behind,), "in another order"),
        "a list": ((lambda *a, **k: [],), "you return a list"),
        "no return": ((lambda *a, **k: None,), "is a return missing?"),
        "a block": ((3,), "you gave an int; give a function"),
    },
    "wrong_statement": {
        "pooling": (("a",), "one number for each map"),
        "classes": (("c",), "as many channels as there are classes"),
        "perceptron": (("d",), "are one, at every pixel"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "a number": ((2,), "2 is none of"),
    },
    "who_notices": {
        "the other way": ((pixel, row), "the first layer does not notice"),
        "both": ((row, row), "the second layer notices"),
        "neither": ((pixel, pixel), "the first layer does not notice"),
        "another line": ((row, column), "the second layer notices"),
        "a line": ((column, row), "the second layer notices"),
        "no padding": ((nn.Conv2d(4, 4, (1, 3)), pixel), "keep the shape"),
        "one line": ((nn.Conv1d(4, 4, 3, padding=1), pixel), "raised RuntimeError"),
        "ReLU": ((row, nn.ReLU()), "must mix all 4 channels"),
        "depthwise": ((row, nn.Conv2d(4, 4, 1, groups=4)), "must mix all 4 channels"),
        "other channels": ((nn.Conv2d(3, 3, 1), pixel), "raised RuntimeError"),
        "words": (("1 × 3", "1 × 1"), "the first is a str"),
    },
    "never_negative": {
        "relu": ((torch.relu,), "that is a ReLU"),
        "softmax": ((lambda x: x.softmax(dim=1),), "of them again"),
        "absolute": ((torch.abs,), "a strong no a strong yes"),
        "exp": ((torch.exp,), "changes the differences"),
        "as they are": ((lambda x: x,), "is below zero"),
        "a constant": ((lambda x: x + 100,), "how far below may a logit be?"),
        "zeros": ((lambda x: 0 * x,), "every score of yours is 0"),
        "scaled": ((lambda x: 2 * lifted(x),), "the probabilities differ"),
        "by column": (
            (lambda x: x - x.min(dim=0, keepdim=True).values,),
            "the probabilities differ",
        ),
        "the minimum": ((lambda x: x.min(dim=1).values,), "the shape"),
    },
    "why_harm": {
        "apart": (("a",), "as far apart"),
        "uniform": (("b",), "every softmax is possible"),
        "negative": (("d",), "only the differences"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "a number": ((3,), "3 is none of"),
    },
    "activation_maps": {
        "no bias": ((lambda x, w, b, s: maps(x, w, 0 * b, s),), "the bias is missing"),
        "small": ((lambda x, w, b, s: maps(x, w, b, x.shape[2:]),), "enlarge them"),
        "nearest": (
            (lambda x, w, b, s: maps(x, w, b, s, mode="nearest"),),
            "not bilinear",
        ),
        "corners": (
            (lambda x, w, b, s: maps(x, w, b, s, mode="bilinear", align_corners=True),),
            "corners are aligned",
        ),
        "relu": (
            (
                lambda x, w, b, s: F.interpolate(
                    maps(x, w, b, x.shape[2:]).relu(), size=s, mode="bilinear"
                ),
            ),
            "a ReLU is too much",
        ),
        "relu behind": ((lambda x, w, b, s: maps(x, w, b, s).relu(),), "enlarging is"),
        "back": ((maps_lost,), "lost on the way back"),
        "logits": (
            (lambda x, w, b, s: F.linear(x.mean(dim=(2, 3)), w, b),),
            "those are the logits",
        ),
        "one class": ((lambda x, w, b, s: maps(x, w, b, s)[:, :1],), "the shape"),
        "features": ((lambda x, w, b, s: x,), "the shape"),
        "zeros": ((lambda x, w, b, s: 0 * maps(x, w, b, s),), "every number of yours"),
    },
}
