"""Right and wrong answers to the exercises of `notebooks/07-upsampling.ipynb`."""

import torch
import torch.nn.functional as F

DOUBLES = [(2, 0, 0), (4, 1, 0), (6, 2, 0)]
BLUR = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])
HAAR = torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
TURNED = torch.tensor([[3.0, 4, 0, 0], [-4, 3, 0, 0], [0, 0, 3, 4], [0, 0, 4, -3]]) / 5
ONE_HOT = torch.eye(4).reshape(4, 1, 2, 2)


def hidden(padding=1):
    """A picture of which nothing is left, if `shrink` had this padding."""
    generator = torch.Generator().manual_seed(1)
    picture = torch.randn(8, 8, generator=generator)
    left = F.conv2d(picture[None, None], BLUR[None, None], stride=2, padding=padding)
    first = 1 - padding  # the middle of the first window
    rows = left.shape[2]
    middles = slice(first, first + 2 * rows, 2)
    picture[middles, middles] -= left[0, 0] / 4
    return picture


def null_row(odd):
    """A row that windows of 1, 2, 1 with stride 2 do not see, from its odd columns."""
    row = torch.zeros(8)
    row[1::2] = odd
    around = F.pad(row, [1, 1])
    row[0::2] = -(around[0:8:2] + around[2:10:2]) / 2
    return row


def one_wrong():
    picture = hidden()
    picture[2, 4] += 1
    return picture


STRIPES = null_row(torch.tensor([2.0, 0, 2, 5]))
RISING = null_row(torch.tensor([1.0, 2, 4, 8]))
CHECKS = torch.tensor([[1.0, -1], [-1, 1]]).repeat(4, 4)


def stamps(x, kernel, stride):
    return F.conv_transpose2d(x[None, None], kernel[None, None], stride=stride)[0, 0]


def counts(x, kernel, stride):
    return stamps(torch.ones_like(x), torch.ones_like(kernel), stride).round()


def averaged(x, kernel, stride):
    return stamps(x, kernel, stride) / counts(x, kernel, stride).clamp(min=1)


def by_weights(x, kernel, stride):
    return stamps(x, kernel, stride) / stamps(torch.ones_like(x), kernel, stride)


def by_loops(x, kernel, stride):
    h, w = kernel.shape
    lists = {}
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            for a in range(h):
                for b in range(w):
                    place = i * stride + a, j * stride + b
                    lists.setdefault(place, []).append(x[i, j] * kernel[a, b])
    out = torch.zeros_like(stamps(x, kernel, stride))
    for place, values in lists.items():
        out[place] = sum(values) / len(values)
    return out


BALANCED = torch.tensor([[2.0, 1, 0], [1, 1, 1], [0, 1, 2]])
ONE_MORE = torch.ones(3, 3)
ONE_MORE[1, 1] = 1.01


def tent(factor, width=None):
    k = width or 2 * factor - factor % 2
    distance = (torch.arange(k) - (k - 1) / 2).abs() / factor
    return torch.outer(1 - distance, 1 - distance)


def by_meeting_boxes(factor):
    """Two boxes of the factor's width, one slid over the other."""
    box = torch.ones(1, 1, factor, factor).double() / factor
    k = F.conv2d(box, box, padding=factor - 1)[0, 0]
    if factor % 2:
        return k
    pair = torch.ones(1, 1, 2, 2).double() / 4  # the middle lies between two pixels
    return F.conv2d(k[None, None], pair, padding=1)[0, 0]


def to_the_rim(factor):
    k = 2 * factor - factor % 2
    line = 1 - torch.linspace(-1, 1, k).abs()
    return torch.outer(line, line)


def sum_of_one(factor):
    return tent(factor) / factor**2


RIGHT = {
    "exactly_double": [
        (DOUBLES,),
        (DOUBLES[::-1],),
        ({*DOUBLES},),
        ([[*s] for s in DOUBLES],),
    ],
    "leaves_no_trace": [
        (hidden(),),
        (hidden().numpy(),),
        (torch.outer(RISING, RISING) * 1e-3,),
        (hidden().double().requires_grad_(),),
    ],
    "average_stamps": [(averaged,), (by_loops,)],
    "still_uneven": [
        (BLUR,),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]],),
        (-1000 * BLUR,),
    ],
    "inserted_columns": [
        (lambda width, stride: (width - 1) * (stride - 1),),
        (lambda width, stride: torch.tensor(width * stride - width - stride + 1),),
    ],
    "equation_holds": [([1],), ({1.0},), (torch.tensor([1]),), (range(1, 2),)],
    "own_way_back": [
        (TURNED.reshape(4, 1, 2, 2),),
        (torch.linalg.qr(HAAR + torch.eye(4))[0].reshape(4, 1, 2, 2),),
        (ONE_HOT,),
    ],
    "unshuffle_kernels": [(ONE_HOT,), (ONE_HOT.numpy(),), (ONE_HOT.tolist(),)],
    "tent_kernel": [
        (tent,),
        (by_meeting_boxes,),
        (lambda factor: F.pad(tent(factor), [1, 1, 1, 1])[None, None],),
    ],
}

