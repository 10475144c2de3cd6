"""Checks of the exercises in `notebooks/25-googlenet.ipynb`."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    by,
    compare,
    hint_if,
    named,
)
from d2lmini.geometry import seen_pixels
from d2lmini.models.googlenet import GoogLeNet
from d2lmini.models.inception import CHANNELS, Inception
from d2lmini.summary import count_parameters

BRANCHES = {"1 × 1": [1], "3 × 3": [2, 3], "5 × 5": [4, 5], "pooling": [6]}


def weights(row: list[float], kernel: int = 5) -> float:
    """The weights of a block, without biases."""
    c_in, c1, reduce3, c3, reduce5, c5, c_pool = row
    reductions = c_in * (c1 + reduce3 + reduce5 + c_pool)
    return reductions + 9 * reduce3 * c3 + kernel**2 * reduce5 * c5


@exercise("a function that returns a number of weights")
def block_weights(count: Callable) -> str:
    """A function of a row of CHANNELS and of the third branch's kernel."""
    for _ in range(20):
        row = torch.randint(1, 40, (7,)).tolist()
        kernel = (3, 5, 7)[torch.randint(3, (1,))]
        c_in, c1, reduce3, c3, reduce5, c5, c_pool = row
        at = f"the row {tuple(row)} and the kernel {kernel}"
        found = as_number(ask(count, row, kernel, at=at))
        right = weights(row, kernel)
        slips = {
            "you count the biases as well": right + sum(row[1:]),
            "the branch of the pooling has a convolution too": right - c_in * c_pool,
            "the reductions have weights, too": right - c_in * (reduce3 + reduce5),
            "the large kernels work on the reduced channels, not on all that come in": (
                right
                + 9 * c3 * (c_in - reduce3)
                + kernel**2 * c5 * (c_in - reduce5)
                - c_in * (reduce3 + reduce5)
            ),
            "the kernel of the third branch is an argument": weights(row),
            "the third branch has another kernel than the second": weights(row, 3),
            "a kernel has two sides": (
                right - 6 * reduce3 * c3 - (kernel**2 - kernel) * reduce5 * c5
            ),
            "that is how many channels come out": c1 + c3 + c5 + c_pool,
        }
        for hint, wrong in slips.items():
            hint_if(found == wrong != right, f"for {at}: {hint}")
        hint_if(found != right, f"for {at} it is not {found:,g}")
    return "on 20 random rows and kernels"


@exercise("a function that returns a weight and a bias")
def merge(join: Callable) -> str:
    """One convolution for a 1 × 1 and a 3 × 3 with biases: its weight and its bias."""
    for _ in range(20):
        c_in, few, c_out = (int(n) for n in torch.randint(1, 9, (3,)))
        w1, b1 = torch.randn(few, c_in, 1, 1), torch.randn(few)
        w3, b3 = torch.randn(c_out, few, 3, 3), torch.randn(c_out)
        at = f"{c_in} channels, mixed into {few}, then {c_out}"
        given = ask(join, w1, b1, w3, b3, at=at)
        is_pair = isinstance(given, tuple | list) and len(given) == 2
        hint_if(not is_pair, f"for {at} you return {named(given)}; return two tensors")
        weight = as_tensor(given[0], (c_out, c_in, 3, 3), at=at)
        bias = as_tensor(given[1], (c_out,), at=at)
        x = torch.randn(2, c_in, 6, 5).double()
        w1, b1, w3, b3 = w1.double(), b1.double(), w3.double(), b3.double()
        right = F.conv2d(F.conv2d(x, w1, b1), w3, b3)
        rectified = F.conv2d(F.conv2d(x, w1, b1).relu(), w3, b3)
        only_weights = F.conv2d(F.conv2d(x, w1), w3)
        shift = b3[:, None, None]
        once = (w3.mean(dim=(2, 3)) @ b1)[:, None, None]
        mistakes = {
            "the bias of the 1 × 1 is lost: what does the 3 × 3 make of it?": (
                only_weights + shift
            ),
            "both biases are lost": only_weights,
            "each of the nine places of the kernel adds the first bias, not one": (
                only_weights + shift + once
            ),
            "the bias of the 3 × 3 is lost": only_weights + 9 * once,
            "there is no ReLU between the two": rectified,
        }
        found = F.conv2d(x, weight, bias)
        flat = found - found.mean(dim=(2, 3), keepdim=True)
        wanted = right - right.mean(dim=(2, 3), keepdim=True)
        weight_fits = torch.allclose(flat, wanted, 1e-4, 1e-5)
        hint_if(not weight_fits, f"for {at} the weight is not right yet")
        compare(found, right, mistakes, at)
    return "on 20 random pairs of convolutions"


