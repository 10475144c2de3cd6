"""Checks of the exercises in `notebooks/03-convolution-layers.ipynb`."""

from collections.abc import Callable
from itertools import pairwise, product

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
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
from d2lmini.geometry import receptive_field


@exercise("two shapes (channels, height, width), and a whole number")
def stem(convolved: tuple, pooled: tuple, parameters: int) -> str:
    """The shapes behind ResNet's first convolution and pooling, and its parameters."""
    layer = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
    maps = layer(torch.zeros(1, 3, 224, 224))
    slips = {
        109: "its padding is missing",
        218: "its stride and its padding are missing",
        224: "its stride is missing",
        111: "that many steps fit, but there is one window more than steps",
    }
    shape_is("the convolution", convolved, maps, slips)
    slips = {
        55: "its padding is missing",
        112: "its stride is missing",
        38: "its stride is 2, not the size of its window",
    }
    shape_is("the pooling", pooled, F.max_pool2d(maps, 3, 2, padding=1), slips)
    count, right = as_number(parameters), layer.weight.numel()
    hint_if(count == right + 64, "you count biases, and this layer has none")
    hint_if(count == 3 * 49, "there is a set of kernels for each output channel")
    hint_if(count == 64 * 49, "an output channel has a kernel for each input channel")
    hint_if(count != right, "your shapes are right, your number of parameters is not")
    return "as PyTorch's layers give them"


def shape_is(name: str, given: tuple, maps: Tensor, slips: dict[int, str]) -> None:
    """Raise a hint unless a shape is that of the maps (1, channels, height, width)."""
    channels, side, _ = maps.shape[1:]
    numbers = as_numbers(given)
    hint_if(len(numbers) != 3, f"{name}: you gave {len(numbers)} numbers; give three")
    hint_if(numbers[2] == channels != side, f"{name}: the channels come first")
    hint_if(numbers[0] != channels, f"{name}: there are not {numbers[0]:g} channels")
    hint_if(numbers[1] != numbers[2], f"{name}: the map is square, yours is not")
    hint_if(numbers[1] % 1 > 0, f"{name}: what does not fit whole is dropped")
    advice = slips.get(int(numbers[1]), "work the formula out once more")
    hint_if(numbers[1] != side, f"{name}: the side is not {numbers[1]:g}: {advice}")


@exercise("a function that returns two numbers of zeros, before and after")
def keep_size(zeros: Callable) -> str:
    """A function of k and d: how many zeros before and after a row keep its size."""
    for k in range(1, 8):
        for d in range(1, 5):
            at = f"a kernel of {k} with dilation {d}"
            given = ask(zeros, k, d, at=at)
            pair = isinstance(given, tuple | list) and len(given) == 2
            hint_if(not pair, f"for {at} you return {named(given)}; return two numbers")
            before, after = (as_number(number) for number in given)
            whole = before % 1 == after % 1 == 0 and min(before, after) >= 0
            hint_if(not whole, f"for {at}: {before:g} and {after:g} zeros cannot be")
            lost, added = d * (k - 1), before + after
            hint_if(
                added != lost and added == k - 1,
                f"for {at} the row gets shorter: mind how far the kernel is spread",
            )
            hint_if(
                added == 2 * lost and lost > 0,
                f"for {at} both sides together have twice the zeros that are wanted",
            )
            hint_if(
                added != lost,
                f"for {at} a row of 30 becomes {30 + added - lost:g} long",
            )
            hint_if(
                before == after + 1, f"for {at} the zero that is left over stands first"
            )
            hint_if(abs(after - before) > 1, f"for {at} the sides are too uneven")
            row, kernel = torch.randn(1, 1, 30).double(), torch.randn(1, 1, k).double()
            same = F.conv1d(row, kernel, dilation=d, padding="same")
            padded = F.pad(row, (int(before), int(after)))
            compare(F.conv1d(padded, kernel, dilation=d), same, {}, at)
    return 'as padding="same" does it, for 28 kernels'


@exercise("a letter, a to d")
def uneven_sides(letter: str) -> str:
    """For which kernels the zeros before and after cannot be equally many."""
    options = {
        "a": lambda k, d: k % 2 == 0,
        "b": lambda k, d: k % 2 == 0 and d % 2 == 1,
        "c": lambda k, d: k % 2 == 0 and d % 2 == 0,
        "d": lambda k, d: d % 2 == 1,
    }
    hints = {}
    for k, d in product(range(7, 1, -1), range(4, 0, -1)):
        for option, uneven in options.items():
            if uneven(k, d) != (d * (k - 1) % 2 == 1):
                hints[option] = f"try a kernel of {k} with dilation {d}"
    choice(letter, "abcd", hints)
    return "for kernels up to 7 with dilations up to 4"


