"""Checks of the exercises in `notebooks/01-pixels-and-channels.ipynb`."""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_tensor,
    ask,
    by,
    choice,
    compare,
    hint_if,
    named,
)
from d2lmini.data.scene import draw_scene

LUMA = torch.tensor([0.299, 0.587, 0.114]).double()[:, None, None]
CENTRES = [(35, 60), (57, 46), (57, 74)]  # of the discs of light: row, column
PLACES = {  # a pixel of each part of the discs of paint
    "the disc of channel 0": (15, 60),
    "the disc of channel 1": (70, 30),
    "the disc of channel 2": (70, 90),
    "the overlap of 0 and 1": (45, 42),
    "the overlap of 0 and 2": (45, 78),
    "the overlap of 1 and 2": (72, 60),
    "the middle": (50, 60),
}
COLOURS = ["black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"]


def near(found: Tensor, right: Tensor) -> bool:
    """Whether two pictures agree to within one level, which rounding may cost."""
    return bool((found - right).abs().max() <= 1)


def levels(found: Tensor, right: Tensor, mistakes: Mapping[str, Tensor]) -> None:
    """Raise `NotYet` unless two pictures of levels agree to within one level."""
    if near(found, right):
        return
    hint_if(
        found.abs().max() <= 1 < right.max(),
        f"your numbers go up to {found.max():.3g}; levels go up to 255",
    )
    for hint, wrong in mistakes.items():
        hint_if(near(found, wrong), hint)
    off = (found - right).abs()
    raise NotYet(
        f"{(off > 1).any(dim=0).sum()} of {right[0].numel()} pixels are wrong, by up "
        f"to {off.max():.0f} levels"
    )


@exercise("a tensor of shape (3, 128, 192)")
def night(picture: Tensor) -> str:
    """The street, its channels dimmed to 1/4, 1/3 and 1/2, except in the windows."""
    street = draw_scene().double()
    found = as_tensor(picture, tuple(street.shape))
    red, green, blue = street
    lit = (red > 230) & (green > 230) & (blue > 180) & (blue < 200)
    factors = torch.tensor([1 / 4, 1 / 3, 1 / 2]).double()[:, None, None]
    dark = street * factors
    mistakes = {
        "that is the street by day": street,
        "the windows are dark as well; keep their light": dark,
        "the windows are dark and the street is not: the other way round": torch.where(
            lit, dark, street
        ),
        "red is dimmed by the factor for blue, and blue by that for red": torch.where(
            lit, street, street * factors.flip(0)
        ),
        "all channels are dimmed alike; each has its own factor": torch.where(
            lit, street, street / 4
        ),
        "outside the windows all is black; it is to be dimmed only": street * lit,
    }
    levels(found, torch.where(lit, street, dark), mistakes)
    return f"to within one level; light is on in {lit.sum()} pixels"


def discs() -> tuple[Tensor, Tensor]:
    """Where the three discs are, bool (3, 90, 120), and the picture of paint."""
    y, x = torch.arange(90)[:, None], torch.arange(120)[None]
    inside = [(y - row) ** 2 + (x - column) ** 2 < 28**2 for row, column in CENTRES]
    return torch.stack(inside), 255.0 * ~torch.stack(inside)


@exercise("a tensor of shape (3, 90, 120)")
def paint(picture: Tensor) -> str:
    """White paper on which each of three discs sets its channel to 0."""
    inside, right = discs()
    found = as_tensor(picture, (3, 90, 120))
    own = [inside[[i for i in range(3) if i != c]].any(dim=0) for c in range(3)]
    mistakes = {
        "those are the discs of light on black": 255.0 * inside,
        "all is white: each disc sets its channel to 0": torch.full_like(right, 255),
        "your discs are black: each may take away its own channel only": (
            255.0 * ~inside.any(dim=0).expand(3, -1, -1)
        ),
        "your discs keep their own channel; they are to take it away": (
            255.0 * ~torch.stack(own)
        ),
    }
    levels(found, right, mistakes)
    return "in all three channels"


