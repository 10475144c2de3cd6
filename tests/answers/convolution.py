"""Right and wrong answers to the exercises of `notebooks/02-convolution.ipynb`."""

import numpy as np
import torch
import torch.nn.functional as F

NAMES = ["vertical edges", "horizontal edges", "blur"]
SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def one(row, column, value=1.0):
    """A kernel (3, 3) with a single number that is not 0."""
    kernel = torch.zeros(3, 3)
    kernel[row, column] = value
    return kernel


def padded(picture, kernel, rim=None, mode="constant"):
    h, w = kernel.shape
    rim = rim or [w // 2, w // 2, h // 2, h // 2]
    around = F.pad(picture[None, None], rim, mode=mode)
    return F.conv2d(around, kernel[None, None])[0, 0]


def by_a_loop(picture, kernel):
    h, w = kernel.shape
    around = np.pad(picture.numpy(), ((h // 2, h // 2), (w // 2, w // 2)))
    out = np.zeros(picture.shape)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (around[i : i + h, j : j + w] * kernel.numpy()).sum()
    return out


def on_paper(picture, kernel):
    h, w = kernel.shape
    around = F.pad(picture, [w // 2, w // 2, h // 2, h // 2], value=-1)
    return padded(around, kernel, [0] * 4)


def too_early(picture, kernel):
    out = 0 * picture
    out[0] = padded(picture, kernel)[0]
    return out


def with_one_side(picture, kernel):
    h, w = kernel.shape
    return padded(picture, kernel, [w - 1, 0, h - 1, 0])


def with_the_other_side(picture, kernel):
    h, w = kernel.shape
    return padded(picture, kernel, [0, w - 1, 0, h - 1])


def mixed_up(picture, kernel):
    h, w = kernel.shape
    return padded(picture, kernel, [h // 2, h // 2, w // 2, w // 2])


def too_far(picture, kernel):
    h, w = kernel.shape
    return padded(picture, kernel, [w - 1, w - 1, h - 1, h - 1])


def unbatched(picture, kernel):
    return F.conv2d(picture, kernel, padding="same")


def by_copies(first, second):
    (h, w), (m, n) = first.shape, second.shape
    both = torch.zeros(h + m - 1, w + n - 1)
    for i in range(m):
        for j in range(n):
            both[i : i + h, j : j + w] += second[i, j] * first
    return both


def by_conv2d(first, second):
    m, n = second.shape
    around = F.pad(first, [n - 1, n - 1, m - 1, m - 1])
    return F.conv2d(around[None, None], second.flip(0, 1)[None, None])[0, 0]


def not_flipped(first, second):
    return by_conv2d(first, second.flip(0, 1))


def in_corners(first, second):
    (h, w), (m, n) = first.shape, second.shape
    return F.pad(first, [0, n - 1, 0, m - 1]), F.pad(second, [0, w - 1, 0, h - 1])


def added(first, second):
    one, other = in_corners(first, second)
    return one + other


def multiplied(first, second):
    one, other = in_corners(first, second)
    return one * other


def only_one_copy(first, second):
    return second[0, 0] * in_corners(first, second)[0]


def by_singular_values(kernel):
    u, s, vh = torch.linalg.svd(kernel)
    return u[:, :1] * s[0], vh[:1]


def by_roots(kernel):
    u, s, vh = torch.linalg.svd(kernel)
    return u[:, :1] * s[0].sqrt(), vh[:1] * s[0].sqrt()


def by_largest_entry(kernel):
    row, column = divmod(kernel.abs().argmax().item(), kernel.shape[1])
    return kernel[:, column : column + 1], kernel[row : row + 1] / kernel[row, column]


def without_singular_value(kernel):
    u, _, vh = torch.linalg.svd(kernel)
    return u[:, :1], vh[:1]


def with_it_twice(kernel):
    u, s, vh = torch.linalg.svd(kernel)
    return u[:, :1] * s[0], vh[:1] * s[0]


def flat(kernel):
    u, s, vh = torch.linalg.svd(kernel)
    return u[:, 0] * s[0], vh[0]


def sums(kernel):
    return kernel.sum(1, keepdim=True), kernel.sum(0, keepdim=True)


def by_corner(kernel):
    return kernel[:, :1], kernel[:1] / kernel[0, 0]


def by_middle(kernel):
    return kernel[:, 1:2], kernel[1:2] / kernel[1, 1]


def by_sum(kernel):
    return kernel.sum(1, keepdim=True), kernel.sum(0, keepdim=True) / kernel.sum()


def not_divided(kernel):
    return kernel[:, :1], kernel[:1]


RIGHT = {
    "moving_kernel": [
        (one(1, 2),),
        ([[0, 0, 0], [0, 0, 1], [0, 0, 0]],),
        (one(1, 2).numpy(),),
        (one(1, 2).requires_grad_(),),
    ],
    "convolve_same": [(padded,), (by_a_loop,)],
    "lost_angles": [
        ([42, 45, 48],),
        ({48.0, 45.0, 42.0},),
        (torch.tensor([42, 45, 48]),),
    ],
    "same_on_stripes": [
        (SOBEL.sum(0).expand(3, 3) / 3,),
        ([[-4, 0, 4], [0, 0, 0], [0, 0, 0]],),
        (SOBEL.roll(1, dims=0),),
        (SOBEL.sum(0).expand(3, 3) / 3 + 0.002,),  # as training finds it
    ],
    "compose": [
        (by_copies,),
        (by_conv2d,),
        (lambda first, second: by_copies(second, first),),  # the order is the same
    ],
    "separable": [(NAMES,), (set(NAMES),), (iter(NAMES),)],
    "split": [(by_singular_values,), (by_roots,), (by_largest_entry,)],
}

WRONG = {
    "moving_kernel": {
        "nothing but zeros": ((torch.zeros(3, 3),), "all your numbers are 0"),
        "the middle": ((one(1, 1),), "stays where it is"),
        "the other side": ((one(1, 0),), "moves to the right"),
        "from above": ((one(0, 1),), "moves down"),
        "from below": ((one(2, 1),), "moves up"),
        "a corner": ((one(0, 2),), "along a diagonal"),
        "too strong": ((one(1, 2, 2.0),), "multiplied by 2"),
        "a difference": ((one(1, 2) - one(1, 1),), "each pixel mixes 2 pixels"),
        "with axes for conv2d": ((one(1, 2)[None, None],), "mind the axes of size 1"),
        "a larger one": ((torch.zeros(5, 5),), "the shape (5, 5), not (3, 3)"),
        "text": (("left",), "you gave a str; a tensor of numbers is wanted"),
        "nan": ((one(1, 2) / 0,), "nan or inf"),
    },
    "convolve_same": {
        "no border": ((lambda p, k: padded(p, k, [0] * 4),), "the border is missing"),
        "a border of one": (
            (lambda p, k: padded(p, k, [1] * 4),),
            "fits kernels of 3 × 3",
        ),
        "the height's": (
            (lambda p, k: padded(p, k, [len(k) // 2] * 4),),
            "the border for the height is on both axes",
        ),
        "the width's": (
            (lambda p, k: padded(p, k, [k.shape[1] // 2] * 4),),
            "the border for the width is on both axes",
        ),
        "around": (
            (lambda p, k: padded(p, k, mode="circular"),),
            "go on at the far side",
        ),
        "paper": ((on_paper,), "you count -1"),
        "the map's border": (
            (lambda p, k: F.pad(padded(p, k, [0] * 4), [3, 3, 2, 2]),),
            "put them around the picture",
        ),
        "too early": ((too_early,), "does the function return too early?"),
        "only for squares": (
            (lambda p, k: padded(p, k) if p.shape[0] != 9 else None,),
            "your function returns None: is a return missing?",
        ),
        "height and width": ((mixed_up,), "are height and width mixed up?"),
        "a border too wide": ((too_far,), "hangs over too far"),
        "a border on one side": ((with_one_side,), "moved down and right"),
        "on the other side": ((with_the_other_side,), "moved up and left"),
        "flipped": ((lambda p, k: padded(p, k.flip(0, 1)),), "kernel is flipped"),
        "the mean": ((lambda p, k: padded(p, k) / k.numel(),), "average the products"),
        "the rim again": (
            (lambda p, k: padded(p, k, mode="replicate"),),
            "count 0 there",
        ),
        "the picture": ((lambda p, k: p,), "the picture itself"),
        "zeros": ((lambda p, k: 0 * p,), "every number of yours is 0"),
        "twice": ((lambda p, k: 2 * padded(p, k),), "values are off by up to"),
        "one too many": ((lambda p: p,), "raised TypeError"),
        "no batch": ((unbatched,), "your function raised RuntimeError"),
        "no function": ((torch.zeros(9, 11),), "you gave a tensor; give a function"),
    },
    "lost_angles": {
        "only the middle": (([45],), "some are missing"),
        "one more": (([39, 42, 45, 48],), "at 39 degrees the pieces fit the X better"),
        "all that are not perfect": ((range(3, 90, 3),), "at 3 degrees"),
        "places": (([14, 15, 16],), "places in the list of angles"),
        "radians": (([0.733, 0.785, 0.838],), "radians"),
        "in between": (([42, 44, 45, 48],), "44 is not among"),
        "none": (([],), "turn the O as far as the X"),
        "flags": (([True, False],), "you gave True and False"),
        "a list inside": (([[42, 45, 48]],), "there is a list in your list"),
        "one number": ((45,), "you gave an int; give a list of numbers"),
    },
    "same_on_stripes": {
        "the hidden one": ((SOBEL,), "that is the hidden kernel"),
        "nearly the hidden one": ((SOBEL + 0.01,), "the hidden kernel, or nearly"),
        "the sums, thrice": ((SOBEL.sum(0).expand(3, 3),), "3 times that"),
        "flipped": ((SOBEL.flip(0, 1),), "-1 times that"),
        "nothing": ((torch.zeros(3, 3),), "0 times that"),
        "sums of rows": ((SOBEL.roll(1, dims=1),), "it is not the rows that count"),
        "transposed": ((SOBEL.T,), "0 times that"),
        "a column": ((SOBEL.sum(0),), "the shape (3,), not (3, 3)"),
        "any": ((one(0, 0),), "on stripes your map is off by up to"),
        "nearly": ((SOBEL.sum(0).expand(3, 3) / 3 + one(0, 0, 0.1),), "nearly right"),
    },
    "compose": {
        "not flipped": ((not_flipped,), "one of your kernels is flipped"),
        "all flipped": (
            (lambda a, b: by_copies(a, b).flip(0, 1),),
            "upside down and mirrored",
        ),
        "added": ((added,), "you add the kernels"),
        "number by number": ((multiplied,), "takes all of the first with it"),
        "one copy": ((only_one_copy,), "values are off by up to"),
        "too small": ((lambda a, b: a * b,), "the two windows together reach further"),
        "a matrix product": ((lambda a, b: a @ b,), "reach further than one"),
        "too large": (
            (lambda a, b: F.pad(by_copies(a, b), [0, 1, 0, 1]),),
            "count the pixels that both windows cover",
        ),
        "transposed": (
            (lambda a, b: by_copies(a, b if a.shape == (3, 3) else b.T),),
            "are height and width mixed up?",
        ),
        "zeros": ((lambda a, b: 0 * by_copies(a, b),), "every number of yours is 0"),
        "a tuple": ((in_corners,), "a tensor of numbers is wanted"),
    },
    "separable": {
        "all": ((list(SOBEL),), "is none of"),
        "too many": (([*NAMES, "sharpen"],), "the rows of 'sharpen'"),
        "all edges": ((["all edges"],), "the rows of 'all edges'"),
        "too few": ((NAMES[:2],), "there are more"),
        "none": (([],), "your list is empty"),
        "misspelt": ((["vertcal edges"],), "'vertcal edges' is none of"),
        "one string": (("blur",), "give a list of names"),
    },
    "split": {
        "no singular value": ((without_singular_value,), "singular value is missing"),
        "twice the singular value": ((with_it_twice,), "singular value is in it twice"),
        "row first": ((lambda k: by_singular_values(k)[::-1],), "the row comes first"),
        "without axes": ((flat,), "expected"),
        "the first of each": ((not_divided,), "values are off by"),
        "divided by the corner": ((by_corner,), "that begins with zeros"),
        "divided by the middle": ((by_middle,), "the kernel of vertical edges"),
        "divided by the sum": ((by_sum,), "the kernel of vertical edges"),
        "minus": (
            (lambda k: [by_roots(k)[0], -by_roots(k)[1]],),
            "the sign is lost",
        ),
        "sums": ((sums,), "values are off by"),
        "all of svd": ((torch.linalg.svd,), "return two tensors"),
        "one tensor": ((lambda k: k,), "returned a tensor; return two tensors"),
        "made for one kernel": (
            (lambda k: by_singular_values(SOBEL),),
            "the shapes are",
        ),
        "signs lost": (
            (lambda k: tuple(part.abs() for part in by_singular_values(k)),),
            "values are off by",
        ),
    },
}
