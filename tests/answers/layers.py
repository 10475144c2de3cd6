"""Right and wrong answers to the exercises of 03-convolution-layers.ipynb."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

STEM = (64, 112, 112), (64, 56, 56)


def evenly(k, d):
    return d * (k - 1) // 2, (d * (k - 1) + 1) // 2


def left_over_first(k, d):
    return evenly(k, d)[::-1]


def undilated(k, d):
    return (k - 1) // 2, k // 2


def all_after(k, d):
    return 0, d * (k - 1)


def on_each_side(k, d):
    return d * (k - 1), d * (k - 1)


def half(k, d):
    return d * (k - 1) / 2, d * (k - 1) / 2


def of_the_kernel(k, d):
    return k // 2 * d, k // 2 * d


def convolve(
    x, weight, bias, stride, padding, dilation, groups, mode, rim=None, add=True
):
    """What `conv2d_loops` gives, with a rim in any of the modes of F.pad."""
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    rim = [pw, pw, ph, ph] if rim is None else rim
    mode = "constant" if mode == "zeros" else mode
    bias = bias if add else None
    x = F.pad(x, rim, mode=mode)
    return F.conv2d(x, weight, bias, stride, 0, dilation, groups)


def in_mode(mode):
    return lambda *given: convolve(*given[:7], mode)


def circular_as(mode):
    return lambda *given: convolve(*given[:7], mode if given[7] != "zeros" else "zeros")


def not_padded(*given):
    return convolve(*given, rim=[0] * 4)


def padded_twice(*given):
    x, weight, bias, stride, padding, dilation, groups, mode = given
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    x = F.pad(x, [pw, pw, ph, ph], mode="constant" if mode == "zeros" else mode)
    return F.conv2d(x, weight, bias, stride, padding, dilation, groups)


def height_and_width_mixed_up(*given):
    ph, pw = given[4] if isinstance(given[4], tuple) else (given[4], given[4])
    return convolve(*given, rim=[ph, ph, pw, pw])


def by_hand(x, weight, bias, stride, padding, dilation, groups, mode):
    """Circular padding without F.pad: rows and columns that go round."""
    if mode == "zeros":
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    ph, pw = padding if isinstance(padding, tuple) else (padding, padding)
    height, width = x.shape[2:]
    rows = torch.arange(-ph, height + ph) % height
    columns = torch.arange(-pw, width + pw) % width
    x = x[:, :, rows][:, :, :, columns]
    return F.conv2d(x, weight, bias, stride, 0, dilation, groups)


def inputs(batch, channels, height, width):
    return batch * height * width * sum(channels[:-1])


def one_by_one(batch, channels, height, width):
    count = 0
    for layer in range(len(channels) - 1):
        count += torch.zeros(batch, channels[layer], height, width).numel()
    return count


def weights(channels):
    return sum(9 * channels[i] * channels[i + 1] for i in range(len(channels) - 1))


RIGHT = {
    "stem": [
        (*STEM, 9408),
        ([64, 112, 112], torch.Size([64, 56, 56]), torch.tensor(9408)),
        (torch.zeros(64, 112, 112).shape, (64, 56, 56), 3 * 64 * 7 * 7),
    ],
    "keep_size": [(evenly,), (lambda k, d: list(evenly(k, d)),)],
    "uneven_sides": [("b",), (" B)",)],
    "modes": [(convolve,), (by_hand,)],
    "five_lines": [("bbcad",), (["b", "b", "c", "a", "d"],), ("B, B, C, A, D",)],
    "factors": [
        ([4, 1 / 4, 1, 4], [4, 1 / 4, 1 / 4, 1]),
        (np.array([4, 0.25, 1, 4]), torch.tensor([4, 0.25, 0.25, 1])),
    ],
    "kept": [(inputs,), (one_by_one,)],
    "see_it_all": [(14, 4, 4), (14.0, torch.tensor(4), np.int64(4))],
    "cheapest": [("c",), ("(C)",)],
}

WRONG = {
    "stem": {
        "no padding": (((64, 109, 109), STEM[1], 9408), "its padding is missing"),
        "no stride": (((64, 224, 224), STEM[1], 9408), "its stride is missing"),
        "neither": (((64, 218, 218), STEM[1], 9408), "stride and its padding"),
        "steps": (((64, 111, 111), STEM[1], 9408), "one window more than steps"),
        "not rounded": (((64, 112.5, 112.5), STEM[1], 9408), "whole is dropped"),
        "channels": (((3, 112, 112), STEM[1], 9408), "there are not 3 channels"),
        "channels last": (((112, 112, 64), STEM[1], 9408), "the channels come first"),
        "batch": (((1, 64, 112, 112), STEM[1], 9408), "you gave 4 numbers"),
        "not square": (((64, 112, 111), STEM[1], 9408), "the map is square"),
        "any": (((64, 100, 100), STEM[1], 9408), "work the formula out once more"),
        "pooling: no padding": ((STEM[0], (64, 55, 55), 9408), "pooling: the side"),
        "pooling: its window": ((STEM[0], (64, 38, 38), 9408), "its stride is 2"),
        "pooling: no stride": ((STEM[0], (64, 112, 112), 9408), "stride is missing"),
        "biases": ((*STEM, 9472), "this layer has none"),
        "one input channel": ((*STEM, 3136), "a kernel for each input channel"),
        "any number": ((*STEM, 9409), "your number of parameters is not"),
    },
    "keep_size": {
        "first": ((left_over_first,), "the zero that is left over stands first"),
        "undilated": ((undilated,), "mind how far the kernel is spread"),
        "all after": ((all_after,), "the sides are too uneven"),
        "each side": ((on_each_side,), "twice the zeros that are wanted"),
        "half a zero": (
            (half,),
            "for a kernel of 2 with dilation 1: 0.5 and 0.5 zeros",
        ),
        "of the kernel": ((of_the_kernel,), "twice the zeros that are wanted"),
        "one more": ((lambda k, d: (d * k // 2, d * k // 2),), "a row of 30 becomes"),
        "fewer": ((lambda k, d: (-1, d * (k - 1) + 1),), "-1 and 1 zeros cannot be"),
        "one number": ((lambda k, d: d * (k - 1) // 2,), "return two numbers"),
        "none": ((lambda k, d: (0, 0),), "a row of 30 becomes 29"),
    },
    "uneven_sides": {
        "even": (("a",), "a kernel of 2 with dilation 2"),
        "even dilations": (("c",), "a kernel of 2 with dilation 1"),
        "odd dilations": (("d",), "a kernel of 3 with dilation 1"),
        "two": (("bc",), "'bc' is none of a, b, c, d"),
        "a number": ((2,), "2 is none of"),
    },
    "modes": {
        "always zeros": ((in_mode("zeros"),), "it pads zeros, whatever the mode"),
        "always circular": ((in_mode("circular"),), "whatever the mode"),
        "replicate": ((circular_as("replicate"),), "it repeats the border"),
        "reflect": ((circular_as("reflect"),), "it mirrors the border"),
        "nothing": ((not_padded,), "nothing is padded"),
        "twice": ((padded_twice,), "it is padded twice"),
        "mixed up": ((height_and_width_mixed_up,), "are height and width mixed up?"),
        "no bias": ((lambda *g: convolve(*g, add=False),), "the bias is missing"),
        "the name": (
            (lambda *g: F.pad(g[0], [1] * 4, mode=g[7]),),
            "zeros, kernel",
        ),
        "seven": ((lambda x, w, b, s, p, d, g: x,), "raised TypeError"),
        "the picture": ((lambda *g: g[0],), "the maps have"),
        "all zeros": ((lambda *g: 0 * convolve(*g),), "every number of yours is 0"),
        "no function": ((torch.zeros(1, 1, 3, 3),), "give a function"),
    },
    "five_lines": {
        "all run": (("aaaaa",), "not a for line 1: it does not run"),
        "no name": (("bbbad",), "not b for line 3: PyTorch knows"),
        "groups": (("bccad",), "not c for line 2: its groups are not the trouble"),
        "the window": (("bbcdd",), "not d for line 4: its window fits"),
        "too few": (("bbc",), "you gave 3 letters; give five"),
        "another": (("bbcae",), "'e' is none of a, b, c, d"),
        "a number": ((3,), "give five letters"),
    },
    "factors": {
        "channels once": (([2, 1 / 4, 1, 4], [4, 1 / 4, 1 / 4, 1]), "change 1"),
        "dearer groups": (([4, 4, 1, 4], [4, 1 / 4, 1 / 4, 1]), "make it dearer?"),
        "groups": (([4, 1, 1, 4], [4, 1 / 4, 1 / 4, 1]), "for its own group only"),
        "groups twice": (
            ([4, 1 / 16, 1, 4], [4, 1 / 16, 1 / 4, 1]),
            "still 64 outputs",
        ),
        "stride cuts": (([4, 1 / 4, 1 / 4, 4], [4, 1 / 4, 1 / 4, 1]), "does not cut"),
        "stride once": (([4, 1 / 4, 1, 4], [4, 1 / 4, 1 / 2, 1]), "both directions"),
        "no stride": (([4, 1 / 4, 1, 4], [4, 1 / 4, 1, 1]), "how many positions"),
        "half the picture": (([4, 1 / 4, 1, 4], [4, 1 / 4, 1 / 4, 4]), "fewer"),
        "weights of it": (([4, 1 / 4, 1, 1], [4, 1 / 4, 1 / 4, 1]), "how large the"),
        "any": (([4, 1 / 4, 1, 4], [5, 1 / 4, 1 / 4, 1]), "count them before"),
        "three": (([4, 1 / 4, 1], [4, 1 / 4, 1 / 4]), "you gave 3 and 3 factors"),
    },
    "kept": {
        "one picture": (
            (lambda n, c, h, w: inputs(1, c, h, w),),
            "one picture is counted",
        ),
        "outputs": (
            (lambda n, c, h, w: n * h * w * sum(c[1:]),),
            "what the layers put out is counted",
        ),
        "all": ((lambda n, c, h, w: n * h * w * sum(c),), "one tensor too many"),
        "the first": ((lambda n, c, h, w: n * h * w * c[0],), "only the picture"),
        "windows": ((lambda *given: 9 * inputs(*given),), "windows are counted"),
        "and weights": (
            (lambda n, c, h, w: inputs(n, c, h, w) + weights(c),),
            "the weights are counted",
        ),
        "weights": ((lambda n, c, h, w: weights(c),), "only the weights"),
        "channels multiplied": (
            (
                lambda n, c, h, w: (
                    n * h * w * sum(a * b for a, b in itertools.pairwise(c))
                ),
            ),
            "that counts weights",
        ),
        "bytes": ((lambda *given: 4 * inputs(*given),), "bytes are counted"),
        "no channels": (
            (lambda n, c, h, w: n * h * w * (len(c) - 1),),
            "every pixel has several channels",
        ),
        "nothing": ((lambda *given: 0,), "0 is not what PyTorch keeps"),
        "a list": ((lambda n, c, h, w: c,), "give one"),
    },
    "see_it_all": {
        "one too few": ((13, 4, 4), "plain: 13 see only 27 pixels"),
        "one too many": ((15, 4, 4), "plain: one less sees 29 already"),
        "28 layers": ((28, 4, 4), "plain: one less sees"),
        "dilated": ((14, 3, 4), "dilated: 3 see only 15 pixels"),
        "pooled": ((14, 4, 3), "pooled: 3 see only 22 pixels"),
        "pooled too often": ((14, 4, 5), "pooled: one less sees 46 already"),
        "none": ((14, 4, 0), "pooled: 0 cannot be"),
        "half": ((13.5, 4, 4), "plain: 13.5 cannot be"),
    },
    "cheapest": {
        "skip": (("a",), "count the pixels that `seen` finds"),
        "pooled": (("b",), "count the weights of each once more"),
        "twice": (("d",), "divide the plain layers' weights"),
        "e": (("e",), "'e' is none of"),
        "nothing": (("",), "'' is none of"),
    },
}
