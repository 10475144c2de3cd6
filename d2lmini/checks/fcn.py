"""Checks of the exercises in `notebooks/28-fcn.ipynb`."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    by,
    compare,
    hint_if,
    named,
    same,
)


@exercise("a tuple of two numbers, the height and width of the coarsest map")
def coarsest(size: tuple[int, int]) -> str:
    """Height and width of the coarsest map of FCN(depth=5) for 100 × 75."""
    given = tuple(as_numbers(size))
    hint_if(len(given) != 2, f"give two numbers, not {len(given)}")
    slips = {
        (3, 2): "the poolings of this network round up",
        (7, 5): "that is the map of a network with four stages",
        (3, 4): "the height comes first",
        (3.125, 2.34375): "a map has whole rows: how do the poolings round?",
        (2, 2): "that is one halving too many",
        (2, 1): "that is one halving too many, rounded down",
        (50, 38): "that is the map after the first stage; there are five",
        (100, 75): "that is the picture; each of five stages halves it",
    }
    hint_if(given in slips, slips.get(given, ""))
    hint_if(given != (4, 3), "halve five times, and round up each time")
    return "as the network computes it"


@exercise("a tuple of two numbers, rows and columns")
def cut_off(numbers: tuple[int, int]) -> str:
    """What FCN(depth=5, skips=0) crops at the end of a picture of 100 × 75."""
    given = tuple(as_numbers(numbers))
    hint_if(len(given) != 2, f"give two numbers, not {len(given)}")
    slips = {
        (21, 28): "the rows come first",
        (0, 0): "the scores are enlarged by a whole factor: compare sizes",
        (128, 96): "that is the size before cropping; how much of it is too much?",
        (100, 75): "that is what is left; what is cut off?",
        (4, 11): "that is the remainder of the size; how much is missing to the next?",
        (12, 5): "that is for a factor of 16; the five stages make it 32",
    }
    hint_if(given in slips, slips.get(given, ""))
    hint_if(given != (28, 21), "the coarsest map is enlarged by 32, then cropped")
    return "as the network computes it"


@exercise("a function that returns one IoU a class")
def class_ious(function: Callable) -> str:
    """A function of labels, guesses, classes: the IoUs, without pixels of 255."""
    for trial in range(20):
        classes = 2 + trial % 4
        shape = torch.randint(6, 12, (3,)).tolist()
        labels = torch.randint(classes, shape)
        guesses = torch.where(
            torch.rand(shape) < 0.6, labels, torch.randint(classes, shape)
        )
        labels[torch.rand(shape) < 0.2] = 255
        at = f"{classes} classes on {by(tuple(shape))} pixels"
        found = as_tensor(ask(function, labels, guesses, classes, at=at), at=at)
        hint_if(found.ndim == 0, f"for {at} you return one number; give one a class")
        hint_if(
            found.shape != (classes,),
            f"for {at} you return {tuple(found.shape)}; give {classes} numbers",
        )
        compare(
            found,
            parts(labels, guesses, classes)[0],
            slips(labels, guesses, classes),
            at,
        )
    return "on 20 random maps with 2 to 5 classes, a fifth of the pixels void"


def parts(labels: Tensor, guesses: Tensor, classes: int) -> list[Tensor]:
    """Of each class: IoU, recall, precision and Dice, over the known pixels."""
    known = labels != 255
    true = F.one_hot(labels[known], classes).double()
    called = F.one_hot(guesses[known], classes).double()
    both, rows, columns = (true * called).sum(0), true.sum(0), called.sum(0)
    union = rows + columns - both
    return [both / union, both / rows, both / columns, 2 * both / (rows + columns)]


def slips(labels: Tensor, guesses: Tensor, classes: int) -> dict[str, Tensor]:
    """What typical mistakes give, by their hint."""
    iou, recall, precision, dice = parts(labels, guesses, classes)
    ground = labels.masked_fill(labels == 255, 0)
    pairs = [(labels == c, guesses == c) for c in range(classes)]
    in_union = torch.stack([(a & b).sum() / (a | b).sum() for a, b in pairs]).double()
    total = (labels != 255).sum()
    share = iou * 0 + (labels == guesses).sum() / total
    return {
        "the pixels of 255 still count in the unions: leave them out of both": in_union,
        "you count the pixels of 255 as ground": parts(ground, guesses, classes)[0],
        "you divide by the pixels of the class in the truth only": recall,
        "you divide by the pixels of the class in the guess only": precision,
        "you divide by the sum of both sizes, which counts what they share twice": dice
        / 2,
        "that is twice the intersection over the sum of both sizes (Dice)": dice,
        "that is the accuracy, the same for each class": share,
    }


@exercise("a function that returns maps of shape (N, classes, H, W)")
def class_maps(function: Callable) -> str:
    """A function of features (N, C, H, W) and a linear layer: a map for each class.

    Their means over H and W are what the linear layer gives behind global pooling.
    """
    for trial in range(12):
        count, channels, height, width, classes = torch.randint(2, 7, (5,)).tolist()
        linear = nn.Linear(channels, classes)
        features = torch.randn(count, channels, height, width + trial % 2)
        width = features.shape[3]
        at = f"features {tuple(features.shape)} and {classes} classes"
        found = as_tensor(ask(function, features, linear, at=at), at=at)
        hint_if(
            found.shape == (count, classes),
            "these are the logits of the pictures; do not average over the places",
        )
        hint_if(
            found.shape == (count, height, width, classes),
            "the classes stand last; PyTorch wants them behind the batch axis",
        )
        wanted = count, classes, height, width
        hint_if(
            found.shape != wanted,
            f"for {at} you return {tuple(found.shape)}, not {wanted}",
        )
        right = F.conv2d(features, linear.weight[..., None, None], linear.bias).detach()
        bias = linear.bias.detach()[:, None, None]
        places = height * width
        compare(
            found,
            right.double(),
            {
                "the bias is missing": right - bias,
                "the bias is part of every place's score: do not divide it": right
                - bias
                + bias / places,
                "your maps add up to the logits; their mean should be": right / places,
                "these are probabilities; give logits": right.softmax(dim=1),
                "every place has the same score: average later": right.mean(
                    dim=(2, 3), keepdim=True
                ).expand(wanted),
                "no score is below zero: leave out the ReLU": right.relu(),
            },
            at,
        )
    return "on 12 random heads, and the mean of each map is its logit"


@exercise("a class, InterpolatedSkip")
def interpolated_skip(skip: type[nn.Module]) -> str:
    """Skip with F.interpolate in place of its transposed convolution."""
    hint_if(
        not isinstance(skip, type), f"you gave {named(skip)}; give the class itself"
    )
    for trial in range(10):
        channels, classes = torch.randint(1, 9, (2,)).tolist()
        height, width = torch.randint(3, 12, (2,)).tolist()
        if trial == 0:
            height, width = 8, 8
        block = ask(
            skip, channels, classes, at="InterpolatedSkip(channels, num_classes)"
        )
        hint_if(not isinstance(block, nn.Module), "make it a subclass of nn.Module")
        kinds = [type(layer) for layer in block.modules()]
        hint_if(
            nn.ConvTranspose2d in kinds, "there is still a transposed convolution in it"
        )
        convs = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)]
        hint_if(
            [conv.weight.shape[:2] for conv in convs] != [(classes, channels)],
            "it needs one convolution, from the channels to the classes",
        )
        half = math.ceil(height / 2), math.ceil(width / 2)
        scores, finer = (
            torch.randn(2, classes, *half),
            torch.randn(2, channels, height, width),
        )
        at = f"scores of {by(half)} and a finer map of {by((height, width))}"
        found = as_tensor(ask(block, scores, finer, at=at), at=at)
        shape = (2, classes, height, width)
        hint_if(
            found.shape != shape,
            f"for {at} you return {tuple(found.shape)}, not {shape}",
        )
        check_sum(found, scores, convs[0](finer).detach(), at)
    return "on 10 random sizes, odd ones too"


def check_sum(found: Tensor, scores: Tensor, own: Tensor, at: str) -> None:
    """Compare with the enlarged scores plus those of the finer map."""
    size = own.shape[2:]
    to_size = F.interpolate(scores, size=size, mode="bilinear")
    doubled = F.interpolate(scores, scale_factor=2, mode="bilinear")
    doubled = doubled[:, :, : size[0], : size[1]]  # right as well
    if same(found, doubled + own):
        return
    corners = F.interpolate(scores, size=size, mode="bilinear", align_corners=True)
    compare(
        found,
        (to_size + own).double(),
        {
            "your scores are enlarged by copying; ask for bilinear": own
            + F.interpolate(scores, size=size),
            "you set align_corners; leave it out": corners + own,
            "the scores of the finer map are missing": to_size,
            "the coarse scores are missing": own,
            "no score is below zero: leave out the ReLU": (to_size + own).relu(),
        },
        at,
    )


@exercise("two tensors of shape (10, 10): truth and guess")
def fooled(truth: Tensor, guess: Tensor) -> str:
    """Nine in ten pixels right, all five classes in the truth, mean IoU below 0.25."""
    truth, guess = as_tensor(truth, (10, 10)), as_tensor(guess, (10, 10))
    both = torch.stack([truth, guess])
    whole = both == both.round()
    hint_if(
        not whole.all() or both.min() < 0 or both.max() > 4,
        "the classes are whole numbers from 0 to 4",
    )
    occurring = len(truth.unique())
    hint_if(occurring < 5, f"only {occurring} of the five classes occur in the truth")
    right = (truth == guess).sum().item()
    hint_if(right < 90, f"{right} of the 100 pixels are right; 90 are wanted")
    iou = parts(truth.long(), guess.long(), 5)[0].mean().item()
    hint_if(iou >= 0.25, f"the mean IoU is still {iou:.2f}: which classes help it?")
    return f"{right} of 100 pixels are right, and the mean IoU is low"


@exercise("a tensor of ten logits")
def hidden_class(logits: Tensor) -> str:
    """Ten logits whose largest is class 7, and which a ReLU turns into class 0."""
    logits = as_tensor(logits, (10,))
    top = logits.argmax().item()
    hint_if(top != 7, f"before the ReLU the largest is that of class {top}, not of 7")
    hint_if(
        (logits == logits[7]).sum() > 1,
        "before the ReLU class 7 must be the only largest",
    )
    hint_if(logits[7] > 0, "a logit above 0 passes the ReLU, and stays the largest")
    return "the ReLU makes all ten equal, and argmax takes the first"


@exercise("a number: the lowest loss")
def cut_floor(loss: float) -> str:
    """The lowest cross-entropy with ten logits of 0 or more, that of the truth 0."""
    given, right = as_number(loss), math.log(10)
    if abs(given - right) < 0.01:
        return "to within a hundredth"
    slips = {
        0.0: "for that the true class would need the largest logit; its logit is 0",
        math.log(9): "nine others, and the true class itself: count all of them",
        math.log2(10): "PyTorch's loss uses the natural logarithm",
        math.log10(10): "PyTorch's loss uses the natural logarithm",
        1 / 10: "that is the probability; what is its loss?",
        -right: "a loss is the negative logarithm",
        math.log(5): "that is for five classes; here are ten",
    }
    for slip, hint in slips.items():
        hint_if(abs(given - slip) < 0.01, hint)
    raise NotYet(
        "how small can the others be, and what probability is left for the true class?"
    )
