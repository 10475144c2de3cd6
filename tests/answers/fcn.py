"""Right and wrong answers to the exercises of `notebooks/28-fcn.ipynb`."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from d2lmini.models.fcn import FCN, Skip, crop


def known(labels, guesses):
    return labels[labels != 255], guesses[labels != 255]


def by_sets(labels, guesses, classes, divide=lambda a, b: a | b):
    found = []
    for c in range(classes):
        a, b = labels == c, guesses == c
        found.append((a & b).sum().item() / divide(a, b).sum().item())
    return found


def right_ious(labels, guesses, classes):
    return by_sets(*known(labels, guesses), classes)


def by_table(labels, guesses, classes):
    labels, guesses = known(labels, guesses)
    table = torch.zeros(classes, classes)
    for i, j in zip(labels.tolist(), guesses.tolist(), strict=True):
        table[i, j] += 1
    return table.diag() / (table.sum(0) + table.sum(1) - table.diag())


def dice(labels, guesses, classes):
    iou = torch.tensor(right_ious(labels, guesses, classes))
    return 2 * iou / (1 + iou)


def as_ground(labels, guesses, classes):
    return by_sets(labels.masked_fill(labels == 255, 0), guesses, classes)


def accuracy(labels, guesses, classes):
    labels, guesses = known(labels, guesses)
    return [(labels == guesses).float().mean().item()] * classes


def maps(features, linear):
    return F.conv2d(features, linear.weight[..., None, None], linear.bias)


def by_axes(features, linear):
    return linear(features.movedim(1, -1)).movedim(-1, 1)


class Interpolated(nn.Module):
    """Right by default; its settings are mistakes."""

    mode, corners = "bilinear", None

    def __init__(self, channels, num_classes):
        super().__init__()
        self.score = nn.Conv2d(channels, num_classes, 1)

    def forward(self, scores, finer):
        own = self.score(finer)
        settings = {"mode": self.mode, "align_corners": self.corners}
        return F.interpolate(scores, size=own.shape[2:], **settings) + own


class Doubled(Interpolated):
    def forward(self, scores, finer):
        doubled = F.interpolate(scores, scale_factor=2, mode="bilinear")
        return crop(doubled, finer) + self.score(finer)


class Nearest(Interpolated):
    mode = "nearest"


class Corners(Interpolated):
    corners = True


class Uncropped(Interpolated):
    def forward(self, scores, finer):
        doubled = F.interpolate(scores, scale_factor=2, mode="bilinear")
        return doubled[:, :, :99] + F.interpolate(self.score(finer), doubled.shape[2:])


class OnlyCoarse(Interpolated):
    def forward(self, scores, finer):
        return F.interpolate(scores, size=finer.shape[2:], mode="bilinear")


class OnlyFine(Interpolated):
    def forward(self, scores, finer):
        return self.score(finer)


class Rectified(Interpolated):
    def forward(self, scores, finer):
        return super().forward(scores, finer).relu()


class Swapped(Interpolated):
    def __init__(self, channels, num_classes):
        super().__init__(num_classes, channels)


class Off(Interpolated):
    def forward(self, scores, finer):
        return super().forward(scores, finer) + 1


TRUTH = torch.zeros(10, 10).long()
TRUTH[0, :4] = torch.arange(1, 5)
ZEROS = torch.zeros(10, 10).long()
BLOCKS = torch.arange(5).repeat_interleave(20).reshape(10, 10)
NEGATIVE = -torch.ones(10)
NEGATIVE[7] = -0.5


def swap(logits, top=7, value=3.0):
    logits = logits.clone()
    logits[top] = value
    return logits


RIGHT = {
    "coarsest": [((4, 3),), ([4, 3],), (torch.Size([4, 3]),)],
    "cut_off": [((28, 21),), (torch.tensor([28, 21]),)],
    "class_ious": [(right_ious,), (by_table,)],
    "class_maps": [(maps,), (by_axes,)],
    "interpolated_skip": [(Interpolated,), (Doubled,)],
    "fooled": [(TRUTH, ZEROS), (TRUTH.tolist(), ZEROS.numpy())],
    "hidden_class": [
        (NEGATIVE,),
        ((5 * NEGATIVE).tolist(),),
        (swap(NEGATIVE, 7, 0.0),),
    ],
    "cut_floor": [(math.log(10),), (2.3,), (torch.tensor(math.log(10)),)],
}

WRONG = {
    "coarsest": {
        "rounded down": [((3, 2),), "round up"],
        "four stages": [((7, 5),), "four stages"],
        "turned": [((3, 4),), "height comes first"],
        "not rounded": [((3.125, 2.34375),), "whole rows"],
        "one too many": [((2, 2),), "one halving too many"],
        "one number": [(4,), "give a list of numbers"],
        "three numbers": [((1, 4, 3),), "not 3"],
        "something else": [((5, 5),), "halve five times"],
    },
    "cut_off": {
        "turned": [((21, 28),), "rows come first"],
        "nothing": [((0, 0),), "compare sizes"],
        "what there was": [((128, 96),), "before cropping"],
        "what is left": [((100, 75),), "what is cut off"],
        "remainder": [((4, 11),), "missing to the next"],
        "sixteen": [((12, 5),), "factor of 16"],
        "three numbers": [((1, 28, 21),), "not 3"],
        "something else": [((1, 1),), "then cropped"],
    },
    "class_ious": {
        "void in the union": [(by_sets,), "still count in the unions"],
        "void is ground": [(as_ground,), "count the pixels of 255 as ground"],
        "recall": [
            (lambda x, y, c: by_sets(*known(x, y), c, lambda a, b: a),),
            "in the truth only",
        ],
        "precision": [
            (lambda x, y, c: by_sets(*known(x, y), c, lambda a, b: b),),
            "in the guess only",
        ],
        "sum": [(lambda *x: dice(*x) / 2,), "sum of both sizes, which"],
        "Dice": [(dice,), "(Dice)"],
        "accuracy": [(accuracy,), "that is the accuracy"],
        "mean": [(lambda *x: sum(right_ious(*x)) / x[2],), "you return one number"],
        "one missing": [(lambda *x: right_ious(*x)[1:],), "give 2 numbers"],
        "zeros": [(lambda x, y, c: [0.0] * c,), "every number of yours is 0"],
    },
    "class_maps": {
        "logits": [(lambda x, f: f(x.mean((2, 3))),), "do not average"],
        "classes last": [(lambda x, f: f(x.movedim(1, -1)),), "behind the batch axis"],
        "no bias": [
            (lambda x, f: F.conv2d(x, f.weight[..., None, None]),),
            "the bias is missing",
        ],
        "bias divided": [
            (
                lambda x, f: F.conv2d(
                    x, f.weight[..., None, None], f.bias / x[0, 0].numel()
                ),
            ),
            "do not divide it",
        ],
        "sum": [(lambda x, f: maps(x, f) / x[0, 0].numel(),), "their mean should be"],
        "softmax": [(lambda *x: maps(*x).softmax(1),), "give logits"],
        "ReLU": [(lambda *x: maps(*x).relu(),), "leave out the ReLU"],
        "constant": [
            (lambda *x: maps(*x).mean((2, 3), keepdim=True).expand_as(maps(*x)),),
            "average later",
        ],
        "the input": [(lambda x, f: x[:, :1],), "you return"],
        "weights turned": [
            (lambda x, f: F.conv2d(x, f.weight.T[..., None, None]),),
            "raised",
        ],
    },
    "interpolated_skip": {
        "an object": [(Interpolated(3, 4),), "give the class"],
        "a function": [(lambda *x: 1,), "give the class"],
        "no module": [(type("S", (), {"__init__": lambda *x: None}),), "subclass"],
        "as it was": [(Skip,), "still a transposed convolution"],
        "the network": [(FCN,), "still a transposed convolution"],
        "swapped": [(Swapped,), "from the channels to the classes"],
        "nearest": [(Nearest,), "ask for bilinear"],
        "corners": [(Corners,), "leave it out"],
        "not cropped": [(Uncropped,), "you return"],
        "only coarse": [(OnlyCoarse,), "the finer map are missing"],
        "only fine": [(OnlyFine,), "coarse scores are missing"],
        "ReLU": [(Rectified,), "leave out the ReLU"],
        "one more": [(Off,), "values are off"],
    },
    "fooled": {
        "missing classes": [(ZEROS, ZEROS), "only 1 of the five classes"],
        "too many wrong": [(BLOCKS, ZEROS), "20 of the 100 pixels are right"],
        "all right": [(TRUTH, TRUTH), "the mean IoU is still 1.00"],
        "one wrong": [(TRUTH, TRUTH.where(TRUTH < 4, ZEROS)), "still 0.8"],
        "void": [(TRUTH + 255 * (TRUTH == 4), ZEROS), "from 0 to 4"],
        "fractions": [(TRUTH + 0.5, ZEROS), "from 0 to 4"],
        "another shape": [(TRUTH[0], ZEROS[0]), "the shape (10,)"],
    },
    "hidden_class": {
        "another class": [(swap(NEGATIVE, 3, -0.1),), "of class 3"],
        "above zero": [(swap(NEGATIVE),), "passes the ReLU"],
        "all equal": [(-torch.ones(10),), "of class 0"],
        "two largest": [(swap(NEGATIVE, 9, -0.5),), "only largest"],
        "nine": [(NEGATIVE[1:],), "the shape (9,)"],
    },
    "cut_floor": {
        "none": [(0,), "its logit is 0"],
        "nine others": [(math.log(9),), "count all"],
        "bits": [(math.log2(10),), "natural logarithm"],
        "decimal": [(1,), "natural logarithm"],
        "probability": [(0.1,), "what is its loss"],
        "sign": [(-math.log(10),), "negative logarithm"],
        "five classes": [(math.log(5),), "five classes"],
        "something else": [(7.0,), "what probability is left"],
    },
}
