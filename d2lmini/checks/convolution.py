"""Checks of the exercises in `notebooks/02-convolution.ipynb`."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_numbers,
    as_tensor,
    ask,
    by,
    compare,
    hint_if,
    named,
    same,
)
from d2lmini.data.letters import draw_letters

CLASSICS = {
    "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "all edges": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
HIDDEN = torch.tensor(CLASSICS["vertical edges"]).double()


def convolved(pictures: Tensor, kernel: Tensor) -> Tensor:
    """Pictures (N, H, W) under one kernel (h, w): (N, H - h + 1, W - w + 1)."""
    return F.conv2d(pictures[:, None], kernel[None, None])[:, 0]


@exercise("a tensor of shape (3, 3)")
def moving_kernel(kernel: Tensor) -> str:
    """A kernel (3, 3) under which a picture moves one pixel to the left."""
    kernel = as_tensor(kernel, (3, 3))
    pictures = torch.randn(20, 9, 11).double()
    if same(convolved(pictures, kernel), pictures[:, 1:-1, 2:]):
        return "on 20 random pictures"
    places = kernel.nonzero().tolist()
    hint_if(not places, "all your numbers are 0, so nothing is left of the picture")
    hint_if(
        len(places) > 1,
        f"each pixel mixes {len(places)} pixels; to move, it takes over one",
    )
    row, column = places[0]
    value = kernel[row, column].item()
    hint_if(value != 1, f"the picture comes out multiplied by {value:g}")
    moves = {
        (1, 1): "stays where it is",
        (1, 0): "moves to the right",
        (0, 1): "moves down",
        (2, 1): "moves up",
    }
    went = moves.get((row, column), "moves along a diagonal")
    raise NotYet(f"under your kernel a picture {went}")


@exercise("a function that returns a map of the picture's size")
def convolve_same(convolve: Callable) -> str:
    """A function of a picture (H, W) and a kernel (h, w) of odd size: a map (H, W)."""
    for trial in range(20):
        height, width = torch.randint(3, 13, (2,)).tolist()
        h, w = (2 * torch.randint(0, 4, (2,)) + 1).tolist()
        if trial == 0:  # four sizes by which one mistake can be told from another
            height, width, h, w = 9, 11, 5, 7
        picture, kernel = torch.randn(height, width), torch.randn(h, w)
        at = f"a picture of {height} × {width} and a kernel of {h} × {w}"
        found = as_tensor(ask(convolve, picture, kernel, at=at), at=at)
        slips = {
            (height - h + 1, width - w + 1): ": the border is missing",
            (height + h - 1, width + w - 1): ": the window hangs over too far",
            (height - h + w, width - w + h): ": are height and width mixed up?",
            (height, width - w + h): ": the border for the height is on both axes",
            (height - h + w, width): ": the border for the width is on both axes",
            (height - h + 3, width - w + 3): ": that border fits kernels of 3 × 3",
        }
        hint_if(
            found.shape != (height, width),
            f"for {at} the map has {by(found.shape)}, expected {by((height, width))}"
            + slips.get(tuple(found.shape), ""),
        )
        right, mistakes = same_size_maps(picture[None].double(), kernel.double())
        compare(found, right, mistakes, at)
    return "equal to F.conv2d on 20 random sizes"


def same_size_maps(picture: Tensor, kernel: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The map of a picture (1, H, W), and the maps that typical mistakes make."""
    h, w = kernel.shape
    rim = (w // 2, w // 2, h // 2, h // 2)  # left, right, above, below
    around = F.pad(picture, rim)
    right = convolved(around, kernel)[0]
    first_row = torch.zeros_like(right)
    first_row[0] = right[0]
    mistakes = {
        "you return the picture itself": picture[0],
        "your kernel is flipped": convolved(around, kernel.flip(0, 1))[0],
        "you average the products; a convolution adds them": right / kernel.numel(),
        "only the first row is filled: does the function return too early?": first_row,
    }
    borders = {
        "outside you repeat the rim of the picture; count 0 there": F.pad(
            picture, rim, mode="replicate"
        ),
        "outside you go on at the far side of the picture; count 0 there": F.pad(
            picture, rim, mode="circular"
        ),
        "outside you count -1, the paper; count 0 there": F.pad(picture, rim, value=-1),
        "the map is moved down and right: put zeros on all sides": F.pad(
            picture, (w - 1, 0, h - 1, 0)
        ),
        "the map is moved up and left: put zeros on all sides": F.pad(
            picture, (0, w - 1, 0, h - 1)
        ),
    }
    mistakes |= {hint: convolved(x, kernel)[0] for hint, x in borders.items()}
    if picture.shape[1] >= h and picture.shape[2] >= w:
        padded_after = F.pad(convolved(picture, kernel), rim)[0]
        mistakes["you put zeros around the map; put them around the picture"] = (
            padded_after
        )
    return right, mistakes


@exercise("a list of angles in degrees")
def lost_angles(angles: list[int]) -> str:
    """The angles, of 0, 3, … 90, at which the pieces fit the X no better than the O."""
    given = set(as_numbers(angles))
    tried = range(0, 91, 3)
    upright = drawn("X", [0])[0]
    corners = [(9, 9), (9, 25), (17, 17)]  # of three windows of 11 × 11
    best = {}
    for letter in "XO":
        pictures = drawn(letter, tried)
        maps = [
            convolved(pictures, upright[i : i + 11, j : j + 11]) for i, j in corners
        ]
        best[letter] = torch.stack(maps).amax(dim=(2, 3)).amin(dim=0)
    worse = best["X"] <= best["O"]
    lost = {angle for angle, is_lost in zip(tried, worse, strict=True) if is_lost}
    hint_if(not given, "your list is empty; turn the O as far as the X each time")
    places = {index for index, angle in enumerate(tried) if angle in lost}
    hint_if(given == places, "these are places in the list of angles, not degrees")
    hint_if(0 < max(given) < 2, "are these radians? The chapter counts degrees")
    for angle in sorted(given - lost):
        hint_if(
            angle not in tried, f"{angle:g} is not among the angles that were tried"
        )
        raise NotYet(f"at {angle:g} degrees the pieces fit the X better than the O")
    hint_if(given < lost, f"right so far ({len(given)}), but some are missing")
    return f"exactly these, of the {len(tried)} angles tried"


def drawn(letter: str, angles: list[int] | range) -> Tensor:
    """A letter at some angles, ink 1 and paper -1: (len(angles), 45, 45)."""
    turned = torch.tensor(list(angles))
    ink = draw_letters(letter * len(turned), angles=turned, size=45)[:, 0] > 96
    return ink.double() * 2 - 1


@exercise("a tensor of shape (3, 3), another kernel than the hidden one")
def same_on_stripes(other: Tensor) -> str:
    """A kernel (3, 3) far from the hidden one, with the same maps of all stripes."""
    other = as_tensor(other, (3, 3))
    hint_if(
        (other - HIDDEN).abs().max() <= 0.1,
        "that is the hidden kernel, or nearly; find one that is clearly different",
    )
    stripes = torch.randn(20, 1, 32).double().expand(20, 32, 32)
    found, right = convolved(stripes, other), convolved(stripes, HIDDEN)
    strength = ((found * right).sum() / right.square().sum()).item()
    hint_if(
        same(found, strength * right) and abs(strength - 1) > 0.01,
        f"on stripes your map is {strength:.3g} times that of the hidden kernel",
    )
    hint_if(
        same(other.sum(1), HIDDEN.sum(1)) and not same(found, right),
        "its rows add up to the same numbers; but here it is not the rows that count",
    )
    worst = (found - right).abs().max().item()
    hint_if(worst > 0.5, f"on stripes your map is off by up to {worst:.2f}")
    hint_if(
        worst > 0.05,
        f"on stripes your map is nearly right, but off by up to {worst:.2f}: train "
        "longer, or work the kernel out",
    )
    return "the same maps of 20 pictures of random stripes, to within a twentieth"


@exercise("a function that returns one kernel for two")
def compose(compose: Callable) -> str:
    """A function of kernels (h, w) and (m, n): the kernel that does what both do."""
    for trial in range(20):
        h, w, m, n = torch.randint(1, 6, (4,)).tolist()
        if trial == 0:  # two that hide no mistake, in a size that hides none
            h, w, m, n = 3, 3, 3, 3
        if trial == 1:
            h, w, m, n = 2, 4, 5, 3
        first, second = torch.randn(h, w), torch.randn(m, n)
        at = f"kernels of {h} × {w} and {m} × {n}"
        found = as_tensor(ask(compose, first, second, at=at), at=at)
        size = (h + m - 1, w + n - 1)
        slips = {
            (h, w): ": the two windows together reach further than one",
            (h + m, w + n): ": count the pixels that both windows cover, once each",
            (h + n - 1, w + m - 1): ": are height and width mixed up?",
        }
        hint_if(
            found.shape != size,
            f"for {at} yours has {by(found.shape)}, expected {by(size)}"
            + slips.get(tuple(found.shape), ""),
        )
        first, second = first.double(), second.double()
        around = F.pad(first, (n - 1, n - 1, m - 1, m - 1))
        corner = F.pad(first, (0, n - 1, 0, m - 1)), F.pad(second, (0, w - 1, 0, h - 1))
        flipped = convolved(around[None], second)[0]
        mistakes = {
            "one of your kernels is flipped: which pixel does each number reach?": (
                flipped
            ),
            "yours is the right kernel upside down and mirrored": convolved(
                around[None], second.flip(0, 1)
            )[0].flip(0, 1),
            "you add the kernels; one after the other they multiply": sum(corner),
            "each number of the second kernel takes all of the first with it": (
                corner[0] * corner[1]
            ),
        }
        dots = torch.zeros(1, 2 * size[0] - 1, 2 * size[1] - 1).double()
        dots[0, size[0] - 1, size[1] - 1] = 1  # under a kernel: the kernel, flipped
        right = convolved(convolved(dots, first), second)[0].flip(0, 1)
        compare(found, right, mistakes, at)
    return "both kernels in one, on 20 random sizes"


@exercise("a list of names from `classics`")
def separable(names: list[str]) -> str:
    """The names of those classic kernels that are a column times a row."""
    hint_if(isinstance(names, str), "you gave one string; give a list of names")
    names = list(names)
    ranks = {
        name: torch.linalg.matrix_rank(torch.tensor(numbers).double())
        for name, numbers in CLASSICS.items()
    }
    for name in names:
        hint_if(name not in CLASSICS, f"{name!r} is none of {', '.join(CLASSICS)}")
        hint_if(ranks[name] > 1, f"the rows of {name!r} are no multiples of one row")
    hint_if(not names, "your list is empty")
    for name in CLASSICS:
        hint_if(
            name not in names and ranks[name] == 1,
            "those that you name are right, but there are more",
        )
    return "by the ranks of all five"


@exercise("a function that returns a column (h, 1) and a row (1, w)")
def split(split: Callable) -> str:
    """A function of a kernel (h, w) of rank 1: a column (h, 1) and a row (1, w)."""
    for name, kernel in separable_kernels().items():
        h, w = kernel.shape
        parts = ask(split, kernel, at=name)
        hint_if(
            not isinstance(parts, tuple | list) or len(parts) != 2,
            f"for {name} your function returned {named(parts)}; return two tensors",
        )
        column, row = (as_tensor(part, at=name) for part in parts)
        hint_if(
            column.shape == (1, w) and row.shape == (h, 1),
            "the row comes first; return the column, then the row",
        )
        hint_if(
            column.shape != (h, 1) or row.shape != (1, w),
            f"for {name} the shapes are {tuple(column.shape)} and {tuple(row.shape)}, "
            f"expected {(h, 1)} and {(1, w)}",
        )
        product, kernel = column @ row, kernel.double()
        size = kernel.norm()  # of a kernel of rank 1 this is its singular value
        mistakes = {
            "the sign is lost": -kernel,
            "the singular value is missing": kernel / size,
            "the singular value is in it twice": kernel * size,
        }
        mistakes = {f"for {name} {hint}": wrong for hint, wrong in mistakes.items()}
        compare(product, kernel, mistakes, name)
    return "on the three classics, and on 18 others of rank 1"


def separable_kernels() -> dict[str, Tensor]:
    """Kernels of rank 1: random ones, the classics, some that begin with zeros."""
    kernels = {}
    for number in range(16):
        h, w = torch.randint(2, 8, (2,)).tolist()
        kernel = torch.randn(h, 1) @ torch.randn(1, w)
        kernels[f"random kernel {number} of {h} × {w}"] = kernel
    for name in ("vertical edges", "horizontal edges", "blur"):
        kernels[f"the kernel of {name}"] = torch.tensor(CLASSICS[name]).float()
    corner = torch.zeros(3, 4)
    corner[1:, 2:] = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    kernels["a kernel that begins with zeros"] = corner
    kernels["a kernel that begins with zeros, transposed,"] = corner.T
    return kernels
