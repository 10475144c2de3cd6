"""Right and wrong answers to the exercises of `notebooks/23-vgg.ipynb`."""

import math

import torch
from torch import nn

NUMBERS = 15.237608  # millions


def width_by(factor):
    """A function of channels and kernel size, from a factor of kernel size."""
    return lambda channels, size: round(channels * factor(size))


def equal(size):
    return math.sqrt(size**2 / (9 * ((size - 1) // 2)))


def block(edit=lambda conv: (1, 0) if conv == 3 else (3, 1), ceil=True, change=None):
    """A vgg_block whose convolutions have the sizes and paddings of `edit`."""

    def vgg_block(convs, in_channels, out_channels, batch_norm=False, ceil_mode=False):
        layers = []
        for conv in range(1, convs + 1):
            size, padding = edit(conv)
            layers.append(nn.Conv2d(in_channels, out_channels, size, padding=padding))
            if batch_norm:
                layers.append(nn.BatchNorm2d(out_channels))
            layers.append(nn.ReLU())
            in_channels = out_channels
        layers.append(nn.MaxPool2d(2, ceil_mode=ceil and ceil_mode))
        if change:
            change(layers)
        return nn.Sequential(*layers)

    return vgg_block


def last_is_small(convs, in_channels, out_channels, batch_norm=False, ceil_mode=False):
    model = block()(convs, in_channels, out_channels, batch_norm, ceil_mode)
    conv = model[-3 - batch_norm]
    model[-3 - batch_norm] = nn.Conv2d(conv.in_channels, out_channels, 1)
    return model


def not_joined(layers):
    layers[0] = nn.Conv2d(4, 5, 3, padding=1)


def not_joined_later(layers):
    if len(layers) > 5:
        layers[0] = nn.Conv2d(4, 5, 3, padding=1)


def apart(weight, channels):
    return weight.reshape(len(weight), channels, 49)


RIGHT = {
    "equal_width": [
        (width_by(equal),),
        (lambda c, k: torch.tensor(c * equal(k)).round(),),
        (lambda c, k: round((k * k * c * c / (9 * (k // 2))) ** 0.5),),
    ],
    "block_c": [(block(),), (block(lambda n: [(3, 1), (3, 1), (1, 0)][n - 1]),)],
    "fold": [
        (lambda w, c: apart(w, c).sum(2),),
        (lambda w, c: torch.einsum("hcp->hc", apart(w, c)),),
        (lambda w, c: torch.stack([part.sum(1) for part in w.split(49, 1)], 1),),
    ],
    "kept_numbers": [(NUMBERS,), (15.2,), (torch.tensor(NUMBERS),), ([15.2],)],
    "article_depth": [(11,), (11.0,), (torch.tensor(11),)],
    "article_shapes": [
        (((64, 112, 112), (512, 7, 7)),),
        ([[64, 112, 112], torch.Size([512, 7, 7])],),
    ],
    "article_network": [("b",), (" B) ",), ("b:",)],
}

WRONG = {
    "equal_width": {
        "the same": ((lambda c, k: c,), "that is the width of the large layer"),
        "no root": ((width_by(lambda k: equal(k) ** 2),), "take a root"),
        "the wrong way": ((width_by(lambda k: 1 / equal(k)),), "the wrong way"),
        "one layer": ((width_by(lambda k: k / 3),), "of a single 3 × 3 layer"),
        "k layers": ((width_by(lambda k: k**0.5 / 3),), "see more than the large"),
        "a layer more": (
            (width_by(lambda k: k / 3 / math.sqrt((k + 1) // 2)),),
            "one layer too many",
        ),
        "cut": ((lambda c, k: int(c * equal(k)) - (k == 0),), "nearest whole number"),
        "not rounded": ((lambda c, k: c * equal(k),), "nearest whole number"),
        "more": ((lambda c, k: 5000,), "your stack has more weights"),
        "fewer": ((lambda c, k: 1,), "your stack has fewer weights"),
        "text": ((lambda c, k: "20",), "you gave a str"),
        "a number": ((20,), "you gave an int; give a function"),
    },
    "block_c": {
        "as it was": ((block(lambda n: (3, 1)),), "is still 3 × 3"),
        "the last of every block": ((last_is_small,), "only a third one should"),
        "all": ((block(lambda n: (1, 0)),), "only a third one should"),
        "the second": (
            (block(lambda n: (1, 0) if n == 2 else (3, 1)),),
            "only a third one should",
        ),
        "padded": (
            (block(lambda n: (1, 1) if n == 3 else (3, 1)),),
            "become 9 × 6, not 8 × 5: mind the padding",
        ),
        "no ceil_mode": ((block(ceil=False),), "ceil_mode no longer reaches"),
        "no pooling": (
            (block(change=lambda layers: layers.pop()),),
            "only a window should change",
        ),
        "a layer less": (
            (block(change=lambda layers: layers.pop(0)),),
            "the block has 0 convolutions",
        ),
        "other channels": ((block(change=not_joined),), "it makes 5 maps, not 6"),
        "channels that do not meet": (
            (block(change=not_joined_later),),
            "the block refuses 16 × 10",
        ),
        "5 × 5": (
            (block(lambda n: (5, 2) if n == 1 else (3, 1)),),
            "the windows are [5] wide",
        ),
        "a list": ((lambda *_: [],), "you return a list; return an nn.Sequential"),
        "a block": ((block()(3, 4, 6),), "raised"),
    },
    "fold": {
        "averaged": ((lambda w, c: apart(w, c).mean(2),), "you average"),
        "mixed up": (
            (lambda w, c: w.reshape(len(w), 49, c).sum(1),),
            "49 places side by side",
        ),
        "both": ((lambda w, c: w.reshape(len(w), 49, c).mean(1),), "and mix up"),
        "the first": ((lambda w, c: apart(w, c)[:, :, 0],), "one of 49 weights"),
        "cut off": ((lambda w, c: w[:, :c],), "values are off"),
        "the middle": ((lambda w, c: apart(w, c)[:, :, 24],), "the middle place"),
        "the largest": ((lambda w, c: apart(w, c).amax(2),), "the largest of 49"),
        "transposed": ((lambda w, c: apart(w, c).sum(2).T,), "the shape ("),
        "as it was": ((lambda w, c: w,), "the shape ("),
        "zeros": ((lambda w, c: torch.zeros(len(w), c),), "every number of yours is 0"),
    },
    "kept_numbers": {
        "the notes": ((24,), "the total of the notes"),
        "mebibytes": ((58.1,), "that is in MiB"),
        "megabytes": ((60.95,), "millions of bytes"),
        "numbers": ((15_237_608,), "not millions of them"),
        "with ReLUs": ((28.79,), "count them with their convolutions"),
        "without the input": ((15.1,), "without the input"),
        "rounded up": ((15.3,), "15.3 is more than that"),
        "without poolings": ((13.71,), "without the poolings"),
        "a convolution a block": ((6.27,), "the convolutions' second and third"),
        "too many": ((20,), "20 is more than that"),
        "too few": ((10,), "10 is less than that"),
        "text": (("15 M",), "you gave a str"),
    },
    "article_depth": {
        "the heading": ((16,), "what the heading says"),
        "convolutions": ((8,), "what else has weights"),
        "linear": ((3,), "its linear layers"),
        "blocks": ((5,), "its blocks"),
        "with poolings": ((13,), "poolings have no weights"),
        "with ReLUs": ((21,), "a ReLU has no weights"),
        "another": ((19,), "it is not 19"),
    },
    "article_shapes": {
        "the printout": (((96, 26, 26), (384, 5, 5)), "yours raised"),
        "printed": ((((96, 26, 26), (384, 5, 5)),), "is that of the printout"),
        "the last of the printout": (
            (((64, 112, 112), (384, 5, 5)),),
            "the last shape is that of the printout",
        ),
        "before the pooling": (
            (((64, 224, 224), (512, 7, 7)),),
            "the first pooling halves this once more",
        ),
        "before the last": (
            (((64, 112, 112), (512, 14, 14)),),
            "the last pooling halves this once more",
        ),
        "with the batch": ((((1, 64, 112, 112), (1, 512, 7, 7)),), "leave the batch"),
        "channels last": ((((112, 112, 64), (512, 7, 7)),), "the channels come first"),
        "maps": ((((1, 112, 112), (512, 7, 7)),), "how many maps has its block"),
        "sides": ((((64, 55, 55), (512, 7, 7)),), "five poolings halve 224"),
        "one": ((((64, 112, 112),),), "give two shapes, not 1"),
        "two numbers": ((((112, 112), (7, 7)),), "has 2 axes, not 3"),
        "a number": ((11,), "you gave an int; give two tuples"),
    },
    "article_network": {
        "alexnet": (("a",), "no three convolutions before its first pooling"),
        "googlenet": (("c",), "blocks with branches"),
        "vgg": (("d",), "linear layers at its end"),
        "another letter": (("e",), "'e' is none of"),
        "a name": (("NiN",), "is none of"),
        "a number": ((2,), "2 is none of"),
    },
}