def windows(block: nn.Module, row: list[int]) -> list[int]:
    """Sides of the windows that the four parts of a block's channels see."""
    sides, first = [], 0
    c1, c3, c5, c_pool = row[1], row[3], row[5], row[6]
    for count in (c1, c3, c5, c_pool):
        last = first + count

        def part(x: Tensor, first: int = first, last: int = last) -> Tensor:
            return block(x)[:, first:last]

        seen = seen_pixels(part, torch.randn(40, row[0], 11, 11), 5, 5)
        sides.append(int(seen.any(dim=0).sum()))
        first = last
    return sides


@exercise("your class, such as InceptionV2")
def factorised(block_class: type) -> str:
    """Inception with two 3 × 3 in the place of the 5 × 5; its arguments as before."""
    hint_if(not callable(block_class), f"you gave {named(block_class)}; give the class")
    hint_if(block_class is Inception, "that is the block as it was")
    made = isinstance(block_class, nn.Module)
    hint_if(made, "you gave a block that is made already; give the class itself")
    for _ in range(3):
        row = torch.randint(3, 9, (7,)).tolist()
        block = ask(block_class, row, False, at=f"the row {tuple(row)}")
        hint_if(
            not isinstance(block, nn.Module), f"that makes {named(block)}, no block"
        )
        maps, out = torch.randn(2, row[0], 7, 6), row[1] + row[3] + row[5] + row[6]
        shape = tuple(as_tensor(ask(block, maps, at="maps of 7 × 6")).shape)
        hint_if(
            shape != (2, out, 7, 6),
            f"2 pictures of {row[0]} × 7 × 6 become {by(shape)}, not 2 × {out} × 7 × 6",
        )
        kinds = [type(layer) for layer in block.modules()]
        convs = kinds.count(nn.Conv2d)
        hint_if(convs == 6, "there are six convolutions as before; one becomes two")
        hint_if(convs != 7, f"there should be 7 convolutions, not {convs}")
        hint_if(nn.BatchNorm2d in kinds, "with batch_norm=False there is a batch norm")
        relus = kinds.count(nn.ReLU)
        hint_if(relus != 7, f"a ReLU behind each of 7 convolutions; you have {relus}")
        sides = windows(block, row)
        hint_if(sides[2] == 7, "two 3 × 3 see 5 × 5; your third branch sees 7 × 7")
        for name, side, right in zip(BRANCHES, sides, (1, 3, 5, 3), strict=True):
            hint_if(
                side != right,
                f"the branch {name} sees {side} × {side} pixels, not {right} × {right}",
            )
        right = weights(row, 3) + 9 * row[5] ** 2 + sum(row[1:]) + row[5]
        found = count_parameters(block)
        hint_if(
            found != right,
            f"for the row {tuple(row)} it has {found:,} parameters, not {right:,}: "
            "both new convolutions should give as many maps as the 5 × 5 gave",
        )
    return "7 convolutions on 3 random rows, and the third branch sees 5 × 5"