WRONG = {
    "exactly_double": {
        "none": (([],), "begin with the smallest kernel"),
        "too few": ((DOUBLES[:2],), "there are more"),
        "one twice": (([DOUBLES[0], DOUBLES[1], DOUBLES[1]],), "there are more"),
        "checks": (([*DOUBLES, (3, 1, 1)],), "the overlap is uneven"),
        "holes": (([*DOUBLES, (1, 0, 1)],), "has holes"),
        "too large": (([(4, 0, 0)],), "kernel 4, padding 0, output padding 0 makes 12"),
        "too small": (([(3, 1, 0)],), "makes 9 of 5"),
        "a larger kernel": (([*DOUBLES, (8, 3, 0)],), "kernel sizes from 1 to 6"),
        "refused": (([(4, 2, 2)],), "PyTorch refuses that output padding"),
        "pairs": (([(2, 0), (4, 1)],), "(2, 0) has 2 numbers"),
        "sizes": (([2, 4, 6],), "you gave an int; give a list of numbers"),
        "cut away": (([(2, 9, 0)],), "raised ValueError: padding 9 cuts away"),
        "one tuple": (((2, 0, 0),), "you gave an int"),
        "one number": ((2,), "give a list of settings"),
    },
    "leaves_no_trace": {
        "zeros": ((torch.zeros(8, 8),), "of course zeros"),
        "vertical stripes": ((STRIPES.expand(8, 8),), "rows 0 and 1 are equal"),
        "horizontal stripes": ((STRIPES[:, None].expand(8, 8),), "are equal"),
        "6 × 6": ((torch.ones(6, 6),), "the shape (6, 6), not (8, 8)"),
        "checks": ((CHECKS,), "nothing is left but at the border"),
        "no padding": ((hidden(padding=0),), "you forgot the padding"),
        "anything": ((torch.arange(64.0).reshape(8, 8),), "16 of the 16"),
        "one pixel wrong": ((one_wrong(),), "1 of the 16"),
        "with axes": ((hidden()[None, None],), "mind the axes of size 1"),
    },
    "average_stamps": {
        "unchanged": ((stamps,), "you still add the stamps"),
        "by the kernel": (
            (lambda x, k, s: stamps(x, k, s) / k.numel(),),
            "by all the numbers of the kernel",
        ),
        "by the input": (
            (lambda x, k, s: stamps(x, k, s) / x.numel(),),
            "by all the stamps",
        ),
        "by the largest": (
            (lambda x, k, s: stamps(x, k, s) / counts(x, k, s).max(),),
            "by the largest count",
        ),
        "by the weights": ((by_weights,), "by the sum of the weights"),
        "twice": (
            (lambda x, k, s: averaged(x, k, s) / counts(x, k, s).clamp(min=1),),
            "you divide twice",
        ),
        "holes": (
            (lambda x, k, s: stamps(x, k, s) / counts(x, k, s),),
            "get no stamp: leave 0 there",
        ),
        "only stride 2": ((lambda x, k, s: averaged(x, k, 2),), "the map has"),
        "cut": ((lambda x, k, s: averaged(x, k, s)[1:-1, 1:-1],), "expected 9 × 11"),
        "the input": ((lambda x, k, s: x,), "the map has 4 × 5"),
        "zeros": ((lambda x, k, s: 0 * stamps(x, k, s),), "every number of yours is 0"),
        "no stride": ((lambda x, k: x,), "raised TypeError"),
    },
    "still_uneven": {
        "ones": ((torch.ones(3, 3),), "all your numbers are equal"),
        "minus ones": ((-torch.ones(3, 3),), "all your numbers are equal"),
        "zeros": ((torch.zeros(3, 3),), "everything is 0, which is even"),
        "balanced": ((BALANCED,), "at the four kinds of places agree"),
        "nearly": ((ONE_MORE,), "make it easier to see"),
        "4 × 4": ((torch.rand(4, 4),), "the shape (4, 4), not (3, 3)"),
        "nan": ((torch.zeros(3, 3) / 0,), "nan or inf"),
    },
    "inserted_columns": {
        "the article's": ((lambda w, s: w * (s - 1),), "that is the article's number"),
        "the width": ((lambda w, s: (w - 1) * s + 1,), "that is the width afterwards"),
        "one gap": ((lambda w, s: s - 1,), "inserted into one gap"),
        "the gaps": ((lambda w, s: w - 1,), "the number of gaps"),
        "the stride": ((lambda w, s: (w - 1) * s,), "a stride of 1 inserts nothing"),
        "outside": ((lambda w, s: (w + 1) * (s - 1),), "nothing is inserted outside"),
        "wider": ((lambda w, s: w * s,), "21 is wrong"),
        "a text": ((lambda w, s: "many",), "you gave a str"),
        "a number": ((12,), "you gave an int; give a function"),
    },
    "equation_holds": {
        "two": (
            ([1, 2],),
            "for W = 4 and S = 2 the left side is 8",
        ),
        "all": ((range(1, 6),), "S = 2"),
        "all but one": (([2, 3, 4, 5],), "S = 2"),
        "none": (([],), "try each of the five"),
        "zero": (([0],), "0 is not a stride"),
        "a half": (([1, 1.5],), "1.5 is not a stride"),
        "one number": ((1,), "you gave an int; give a list of numbers"),
        "flags": (([True],), "you gave True and False"),
    },
    "own_way_back": {
        "Haar": ((HAAR.reshape(4, 1, 2, 2),), "kernel 0 is one of Haar's"),
        "minus Haar": ((-HAAR.flip(0).reshape(4, 1, 2, 2),), "or its negative"),
        "one of Haar's": (
            (
                torch.cat([torch.linalg.qr(HAAR.T[:, :1])[0].T, TURNED[1:]]).reshape(
                    4, 1, 2, 2
                ),
            ),
            "kernel 0 is one of Haar's",
        ),
        "twice as large": ((2 * HAAR.reshape(4, 1, 2, 2),), "add up to 4"),
        "lengths": (
            (
                TURNED.reshape(4, 1, 2, 2)
                * torch.tensor([1, 1, 2, 1]).reshape(4, 1, 1, 1),
            ),
            "the squares of kernel 2 add up to 4",
        ),
        "random": ((torch.arange(16.0).reshape(4, 1, 2, 2),), "add up to 14"),
        "one four times": (
            (TURNED[:1].expand(4, 4).reshape(4, 1, 2, 2),),
            "kernels 0 and 1 are not perpendicular: the sum of their products is 1",
        ),
        "zeros": ((torch.zeros(4, 1, 2, 2),), "so nothing comes back"),
        "a matrix": ((TURNED,), "the shape (4, 4), not (4, 1, 2, 2)"),
        "no channel": ((TURNED.reshape(4, 2, 2),), "mind the axes of size 1"),
    },
    "unshuffle_kernels": {
        "by columns": ((ONE_HOT.transpose(2, 3),), "their order is another"),
        "turned": ((ONE_HOT.flip(2, 3),), "their order is another"),
        "Haar": ((HAAR.reshape(4, 1, 2, 2),), "kernel 0 mixes 4 pixels"),
        "the mean": ((torch.ones(4, 1, 2, 2) / 4,), "kernel 0 mixes 4 pixels"),
        "halved": ((ONE_HOT / 2,), "the pixels come out halved"),
        "always the first": ((ONE_HOT[:1].expand(4, 1, 2, 2),), "values are off"),
        "zeros": ((torch.zeros(4, 1, 2, 2),), "every number of yours is 0"),
        "the unit matrix": ((torch.eye(4),), "the shape (4, 4), not (4, 1, 2, 2)"),
    },
    "tent_kernel": {
        "nearest": ((lambda f: torch.ones(f, f),), "for factor 2 it copies pixels"),
        "always odd": ((lambda f: tent(f, 2 * f - 1),), "has 3 × 3 numbers"),
        "always even": ((lambda f: tent(f, 2 * f),), "for factor 3 your kernel has 6"),
        "too small": ((lambda f: tent(f, 1),), "cannot lie in the middle"),
        "one row": ((lambda f: tent(f)[0],), "the shape (4,); make it (k, k)"),
        "down to 0": ((to_the_rim,), "must add up to 1"),
        "a mean": ((sum_of_one,), "for factor 2 the picture comes out 0.25 times"),
        "a box": ((lambda f: 0 * tent(f) + 0.25,), "values are off by up to"),
        "made for 2": ((lambda f: tent(2),), "for factor 3 your kernel has 4 × 4"),
        "zeros": ((lambda f: 0 * tent(f),), "every number of yours is 0"),
        "no return": ((lambda f: print(end=""),), "is a return missing?"),
    },
}