@exercise("a function that returns maps (N, out, H', W')")
def modes(convolve: Callable) -> str:
    """`conv2d_loops` with an eighth argument, the mode: "zeros" or "circular"."""
    for trial in range(24):
        mode = ("zeros", "circular")[trial % 2]
        groups, part, kh, kw = torch.randint(1, 4, (4,)).tolist()
        stride, dilation = (tuple(p) for p in torch.randint(1, 3, (2, 2)).tolist())
        padding = (2, 1) if trial < 2 else tuple(torch.randint(0, 3, (2,)).tolist())
        if trial in (2, 3):  # numbers for pairs
            stride, padding, dilation = 2, 1, 1
        x = torch.randn(2, groups * part, 8, 9).double()
        layer = torch.randn(2 * groups, part, kh, kw).double(), torch.randn(2 * groups)
        layer = layer[0], layer[1].double(), stride, 0, dilation, groups
        ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
        rim = [pw, pw, ph, ph]  # left, right, above, below
        right = padded_maps(x, rim, mode, layer)

        at = f"{mode}, kernel {kh} × {kw}, stride {stride}, padding {padding}"
        settings = stride, padding, dilation, groups, mode
        found = as_tensor(ask(convolve, x, *layer[:2], *settings, at=at), at=at)
        slips = {
            padded_maps(x, [0] * 4, mode, layer).shape: ": nothing is padded",
            padded_maps(x, [2 * n for n in rim], "zeros", layer).shape: (
                ": it is padded twice"
            ),
            padded_maps(x, rim[::-1], mode, layer).shape: (
                ": are height and width mixed up?"
            ),
        }
        hint_if(
            found.shape != right.shape,
            f"for {at} the maps have {by(found.shape)}, not {by(right.shape)}"
            + slips.get(found.shape, ""),
        )
        mistakes = {
            "it pads zeros, whatever the mode": "zeros",
            "it goes on at the far side, whatever the mode": "circular",
            "it repeats the border; circular goes on at the far side": "replicate",
            "it mirrors the border; circular goes on at the far side": "reflect",
        }
        mistakes = {
            hint: padded_maps(x, rim, wrong, layer) for hint, wrong in mistakes.items()
        }
        mistakes["the bias is missing"] = right - layer[1][:, None, None]
        compare(found, right, mistakes, at)
    return "equal to F.conv2d in both modes, on 24 random settings"


def padded_maps(x: Tensor, rim: list[int], mode: str, layer: tuple) -> Tensor:
    """The maps of a picture with a rim around it, filled in as the mode says."""
    mode = "constant" if mode == "zeros" else mode
    return F.conv2d(F.pad(x, rim, mode=mode), *layer)


@exercise("five letters, each of them a, b, c or d")
def five_lines(letters: str) -> str:
    """What becomes of five lines: a runs, b no such name, c groups, d the window."""
    x = torch.zeros(1, 16, 50, 100)
    attempts = [
        lambda: nn.conv2d(16, 33, 3)(x),
        lambda: nn.Conv2d(16, 32, 3, group=2)(x),
        lambda: nn.Conv2d(16, 33, 3, groups=2)(x),
        lambda: nn.Conv2d(16, 32, 3, groups=2)(x),
        lambda: nn.Conv2d(16, 33, (3, 5), dilation=(30, 1))(x),
    ]
    errors = {AttributeError: "b", TypeError: "b", ValueError: "c", RuntimeError: "d"}
    hints = {
        "a": "it does not run",
        "b": "PyTorch knows that name and that argument",
        "c": "its groups are not the trouble",
        "d": "its window fits into the picture",
    }
    letters = [letter for letter in "".join(letters).lower() if letter.isalnum()]
    hint_if(len(letters) != 5, f"you gave {len(letters)} letters; give five")
    for line, letter in enumerate(letters):
        hint_if(letter not in hints, f"{letter!r} is none of a, b, c, d")
        right = "a"
        try:
            attempts[line]()
        except tuple(errors) as error:
            right = errors[type(error)]
        hint_if(letter != right, f"not {letter} for line {line + 1}: {hints[letter]}")
    return "by running all five"


@exercise("two lists of four factors")
def factors(weights: list[float], multiply_adds: list[float]) -> str:
    """By what four changes multiply a layer's weights and its multiply-adds."""
    weights, multiply_adds = as_numbers(weights), as_numbers(multiply_adds)
    counts = len(weights), len(multiply_adds)
    hint_if(counts != (4, 4), f"you gave {counts[0]} and {counts[1]} factors, not 4")
    before = costs(nn.Conv2d(64, 64, 3, padding=1), 56)
    changes = [
        (nn.Conv2d(128, 128, 3, padding=1), 56),
        (nn.Conv2d(64, 64, 3, padding=1, groups=4), 56),
        (nn.Conv2d(64, 64, 3, padding=1, stride=2), 56),
        (nn.Conv2d(128, 128, 3, padding=1), 28),
    ]
    hints = {
        ("weights", 0, 2): "more outputs, and each of them has more kernels",
        ("weights", 1, 4): "do groups make it dearer?",
        ("weights", 1, 1): "an output has kernels for its own group only",
        ("weights", 1, 1 / 16): "there are still 64 outputs",
        ("weights", 2, 1 / 4): "the stride moves the kernel, it does not cut it",
        ("weights", 3, 1): "does a kernel know how large the picture is?",
        ("multiply-adds", 0, 2): "each position uses all the weights",
        ("multiply-adds", 2, 1): "how many positions are left?",
        ("multiply-adds", 2, 1 / 2): "a stride acts in both directions",
        ("multiply-adds", 3, 4): "there are fewer positions as well",
        ("multiply-adds", 3, 1 / 4): "the weights have changed as well",
    }
    for number, (layer, side) in enumerate(changes):
        after = costs(layer, side)
        given = {"weights": weights[number], "multiply-adds": multiply_adds[number]}
        for kind, factor in given.items():
            right = after[kind] / before[kind]
            advice = hints.get((kind, number, factor), "count them before and after")
            hint_if(
                abs(factor - right) > 1e-6,
                f"change {number + 1}: the {kind} are not multiplied by {factor:g}: "
                + advice,
            )
    return "by counting the weights and the positions of five layers"


