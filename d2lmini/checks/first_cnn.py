"""Checks of the exercises in `notebooks/08-a-first-cnn.ipynb`."""

import copy
import math
from collections.abc import Callable
from itertools import zip_longest

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_tensor,
    ask,
    by,
    choice,
    compare,
    hint_if,
    named,
    same,
)
from d2lmini.summary import layer_table


@exercise("a probability and a loss")
def by_pencil(probability: float, loss: float) -> str:
    """Softmax and cross-entropy of the logits 1, 1, 0, when the third is the truth."""
    probability, loss = as_number(probability), as_number(loss)
    total = 2 * math.e + 1
    right = 1 / total
    slips = {
        "that is the probability of one of the other two": math.e / total,
        "a share of the logits themselves: raise e to each of them first": 0,
        "the sum has three terms, one for each class": 1 / (math.e + 1),
        "that is a third: the classes differ in their logits": 1 / 3,
    }
    for hint, wrong in slips.items():
        hint_if(abs(probability - wrong) < 0.003, f"probability: {hint}")
    wrong = f"the probability is not {probability:g}; write down e to each logit"
    hint_if(abs(probability - right) > 0.0051, wrong)
    slips = {
        "minus is missing": math.log(right),
        "take the natural logarithm, not that of 10": -math.log10(right),
        "take the natural logarithm, not that of 2": -math.log2(right),
        "1 - p is not a cross-entropy; it takes a logarithm": 1 - right,
        "that is the loss for one of the other two": math.log(total) - 1,
    }
    for hint, wrong in slips.items():
        hint_if(abs(loss - wrong) < 0.01, f"the probability is right; loss: {hint}")
    wrong = f"the probability is right; the loss is not {loss:g}"
    hint_if(abs(loss + math.log(right)) > 0.01, wrong)
    return "both to two digits"


@exercise("two numbers: for `reader` and for `flat_reader`")
def larger_sheet(pooled: int, flattened: int) -> str:
    """How many numbers reach the linear layer of either reader from 28 × 80."""
    pooled, flattened = as_number(pooled), as_number(flattened)
    hint_if(pooled == 2, "reader: that is what its linear layer puts out")
    wrong = f"reader: not {pooled:g}; the last pooling leaves one number of each map"
    hint_if(pooled != 8, wrong)
    slips = {
        8 * 4 * 4: "that is what a sheet of 28 × 28 gives",
        8 * 8 * 34: "that is before its last pooling",
        4 * 17: "that is one map of eight",
        8: "it has no pooling over the whole map",
        2: "that is what its linear layer puts out",
    }
    hint_if(flattened in slips, f"flat_reader: {slips.get(flattened)}")
    hint_if(
        flattened != 8 * 4 * 17,
        f"flat_reader: not {flattened:g}; each 5 × 5 takes 4 off, each pooling halves",
    )
    return "as the layers compute it"


AVERAGING = ["Conv2d", "ReLU", "MaxPool2d", "Conv2d", "ReLU"]
AVERAGING += ["AdaptiveAvgPool2d", "Flatten", "Linear"]
WEIGHTS = {0: 104, 3: 808, 7: 18}  # parameters of the reader's layers


@exercise("a function that returns the edited reader")
def averaging_reader(build: Callable) -> str:
    """The reader with the average of each last map instead of its largest number."""
    given = isinstance(build, nn.Module)
    hint_if(given, "you gave the network; give the function that makes it, without ()")
    model = ask(build, at="no arguments")
    wrong = f"your function returned {named(model)}; return the network"
    hint_if(not isinstance(model, nn.Module), wrong)
    try:
        table = list(layer_table(model, (1, 28, 28)))
        model(torch.zeros(3, 1, 40, 60))
    except RuntimeError as error:
        raise NotYet(
            "a picture of 28 × 28 or of 40 × 60 does not pass: average over the whole "
            "map, whatever its size"
        ) from error
    types = [layer.type for layer in table]
    hint_if("AdaptiveMaxPool2d" in types, "there is still an AdaptiveMaxPool2d in it")
    for place, (found, wanted) in enumerate(zip_longest(types, AVERAGING)):
        hint_if(
            found != wanted,
            f"layer {place} is {found or 'nothing'}, not {wanted or 'there'}: edit one "
            "line only",
        )
    for place, count in WEIGHTS.items():
        found = table[place].parameters
        hint_if(
            found != count,
            f"layer {place} has {found:,} parameters, that of the reader {count}: edit "
            "one line only",
        )
    return "only the last pooling is another"


