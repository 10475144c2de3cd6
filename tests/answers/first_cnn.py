"""Right and wrong answers to the exercises of `notebooks/08-a-first-cnn.ipynb`."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CROSSING = torch.tensor([[-1.0, 1, -1], [1, 1, 1], [-1, 1, -1]])
ACROSS = torch.tensor([[-1.0] * 3, [1.0] * 3, [-1.0] * 3])
X_CROSSING = torch.tensor([[1.0, -1, 1], [-1, 1, -1], [1, -1, 1]])
FALLING = 2 * torch.eye(3) - 1
PLUS = torch.stack([ACROSS, ACROSS.T, CROSSING])
P = 1 / (2 * math.e + 1)


def reader(last=None, first=None, spare=None):
    layers = [
        nn.Conv2d(1, 4, 5),
        nn.ReLU(),
        first or nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 5),
        nn.ReLU(),
        last or nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 2),
    ]
    if spare:
        layers.append(spare)
    return nn.Sequential(*layers)


def wider():
    model = reader()
    model[0], model[3] = nn.Conv2d(1, 8, 5), nn.Conv2d(8, 8, 5)
    return model


def step(model, optimizer, images, labels):
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def step_with(loss_of, clear="before", move=True):
    """A step with another loss, without clearing, or without moving."""

    def odd_step(model, optimizer, images, labels):
        loss = loss_of(model(images), labels)
        if clear == "before":
            optimizer.zero_grad()
        loss.backward()
        if clear == "late":
            optimizer.zero_grad()
        if move:
            optimizer.step()
        if clear == "after":
            optimizer.zero_grad()
        return loss

    return odd_step


def twice(logits, labels):
    return F.cross_entropy(logits.softmax(dim=1), labels)


def log_softmax_twice(logits, labels):
    return F.cross_entropy(logits.log_softmax(dim=1), labels)


def by_formula(logits, labels):
    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -p[torch.arange(len(labels)), labels].log().mean()


def summed(logits, labels):
    return F.cross_entropy(logits, labels, reduction="sum")


def too_early(model, optimizer, images, labels):
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.item()


def returns_accuracy(model, optimizer, images, labels):
    step(model, optimizer, images, labels)
    return (model(images).argmax(1) == labels).float().mean()


def forgets_to_return(model, optimizer, images, labels):
    step(model, optimizer, images, labels)


def logits_with(pool, head=lambda model: (model[7].weight, model[7].bias)):
    """The logits of a reader at each place of its pooled maps: (2, H, W)."""

    def logits(model, sheet):
        weight, bias = head(model)
        return F.conv2d(pool(model[:5](sheet)), weight[..., None, None], bias)[0]

    return logits


def largest(maps):
    return F.max_pool2d(maps, 8, stride=1)


def margins(logits=None):
    logits = logits or logits_with(largest)

    def lead(model, sheet):
        first, second = logits(model, sheet)
        return first - second

    return lead


def cut_out(model, sheet):
    """Slow and right: each window is cut out."""
    rows, columns = ((size - 26) // 2 for size in sheet.shape[2:])
    found = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = sheet[..., 2 * i : 2 * i + 28, 2 * j : 2 * j + 28]
            first, second = model(window)[0]
            found[i, j] = (first - second).item()
    return found


RIGHT = {
    "by_pencil": [
        (P, -math.log(P)),
        (0.155, 1.86),
        (0.16, 1.86),
        (torch.tensor([P]), [1.862]),
    ],
    "larger_sheet": [(8, 544), (torch.tensor(8), 544.0)],
    "averaging_reader": [(reader,), (lambda: reader(nn.AdaptiveAvgPool2d((1, 1))),)],
    "empty_paper": [("b",), (" B)",)],
    "third_letter": [
        (PLUS,),
        (CROSSING.expand(3, 3, 3),),
        (PLUS.flip(0).numpy(),),
        (PLUS.tolist(),),
    ],
    "mended_step": [
        (step,),
        (step_with(F.cross_entropy, clear="after"),),
        (step_with(log_softmax_twice),),
        (step_with(by_formula),),
    ],
    "one_convolution": [("average", 10, 4), (" Average", 10.0, torch.tensor(4))],
    "where": [(margins(),), (cut_out,)],
}

WRONG = {
    "by_pencil": {
        "of another class": ((math.e * P, 1.86), "the probability of one of the other"),
        "logits": ((0.0, 1.86), "raise e to each of them first"),
        "two classes": ((0.269, 1.31), "the sum has three terms"),
        "evenly": ((1 / 3, 1.1), "the classes differ in their logits"),
        "percent": ((15.5, 1.86), "the probability is not 15.5"),
        "no minus": ((P, -1.86), "minus is missing"),
        "log10": ((P, 0.809), "natural logarithm, not that of 10"),
        "bits": ((P, 2.686), "natural logarithm, not that of 2"),
        "one minus": ((P, 0.845), "1 - p is not a cross-entropy"),
        "loss of another": ((P, 0.862), "the loss for one of the other two"),
        "any": ((P, 1.2), "the loss is not 1.2"),
        "three losses": ((P, [0.86, 0.86, 1.86]), "you gave 3 numbers; give one"),
    },
    "larger_sheet": {
        "outputs": ((2, 544), "reader: that is what its linear layer puts out"),
        "a map": ((8 * 8 * 34, 544), "leaves one number of each map"),
        "one number": ((1, 544), "reader: not 1;"),
        "as before": ((8, 128), "what a sheet of 28 × 28 gives"),
        "before pooling": ((8, 8 * 8 * 34), "that is before its last pooling"),
        "one of eight": ((8, 4 * 17), "that is one map of eight"),
        "both pooled": ((8, 8), "it has no pooling over the whole map"),
        "logits": ((8, 2), "flat_reader: that is what its linear layer"),
        "all pixels": ((8, 28 * 80), "flat_reader: not 2240"),
        "a shape": (((8, 1, 1), 544), "you gave 3 numbers; give one"),
    },
    "averaging_reader": {
        "unedited": (
            (lambda: reader(nn.AdaptiveMaxPool2d(1)),),
            "there is still an AdaptiveMaxPool2d",
        ),
        "a fixed window": ((lambda: reader(nn.AvgPool2d(8)),), "whatever its size"),
        "the first pooling too": (
            (lambda: reader(first=nn.AvgPool2d(2)),),
            "layer 2 is AvgPool2d, not MaxPool2d",
        ),
        "two by two": (
            (lambda: reader(nn.AdaptiveAvgPool2d(2)),),
            "does not pass",
        ),
        "with softmax": (
            (lambda: reader(spare=nn.Softmax(dim=1)),),
            "layer 8 is Softmax, not there",
        ),
        "too short": ((lambda: reader()[:7],), "layer 7 is nothing, not Linear"),
        "the class": ((lambda: nn.Sequential,), "your function returned a class"),
        "the network": ((reader(),), "you gave the network"),
        "wider": ((wider,), "layer 0 has 208 parameters, that of the reader 104"),
    },
    "empty_paper": {
        "stay": (("a",), "not a: that holds for the largest number"),
        "zero": (("c",), "not c: do all empty places give 0?"),
        "grow": (("d",), "not d: that would be a sum"),
        "another": (("e",), "none of a, b, c, d"),
        "a word": (("they shrink",), "none of a, b, c, d"),
    },
    "third_letter": {
        "those of the X": (
            (torch.stack([FALLING, FALLING.flip(1), X_CROSSING]),),
            "in the plus nothing matches kernel 0, 1, 2 exactly",
        ),
        "only the strokes": (
            (torch.stack([ACROSS, ACROSS.T, ACROSS]),),
            "say yes to the O as well",
        ),
        "one from the X": (
            (torch.stack([ACROSS, ACROSS.T, X_CROSSING]),),
            "nothing matches kernel 2 exactly",
        ),
        "one and zero": ((PLUS.clamp(min=0),), "without a -1 for paper"),
        "minus": ((-PLUS,), "nothing matches kernel 0, 1, 2"),
        "nothing": ((torch.zeros(3, 3, 3),), "all your numbers are 0"),
        "paper": ((-torch.ones(3, 3, 3),), "say yes to the X as well"),
        "one kernel": ((CROSSING,), "the shape (3, 3), not (3, 3, 3)"),
        "with a channel": ((PLUS[:, None],), "mind the axes of size 1"),
    },
    "mended_step": {
        "as it was": ((step_with(twice, clear=""),), "twice, and old slopes stay"),
        "softmax twice": ((step_with(twice),), "F.cross_entropy does it itself"),
        "no clearing": ((step_with(F.cross_entropy, clear=""),), "old slopes stay:"),
        "cleared too late": (
            (step_with(F.cross_entropy, clear="late"),),
            "no weight has changed",
        ),
        "no step": ((step_with(F.cross_entropy, move=False),), "no weight has changed"),
        "step first": ((too_early,), "no weight has changed"),
        "the sum": ((step_with(summed),), "the step grows with the batch"),
        "the accuracy": ((returns_accuracy,), "what you return is not the loss"),
        "no return": ((forgets_to_return,), "is a return missing?"),
        "another loss": (
            (step_with(lambda z, y: F.multi_margin_loss(z, y)),),
            "values are off by up to",
        ),
        "the logits": ((lambda m, o, x, y: m(x),), "no weight has changed"),
    },
    "one_convolution": {
        "max": (("max", 10, 4), "the largest of sums"),
        "both": (("both", 10, 4), "'both' is neither 'average' nor 'max'"),
        "the first alone": (("average", 3, 4), "the first convolution alone"),
        "half": (("average", 4, 2), "the first convolution with its pooling"),
        "no pooling": (("average", 5, 1), "two convolutions without any pooling"),
        "one pooling": (("average", 8, 2), "one pooling is left"),
        "too large": (("average", 12, 4), "count from the end"),
        "stride of one": (("average", 10, 2), "stride 2 is that of one pooling"),
        "stride 1": (("average", 10, 1), "a stride of 1 is not"),
    },
    "where": {
        "place by place": (
            (margins(logits_with(lambda maps: maps)),),
            "each place of the maps votes alone",
        ),
        "for O": ((lambda m, x: -margins()(m, x),), "subtract the other way round"),
        "stride 8": (
            (margins(logits_with(lambda maps: F.max_pool2d(maps, 8))),),
            "in steps of 2",
        ),
        "a batch axis": ((lambda m, x: margins()(m, x)[None],), "expected 3 × 5"),
        "the whole sheet": ((lambda m, x: m(x)[0, 0] - m(x)[0, 1],), "expected 3 × 5"),
        "the average": (
            (margins(logits_with(lambda maps: F.avg_pool2d(maps, 8, 1))),),
            "values are off by up to",
        ),
        "the logit of X": (
            (lambda m, x: logits_with(largest)(m, x)[0],),
            "the logit of X alone",
        ),
        "the logit of O": (
            (lambda m, x: logits_with(largest)(m, x)[1],),
            "the logit of O alone",
        ),
        "probabilities": (
            (margins(lambda m, x: logits_with(largest)(m, x).softmax(0)),),
            "differences of probabilities",
        ),
        "no bias": (
            (margins(logits_with(largest, lambda m: (m[7].weight, None))),),
            "are the biases missing?",
        ),
        "no last pooling": ((lambda m, x: m[:5](x),), "your map has 1 × 8"),
    },
}
