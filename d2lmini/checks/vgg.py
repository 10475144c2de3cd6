"""Checks of the exercises in `notebooks/23-vgg.ipynb`."""

import math
from collections.abc import Callable

import torch
from torch import nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    by,
    choice,
    compare,
    hint_if,
    named,
)

WINDOWS = (5, 7, 9, 11)


@exercise("a function that returns a whole number of channels")
def equal_width(width: Callable) -> str:
    """A function of channels and kernel_size: the width of an equal 3 × 3 stack."""
    settings = []
    for kernel_size in WINDOWS:
        for channels in torch.randint(16, 600, (5,)).tolist():
            settings.append((channels, kernel_size))
    for channels, kernel_size in settings:
        at = f"{channels} channels and {kernel_size} × {kernel_size}"
        found = as_number(ask(width, channels, kernel_size, at=at))
        layers, size = (kernel_size - 1) // 2, kernel_size**2
        exact = channels * math.sqrt(size / (9 * layers))
        slips = {
            "that is the width of the large layer": channels,
            "weights grow with the square of the width: take a root": channels
            * size
            / (9 * layers),
            "you divide the wrong way: three small layers may be wider": channels
            * math.sqrt(9 * layers / size),
            "that is the width of a single 3 × 3 layer": channels * kernel_size / 3,
            "that stack has one layer too many": channels
            * math.sqrt(size / (9 * (layers + 1))),
            "that many layers see more than the large window": channels
            * math.sqrt(size / (9 * kernel_size)),
        }
        if found == round(exact):
            continue
        for hint, wrong in slips.items():
            near = abs(found - wrong) < 1 and abs(exact - wrong) > 2
            hint_if(near, f"for {at}: {hint}")
        hint_if(abs(found - exact) < 1, f"for {at}: round to the nearest whole number")
        more = "more" if found > exact else "fewer"
        raise NotYet(f"for {at} your stack has {more} weights than the large layer")
    return f"for {len(settings)} random widths and windows of 5 to 11"


@exercise("a function like vgg_block")
def block_c(block: Callable) -> str:
    """vgg_block with a third convolution of 1 × 1: configuration C."""
    for convs in (1, 2, 3):
        for batch_norm in (False, True):
            extra = " with batch norm" if batch_norm else ""
            at = f"{convs} convolutions{extra}"
            model = ask(block, convs, 4, 6, batch_norm, at=at)
            hint_if(
                not isinstance(model, nn.Module),
                f"for {at} you return {named(model)}; return an nn.Sequential",
            )
            _same_layers(list(model.children()), convs, batch_norm, at)
            shape = _shape_of(model, at)
            hint_if(shape[1] != 6, f"for {at} it makes {shape[1]} maps, not 6")
            hint_if(
                shape != (2, 6, 8, 5),
                f"for {at} maps of 16 × 10 become {by(shape[2:])}, not 8 × 5: mind the "
                "padding",
            )
    at = "3 convolutions with ceil_mode"
    rounded = _shape_of(ask(block, 3, 4, 6, False, True, at=at), at, (7, 7))
    hint_if(rounded[-1] != 4, "ceil_mode no longer reaches the pooling")
    return "blocks of 1, 2 and 3 convolutions, with and without batch norm"


def _same_layers(layers: list[nn.Module], convs: int, norm: bool, at: str) -> None:
    """Raise a hint unless these are the layers of a block of configuration C."""
    found = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    hint_if(
        len(found) != convs,
        f"for {at} the block has {len(found)} convolutions",
    )
    sizes = [conv.kernel_size[0] for conv in found]
    hint_if(convs == 3 and sizes == [3, 3, 3], "the third convolution is still 3 × 3")
    hint_if(
        convs < 3 and sizes[-1] == 1,
        f"for {at} the last one is 1 × 1; only a third one should be",
    )
    wanted = [3, 3, 1][:convs]
    hint_if(sizes != wanted, f"for {at} the windows are {sizes} wide")
    each = ["Conv2d", *["BatchNorm2d"] * norm, "ReLU"]
    kinds = [type(layer).__name__ for layer in layers]
    hint_if(
        kinds != [*each * convs, "MaxPool2d"],
        f"for {at} the layers are {' '.join(kinds)}; only a window should change",
    )


def _shape_of(
    model: nn.Module, at: str, size: tuple[int, int] = (16, 10)
) -> tuple[int, ...]:
    """The shape that the block makes of random maps."""
    try:
        return tuple(model.eval()(torch.rand(2, 4, *size)).shape)
    except RuntimeError as error:
        words = str(error)[:80]
        raise NotYet(f"for {at} the block refuses {by(size)}: {words}") from error