def costs(layer: nn.Conv2d, side: int) -> dict[str, int]:
    """The weights of a layer, and its multiply-adds on a square picture."""
    weights = layer.weight.numel()
    maps = layer(torch.zeros(1, layer.in_channels, side, side))
    return {"weights": weights, "multiply-adds": weights * maps[0, 0].numel()}


@exercise("a function that returns a number of numbers")
def kept(numbers_kept: Callable) -> str:
    """How many numbers a chain of layers keeps from the forward pass, but weights."""
    for _ in range(10):
        batch, height, width = torch.randint(2, 9, (3,)).tolist()
        channels = torch.randint(3, 12, (4,)).tolist()
        channels[-1] = channels[0] + 1  # so that inputs are not as many as outputs
        at = f"a batch of {batch}, channels {channels}, {height} × {width}"
        answer = ask(numbers_kept, batch, channels, height, width, at=at)
        found, right = as_number(answer), measured(batch, channels, height, width)
        places = batch * height * width
        kernels = sum(9 * a * b for a, b in pairwise(channels))
        mistakes = {
            "one picture is counted, not the batch": right // batch,
            "what the layers put out is counted: is that what the slope needs?": (
                places * sum(channels[1:])
            ),
            "one tensor too many is counted": places * sum(channels),
            "only the picture is counted": places * channels[0],
            "windows are counted: no number need be kept nine times": 9 * right,
            "the weights are counted; they are there anyway": right + kernels,
            "only the weights are counted; they are there anyway": kernels,
            "channels in and out are multiplied: that counts weights": places
            * sum(a * b for a, b in pairwise(channels)),
            "bytes are counted; give numbers": 4 * right,
            "every pixel has several channels": places * (len(channels) - 1),
        }
        for hint, wrong in mistakes.items():
            hint_if(found == wrong, f"for {at}: {hint}")
        hint_if(found != right, f"for {at}: {found:g} is not what PyTorch keeps")
    return "as measured in PyTorch on 10 random chains"


def measured(batch: int, channels: list[int], height: int, width: int) -> int:
    """How many numbers PyTorch saves for the backward pass, parameters left out."""
    pairs = pairwise(channels)
    chain = nn.Sequential(*[nn.Conv2d(a, b, 3, padding=1) for a, b in pairs])
    sizes = []

    def note(saved: Tensor) -> Tensor:
        sizes.append(0 if isinstance(saved, nn.Parameter) else saved.numel())
        return saved

    with saved_tensors_hooks(note, lambda saved: saved):
        chain(torch.zeros(batch, channels[0], height, width))
    return sum(sizes)


@exercise("three whole numbers of layers")
def see_it_all(plain: int, dilated: int, pooled: int) -> str:
    """How many 3 × 3 layers it takes, in three ways, to see 28 × 28 pixels."""
    pool = nn.MaxPool2d(2)
    ways = {
        "plain": (plain, lambda i: [nn.Conv2d(1, 1, 3)]),
        "dilated": (dilated, lambda i: [nn.Conv2d(1, 1, 3, dilation=2**i)]),
        "pooled": (pooled, lambda i: [nn.Conv2d(1, 1, 3), pool]),
    }
    for name, (answer, make) in ways.items():
        count = as_number(answer)
        hint_if(count not in range(1, 100), f"{name}: {count:g} cannot be")
        fields = [1]
        for i in range(int(count)):
            layers = [layer for j in range(i + 1) for layer in make(j)]
            fields.append(receptive_field(layers).size[0])
        hint_if(fields[-1] < 28, f"{name}: {count:g} see only {fields[-1]} pixels")
        hint_if(fields[-2] >= 28, f"{name}: one less sees {fields[-2]} already")
    return "by the receptive fields of all three"


@exercise("a letter, a to d")
def cheapest(letter: str) -> str:
    """What is true of the three ways to see 28 × 28 pixels."""
    hints = {
        "a": "count the pixels that `seen` finds, for dilations 1, 2, 4 and 8",
        "b": "count the weights of each once more",
        "d": "divide the plain layers' weights by the dilated ones'",
    }
    choice(letter, "abcd", hints)
    return "in weights it is a tie, in places it is not"