@exercise("one of the letters a to d")
def empty_paper(letter: str) -> str:
    """What becomes of averages when most of a sheet is empty: a reason of the text."""
    hints = {
        "a": "that holds for the largest number; each empty place counts in an average",
        "c": "do all empty places give 0? The convolutions have biases",
        "d": "that would be a sum; an average divides by the number of places",
    }
    choice(letter, "abcd", hints)
    return "the solution measures it on a sheet of 108 × 108"


def signs() -> dict[str, Tensor]:
    """A plus, an X and an O of 9 × 9, ink 1 and paper -1."""
    plus, x, o = -torch.ones(3, 9, 9)
    plus[4, 1:8] = plus[1:8, 4] = 1
    for i in range(1, 8):
        x[i, i] = x[i, 8 - i] = 1
    o[[1, 1, 1, 7, 7, 7], [3, 4, 5, 3, 4, 5]] = 1
    o[[3, 4, 5, 3, 4, 5], [1, 1, 1, 7, 7, 7]] = 1
    o[[2, 2, 6, 6], [2, 6, 2, 6]] = 1
    return {"plus": plus, "X": x, "O": o}


@exercise("a tensor of shape (3, 3, 3): three kernels")
def third_letter(kernels: Tensor) -> str:
    """Three kernels with which the network by hand says yes to a plus only."""
    kernels = as_tensor(kernels, (3, 3, 3))
    hint_if(not kernels.any(), "all your numbers are 0")
    for name, sign in signs().items():
        for down in range(12):
            for across in range(12):
                rim = (across, 11 - across, down, 11 - down)
                sheet = F.pad(sign.double(), rim, value=-1)[None, None]
                best = F.conv2d(sheet, kernels[:, None]).amax((0, 2, 3)) - 8
                answer = best.relu().sum().item() - 2.5
                if (answer > 0) == (name == "plus"):
                    continue
                if name != "plus":
                    raise NotYet(f"your kernels say yes to the {name} as well")
                wrong = (
                    "the plus is not read: without a -1 for paper no match exceeds 8"
                )
                hint_if(kernels.amin() >= 0, wrong)
                places = ", ".join(str(i) for i in range(3) if best[i] <= 0)
                raise NotYet(f"in the plus nothing matches kernel {places} exactly")
    return "yes to the plus, no to X and O, at 144 places each"


def learned(model: nn.Module, batches: list, slip: str = "") -> Tensor:
    """The weights after a step of SGD on each batch, with a slip if one is named."""
    model = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for images, labels in batches:
        logits = model(images)
        if "softmax" in slip:
            logits = logits.softmax(dim=1)
        how = "sum" if "sum" in slip else "mean"
        loss = F.cross_entropy(logits, labels, reduction=how)
        if "keep" not in slip:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return nn.utils.parameters_to_vector(model.parameters()).detach()


@exercise("a function that takes one step and returns the loss")
def mended_step(step: Callable) -> str:
    """A function of model, optimizer, images, labels: one step of SGD, and its loss."""
    for trial in range(5):
        start = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU())
        start.append(nn.Linear(8, 2 + trial))
        batches = [
            (torch.randn(6, 1, 4, 4), torch.randint(2 + trial, (6,))) for _ in range(4)
        ]
        model = copy.deepcopy(start)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
        at = f"four batches of {2 + trial} classes"
        for images, labels in batches:
            right = F.cross_entropy(model(images), labels).item()
            loss = ask(step, model, optimizer, images, labels, at=at)
        found = nn.utils.parameters_to_vector(model.parameters()).detach()
        begin = nn.utils.parameters_to_vector(start.parameters()).detach()
        slips = {
            "no weight has changed: the step is missing, or its slopes are": begin,
            "softmax is taken twice, and old slopes stay": "softmax keep",
            "softmax is taken twice: F.cross_entropy does it itself": "softmax",
            "old slopes stay: PyTorch adds the new ones to them": "keep",
            "you take the sum of the losses; the step grows with the batch": "sum",
        }
        mistakes = {
            hint: learned(start, batches, slip) if isinstance(slip, str) else slip
            for hint, slip in slips.items()
        }
        compare(found, learned(start, batches), mistakes, at)
        hint_if(
            abs(as_number(loss) - right) > 1e-4,
            "the weights learn rightly, but what you return is not the loss",
        )
    return "the weights of five networks after four steps each"


