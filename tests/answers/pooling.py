"""Right and wrong answers to the exercises of `notebooks/04-pooling.ipynb`."""

import torch
import torch.nn.functional as F
from torch import nn

NINTHS = [1 / 9, 1 / 9, 2 / 9, 1 / 9, 2 / 9, 1 / 9, 1 / 9]


def min_pool(x, kernel_size, stride, padding):
    return -F.max_pool2d(-x, kernel_size, stride, padding)


def min_pool_from_1(x, kernel_size, stride, padding):
    return 1 - nn.MaxPool2d(kernel_size, stride, padding)(1 - x)


def min_pool_without_padding(x, kernel_size, stride, padding):
    return -F.max_pool2d(-x, kernel_size, stride)


def min_pool_by_its_window(x, kernel_size, stride, padding):
    return -F.max_pool2d(-x, kernel_size, padding=padding)


def min_pool_without_either(x, kernel_size, stride, padding):
    return -F.max_pool2d(-x, kernel_size)


def min_pool_zeros_first(x, kernel_size, stride, padding):
    return -F.max_pool2d(-F.pad(x, [padding] * 4), kernel_size, stride)


def by_inverse(x, kernel_size, stride, padding):
    return 1 / F.max_pool2d(1 / x, kernel_size, stride, padding)


def windows(x, k, s, p, d):
    """The windows of a map (H, W), (k · k, places), and the size of the output."""
    rows, columns = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n in x.shape)
    found = F.unfold(F.pad(x, [p] * 4)[None, None], k, dilation=d, stride=s)[0]
    return found, (rows, columns)


def power_pool(x, k, s, p, d, power):
    found, size = windows(x, k, s, p, d)
    return (found**power).mean(0).pow(1 / power).view(size)


def power_loop(x, k, s, p, d, power):
    x = F.pad(x, [p] * 4)
    span = d * (k - 1) + 1
    tops = range(0, x.shape[0] - span + 1, s)
    lefts = range(0, x.shape[1] - span + 1, s)
    return torch.tensor(
        [
            [
                (x[i : i + span : d, j : j + span : d] ** power).mean() ** (1 / power)
                for j in lefts
            ]
            for i in tops
        ]
    )


def without_root(x, k, s, p, d, power):
    return power_pool(x, k, s, p, d, power) ** power


def root_first(x, k, s, p, d, power):
    return power_pool(x, k, s, p, d, 1 / power)


def added(x, k, s, p, d, power):
    found, size = windows(x, k, s, p, d)
    return (found**power).sum(0).pow(1 / power).view(size)


def the_average(x, k, s, p, d, power):
    return power_pool(x, k, s, p, d, 1)


def the_largest(x, k, s, p, d, power):
    found, size = windows(x, k, s, p, d)
    return found.amax(0).view(size)


def squares(x, k, s, p, d, power):
    return power_pool(x, k, s, p, d, 2)


def minus_infinity(x, k, s, p, d, power):
    return power_pool(F.pad(x, [p] * 4, value=-torch.inf), k, s, 0, d, power)


def no_dilation(x, k, s, p, d, power):
    return power_pool(x, k, s, p, 1, power)


def no_stride(x, k, s, p, d, power):
    return power_pool(x, k, 1, p, d, power)


def pixels(x):
    """The four pixels of each 2 × 2 window, each by a convolution."""
    kernels = torch.eye(4, dtype=x.dtype).view(4, 1, 2, 2)
    return F.conv2d(x, kernels, stride=2).split(1, dim=1)


def larger(a, b):
    return a + F.relu(b - a)


def max_of_relus(x):
    a, b, c, d = pixels(x)
    return larger(larger(a, b), larger(c, d))


def max_one_after_the_other(x):
    a, b, c, d = pixels(x)
    return larger(larger(larger(a, b), c), d)


def by_slices(x):
    a, b = x[..., ::2], x[..., 1::2]
    rows = a + nn.ReLU()(b - a)
    return larger(rows[..., ::2, :], rows[..., 1::2, :])


def upper(x):
    return larger(*pixels(x)[:2])


