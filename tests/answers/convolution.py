"""Right and wrong answers to the exercises of `notebooks/02-convolution.ipynb`."""

import numpy as np
import torch
import torch.nn.functional as F

NAMES = ["upright edges", "level edges", "blur"]
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
    ],
    "separable": [(NAMES,), (set(NAMES),), (tuple(reversed(NAMES)),)],
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
        "a larger one": ((torch.zeros(5, 5),), "has shape (5, 5), not (3, 3)"),
        "text": (("left",), "you gave a str; give a tensor"),
        "nan": ((one(1, 2) / 0,), "nan or inf"),
    },
    "convolve_same": {
        "no border": ((lambda p, k: padded(p, k, [0] * 4),), "the border is missing"),
        "a border of one": (
            (lambda p, k: padded(p, k, [1] * 4),),
            "fits kernels of 3 × 3",
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
        "none": (([],), "your list is empty"),
        "one number": ((45,), "you gave an int; give a list of numbers"),
    },
    "same_on_stripes": {
        "the hidden one": ((SOBEL,), "that is the hidden kernel"),
        "nearly": ((SOBEL + 0.01,), "that is the hidden kernel, or nearly"),
        "the sums, thrice": ((SOBEL.sum(0).expand(3, 3),), "3 times that"),
        "flipped": ((SOBEL.flip(0, 1),), "-1 times that"),
        "nothing": ((torch.zeros(3, 3),), "0 times that"),
        "sums of rows": ((SOBEL.roll(1, dims=1),), "it is not the rows that count"),
        "transposed": ((SOBEL.T,), "0 times that"),
        "a column": ((SOBEL.sum(0),), "has shape (3,), not (3, 3)"),
        "any": ((one(0, 0),), "values are off by"),
    },
    "separable": {
        "all": ((list(SOBEL),), "is none of"),
        "too many": (([*NAMES, "sharpen"],), "the rows of 'sharpen'"),
        "all edges": ((["all edges"],), "the rows of 'all edges'"),
        "too few": ((NAMES[:2],), "there are more"),
        "none": (([],), "there are more"),
        "misspelt": ((["uprigt edges"],), "'uprigt edges' is none of"),
        "one string": (("blur",), "give a list of names"),
    },
    "split": {
        "no singular value": ((without_singular_value,), "what became of the singular"),
        "twice the singular value": ((with_it_twice,), "what became of the singular"),
        "row first": ((lambda k: by_singular_values(k)[::-1],), "the row comes first"),
        "without axes": ((flat,), "expected"),
        "the first of each": ((not_divided,), "times the kernel"),
        "sums": ((sums,), "times the kernel"),
        "all of svd": ((torch.linalg.svd,), "return two tensors"),
        "one tensor": ((lambda k: k,), "you return a tensor; return two tensors"),
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
