"""Checks of the exercises in `notebooks/24-nin.ipynb`."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_tensor,
    ask,
    choice,
    compare,
    described,
    hint_if,
    named,
    same,
)


def sizes(count: int, lowest: int = 2, highest: int = 7) -> list[int]:
    """So many different sizes, so that no axis is taken for another."""
    return (lowest + torch.randperm(highest - lowest + 1)[:count]).tolist()


@exercise("a function that returns maps of shape (N, M, H, W)")
def pointwise_by_hand(apply: Callable) -> str:
    """A function of x (N, C, H, W), weight (M, C), bias (M,): the 1 × 1 convolution."""
    for _ in range(10):
        count, channels, outputs, height, width = sizes(5)
        x = torch.randn(count, channels, height, width)
        weight, bias = torch.randn(outputs, channels), torch.randn(outputs)
        at = f"maps of {tuple(x.shape)} and {outputs} outputs"
        found = ask(apply, x, weight, bias, at=at)
        right = F.conv2d(x, weight[:, :, None, None], bias)
        linear = F.linear(x.movedim(1, 3), weight, bias)
        given = tuple(as_tensor(found, at=at).shape)
        hint_if(
            given == tuple(linear.shape),
            f"for {at} you return {given}: the channels are still on the last axis",
        )
        found = as_tensor(found, tuple(right.shape), at=at)
        streets = x.reshape(count, height, width, channels)  # not a permutation
        mixed = F.linear(streets, weight, bias)
        mistakes = {
            "the bias is missing": F.conv2d(x, weight[:, :, None, None]),
            "the order of the numbers is lost on the way in: reshape does not swap "
            "axes": mixed.movedim(3, 1),
            "the order of the numbers is lost on the way back: reshape does not swap "
            "axes": linear.reshape(right.shape),
            "reshape does not swap axes, neither on the way in nor back": mixed.reshape(
                right.shape
            ),
        }
        compare(found, right.double(), mistakes, at)
    return "as F.conv2d on 10 random settings"


@exercise("a function that returns a weight and a bias")
def merged(merge: Callable) -> str:
    """A function of a convolution and a 1 × 1 one: weight and bias of the one layer."""
    for _ in range(10):
        inputs, between, outputs, kernel = sizes(4)
        conv = nn.Conv2d(inputs, between, (kernel, kernel + 1))
        pointwise = nn.Conv2d(between, outputs, 1)
        at = f"{inputs} to {between} to {outputs} channels"
        found = ask(merge, conv, pointwise, at=at)
        hint_if(
            not isinstance(found, tuple | list) or len(found) != 2,
            f"for {at} you return {named(found)}; return two things, weight and bias",
        )
        shape = (outputs, inputs, kernel, kernel + 1)
        weight = as_tensor(found[0], shape, at=at).float()
        bias = as_tensor(found[1], (outputs,), at=at).float()
        with torch.no_grad():
            mix = pointwise.weight[:, :, 0, 0]
            right = torch.einsum("ob,bikl->oikl", mix, conv.weight).double()
            biases = {
                "the bias of the 1 × 1 layer is not all: that of the first one goes "
                "through its weight as well": pointwise.bias,
                "the bias of the 1 × 1 layer is missing": mix @ conv.bias,
                "there is no bias yet": torch.zeros(outputs),
            }
        compare(weight, right, {}, f"the weight of {at}")
        wanted = (mix @ conv.bias + pointwise.bias).detach().double()
        compare(bias, wanted, biases, f"the bias of {at}")
    return "on 10 random pairs of layers"


@exercise("deep_block, edited from nin_block")
def deep_block(build: Callable) -> str:
    """`nin_block` with an argument `depth`, the number of 1 × 1 layers."""
    x = torch.randn(2, 3, 12, 12)
    hint_if(not callable(build), f"you gave {named(build)}; give a function")
    for norm in (False, True):
        for last_relu in (True, False):
            default = built(build, "no depth", norm, last_relu)
            expect_block(default, 2, norm, last_relu, "no depth: that is 2")
            for depth in range(4):
                at = f"depth={depth}, batch_norm={norm}, last_relu={last_relu}"
                block = built(build, at, norm, last_relu, depth=depth)
                expect_block(block, depth, norm, last_relu, at)
                with torch.no_grad():
                    given = tuple(block(x).shape)
                hint_if(
                    given != (2, 5, 6, 6),
                    f"for {at}, stride 2 and padding 1, 12 × 12 becomes {given}",
                )
    return "depths 0 to 3, with and without batch norm and last ReLU"


def built(build: Callable, at: str, norm: bool, last_relu: bool, **depth) -> nn.Module:
    """The block that a reader's function builds, for 3 channels in and 5 out."""
    try:
        block = build(3, 5, 3, 2, 1, batch_norm=norm, last_relu=last_relu, **depth)
    except TypeError as error:
        raise NotYet(f"for {at} your function raised {described(error)}") from error
    hint_if(block is None, f"for {at} your function returns None: is a return missing?")
    hint_if(
        not isinstance(block, nn.Module),
        f"for {at} you return {named(block)}; return a block, as nin_block does",
    )
    return block