@exercise("a whole number")
def missing_relus(count: int) -> str:
    """How many ReLUs the listing lacks in nine blocks."""
    count = as_number(count)
    slips = {
        9: "a block has two reductions",
        2: "that is one block; there are nine",
        27: "the 1 × 1 behind the pooling has its ReLU in the listing",
        54: "that is every convolution of the blocks; most have their ReLU",
        36: "the last convolution of each branch has its ReLU in the listing",
        19: "the stem has its ReLUs",
        20: "the stem has its ReLUs",
    }
    hint_if(count in slips, slips.get(count, ""))
    hint_if(count != 18, f"it is not {count:g}; count in one block, then nine times")
    return "in nine blocks"


@exercise("a tuple of two numbers")
def largest_ranks(ranks: tuple[int, int]) -> str:
    """The largest rank at a place of the kernel, second and third branch of 3a."""
    given = tuple(as_numbers(ranks))
    hint_if(len(given) != 2, f"give two numbers, not {len(given)}")
    c_in, _, reduce3, c3, reduce5, c5, _ = CHANNELS["3a"]
    slips = {
        (c3, c5): "so many maps come out, but through how many do they pass?",
        (c_in, c_in): "so many maps come in, but through how many do they pass?",
        (9 * reduce3, 25 * reduce5): "at one place of the kernel, not over all of them",
        (reduce5, reduce3): "the other way round: first the branch with 3 × 3",
    }
    hint_if(given in slips, slips.get(given, ""))
    names = zip(("3 × 3", "5 × 5"), given, (reduce3, reduce5), strict=True)
    for name, rank, right in names:
        hint_if(rank != right, f"the branch with {name}: the rank is not {rank:g}")
    return "at one place of the kernel, in block 3a"


@exercise("a function that returns a row of seven numbers")
def without_branch(remove: Callable) -> str:
    """A row without one branch, the others widened to as many weights as before."""
    for name, row in CHANNELS.items():
        for branch, (label, gone) in enumerate(BRANCHES.items()):
            at = f"block {name} without {label}"
            found = as_numbers(ask(remove, list(row), branch, at=at))
            hint_if(len(found) != 7, f"for {at} you return {len(found)} numbers, not 7")
            hint_if(found[0] != row[0], f"for {at}: what comes in stays {row[0]}")
            others = [i for i in range(1, 7) if i not in gone]
            left = [i for i in gone if found[i]]
            hint_if(left, f"for {at} the numbers of that branch should all be 0")
            whole = all(n == int(n) and n >= 0 for n in found)
            hint_if(not whole, f"for {at}: channels are whole numbers")
            factors = [found[i] / row[i] for i in others]
            hint_if(min(factors) == max(factors) == 1, f"for {at} nothing is wider")
            tolerance = 1.01 / min(row[i] for i in others)  # of rounding
            hint_if(
                max(factors) - min(factors) > tolerance,
                f"for {at} you widen by {min(factors):.2f} to {max(factors):.2f}; "
                "take one factor for all that is left",
            )
            ratio = weights(found) / weights(list(row))
            more = "more" if ratio > 1 else "fewer"
            hint_if(
                abs(ratio - 1) > 0.02,
                f"for {at} there are {abs(ratio - 1):.0%} {more} weights than before",
            )
    return "nine blocks, each without each of its branches"


@exercise("a number of pixels")
def smallest_alone(size: int) -> str:
    """The smallest square picture that GoogLeNet() can train on alone."""
    size = as_number(size)
    hint_if(size != int(size) or size < 1, f"{size:g} is no number of pixels")
    hint_if(size > 300, "much smaller ones will do")
    model = GoogLeNet(width=8)
    fits = []
    for side in (int(size), int(size) - 1):
        try:
            model(torch.rand(1, 3, max(side, 1), max(side, 1)))
            fits.append(True)
        except (ValueError, RuntimeError):
            fits.append(False)
    hint_if(not fits[0], f"a single picture of {size:g} pixels still fails")
    if fits[1]:
        raise NotYet(f"{size:g} is enough, and so is less")
    return "one picture of this size trains, and a smaller one does not"