@exercise("a function that returns a weight (hidden, channels)")
def fold(fold: Callable) -> str:
    """A function of a weight (hidden, channels · 49): that for maps of 1 × 1."""
    for _ in range(10):
        hidden, channels = torch.randint(2, 9, (2,)).tolist()
        if channels == hidden:
            channels += 1
        weight = torch.randn(hidden, channels * 49)
        at = f"a weight of {hidden} × {channels} · 49"
        found = as_tensor(ask(fold, weight, channels, at=at), (hidden, channels), at=at)
        apart = weight.double().reshape(hidden, channels, 49)
        mixed = weight.double().reshape(hidden, 49, channels)
        mistakes = {
            "the values arrive 49 times, so weights add up; you average": apart.mean(2),
            "flattening keeps a channel's 49 places side by side": mixed.sum(1),
            "you average, and mix up channels and places": mixed.mean(1),
            "you keep one of 49 weights": apart[:, :, 0],
            "you keep the weight of the middle place": apart[:, :, 24],
            "you take the largest of 49 weights": apart.amax(2),
        }
        compare(found, apart.sum(2), mistakes, at)
    return "the same numbers for 10 random heads"


@exercise("a number: millions of numbers")
def kept_numbers(millions: float) -> str:
    """Input, convolutions, poolings and linear layers of VGG-16, in millions."""
    millions = as_number(millions)
    sides = (224, 112, 56, 28, 14)
    widths, convs = (64, 128, 256, 512, 512), (2, 2, 3, 3, 3)
    image, linear = 3 * 224**2, 4096 + 4096 + 1000
    made = [n * w * s * s for n, w, s in zip(convs, widths, sides, strict=True)]
    pooled = [w * (s // 2) ** 2 for w, s in zip(widths, sides, strict=True)]
    right = (image + sum(made) + sum(pooled) + linear) / 1e6
    slips = {
        "that is the total of the notes; add their rows up": 24,
        "that is in MiB of four bytes a number": 4 * right * 1e6 / 2**20,
        "that is in millions of bytes": 4 * right,
        "these are numbers, not millions of them": right * 1e6,
        "the ReLUs work in place here: count them with their convolutions": right
        + sum(made) / 1e6,
        "that is without the input": right - image / 1e6,
        "that is without the poolings": right - sum(pooled) / 1e6,
        "that is without the convolutions' second and third maps": (
            image + sum(w * s * s for w, s in zip(widths, sides, strict=True))
        )
        / 1e6,
    }
    if abs(millions - right) < 0.05:
        return "to a tenth of a million; compare it with the notes"
    for hint, wrong in slips.items():
        hint_if(abs(millions - wrong) < 0.004 * wrong + 0.02, hint)
    raise NotYet(f"{millions:g} is {'more' if millions > right else 'less'} than that")


@exercise("a number: the layers with weights")
def article_depth(depth: int) -> str:
    """How many layers with weights the article's network has."""
    depth = as_number(depth)
    hints = {
        16: "that is what the heading says; count the layers",
        8: "these are its convolutions; what else has weights?",
        3: "these are its linear layers",
        5: "these are its blocks",
        13: "poolings have no weights; take the convolutions and the linear layers",
        21: "a ReLU has no weights",
    }
    hint_if(depth in hints, hints.get(depth, ""))
    hint_if(depth != 11, f"it is not {depth:g}: add up the blocks' first numbers")
    return "count them in the printout of the chapter"


@exercise("two tuples of three numbers: channels, height, width")
def article_shapes(shapes: tuple) -> str:
    """The shapes after the first and the last pooling of VGG-11 on 1 × 224 × 224."""
    try:
        given = [tuple(as_numbers(shape)) for shape in shapes]
    except TypeError:
        raise NotYet(f"you gave {named(shapes)}; give two tuples") from None
    hint_if(len(given) != 2, f"give two shapes, not {len(given)}")
    right = [(64, 112, 112), (512, 7, 7)]
    for name, shape, wanted in zip(("first", "last"), given, right, strict=True):
        hint_if(len(shape) == 4, "leave the batch axis out")
        hint_if(len(shape) != 3, f"the {name} shape has {len(shape)} axes, not 3")
        hint_if(shape == (*wanted[1:], wanted[0]), "in PyTorch the channels come first")
        hint_if(
            shape in [(96, 26, 26), (384, 5, 5), (256, 12, 12)],
            f"the {name} shape is that of the printout",
        )
        double = (wanted[0], 2 * wanted[1], 2 * wanted[2])
        hint_if(shape == double, f"the {name} pooling halves this once more")
        hint_if(
            shape[0] != wanted[0] and shape[1:] == wanted[1:],
            f"the {name} shape has the right side; how many maps has its block?",
        )
        hint_if(shape != wanted, f"the {name} shape is not it: five poolings halve 224")
    return "as the chapter's printout has them"


@exercise("one of the letters a to d")
def article_network(letter: str) -> str:
    """Which network the article printed as VGG: an option of the text."""
    hints = {
        "a": "AlexNet has no three convolutions before its first pooling",
        "c": "GoogLeNet has blocks with branches, and begins with 64 maps",
        "d": "VGG has linear layers at its end, and no 96 maps",
    }
    choice(letter, "abcd", hints)
    return "its own chapter prints it"