@exercise("a list of seven names of colours")
def mixtures(names: list[str]) -> str:
    """What paint makes: the three discs, the overlaps 01, 02 and 12, the middle."""
    hint_if(isinstance(names, str), "you gave one string; give a list of names")
    names = [str(name).strip().lower() for name in names]
    hint_if(len(names) != 7, f"give seven names, not {len(names)}")
    _, picture = discs()
    for name, (place, (row, column)) in zip(names, PLACES.items(), strict=True):
        hint_if(name not in COLOURS, f"{name!r} is none of {', '.join(COLOURS)}")
        red, green, blue = (picture[:, row, column] > 0).tolist()
        hint_if(
            name == COLOURS[4 * (not red) + 2 * (not green) + (not blue)],
            f"{place} is {name} in light; paint takes this away from white",
        )
        hint_if(
            name != COLOURS[4 * red + 2 * green + blue],
            f"{place} is not {name}: which channels are still 255 there?",
        )
    return "the three discs, their overlaps and the middle"


def broken() -> dict[str, Tensor]:
    """Broken pictures of the street (H, W, 3), by the letter of what was broken."""
    street = draw_scene()
    return {
        "e": (street.permute(1, 2, 0) / 90).clamp(0, 1),
        "b": street.permute(2, 1, 0),
        "d": street.permute(1, 2, 0) - 60,
        "a": street.permute(1, 2, 0).reshape(3, 128, 192).permute(1, 2, 0),
        "c": street.flip(0).permute(1, 2, 0),
    }


def broken_pictures() -> list[Tensor]:
    """Five broken pictures of the street (H, W, 3), for the exercise to name."""
    return list(broken().values())


@exercise("five letters from a to h")
def conventions(letters: str) -> str:
    """The letter of the convention that each of the five pictures broke."""
    given = [letter for letter in "".join(letters).lower() if letter not in " ,"]
    hint_if(len(given) != 5, f"give five letters, one a picture, not {len(given)}")
    looks = {
        "a": "then the picture would be torn into copies or noise",
        "b": "then the street would lie on its side",
        "c": "then hues change, but what is white or grey stays so",
        "d": "then some dark places turn bright, or bright ones dark",
        "e": "then bright places lose their shades and dark ones do not",
        "f": "then there is one channel, in colours unlike those of the street",
        "g": "then it is grey, with more contrast than the street has",
        "h": "then there is hardly any blue in it, and white turns yellow",
    }
    for number, (letter, right) in enumerate(zip(given, broken(), strict=True), 1):
        hint_if(letter not in looks, f"{letter!r} is none of a to h")
        hint_if(
            letter != right, f"picture {number} is not {letter}: {looks.get(letter)}"
        )
    return "all five; the solution breaks the street in the same ways"


def light_of(picture: Tensor) -> Tensor:
    """The light of levels 0 to 255, from 0 to 1, by the sRGB standard."""
    value = picture.double() / 255
    return torch.where(
        value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    )


def level_of(light: Tensor) -> Tensor:
    """The levels 0 to 255 of light from 0 to 1."""
    value = 1.055 * light ** (1 / 2.4) - 0.055
    return 255 * torch.where(light <= 0.0031308, 12.92 * light, value)


