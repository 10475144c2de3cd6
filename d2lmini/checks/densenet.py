"""Checks of the exercises in `notebooks/27-densenet.ipynb`."""

import copy
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
    choice,
    hint_if,
    named,
    same,
)
from d2lmini.models.densenet import DenseBlock, transition
from d2lmini.summary import count_parameters, layer_table

LAYERS_169 = (6, 12, 32, 32)


@exercise("a list of four numbers: the channels after each block")
def channels_169(channels: list[int]) -> str:
    """The channels after each block of DenseNet-169: growth 32, a stem of 64."""
    given, right, before = as_numbers(channels), [], 64
    for i, count in enumerate(LAYERS_169):
        right.append((before // 2 if i > 0 else before) + 32 * count)
        before = right[-1]
    if given == right:
        return "a stem of 64, then 32 for each layer, and half after each block"
    hint_if(len(given) != 4, f"give four numbers, one a block, not {len(given)}")
    summed = [64 + 32 * sum(LAYERS_169[: i + 1]) for i in range(4)]
    slips = {
        "those are DenseNet-121's": [256, 512, 1024, 1024],
        "a transition halves the channels between two blocks": summed,
        "that is what the blocks add; the channels they begin with stay": [
            32 * count for count in LAYERS_169
        ],
        "those are the channels after the transitions; give them before": [
            value // 2 for value in right
        ],
    }
    for hint, wrong in slips.items():
        hint_if(given[:3] == wrong[:3], hint)
    number = [a == b for a, b in zip(given, right, strict=True)].index(False)
    side = "too few" if given[number] < right[number] else "too many"
    raise NotYet(f"block {number + 1} ends with {side}: not {given[number]:g}")


@exercise("a function that returns a dense block")
def cut_by_zeros(cut: Callable) -> str:
    """A function of a block: one whose layers see only the layer before, by zeros."""
    for layers, channels, growth in [(1, 4, 2), (3, 5, 4), (4, 3, 2), (4, 2, 5)]:
        before = DenseBlock(layers, channels, growth, bottleneck=False)
        at = f"{layers} layers that begin with {channels} channels and add {growth}"
        block = ask(cut, copy.deepcopy(before), at=at)
        hint_if(
            not isinstance(block, nn.Sequential),
            f"for {at} you return {named(block)}; return the block",
        )
        shapes = [p.shape for p in block.parameters()]
        hint_if(
            shapes != [p.shape for p in before.parameters()],
            "keep the block's layers and shapes; only set weights to 0",
        )
        compare_cut(block, before, channels, growth, at)
    return "4 random blocks are plain chains now"


def compare_cut(
    block: DenseBlock, before: DenseBlock, channels: int, growth: int, at: str
) -> None:
    """Raise `NotYet` unless only the weights for older maps are 0 in a block."""
    for i, (layer, old) in enumerate(zip(block, before, strict=True)):
        first = 0 if i == 0 else channels + (i - 1) * growth
        new, weight = layer.new[2].weight, old.new[2].weight
        where = f"for {at}, layer {i + 1}"
        hint_if(not new.any(), f"{where} has only zeros left: it sees nothing")
        hint_if(
            not torch.equal(new[:, first:], weight[:, first:]),
            f"{where} has lost weights for the maps of the one before it, which come "
            "last",
        )
        hint_if(new[:, :first].any(), f"{where} still sees older maps")
        norms = zip(layer.new[0].parameters(), old.new[0].parameters(), strict=True)
        hint_if(
            not all(torch.equal(a, b) for a, b in norms),
            f"{where}: leave batch norm as it is, and zero weights of the convolution",
        )


@exercise("a function that returns a transition")
def cheaper_transition(build: Callable) -> str:
    """A function like `transition`: the same function, a quarter of the work."""
    for channels, out, height, width in [(8, 4, 6, 8), (12, 5, 7, 9), (6, 6, 4, 4)]:
        at = f"{channels} channels to {out} on {height} × {width}"
        cheap = ask(build, channels, out, at=at)
        hint_if(
            not isinstance(cheap, nn.Module), f"you return {named(cheap)}, no module"
        )
        usual, x = transition(channels, out), torch.randn(3, channels, height, width)
        for module in usual.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight)
                nn.init.normal_(module.bias)
        hint_if(
            count_parameters(cheap) != count_parameters(usual),
            f"for {at} it has {count_parameters(cheap):,} parameters, not "
            f"{count_parameters(usual):,}: keep the same layers",
        )
        own = dict(cheap.named_parameters())
        for name, weight in zip(own, usual.parameters(), strict=True):
            hint_if(own[name].shape != weight.shape, "keep batch norm before the rest")
            own[name].data.copy_(weight.data)
        work = layer_table(usual, (channels, height, width)).multiply_adds
        less = layer_table(cheap, (channels, height, width)).multiply_adds
        found = as_tensor(cheap(x), at=at)
        hint_if(
            found.shape != (3, out, height // 2, width // 2),
            f"for {at} it returns the shape {tuple(found.shape)}",
        )
        hint_if(
            not same(found, usual(x)),
            f"for {at} it computes something else: ReLU may not change its place with "
            "an average",
        )
        hint_if(less == work, "it is the same function, for the same work")
        hint_if(less > work / 3, f"{less:,} multiply-adds for {work:,}: less is enough")
    return "3 random transitions, the same outputs for a quarter of the multiply-adds"


@exercise("two numbers: the connections of the sentence, and those there are")
def counted_connections(numbers: tuple[int, int]) -> str:
    """What L(L + 1) / 2 gives for 16 layers, and the connections of 4 blocks of 4."""
    given = as_numbers(numbers)
    hint_if(len(given) != 2, f"give two numbers, not {len(given)}")
    hint_if(given == [40, 136], "the other way round: the sentence first")
    slips = {
        120: "16 · 15 / 2 leaves out that each layer reads the input of its block",
        256: "16 · 16 counts every pair twice, and each layer with itself",
        10: "that is one block",
        24: "4 · 3 / 2 a block leaves out the block's input",
        16: "that is a plain chain, one connection a layer",
    }
    for number, right in zip(given, (136, 40), strict=True):
        hint_if(number != right and number in slips, slips.get(number, ""))
    hint_if(given[0] != 136, f"the sentence, for L = 16, does not give {given[0]:g}")
    hint_if(given[1] != 40, f"four blocks of four layers have not {given[1]:g}")
    return "as `reads` counts them"


@exercise("one of the letters a to d")
def why_fewer(letter: str) -> str:
    """Why no layer reads maps of an earlier block: an option of the text."""
    hints = {
        "a": "a growth rate says how many channels a set has, not who reads it",
        "b": "a bottleneck is inside a layer; with or without, it reads the same sets",
        "d": "batch norm stands before every convolution, inside blocks as well",
    }
    choice(letter, "abcd", hints)
    return "the maps of another block have another size"


@exercise("a function that returns a number")
def kept(count: Callable) -> str:
    """Numbers kept per pixel by a block: (layers, channels, growth, bottleneck)."""
    settings = [(1, 20, 8), (2, 16, 6), (5, 3, 4), (12, 24, 12), (7, 64, 32)]
    for layers, channels, growth in settings:
        for bottleneck in (False, True):
            at = f"({layers}, {channels}, {growth}, {bottleneck})"
            asked = ask(count, layers, channels, growth, bottleneck, at=at)
            number = as_number(asked)
            read = sum(channels + i * growth for i in range(layers))
            inside = 8 * growth * layers if bottleneck else 0
            right = 2 * read + inside
            if number == right:
                continue
            wrong = {
                read + inside / 2: "both the input of batch norm and that of the "
                "convolution are kept",
                2 * read + inside / 2: "behind the 1 × 1, both the input of batch norm "
                "and that of the 3 × 3 are kept",
                2 * read: "behind the 1 × 1 stand a batch norm and a 3 × 3 as well",
                3 * read + 1.5 * inside: "what ReLU gives is the same tensor that the "
                "convolution keeps: count it once",
                2 * (read + growth * layers) + inside: "a layer does not read its own "
                "maps",
                2 * layers * channels + inside: "the later layers read more channels",
            }
            hint_if(number in wrong, f"for {at}: {wrong.get(number, '')}")
            side = "few" if number < right else "many"
            raise NotYet(f"for {at}, {number:g} are too {side}")
    return "10 blocks, as many as the hooks of the chapter count"