@exercise("three answers: a pooling, a size and a stride")
def one_convolution(pooling: str, size: int, stride: int) -> str:
    """The pooling with which conv, pool, conv, pool are one convolution, and which."""
    given = str(pooling).strip().lower()
    wrong = f"{pooling!r} is neither 'average' nor 'max'"
    hint_if(given not in ("average", "max"), wrong)
    hint_if(given == "max", "not 'max': the largest of sums is no sum of the largest")
    size, stride = as_number(size), as_number(stride)
    slips = {
        3: "that is the first convolution alone",
        4: "that is the first convolution with its pooling",
        5: "that is two convolutions without any pooling",
        8: "that is what the second convolution sees; one pooling is left",
    }
    hint_if(size in slips, f"size {size:g}: {slips.get(size)}")
    wrong = f"size {size:g}: count from the end which pixels one number depends on"
    hint_if(size != 10, wrong)
    hint_if(stride == 2, "the size is right; stride 2 is that of one pooling")
    hint_if(stride != 4, f"the size is right; a stride of {stride:g} is not")
    return "as the receptive field says"


@exercise("a function that returns a map of margins")
def where(margins: Callable) -> str:
    """A function of a reader and a sheet: X's lead in every window of 28 × 28."""
    for trial in range(5):
        model = nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.MaxPool2d(2))
        model.extend([nn.Conv2d(4, 8, 5), nn.ReLU(), nn.AdaptiveMaxPool2d(1)])
        model.extend([nn.Flatten(), nn.Linear(8, 2)])
        rows, columns = (3, 5) if trial == 0 else torch.randint(1, 8, (2,)).tolist()
        sheet = torch.randn(1, 1, 26 + 2 * rows, 26 + 2 * columns)
        at = f"a sheet of {by(sheet.shape[2:])}"
        found = as_tensor(ask(margins, model, sheet, at=at), at=at)
        with torch.no_grad():
            right, places, product = window_margins(model, sheet)
            shares, offset = product.softmax(0), model[7].bias[0] - model[7].bias[1]
        hint_if(
            found.shape == places.shape and same(found, places),
            "each place of the maps votes alone; the network takes the largest of 8 × 8"
            " places first",
        )
        hint_if(
            found.squeeze().shape == right.squeeze().shape and same(found, -right),
            "your map is positive for an O; subtract the other way round",
        )
        hint_if(
            found.shape != right.shape,
            f"for {at} your map has {by(found.shape)}, expected {by(right.shape)}: one "
            "number for each window of 28 × 28, in steps of 2",
        )
        mistakes = {
            "that is the logit of X alone; how far does it lead that of O?": product[0],
            "that is the logit of O alone; how far does X lead?": product[1],
            "these are differences of probabilities, not of logits": shares[0]
            - shares[1],
            "the weights are right; are the biases missing?": right - offset,
        }
        compare(found, right, mistakes, at)
    return "equal to the network on each window of 5 random sheets"


def window_margins(model: nn.Module, sheet: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """X's lead by cutting every window out; by single places; and both logits."""
    rows = range(0, sheet.shape[2] - 27, 2)
    columns = range(0, sheet.shape[3] - 27, 2)
    windows = [sheet[..., i : i + 28, j : j + 28] for i in rows for j in columns]
    logits = model(torch.cat(windows)).T.reshape(2, len(rows), len(columns)).double()
    weight, bias = model[7].weight[..., None, None], model[7].bias
    places = F.conv2d(model[:5](sheet), weight, bias)[0].double()
    return logits[0] - logits[1], places[0] - places[1], logits