def expect_block(block: nn.Module, depth: int, norm: bool, last_relu: bool, at: str):
    """That its layers are the ones of a block with so many 1 × 1 layers."""
    leaves = [layer for layer in block.modules() if not list(layer.children())]
    kinds = [type(layer).__name__ for layer in leaves]
    convs = [layer for layer in leaves if isinstance(layer, nn.Conv2d)]
    ones = [conv for conv in convs if conv.kernel_size == (1, 1)]
    hint_if(
        len(ones) > depth == 0,
        f"for {at} there is a 1 × 1 layer too many: none is left to be the last",
    )
    hint_if(
        len(ones) != depth,
        f"for {at} there are {len(ones)} 1 × 1 layers; one convolution stands before "
        "them",
    )
    hint_if(len(convs) != depth + 1, f"for {at} there are {len(convs)} convolutions")
    relus, norms = kinds.count("ReLU"), kinds.count("BatchNorm2d")
    ends = kinds[-1]
    hint_if(not last_relu and ends != "Conv2d", f"for {at} the block ends in {ends}")
    active = depth + last_relu
    hint_if(relus != active, f"for {at} there are {relus} ReLUs; look at the layers")
    hint_if(norms != active * norm, f"for {at} there are {norms} batch norms")
    order = ["Conv2d", *["BatchNorm2d"] * norm, "ReLU"] * (depth + 1)
    order = order[: len(order) - (0 if last_relu else 1 + norm)]
    hint_if(kinds != order, f"for {at} the layers stand in another order than before")


@exercise("one of the letters a to d")
def wrong_statement(letter: str) -> str:
    """Which statement of the article's summary is wrong: an option of the text."""
    hints = {
        "a": "print the table: the last pooling does give one number for each map",
        "c": "the last block has as many channels as there are classes",
        "d": "the 1 × 1 layers with their ReLUs are one, at every pixel",
    }
    choice(letter, "abcd", hints)
    return "the next check proves it"


@exercise("two layers of 4 channels to 4, that keep the size")
def who_notices(notices: nn.Module, does_not: nn.Module) -> str:
    """Two layers: one notices shuffled rows and columns, the other one does not."""
    x = torch.randn(2, 4, 9, 11)
    rows, columns = torch.randperm(9), torch.randperm(11)

    def shuffle(maps: Tensor) -> Tensor:
        return maps[:, :, rows][..., columns]

    for name, layer, wanted in (("first", notices, True), ("second", does_not, False)):
        hint_if(
            not isinstance(layer, nn.Module),
            f"the {name} is {named(layer)}; give a layer of PyTorch",
        )
        try:
            with torch.no_grad():
                found, shuffled = layer(x), layer(shuffle(x))
        except RuntimeError as error:
            raise NotYet(f"the {name} layer raised {described(error)}") from error
        hint_if(
            found.shape != x.shape,
            f"the {name} layer makes {tuple(found.shape)} of {tuple(x.shape)}; keep "
            "the shape, with padding",
        )
        mixes = any(p.ndim == 4 and p.shape[1] == 4 for p in layer.parameters())
        hint_if(not mixes, f"the {name} layer must mix all 4 channels: a convolution")
        does = not same(shuffled, shuffle(found))
        hint_if(
            does != wanted,
            f"the {name} layer {'notices' if does else 'does not notice'}: its output "
            f"is {'not ' if does else ''}shuffled as its input is",
        )
    return "shuffled before the layer, or behind it: only one of them differs"