@exercise("a function that returns a picture of half the height and width")
def halve(halve: Callable) -> str:
    """A function of bytes (3, H, W): bytes (3, H/2, W/2), whose light is averaged."""
    for _ in range(10):
        height, width = (2 * torch.randint(2, 9, (2,))).tolist()
        picture = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
        at = f"a picture of 3 × {height} × {width}"
        result = ask(halve, picture, at=at)
        found = as_tensor(result, at=at)
        half = (3, height // 2, width // 2)
        hint_if(
            tuple(found.shape) != half,
            f"for {at} you return {by(tuple(found.shape))}, expected {by(half)}",
        )
        light, plain = light_of(picture), picture.double()
        mean = F.avg_pool2d(light, 2)
        mistakes = {
            "you average the levels; average the light": F.avg_pool2d(plain, 2),
            "you take every second pixel; average all four": plain[:, ::2, ::2],
            "you take the brightest of four; average them": F.max_pool2d(plain, 2),
            "that is the light times 255; turn it into levels": 255 * mean,
            "you treat levels as light: turn them into light first": level_of(
                F.avg_pool2d(plain / 255, 2)
            ),
            "nearly: a plain power is not quite the formula, which has two parts": (
                255 * F.avg_pool2d((plain / 255) ** 2.2, 2) ** (1 / 2.2)
            ),
        }
        levels(found, level_of(mean), mistakes)
        hint_if(
            isinstance(result, Tensor) and result.dtype != torch.uint8,
            "you do not return bytes: round the levels, then use .byte()",
        )
    return "on 10 random pictures, to within one level"


@exercise("a function that returns alpha (H, W) and the colours (3, H, W)")
def recover(recover: Callable) -> str:
    """A function of a picture over black and over white, (3, H, W) each, 0 to 1."""
    for _ in range(10):
        height, width = torch.randint(3, 9, (2,)).tolist()
        colour, alpha = torch.rand(3, height, width).double(), torch.rand(height, width)
        alpha = (1.2 * alpha.double() - 0.1).clamp(0, 1)  # some are 0, some are 1
        alpha[0, 0] = 0
        black, white = alpha * colour, alpha * colour + 1 - alpha
        at = f"pictures of {height} × {width}"
        parts = ask(recover, black, white, at=at)
        hint_if(
            not isinstance(parts, tuple | list) or len(parts) != 2,
            f"you return {named(parts)}; return alpha and the colours",
        )
        hint_if(
            getattr(parts[0], "shape", None) == (3, height, width),
            "your first result has three channels; alpha is one number per pixel",
        )
        found = as_tensor(parts[0], (height, width), at=at)
        compare(found, alpha, {"your alpha is 1 where it must be 0": 1 - alpha}, at)
        seen = alpha > 0
        hint_if(
            isinstance(parts[1], Tensor) and not parts[1].isfinite().all(),
            "where alpha is 0 you divide by 0; put the colour 0 there",
        )
        found = as_tensor(parts[1], (3, height, width), at=at) * seen
        mistakes = {
            "your colours are still multiplied by alpha": black,
            "your colours are those over white": white * seen,
            "your colours are multiplied by alpha once too often": alpha * black,
        }
        compare(found, colour * seen, mistakes, f"the colours of {at}")
    return "on 10 random pictures, wherever alpha is not 0"


@exercise("two of the letters a to d")
def half_transparent(in_floats: str, in_bytes: str) -> str:
    """What is drawn after `img[3] = 128` in floats, and after `0.5` in bytes."""
    wrong = {
        "a": "128 would be half of 255, but these are floats",
        "b": "only an alpha of 0 is invisible",
        "d": "matplotlib only warns",
    }
    choice(in_floats, "abcd", {k: f"floats: {hint}" for k, hint in wrong.items()})
    wrong = {
        "a": "a byte holds whole numbers only; which one is left of 0.5?",
        "c": "for that, 255 would have to be left",
        "d": "nothing is raised; print the channel afterwards",
    }
    choice(in_bytes, "abcd", {k: f"bytes: {hint}" for k, hint in wrong.items()})
    return "the range belongs to the type"


@exercise("a function that returns a picture of the same shape")
def coarse_colour(compress: Callable) -> str:
    """A function of floats (3, H, W): the same, with two differences made coarse."""
    for _ in range(10):
        height, width = (4 * torch.randint(2, 5, (2,))).tolist()
        picture = (255 * torch.rand(3, height, width)).double()
        at = f"a picture of 3 × {height} × {width}"
        found = as_tensor(ask(compress, picture, at=at), (3, height, width), at=at)
        light = (LUMA * picture).sum(dim=0, keepdim=True)
        right = light + coarse(picture - light)
        with_old_green = torch.stack([right[0], picture[1], right[2]])
        mistakes = {
            "you keep the old green; work it out from brightness, red and blue": (
                with_old_green
            ),
            "you return the picture as it is": picture,
            "you made the brightness coarse, not the differences": picture
            - light
            + coarse(light),
            "you made everything coarse; keep the brightness": coarse(picture),
            "your picture is grey: add the differences again": light.expand(3, -1, -1),
            "you return the brightness and the differences; rebuild the colours": (
                torch.cat([light, coarse(picture[::2] - light)])
            ),
            "the brightness is missing: add it again": coarse(picture - light),
            "you take one pixel of each 4 × 4; average them": light
            + spread((picture - light)[:, ::4, ::4]),
        }
        compare(found, right, mistakes, at)
    return "on 10 random pictures"


def coarse(planes: Tensor) -> Tensor:
    """Replace each block of 4 × 4 of planes (C, H, W) by its mean."""
    return spread(F.avg_pool2d(planes, 4))


def spread(planes: Tensor) -> Tensor:
    """Turn each number of planes (C, h, w) into a block of 4 × 4."""
    return planes.repeat_interleave(4, 1).repeat_interleave(4, 2)