def left(x):
    return larger(*pixels(x)[::2])


def cut_at_0(x):
    a, b, c, d = (F.relu(p) for p in pixels(x))
    return larger(larger(a, b), larger(c, d))


def wrong_way(x):
    a, b, c, d = pixels(x)
    return a - F.relu(a - b) - F.relu(a - F.relu(a - b) - (c - F.relu(c - d)))


def without_a(x):
    a, b, _, _ = pixels(x)
    return F.relu(b - a)


def by_absolute_values(x):
    a, b, c, d = pixels(x)
    first, second = (a + b + (a - b).abs()) / 2, (c + d + (c - d).abs()) / 2
    return (first + second + (first - second).abs()) / 2


def every_place(x):
    kernels = torch.eye(4).view(4, 1, 2, 2)
    a, b, c, d = F.conv2d(x, kernels).split(1, dim=1)
    return larger(larger(a, b), larger(c, d))


RIGHT = {
    "twice": [((7, 4),), ([7.0, 4.0],), (torch.tensor([7, 4]),)],
    "twice_average": [(NINTHS,), (torch.tensor(NINTHS),)],
    "min_pool": [(min_pool,), (min_pool_from_1,)],
    "power_pool": [(power_pool,), (power_loop,)],
    "fewer_parameters": [([5],), ({5},)],
    "less_work": [([2, 5],), ([5, 2],)],
    "false_stripes": [(12,), (torch.tensor(12.0),)],
    "largest_stride": [(2,), (2.0,)],
    "max_of_relus": [(max_of_relus,), (max_one_after_the_other,), (by_slices,)],
}

