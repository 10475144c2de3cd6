"""A synthetic picture in colour, drawn by arithmetic: three houses on a street.

A shape is a signed distance: for each pixel, how far its centre lies from the edge of
the shape, negative inside. Pixels that the edge cuts are covered in part, so edges are
smooth. It is no photograph, and no file is read.
"""

import math

import torch
from torch import Tensor

from d2lmini import expect

Box = tuple[float, float, float, float]  # top, left, bottom, right; the height is 1
Colour = tuple[float, float, float]

DARK = (0.25, 0.2, 0.2)
CORNERS = [(0.06, 0.42), (0.46, 0.3), (0.92, 0.48)]  # of the walls: left, top
WALLS = [(0.8, 0.3, 0.25), (0.95, 0.8, 0.4), (0.35, 0.5, 0.8)]
ROOFS = [(0.35, 0.2, 0.2), (0.55, 0.25, 0.35), (0.25, 0.25, 0.35)]


def draw_scene(height: int = 128) -> Tensor:
    """Draw three houses on a street, uint8 (3, height, 3 * height // 2). Synthetic.

    It has flat walls, slanted roofs, a round sun, fine stripes (the fence) and all of
    red, green and blue. height: in pixels, 8 or more.
    """
    height = expect.whole("height", height, lowest=8)  # the street needs so many
    width = 3 * height // 2
    y = ((torch.arange(height).double() + 0.5) / height)[:, None]  # 0 top, 1 bottom
    x = ((torch.arange(width).double() + 0.5) / height)[None, :]  # 0 left, 1.5 right
    picture = torch.stack([0.35 + 0.6 * y, 0.6 + 0.3 * y, 0.95 - 0.15 * y]) + 0 * x

    def paint(distance: Tensor, colour: Colour) -> None:
        cover = (0.5 - height * distance).clamp(0, 1)  # the covered part of each pixel
        picture.add_(cover * (torch.tensor(colour)[:, None, None] - picture))

    paint(_disc(y, x, (0.2, 1.27), 0.1), (1.0, 0.85, 0.2))  # the sun
    paint(_disc(y, x, (1.35, 0.75), 0.85), (0.45, 0.7, 0.35))  # a hill
    for (left, top), wall, roof in zip(CORNERS, WALLS, ROOFS, strict=True):
        paint(_box(y, x, (top, left, 0.88, left + 0.34)), wall)
        paint(_roof(y, x, (top - 0.16, left - 0.03, top, left + 0.37)), roof)
        for row in (top + 0.06, top + 0.24):
            for column in (left + 0.05, left + 0.2):
                window = (row, column, row + 0.11, column + 0.09)
                paint(_box(y, x, window), (0.98, 0.95, 0.75))
                paint(_box(y, x, (row, column + 0.04, row + 0.11, column + 0.05)), DARK)
                paint(_box(y, x, (row + 0.05, column, row + 0.06, column + 0.09)), DARK)
    paint(_box(y, x, (0.7, 0.57, 0.88, 0.67)), (0.2, 0.35, 0.25))  # a door
    paint(_disc(y, x, (0.5, 1.38), 0.11), (0.1, 0.5, 0.2))  # a tree
    paint(_box(y, x, (0.58, 1.365, 0.88, 1.395)), (0.4, 0.25, 0.15))
    paint(_box(y, x, (0.88, 0.0, 1.0, 1.5)), (0.42, 0.42, 0.45))  # the road
    for picket in range(12):
        left = 0.9 + 0.05 * picket
        paint(_box(y, x, (0.74, left, 0.88, left + 0.025)), (1.0, 1.0, 1.0))
    for dash in range(6):
        left = 0.05 + 0.25 * dash
        paint(_box(y, x, (0.93, left, 0.945, left + 0.13)), (1.0, 1.0, 1.0))
    return (picture * 255).round().to(torch.uint8)


def _box(y: Tensor, x: Tensor, box: Box) -> Tensor:
    """Signed distance to a box: top, left, bottom, right."""
    top, left, bottom, right = box
    return torch.maximum(
        torch.maximum(top - y, y - bottom), torch.maximum(left - x, x - right)
    )


def _roof(y: Tensor, x: Tensor, box: Box) -> Tensor:
    """Signed distance to an upright triangle in a box."""
    top, left, bottom, right = box
    half, height = (right - left) / 2, bottom - top
    slant = ((x - left - half).abs() * height - (y - top) * half) / math.hypot(
        half, height
    )
    return torch.maximum(slant, y - bottom)


def _disc(y: Tensor, x: Tensor, centre: tuple[float, float], radius: float) -> Tensor:
    """Signed distance to a disc."""
    return torch.hypot(y - centre[0], x - centre[1]) - radius
