"""Checks of the exercises in `notebooks/07-upsampling.ipynb`."""

from collections.abc import Callable
from itertools import product

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
    same,
)
from d2lmini.geometry import transposed_output_size

BLUR = torch.tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]]).double()
HAAR = torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2


@exercise("a list of (kernel_size, padding, output_padding)")
def exactly_double(settings: list[tuple[int, int, int]]) -> str:
    """All settings up to kernel 6 that double every size, with an even overlap."""
    hint_if(not isinstance(settings, list | tuple | set), "give a list of settings")
    given = [tuple(map(int, as_numbers(setting))) for setting in settings]
    for setting in given:
        hint_if(
            len(setting) != 3,
            f"{setting} has {len(setting)} numbers; give kernel size, padding and "
            "output padding",
        )
        kernel, padding, extra = setting
        at = f"kernel {kernel}, padding {padding}, output padding {extra}"
        hint_if(not 1 <= kernel <= 6, f"{at}: take kernel sizes from 1 to 6")
        hint_if(extra > 1, f"{at}: PyTorch refuses that output padding with stride 2")
        size = transposed_output_size(
            5, kernel, stride=2, padding=padding, output_padding=extra
        )
        hint_if(size != 10, f"{at} makes {size} of 5")
        hint_if(kernel % 2, f"{at} doubles, but the overlap is uneven or has holes")
    hint_if(not given, "your list is empty; begin with the smallest kernel")
    hint_if(len(set(given)) < 3, "those that you give are right, but there are more")
    return "exactly these"


@exercise("a tensor of shape (8, 8)")
def leaves_no_trace(picture: Tensor) -> str:
    """A picture (8, 8) that `shrink` turns into zeros, no two rows of it equal."""
    picture = as_tensor(picture, (8, 8))
    size = picture.abs().max()
    hint_if(size == 0, "of course zeros leave no trace; find a picture that is not 0")
    picture = picture / size

    def left(**settings: int) -> Tensor:
        kernel = BLUR[None, None]
        return F.conv2d(picture[None, None], kernel, stride=2, **settings)[0, 0].abs()

    seen = left(padding=1) > 1e-4
    if seen.any():
        hint_if(
            not seen[1:, 1:].any(),
            "nothing is left but at the border: there padding counts as 0",
        )
        hint_if(left().max() < 1e-4, "you forgot the padding: it moves the windows")
        raise NotYet(f"{seen.sum()} of the 16 numbers that `shrink` makes are not 0")
    for i, j in product(range(8), range(8)):
        alike = i < j and (picture[i] - picture[j]).abs().max() < 1e-3
        hint_if(alike, f"it leaves no trace, but rows {i} and {j} are equal")
    return "not a trace of it is left, and all rows differ"


