"""Right and wrong answers to the exercises of 01-pixels-and-channels.ipynb."""

import torch
import torch.nn.functional as F

from d2lmini.checks.pixels import (
    broken_pictures,
    coarse,
    discs,
    level_of,
    light_of,
    spread,
)
from d2lmini.data.scene import draw_scene

SCENE = draw_scene()
FACTORS = torch.tensor([1 / 4, 1 / 3, 1 / 2])[:, None, None]
LIT = (SCENE[0] > 230) & (SCENE[1] > 230) & (SCENE[2] > 180) & (SCENE[2] < 200)
DARK = (SCENE * FACTORS).round()
NIGHT = torch.where(LIT, SCENE, DARK)

INSIDE, PAINT = discs()
KEPT = torch.full((3, 90, 120), 255.0)
for channel in range(3):
    for other in {0, 1, 2} - {channel}:
        KEPT[other, INSIDE[channel]] = 0
MIXED = ["cyan", "magenta", "yellow", "blue", "green", "red", "black"]


def changed(place, name):
    return [name if i == place else right for i, right in enumerate(MIXED)]


def mean_light(picture):
    return F.avg_pool2d(light_of(picture), 2)


def halve(picture):
    return level_of(mean_light(picture)).round().byte()


def by_slices(picture):
    light = light_of(picture)
    rows = light[:, ::2] + light[:, 1::2]
    return level_of((rows[..., ::2] + rows[..., 1::2]) / 4).round().byte()


def by_power(picture):
    return 255 * F.avg_pool2d((picture / 255) ** 2.2, 2) ** (1 / 2.2)


def recover(black, white):
    alpha = 1 - (white - black).mean(dim=0)
    alpha = torch.where(alpha > 1e-6, alpha, 0)
    return alpha, torch.where(alpha > 0, black / alpha.clamp(min=1e-6), 0)


def from_white(black, white):
    alpha = 1 - (white - black)[1]
    colour = (white - 1 + alpha) / alpha
    return [alpha, colour.nan_to_num(0, 0, 0).clamp(0, 1)]


def undivided(black, white):
    return recover(black, white)[0], black


def twice(black, white):
    return recover(black, white)[0], black * recover(black, white)[0]


def divided(black, white):
    alpha = recover(black, white)[0]
    return alpha, black / alpha


def luma(picture):
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    return (weights * picture).sum(dim=0, keepdim=True)


def coarse_colour(picture):
    light = luma(picture)
    red, blue = (light + coarse(picture[i : i + 1] - light) for i in (0, 2))
    return torch.cat([red, (light - 0.299 * red - 0.114 * blue) / 0.587, blue])


def all_three(picture):
    return luma(picture) + coarse(picture - luma(picture))


def with_the_old_green(picture):
    found = coarse_colour(picture)
    return torch.stack([found[0], picture[1], found[2]])


RIGHT = {
    "night": [(NIGHT,), (NIGHT.byte(),), (NIGHT.byte().numpy(),)],
    "mixtures": [(MIXED,), (tuple(MIXED),), ([name.title() for name in MIXED],)],
    "paint": [(PAINT,), (PAINT.byte(),)],
    "conventions": [("ebdac",), (list("EBDAC"),), ("e, b, d, a, c",)],
    "half_transparent": [("c", "b"), ("(c)", "B")],
    "halve": [(halve,), (by_slices,)],
    "recover": [(recover,), (from_white,)],
    "coarse_colour": [(coarse_colour,), (all_three,)],
}