WRONG = {
    "twice": {
        "once": (((3, 2),), "that is the pooling once"),
        "sizes added": (((6, 4),), "sees less than the two do"),
        "sizes multiplied": (((9, 4),), "sees more than the two do"),
        "strides forgotten": (((5, 4),), "a window of 5 sees less"),
        "strides added": (((7, 3),), "a stride of 3 makes 9 × 9"),
        "one stride": (((7, 2),), "a stride of 2 makes 13 × 13"),
        "swapped": (((4, 7),), "the window comes first"),
        "the window": ((7,), "give a list of numbers"),
        "one number": (([7],), "you gave 1 numbers; give two"),
        "nothing": (((0, 0),), "two whole numbers"),
        "huge": (((70, 4),), "larger than a map of 31 × 31"),
    },
    "twice_average": {
        "all equal": (([1 / 7] * 7,), "equal weights"),
        "counts": (([1, 1, 2, 1, 2, 1, 1],), "do not add up to 9"),
        "stride 1": (([1, 2, 3, 2, 1],), "5 weights do not cover the window"),
        "both axes": (([n / 9 for n in NINTHS],), "do not add up to 0.111"),
        "one end": (([1 / 9] * 5 + [2 / 9] * 2,), "when read backwards"),
        "a hill": (
            ([n / 16 for n in (1, 2, 3, 4, 3, 2, 1)],),
            "in how many of the first windows",
        ),
        "zeros": (([0] * 7,), "equal weights"),
        "none": (([],), "0 weights do not cover"),
    },
    "min_pool": {
        "max": ((lambda x, k, s, p: F.max_pool2d(x, k, s, p),), "the largest number"),
        "minus max": (
            (lambda x, k, s, p: -F.max_pool2d(x, k, s, p),),
            "largest number with its sign changed",
        ),
        "max of minus": (
            (lambda x, k, s, p: F.max_pool2d(-x, k, s, p),),
            "each number has the wrong sign",
        ),
        "average": (
            (lambda x, k, s, p: F.avg_pool2d(x, k, s, p),),
            "the average of each window",
        ),
        "zeros first": ((min_pool_zeros_first,), "the zeros that you put around"),
        "no padding": ((min_pool_without_padding,), "is the padding used?"),
        "no stride": ((min_pool_by_its_window,), "is the stride used?"),
        "neither": ((min_pool_without_either,), "is the stride used?"),
        "the input": ((lambda x, k, s, p: x,), "nothing is pooled"),
        "one for all": ((lambda x, k, s, p: x.amin(),), "the shape is"),
        "by the inverse": ((by_inverse,), "values are off by"),
        "two arguments": ((lambda x, k: x,), "raised TypeError"),
    },
    "power_pool": {
        "no root": ((without_root,), "the root is missing"),
        "precedence": (
            (lambda *given: without_root(*given) / given[-1],),
            "write ** (1 / power)",
        ),
        "power last": (
            (lambda *given: the_average(*given) ** given[-1],),
            "the power comes after the average",
        ),
        "root first": ((root_first,), "the root comes first"),
        "sum": ((added,), "the powers are added up"),
        "average": ((the_average,), "the average, whatever the power"),
        "largest": ((the_largest,), "the largest number, whatever the power"),
        "always squares": ((squares,), "values are off by"),
        "minus infinity": ((minus_infinity,), "nan or inf"),
        "no dilation": ((no_dilation,), "expected"),
        "no stride": ((no_stride,), "the map has"),
        "zeros": (
            (lambda *given: 0 * power_pool(*given),),
            "every number of yours is 0",
        ),
    },
    "fewer_parameters": {
        "convolution": (([2, 5],), "do its kernels know how large the map is?"),
        "first": (([0],), "do its kernels know"),
        "poolings": (([1, 3],), "without parameters"),
        "last": (([5, 6],), "it reads 512 numbers"),
        "none": (([],), "your list is empty"),
        "flatten": (([4],), "not layer 4"),
        "counted from 1": (([7],), "there is no layer 7"),
        "one number": ((5,), "give a list of numbers"),
    },
    "less_work": {
        "linear only": (([5],), "one is missing"),
        "convolution only": (([2],), "one is missing"),
        "both convolutions": (([0, 2, 5],), "what stands before it?"),
        "last": (([2, 5, 6],), "it reads 512 numbers"),
        "poolings": (([1, 3],), "not layer 1"),
        "none": (([],), "your list is empty"),
        "names": ((["Conv2d"],), "there is a str in your list"),
    },
    "false_stripes": {
        "true ones": ((6,), "those are the true stripes"),
        "stride": ((4,), "the distance of two dots"),
        "samples": ((1.5,), "samples a stripe"),
        "in dots": ((3,), "count pixels"),
        "product": ((24,), "repeat sooner"),
        "of the chapter": ((20,), "have other dots"),
        "finer": ((2.4,), "fewer than two samples"),
        "nothing": ((0,), "have other dots"),
        "several": (([6, 12],), "you gave 2 numbers; give one"),
    },
    "largest_stride": {
        "exactly two": ((3,), "exactly two"),
        "of the exercise": ((4,), "only 1.5 samples"),
        "the width": ((6,), "only 1 samples"),
        "every pixel": ((1,), "there is a larger one"),
        "broken": ((2.9,), "a whole number"),
        "nothing": ((0,), "a whole number"),
    },
    "max_of_relus": {
        "the function": ((lambda x: F.max_pool2d(x, 2),), "you call"),
        "the layer": ((nn.MaxPool2d(2),), "you call"),
        "maximum": ((lambda x: torch.maximum(x, x),), "you call maximum"),
        "absolute values": ((by_absolute_values,), "you call abs"),
        "clamp": ((lambda x: x.clamp(min=0),), "you call clamp"),
        "upper": ((upper,), "the upper two pixels only"),
        "left": ((left,), "the left two pixels only"),
        "average": ((lambda x: F.avg_pool2d(x, 2),), "the average of the window"),
        "sum": ((lambda x: sum(pixels(x)),), "the sum of the window"),
        "cut at 0": ((cut_at_0,), "negative everywhere give 0"),
        "wrong way": ((wrong_way,), "the smallest number of the window"),
        "without a": ((without_a,), "values are off by"),
        "every place": ((every_place,), "the shape is"),
        "zeros": ((lambda x: 0 * x[..., ::2, ::2],), "every number of yours is 0"),
    },
}