def stamped(x: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """The sum of all stamps, as `add_stamps` makes it."""
    return F.conv_transpose2d(x[None, None], kernel[None, None], stride=stride)[0, 0]


def stamp_counts(x: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """How many stamps cover each place."""
    return stamped(torch.ones_like(x), torch.ones_like(kernel), stride).round()


@exercise("a function that returns a map of the size of `add_stamps`")
def average_stamps(average: Callable) -> str:
    """A function as `add_stamps` in which stamps that overlap are averaged."""
    for trial in range(20):
        height, width, h, w = torch.randint(1, 6, (4,)).tolist()
        stride = trial % 4 + 1
        if trial == 0:
            height, width, h, w, stride = 4, 5, 3, 3, 2
        x, kernel = torch.randn(height, width).double(), torch.randn(h, w).double()
        at = f"an input of {height} × {width}, kernel {h} × {w}, stride {stride}"
        total, count = stamped(x, kernel, stride), stamp_counts(x, kernel, stride)
        answer = ask(average, x, kernel, stride, at=at)
        if isinstance(answer, Tensor) and answer.shape == count.shape:
            holes = answer.isnan() & (count == 0)
            hint_if(holes.any(), f"for {at} some places get no stamp: leave 0 there")
        found = as_tensor(answer, at=at)
        hint_if(
            found.shape != total.shape,
            f"for {at} the map has {by(found.shape)}, expected {by(total.shape)}",
        )
        weights = stamped(torch.ones_like(x), kernel, stride)
        divisors = {
            "you still add the stamps": 1,
            "you divide by all the numbers of the kernel": kernel.numel(),
            "you divide by all the stamps, also where few of them lie": x.numel(),
            "you divide by the largest count everywhere": count.max(),
            "you divide by the sum of the weights; divide by their number": weights,
            "you divide twice": count.clamp(min=1) ** 2,
        }
        mistakes = {hint: total / divisor for hint, divisor in divisors.items()}
        compare(found, total / count.clamp(min=1), mistakes, at)
    return "on 20 random sizes, with strides 1 to 4"


@exercise("a tensor of shape (3, 3)")
def still_uneven(kernel: Tensor) -> str:
    """A kernel (3, 3) with an uneven output though its stamps are averaged."""
    kernel = as_tensor(kernel, (3, 3))
    largest = kernel.abs().max()
    hint_if(largest == 0, "with zeros everything is 0, which is even")
    hint_if(
        (kernel - kernel[0, 0]).abs().max() < 1e-6 * largest,
        "all your numbers are equal, and so are all averages of them",
    )
    inputs = torch.ones(6, 6).double(), kernel / largest, 2
    inside = (stamped(*inputs) / stamp_counts(*inputs))[4:8, 4:8]
    gap = inside.max() - inside.min()
    hint_if(
        gap < 1e-4,
        "your numbers differ, but their averages at the four kinds of places agree",
    )
    hint_if(gap < 0.05, f"the output differs by {gap:.4f}; make it easier to see")
    return "the averaged output of ones is still uneven"


@exercise("a function that returns a number of columns")
def inserted_columns(inserted: Callable) -> str:
    """A function of width and stride: how many columns of zeros are inserted."""
    for width, stride in product((7, 1, 2, 8), (3, 1, 2, 4)):
        at = f"width {width} and stride {stride}"
        found = as_number(ask(inserted, width, stride, at=at))
        slips = {
            "that is the article's number; count the gaps": width * (stride - 1),
            "that is the width afterwards; only zeros count": (width - 1) * stride + 1,
            "that is what is inserted into one gap": stride - 1,
            "that is the number of gaps": width - 1,
            "a stride of 1 inserts nothing": (width - 1) * stride,
            "nothing is inserted outside": (width + 1) * (stride - 1),
        }
        right = (width - 1) * (stride - 1)
        for hint, wrong in slips.items():
            slip = found == wrong != right
            hint_if(slip, f"for {at} you give {wrong}: {hint}")
        hint_if(found != right, f"for {at} {found:g} is wrong; draw it")
    return "for 16 pairs of width and stride"


@exercise("a list of strides from 1 to 5")
def equation_holds(strides: list[int]) -> str:
    """The strides S of 1 to 5 with W(S - 1) + W = (W - 1)S + 1 for every W."""
    given = set(as_numbers(strides))
    hint_if(not given, "your list is empty; try each of the five")
    for stride in sorted(given):
        hint_if(stride not in range(1, 6), f"{stride:g} is not a stride from 1 to 5")
        left, right = 4 * (stride - 1) + 4, 3 * stride + 1
        hint_if(
            left != right,
            f"for W = 4 and S = {stride:g} the left side is {left:g}, and the right "
            f"side {right:g}",
        )
    return "for all the others it fails"


@exercise("a tensor of shape (4, 1, 2, 2)")
def own_way_back(kernels: Tensor) -> str:
    """Four kernels (4, 1, 2, 2), none of Haar's, undone by their transpose."""
    kernels = as_tensor(kernels, (4, 1, 2, 2))
    rows = kernels.flatten(1)
    hint_if(not rows.any(), "all your numbers are 0, so nothing comes back")
    products = rows @ rows.T
    for i in range(4):
        for haar in HAAR.double():
            known = same(rows[i], haar) or same(rows[i], -haar)
            hint_if(known, f"kernel {i} is one of Haar's, or its negative")
        for j in range(i):
            hint_if(
                abs(products[i, j]) > 1e-3,
                f"kernels {j} and {i} are not perpendicular: the sum of their products "
                f"is {products[i, j]:.3g}",
            )
        hint_if(
            abs(products[i, i] - 1) > 1e-3,
            f"the squares of kernel {i} add up to {products[i, i]:.3g}: what it "
            "carries comes back too weak or too strong",
        )
    pictures = torch.randn(20, 1, 8, 10).double()
    maps = F.conv2d(pictures, kernels, stride=2)
    back = F.conv_transpose2d(maps, kernels, stride=2)
    worst = (back - pictures).abs().max()
    return f"20 random pictures came back, off by at most {worst:.2f}"


@exercise("a tensor of shape (4, 1, 2, 2)")
def unshuffle_kernels(kernels: Tensor) -> str:
    """The kernels (4, 1, 2, 2) with which a convolution is nn.PixelUnshuffle(2)."""
    kernels = as_tensor(kernels, (4, 1, 2, 2))
    pictures = torch.randn(20, 1, 8, 10).double()
    found = F.conv2d(pictures, kernels, stride=2)
    right = nn.PixelUnshuffle(2)(pictures)
    picked = [j for i in range(4) for j in range(4) if same(found[:, i], right[:, j])]
    hint_if(
        sorted(picked) == [0, 1, 2, 3] and picked != [0, 1, 2, 3],
        "each channel picks one pixel, but their order is another",
    )
    for i in range(4):
        count = (kernels[i].abs() > 1e-4).sum()
        hint_if(count > 1, f"kernel {i} mixes {count} pixels, PixelUnshuffle none")
    mistakes = {"right but for a factor: the pixels come out halved": right / 2}
    compare(found, right, mistakes, "random pictures")
    return "on 20 random pictures"


@exercise("a function that returns a kernel (k, k)")
def tent_kernel(tent: Callable) -> str:
    """A function of a factor: the kernel (k, k) of bilinear interpolation."""
    for factor in range(2, 8):
        at = f"factor {factor}"
        kernel = as_tensor(ask(tent, factor, at=at), at=at)
        if kernel.ndim == 4 and kernel.shape[:2] == (1, 1):
            kernel = kernel[0, 0]
        hint_if(
            kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1],
            f"for {at} the kernel has the shape {tuple(kernel.shape)}; make it (k, k)",
        )
        k = len(kernel)
        hint_if(
            k < factor or (k - factor) % 2,
            f"for {at} your kernel has {k} × {k} numbers; with stride {factor} it "
            "cannot lie in the middle of its block",
        )
        x = torch.randn(3, 1, 7, 8).double()
        settings = {"stride": factor, "padding": (k - factor) // 2}
        found = F.conv_transpose2d(x, kernel[None, None], **settings)
        ones = F.conv_transpose2d(torch.ones_like(x), kernel[None, None], **settings)
        inside = (..., slice(2 * factor, -2 * factor), slice(2 * factor, -2 * factor))
        found, ones = found[inside], ones[inside]
        right = F.interpolate(x, scale_factor=factor, mode="bilinear")[inside]
        size = (found * right).sum() / right.square().sum()
        hint_if(
            same(found, size * right) and not same(found, right) and size != 0,
            f"for {at} the picture comes out {size:.3g} times as bright",
        )
        hint_if(
            (ones - 1).abs().max() > 1e-3 and found.any(),
            f"for {at} a picture of ones comes out with {ones.min():.2f} to "
            f"{ones.max():.2f}: what meets at one place must add up to 1",
        )
        copies = F.interpolate(x, scale_factor=factor)[inside]
        compare(found, right, {f"for {at} it copies pixels: nearest": copies}, at)
    return "away from the border, for factors 2 to 7"
