"""The letters X and O, drawn by arithmetic: turned, scaled and shifted. Synthetic.

A letter is a distance: for each pixel, how far its centre lies from the middle of the
nearest stroke. Pixels that the edge of a stroke cuts are covered in part.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from d2lmini import expect
from d2lmini.data import ImageData

LETTERS = ("X", "O")
MEAN, STD = (0.19,), (0.36,)  # of 10,000 letters with the default ranges


def draw_letters(
    letters: Sequence[str],
    *,
    angles: float | Tensor = 0.0,
    scales: float | Tensor = 1.0,
    shifts: tuple[float, float] | Tensor = (0.0, 0.0),
    size: int = 28,
) -> Tensor:
    """Draw Xs and Os, white on black, as uint8 (N, 1, size, size). Synthetic.

    letters: N of "X" and "O", such as "XXO". angles: in degrees, counter-clockwise.
    scales: above 0; 1 makes a letter 0.6 of the picture high, between the middles of
    its strokes. shifts: (down, right) in pixels. Each of the three is one for all
    letters, or a tensor with a row for each: (N,), (N,), (N, 2). An O is higher than
    wide, so that it can be seen to turn.
    """
    unknown = sorted(set(letters) - set(LETTERS))
    if unknown or not letters:
        raise ValueError(f"letters are {letters!r}; give one or more of 'X' and 'O'")
    size = expect.whole("size", size)
    count = len(letters)
    angles, scales, shifts = (
        torch.as_tensor(values, dtype=torch.double)
        for values in (angles, scales, shifts)
    )
    if (scales <= 0).any():
        raise ValueError(f"scales go down to {scales.min()}; they must be above 0")
    angles = angles.expand(count)[:, None, None].deg2rad()
    scales = scales.expand(count)[:, None, None]
    shifts = shifts.expand(count, 2)[:, :, None, None]
    unit = 0.6 * size * scales  # pixels: the height of the letter
    place = torch.arange(size).double() + 0.5 - size / 2
    down, right = place[:, None] - shifts[:, 0], place[None, :] - shifts[:, 1]
    y = (right * angles.sin() + down * angles.cos()) / unit  # turned with the letter
    x = (right * angles.cos() - down * angles.sin()) / unit
    is_x = torch.tensor([letter == "X" for letter in letters])[:, None, None]
    distance = torch.where(is_x, _cross(y, x), _ring(y, x)) - 0.09  # half a stroke
    return ((0.5 - unit * distance).clamp(0, 1) * 255).round().to(torch.uint8)[:, None]


def random_letters(
    count: int,
    *,
    angles: tuple[float, float] = (-20.0, 20.0),
    scales: tuple[float, float] = (0.8, 1.2),
    shift: float = 3.0,
    size: int = 28,
) -> ImageData:
    """Draw Xs and Os at random: turned, scaled and shifted evenly within the ranges.

    angles: lowest and highest, in degrees. scales: lowest and highest. shift: at most
    so many pixels up, down, left and right. Label 0 is an X, 1 an O, in equal numbers.
    The random numbers are those of `torch`, so `set_seed` makes the same letters again.
    """
    if count < 2 or count % 2:
        raise ValueError(f"count is {count}; give an even number, half Xs and half Os")
    count = expect.whole("count", count)
    for name, (low, high) in {"angles": angles, "scales": scales}.items():
        if low > high:
            raise ValueError(f"{name} are {low} to {high}; give the lowest first")

    def between(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, dtype=torch.double)

    images = draw_letters(
        "XO" * (count // 2),
        angles=between(*angles, count),
        scales=between(*scales, count),
        shifts=between(-shift, shift, count, 2),
        size=size,
    )
    labels = torch.arange(count) % 2
    return ImageData(images, labels, LETTERS, MEAN, STD)


def _cross(y: Tensor, x: Tensor) -> Tensor:
    """Distance to the nearer stroke of an X, one high and one wide."""
    along, across = (y + x).abs() / math.sqrt(2), (y - x).abs() / math.sqrt(2)
    return torch.minimum(
        torch.hypot((along - math.sqrt(0.5)).clamp(min=0), across),
        torch.hypot((across - math.sqrt(0.5)).clamp(min=0), along),
    )


def _ring(y: Tensor, x: Tensor) -> Tensor:
    """Distance to an ellipse one high and 0.76 wide, to first order."""
    value = torch.hypot(y / 0.5, x / 0.38).clamp(min=1e-6)
    slope = torch.hypot(y / 0.25, x / 0.1444) / value
    return (value - 1).abs() / slope.clamp(min=1.0)