@exercise("a function that returns scores of the same shape")
def never_negative(lift: Callable) -> str:
    """A function of logits (N, K): scores of at least 0 with the same softmax."""
    for _ in range(10):
        count, classes = sizes(2)
        logits = 3 * torch.randn(count, classes)
        logits[:, 0], logits[:, 1] = 1, -1
        logits[0] -= 500  # as low as no constant foresees
        at = f"logits of {tuple(logits.shape)}"
        found = as_tensor(ask(lift, logits, at=at), tuple(logits.shape), at=at)
        hint_if(
            found.min() < -1e-6,
            f"for {at} a score of yours is below zero: how far below may a logit be?",
        )
        right = logits.double().softmax(dim=1)
        mistakes = {
            "that is a ReLU: all that was below zero is equal now": torch.relu(logits),
            "those are the probabilities; softmax would be taken of them again": right,
            "the absolute value makes a strong no a strong yes": logits.abs(),
            "exp is not negative, but it changes the differences": logits.exp(),
        }
        for hint, wrong in mistakes.items():
            hint_if(same(found, wrong), hint)
        hint_if(not found.any(), f"for {at} every score of yours is 0")
        hint_if(
            not same(found.softmax(dim=1), right),
            f"for {at} the probabilities differ: what does not change a softmax?",
        )
    return "the same probabilities on 10 random batches"


@exercise("one of the letters a to d")
def why_harm(letter: str) -> str:
    """Why the last ReLU does harm: a reason of the text."""
    hints = {
        "a": "your function has just given scores as far apart as any logits are",
        "b": "your function has just shown that every softmax is possible",
        "d": "only the differences of logits enter the cross-entropy",
    }
    choice(letter, "abcd", hints)
    return "the solution measures it"


@exercise("a function that returns maps of shape (N, K, height, width)")
def activation_maps(draw: Callable) -> str:
    """A function of features, weight, bias and a size: the enlarged class maps."""
    for _ in range(10):
        count, channels, classes, height, width = sizes(5)
        x = torch.randn(count, channels, height, width)
        weight, bias = torch.randn(classes, channels), torch.randn(classes)
        size = (3 * height, 2 * width)
        at = f"features of {tuple(x.shape)} and {classes} classes"
        found = ask(draw, x, weight, bias, size, at=at)

        def enlarged(maps: Tensor, size: tuple[int, int] = size, **how) -> Tensor:
            return F.interpolate(maps, size=size, **(how or {"mode": "bilinear"}))

        maps = F.conv2d(x, weight[:, :, None, None], bias)
        given = as_tensor(found, at=at)
        hint_if(
            given.shape == maps.shape,
            f"for {at} you return {tuple(maps.shape)}: enlarge them to the size",
        )
        pooled = F.linear(x.mean(dim=(2, 3)), weight, bias)
        hint_if(
            given.shape == pooled.shape, "those are the logits; keep the places instead"
        )
        found = as_tensor(found, (count, classes, *size), at=at)
        mistakes = {
            "the bias is missing": enlarged(maps - bias[:, None, None]),
            "they are enlarged by the nearest pixel, not bilinear": enlarged(
                maps, mode="nearest"
            ),
            "corners are aligned; leave align_corners as it is": enlarged(
                maps, mode="bilinear", align_corners=True
            ),
            "a ReLU is too much: places that speak against a class count": enlarged(
                maps.relu()
            ),
            "a ReLU behind the enlarging is too much: places that speak against a "
            "class count": enlarged(maps).relu(),
            "the order of the numbers is lost on the way back: reshape does not swap "
            "axes": enlarged(maps.movedim(1, 3).reshape(maps.shape)),
        }
        compare(found, enlarged(maps).double(), mistakes, at)
    return "on 10 random settings"