WRONG = {
    "night": {
        "by day": ((SCENE,), "the street by day"),
        "no windows": ((DARK,), "keep their light"),
        "the wrong way round": ((torch.where(LIT, DARK, SCENE),), "other way round"),
        "factors in another order": (
            (torch.where(LIT, SCENE, SCENE * FACTORS.flip(0)),),
            "red is dimmed by the factor for blue",
        ),
        "one factor": ((torch.where(LIT, SCENE, SCENE / 4),), "dimmed alike"),
        "black": ((SCENE * LIT,), "to be dimmed only"),
        "from 0 to 1": ((NIGHT / 255,), "your numbers go up to 0.98;"),
        "channels last": ((NIGHT.permute(1, 2, 0),), "the shape (128, 192, 3), not"),
        "subtracted": ((SCENE - 100,), "pixels are wrong, by up to"),
        "zeros": ((torch.zeros(3, 128, 192),), "your numbers go up to 0;"),
    },
    "mixtures": {
        "light": (
            (["red", "green", "blue", "yellow", "magenta", "cyan", "white"],),
            "the disc of channel 0 is red in light",
        ),
        "light where two overlap": ((changed(3, "yellow"),), "is yellow in light"),
        "a white middle": ((changed(6, "white"),), "the middle is white in light"),
        "exchanged": ((changed(1, "yellow"),), "channel 1 is not yellow"),
        "the other overlap": ((changed(4, "blue"),), "overlap of 0 and 2 is not blue"),
        "unknown": ((changed(0, "teal"),), "'teal' is none of"),
        "too few": ((MIXED[:3],), "give seven names, not 3"),
        "one string": (("cyan",), "give a list of names"),
    },
    "paint": {
        "light": ((255 - PAINT,), "the discs of light"),
        "only paper": ((torch.full((3, 90, 120), 255),), "all is white"),
        "black paper": ((torch.zeros(3, 90, 120),), "your numbers go up to 0;"),
        "black discs": (
            ((~INSIDE.any(dim=0)).expand(3, -1, -1) * 255,),
            "your discs are black",
        ),
        "kept": ((KEPT,), "your discs keep their own channel"),
        "from 0 to 1": ((PAINT / 255,), "your numbers go up to 1;"),
        "in another order": ((PAINT.flip(0),), "pixels are wrong, by up to 255"),
        "channels last": ((PAINT.permute(1, 2, 0),), "the shape (90, 120, 3), not"),
    },
    "conventions": {
        "reshape": (("abdac",), "picture 1 is not a: then the picture would be torn"),
        "swapped": (("ebbac",), "picture 3 is not b: then the street would lie"),
        "order": (("ebcac",), "picture 3 is not c: then hues change"),
        "bytes": (("dbdac",), "picture 1 is not d: then some dark places"),
        "floats": (("ebeac",), "picture 3 is not e: then bright places"),
        "colour map": (("ebdfc",), "picture 4 is not f: then there is one channel"),
        "stretched": (("ebdgc",), "picture 4 is not g: then it is grey"),
        "no blue": (("ebdah",), "picture 5 is not h: then there is hardly any blue"),
        "too few": (("ebd",), "give five letters, one a picture, not 3"),
        "unknown": (("ebdax",), "'x' is none of a to h"),
        "pictures": ((broken_pictures(),), "give five letters from a to h"),
    },
    "half_transparent": {
        "half of 255": (("a", "b"), "floats: 128 would be half of 255"),
        "invisible": (("b", "b"), "floats: only an alpha of 0"),
        "an error": (("d", "b"), "floats: matplotlib only warns"),
        "half a byte": (("c", "a"), "bytes: a byte holds whole numbers only"),
        "rounded up": (("c", "c"), "bytes: for that, 255"),
        "another error": (("c", "d"), "bytes: nothing is raised"),
        "numbers": ((1, 0), "1 is none of a, b, c, d"),
    },
    "halve": {
        "no bytes": ((lambda x: halve(x).double(),), "you do not return bytes"),
        "levels": ((lambda p: F.avg_pool2d(p.float(), 2),), "you average the levels"),
        "every second": ((lambda p: p[:, ::2, ::2],), "every second pixel"),
        "the brightest": ((lambda p: F.max_pool2d(p.float(), 2),), "the brightest"),
        "still light": ((mean_light,), "your numbers go up to"),
        "light in bytes": ((lambda p: 255 * mean_light(p),), "turn it into levels"),
        "no light": (
            (lambda p: level_of(F.avg_pool2d(p / 255, 2)),),
            "turn them into light first",
        ),
        "a power": ((by_power,), "nearly: a plain power"),
        "the same size": ((lambda p: p,), "expected 3 ×"),
        "one axis": ((lambda p: p[:, ::2],), "expected 3 ×"),
        "a sum": ((lambda p: level_of(4 * mean_light(p)),), "pixels are wrong"),
        "zeros": ((lambda p: 0 * p[:, ::2, ::2],), "your numbers go up to 0;"),
        "no floats": ((lambda p: F.avg_pool2d(p, 2),), "avg_pool2d"),
        "a tensor": ((SCENE,), "give a function"),
    },
    "recover": {
        "one minus alpha": (
            (lambda b, w: (1 - recover(b, w)[0], recover(b, w)[1]),),
            "your alpha is 1 where it must be 0",
        ),
        "undivided": ((undivided,), "still multiplied by alpha"),
        "multiplied": ((twice,), "once too often"),
        "over white": ((lambda b, w: (recover(b, w)[0], w),), "those over white"),
        "divided by 0": ((divided,), "you divide by 0"),
        "three alphas": ((lambda b, w: (1 - w + b, b),), "one number per pixel"),
        "alpha only": ((lambda b, w: recover(b, w)[0],), "you return a tensor"),
        "colours first": ((lambda b, w: recover(b, w)[::-1],), "one number per pixel"),
        "the mean": ((lambda b, w: ((b + w).mean(dim=0) / 2, b),), "values are off"),
        "zeros": ((lambda b, w: (0 * b[0], b),), "every number of yours is 0"),
    },
    "coarse_colour": {
        "the old green": ((with_the_old_green,), "you keep the old green"),
        "as it is": ((lambda p: p,), "the picture as it is"),
        "brightness": (
            (lambda p: p - luma(p) + coarse(luma(p)),),
            "the brightness coarse",
        ),
        "everything": ((coarse,), "everything coarse"),
        "grey": ((lambda p: luma(p).expand_as(p),), "your picture is grey"),
        "luma only": ((luma,), "the shape (1,"),
        "not rebuilt": (
            (lambda p: torch.cat([luma(p), coarse(p[::2] - luma(p))]),),
            "rebuild the colours",
        ),
        "no brightness": ((lambda p: coarse(p - luma(p)),), "brightness is missing"),
        "one of sixteen": (
            (lambda p: luma(p) + spread((p - luma(p))[:, ::4, ::4]),),
            "you take one pixel of each 4 × 4",
        ),
        "shrunk": ((lambda p: F.avg_pool2d(p, 4),), "the shape (3,"),
        "twice as bright": ((lambda p: 2 * all_three(p),), "values are off"),
    },
}
