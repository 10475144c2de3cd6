"""Synthetic scenes to segment: two garments on a textured ground, and a class a pixel.

The garments are those of Fashion-MNIST, cut out of their black ground, given a random
colour and laid on a random texture; the second may cover part of the first. They are no
photographs: there things have other sizes, cast shadows, and resemble their ground.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini import expect
from d2lmini.data import ImageData

CLASSES = ("ground", "T-shirt", "trouser", "bag", "ankle boot")
KINDS = (0, 1, 8, 9)  # what all but the first are called in Fashion-MNIST
SIDE = 28  # pixels of a garment
SIZE = 64  # and of a scene
DARK = 24  # of 255: what is not brighter is no garment


class Scenes(NamedTuple):
    """images: uint8 (N, 3, 64, 64). labels: int64 (N, 64, 64), indices of CLASSES."""

    images: Tensor
    labels: Tensor

    def normalised(self) -> Tensor:
        """The images as floats, black -1 and full 1."""
        return self.images.float() / 127.5 - 1


def draw_ground(count: int, random: torch.Generator) -> Tensor:
    """Random textures in a random colour, patches and grain: (N, 3, 64, 64), 0 to 1."""
    patches = torch.rand(count, 1, 9, 9, generator=random)
    patches = F.interpolate(patches, size=SIZE, mode="bilinear")
    grain = torch.rand(count, 1, SIZE, SIZE, generator=random)
    colour = 0.2 + 0.8 * torch.rand(count, 3, 1, 1, generator=random)
    return colour * (0.6 * patches + 0.4 * grain)


def place(garments: Tensor, top: Tensor, left: Tensor) -> Tensor:
    """Lay each garment, (N, 28, 28), at its (top, left) on black: (N, 64, 64)."""
    scenes = garments.new_zeros(len(garments), SIZE, SIZE)
    n = torch.arange(len(garments))[:, None, None]
    rows = top[:, None, None] + torch.arange(SIDE)[:, None]  # (N, 28, 1)
    columns = left[:, None, None] + torch.arange(SIDE)  # (N, 1, 28)
    scenes[n, rows, columns] = garments
    return scenes


def draw_scenes(data: ImageData, count: int, seed: int = 0) -> Scenes:
    """Draw scenes with two garments each from Fashion-MNIST's images, or part of them.

    Raises ValueError when none of them is of a kind in CLASSES.
    """
    random = torch.Generator().manual_seed(seed)
    images = draw_ground(expect.whole("count", count), random)
    labels = torch.zeros(count, SIZE, SIZE).long()
    usable = torch.isin(data.labels, torch.tensor(KINDS)).nonzero()[:, 0]
    if len(usable) == 0:
        raise ValueError(f"{data!r} has no garment of the kinds {CLASSES[1:]}")
    for _ in range(2):
        picks = usable[torch.randint(len(usable), (count,), generator=random)]
        top, left = torch.randint(SIZE - SIDE + 1, (2, count), generator=random)
        light = place(data.images[picks, 0], top, left)  # (N, 64, 64)
        colour = 0.3 + 0.7 * torch.rand(count, 3, 1, 1, generator=random)
        garment = colour * (0.25 + 0.75 * light[:, None] / 255)
        images = torch.where(light[:, None] > DARK, garment, images)
        kind = data.labels[picks, None] == torch.tensor(KINDS)  # (N, 4), one is True
        number = 1 + kind.long().argmax(dim=1)
        labels = torch.where(light > DARK, number[:, None, None], labels)
    return Scenes((255 * images).round().to(torch.uint8), labels)
