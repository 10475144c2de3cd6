"""Synthetic scenes to segment: two garments on a textured ground, and a class a pixel.

The garments are those of Fashion-MNIST, cut out of their black ground, in a random
colour, and laid on a random texture; the second may cover part of the first. They are
no photographs: real pictures have shadows, other sizes, and ground that resembles
things.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini import expect
from d2lmini.data import load_data

NAMES = ("ground", "T-shirt", "trouser", "bag", "ankle boot")
KINDS = (0, 1, 8, 9)  # the classes of Fashion-MNIST that these are
SIDE, SIZE = 28, 64  # pixels of a garment, and of a scene
VISIBLE = 24  # darker pixels of a garment's picture, of 255, are its ground


class Scenes(NamedTuple):
    """images: uint8 (N, 3, 64, 64). labels: int64 (N, 64, 64), indices of NAMES."""

    images: Tensor
    labels: Tensor

    def normalised(self) -> Tensor:
        """The images as floats between about -2 and 2."""
        return self.images.float() / 64 - 2


def draw_scenes(count: int, split: str = "train", seed: int = 0) -> Scenes:
    """Draw scenes from the garments of a split, "train" or "test"."""
    count = expect.whole("count", count)
    random = torch.Generator().manual_seed(seed)
    data = load_data("fashion", split)
    chosen = torch.isin(data.labels, torch.tensor(KINDS)).nonzero()[:, 0]
    images, labels = ground(count, random), torch.zeros(count, SIZE, SIZE).long()
    for _ in range(2):
        picks = chosen[torch.randint(len(chosen), (count,), generator=random)]
        top, left = torch.randint(SIZE - SIDE + 1, (2, count), generator=random)
        light = place(data.images[picks, 0], top, left)[:, None]  # (N, 1, 64, 64)
        colour = 0.3 + 0.7 * torch.rand(count, 3, 1, 1, generator=random)
        garment = colour * (0.25 + 0.75 * light / 255)
        images = torch.where(light > VISIBLE, garment, images)
        kinds = (data.labels[picks, None] == torch.tensor(KINDS)).long().argmax(dim=1)
        labels = torch.where(light[:, 0] > VISIBLE, 1 + kinds[:, None, None], labels)
    return Scenes((images * 255).round().to(torch.uint8), labels)


def ground(count: int, random: torch.Generator) -> Tensor:
    """Random textures from 0 to 1: patches and grain in a colour, (N, 3, 64, 64)."""
    patches = torch.rand(count, 1, 9, 9, generator=random)
    patches = F.interpolate(patches, size=SIZE, mode="bilinear")
    grain = torch.rand(count, 1, SIZE, SIZE, generator=random)
    colour = 0.2 + 0.8 * torch.rand(count, 3, 1, 1, generator=random)
    return colour * (0.6 * patches + 0.4 * grain)


def place(pictures: Tensor, top: Tensor, left: Tensor) -> Tensor:
    """Lay pictures (N, 28, 28) at (top, left) on black ones: (N, 64, 64)."""
    rows = torch.arange(SIZE) - top[:, None]  # (N, 64), rows of the pictures
    columns = torch.arange(SIZE) - left[:, None]
    n = torch.arange(len(pictures))[:, None, None]
    rim = F.pad(pictures, [1, 1, 1, 1])  # black around: what lies outside ends there
    rows = (rows + 1).clamp(0, SIDE + 1)[:, :, None]
    columns = (columns + 1).clamp(0, SIDE + 1)[:, None, :]
    return rim[n, rows, columns]
