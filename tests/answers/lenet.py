"""Right and wrong answers to the exercises of `notebooks/21-lenet.ipynb`."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from d2lmini.models.lenet import LeNet

FLOOR = math.log(math.e + 9) - 1


def resized(pictures):
    return F.interpolate(pictures, size=32)


def smooth(pictures):
    return F.interpolate(pictures, size=(32, 32), mode="bicubic")


def two_inputs():
    return torch.randn(2, 8, 1, 28, 28)


@torch.no_grad()
def affine(model):
    a, b = two_inputs()
    gap = model(a + b) - model(a) - model(b) + model(0 * a)
    return bool(gap.abs().max() < 1e-5)


def affine_by_the_middle(model):
    a, b = two_inputs()
    return torch.allclose(model((a + b) / 2), (model(a) + model(b)) / 2, atol=1e-5)


@torch.no_grad()
def linear(model):
    a, b = two_inputs()
    return bool((model(a + b) - model(a) - model(b)).abs().max() < 1e-5)


@torch.no_grad()
def affine_to_a_tensor(model):
    a, b = two_inputs()
    return (model(a + b) - model(a) - model(b) + model(0 * a)).abs().max() < 1e-4


@torch.no_grad()
def odd(model):
    a, zero = two_inputs()[0], model(torch.zeros(8, 1, 28, 28))
    return torch.allclose(model(a) - zero, zero - model(-a), atol=1e-5)


@torch.no_grad()
def exact(model):
    a, b = two_inputs()
    return torch.equal(model(a + b) - model(b), model(a) - model(0 * a))


@torch.no_grad()
def doubling(model):
    a, zero = two_inputs()[0], torch.zeros(8, 1, 28, 28)
    gap = model(2 * a) - model(zero) - 2 * (model(a) - model(zero))
    return bool(gap.abs().max() < 1e-5)


def by_its_layers(model):
    bent = nn.ReLU | nn.Sigmoid | nn.Tanh | nn.MaxPool2d
    return not any(isinstance(layer, bent) for layer in model.modules())


def normed(edit=lambda features, classifier: None, **changes):
    """LeNet with batch norm where it belongs, and then another edit."""
    model = LeNet(**{"activation": "sigmoid", "pool": "average"} | changes)
    model.features.insert(4, nn.BatchNorm2d(16))
    model.features.insert(1, nn.BatchNorm2d(6))
    model.classifier.insert(4, nn.BatchNorm1d(84))
    model.classifier.insert(2, nn.BatchNorm1d(120))
    edit(model.features, model.classifier)
    return (model,)


def after_the_sigmoid(features, classifier):
    features.insert(2, features.pop(1))


def only_features(features, classifier):
    del classifier[5], classifier[2]


def at_the_end(features, classifier):
    classifier.append(nn.BatchNorm1d(10))


def wrong_channels(features, classifier):
    features[1] = nn.BatchNorm2d(16)


def without_numbers(features, classifier):
    features[1] = nn.BatchNorm2d(6, affine=False)


def dropout(features, classifier):
    classifier.insert(4, nn.Dropout())


class Silent(nn.Module):
    """A LeNet with batch norm whose forward has lost its return."""

    def __init__(self):
        super().__init__()
        (self.model,) = normed()

    def forward(self, x):
        self.model(x)


class Certain(Silent):
    def forward(self, x):
        return self.model(x).softmax(dim=1)


def layer_norm(features, classifier):
    features[1] = nn.GroupNorm(1, 6)


def rewired(weight, order):
    return weight[:, order]


def rewired_by_a_loop(weight, order):
    return torch.stack([weight[:, place] for place in order], dim=1)


RIGHT = {
    "shape_without_padding": [
        (torch.tensor([16, 4, 4]),),
        ((16, 4, 4),),
        ([16, 4, 4],),
        (torch.Size([16, 4, 4]),),
    ],
    "made_to_fit": [
        (lambda x: F.pad(x, [2] * 4),),
        (lambda x: F.pad(x, [0, 4, 4, 0], value=1.0),),
        (resized,),
        (smooth,),
    ],
    "is_affine": [(affine,), (affine_by_the_middle,), (affine_to_a_tensor,)],
    "normed_lenet": [normed()],
    "why_it_learns": [("b",), (" B) ",), ("b:",)],
    "article_layers": [((2, 2, 3),), ([2, 2, 3],)],
    "softmax_floor": [(FLOOR,), (1.46,), (torch.tensor(FLOOR),), ([1.46],)],
    "rewire": [(rewired,), (rewired_by_a_loop,)],
    "whose_accuracy_falls": [("c",), (" C) ",), ("c:",)],
}

WRONG = {
    "shape_without_padding": {
        "of 32 × 32": (((16, 5, 5),), "that is what 32 × 32 without padding leaves"),
        "with the batch": (((1, 16, 4, 4),), "leave the batch axis out"),
        "flattened": (((256,),), "after flattening"),
        "channels last": (((4, 4, 16),), "the channels come first"),
        "no last pooling": (((16, 8, 8),), "the shape after layer 4; go on"),
        "one stage": (((6, 12, 12),), "the shape after layer 2; go on"),
        "with the input's channels": (((1, 4, 4),), "height and width are right"),
        "one number": ((256,), "after flattening"),
        "a larger batch": (((8, 16, 4, 4),), "leave the batch axis out"),
        "with a letter": ((("N", 16, 4, 4),), "there is a str in your list"),
        "the output": ((torch.zeros(1, 16, 4, 4),), "give its shape"),
        "maps of the first": (((6, 4, 4),), "height and width are right"),
        "half the pooling": (((16, 7, 7),), "each pooling halves"),
        "two numbers": (((4, 4),), "give three numbers, not 2"),
    },
    "made_to_fit": {
        "as they are": ((lambda x: x,), "still refuses your 28 × 28 pixels"),
        "by one": ((lambda x: F.pad(x, [1] * 4),), "still refuses your 30 × 30"),
        "one axis": ((lambda x: F.pad(x, [2, 2]),), "still refuses your 28 × 32"),
        "black": ((lambda x: torch.zeros(len(x), 1, 32, 32),), "pictures are black"),
        "noise": ((lambda x: torch.rand(len(x), 1, 32, 32),), "no longer show"),
        "mirrored": ((lambda x: resized(x.flip(3)),), "no longer show"),
        "the first": ((lambda x: resized(x[:1]),), "keep (N, 1, height, width)"),
        "the first for all": (
            (lambda x: resized(x[:1].expand(len(x), -1, -1, -1)),),
            "no longer show",
        ),
        "no channel": ((lambda x: resized(x)[:, 0],), "keep (N, 1, height, width)"),
        "no batch": ((lambda x: F.interpolate(x[0], size=32),), "keep (N, 1"),
        "no pictures": ((lambda x: "32 × 32",), "your function returned a str"),
    },
    "is_affine": {
        "linear": ((linear,), "you say False, but a linear layer with its bias is"),
        "always": ((lambda model: True,), "you say True, but LeNet() with its ReLU"),
        "never": ((lambda model: False,), "you say False, but a linear layer is"),
        "to the last bit": ((exact,), "does rounding disturb you?"),
        "doubling": ((doubling,), "with max pooling, LeNet is not affine"),
        "odd": ((odd,), "cubes change sign with x"),
        "by its layers": ((by_its_layers,), "a forward may bend"),
        "a gap": ((lambda model: 0.1,), "you return a float; return True or False"),
        "text": ((lambda model: "True",), "you return a str; return True or False"),
        "many": (
            (lambda model: torch.ones(3, dtype=torch.bool),),
            "you return 3 of True and False; return one",
        ),
        "a batch too few": ((lambda f: bool(f(torch.rand(28, 28)).any()),), "raised"),
    },
    "normed_lenet": {
        "as it was": (
            (LeNet(activation="sigmoid", pool="average"),),
            "no layer is a batch norm",
        ),
        "after the sigmoid": (normed(after_the_sigmoid), "features.0 comes Sigmoid"),
        "only behind convolutions": (normed(only_features), "classifier.1 comes"),
        "behind all layers": (normed(at_the_end), "normalises the logits"),
        "wrong channels": (normed(wrong_channels), "on a picture of 28 × 28, "),
        "without γ and β": (normed(without_numbers), "parameters; with four batch"),
        "another norm": (normed(layer_norm), "features.0 comes GroupNorm"),
        "with ReLU": (normed(activation="relu"), "layer 2 is ReLU, not Sigmoid"),
        "with max pooling": (normed(pool="max"), "layer 3 is MaxPool2d, not AvgPool2d"),
        "with dropout": (normed(dropout), "is Dropout, not Linear"),
        "no return": ((Silent(),), "is a return missing?"),
        "softmax": ((Certain(),), "forward does more than run the layers"),
        "the class": ((LeNet,), "you gave a class; give a model"),
    },
    "why_it_learns": {
        "slope": (("a",), "its slope is still a quarter"),
        "parameters": (("c",), "there are few of them"),
        "rate": (("d",), "it is 0.9 as before"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "two letters": (("ab",), "'ab' is none of"),
        "a number": ((2,), "2 is none of"),
    },
    "article_layers": {
        "the text": (((3, 2, 1),), "that is what the text says"),
        "one linear layer": (
            ((2, 2, 1),),
            "count the linear layers again: it is not 1",
        ),
        "C5": (((3, 2, 3),), "count the convolutions again"),
        "one pooling": (((2, 1, 3),), "count the poolings again"),
        "the lines": (((7,),), "give three numbers, not 1"),
        "all modules": (((2, 2, 12),), "it is not 12"),
    },
    "softmax_floor": {
        "zero": ((0,), "a logit must be far above all others"),
        "knows nothing": ((math.log(10),), "ten equal logits"),
        "not subtracted": ((FLOOR + 1,), "subtract the logit of the true class"),
        "sign": ((-FLOOR,), "not negative"),
        "eleven": ((math.log(math.e + 10) - 1,), "nine are 0, not ten"),
        "log10": ((FLOOR / math.log(10),), "natural logarithm"),
        "log2": ((FLOOR / math.log(2),), "natural logarithm, not that of 2"),
        "probability": ((math.exp(-FLOOR),), "that is a probability"),
        "rough": ((1.5,), "above the lowest"),
        "below": ((1.4,), "below the lowest"),
        "text": (("ln 10",), "you gave a str; a tensor of numbers is wanted"),
        "two": (([1, 2],), "you gave 2 numbers; give one"),
    },
    "rewire": {
        "as it was": ((lambda w, order: w,), "you return the weight as it was"),
        "the way back": ((lambda w, order: w[:, order.argsort()],), "the way back"),
        "rows": ((lambda w, order: w[order],), "raised IndexError"),
        "transposed": ((lambda w, order: w[:, order].T,), "the shape (784, 10)"),
        "the other way round": ((lambda w, order: w.flip(1),), "the other way round"),
        "zeros": ((lambda w, order: 0 * w,), "every number of yours is 0"),
        "the order": ((lambda w, order: order,), "the shape (784,)"),
    },
    "whose_accuracy_falls": {
        "both": (("a",), "for one of the two you have just rewired"),
        "linear": (("b",), "with the same logits"),
        "neither": (("d",), "a 5 × 5 window"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "a name": (("LeNet",), "is none of"),
        "a number": ((3,), "3 is none of"),
    },
}
