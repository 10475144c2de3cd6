"""Checks of the exercises in `notebooks/21-lenet.ipynb`."""

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
    as_bool,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    by,
    choice,
    compare,
    hint_if,
    named,
    same,
)
from d2lmini.models.lenet import LeNet
from d2lmini.summary import count_parameters, layer_table

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
WEIGHTED = (nn.Conv2d, nn.Linear)


@exercise("a tuple of three numbers: channels, height, width")
def shape_without_padding(shape: tuple[int, int, int]) -> str:
    """The shape after `features` of LeNet(padding=0), for one picture of 28 × 28."""
    is_output = isinstance(shape, Tensor) and shape.ndim > 1
    hint_if(is_output, "that is the output itself; give its shape")
    given = tuple(as_numbers([shape] if isinstance(shape, int) else shape))
    table = list(layer_table(LeNet(padding=0).features, (1, 28, 28)))
    right = table[-1].output_shape
    if given == right:
        return "as the layers compute it"
    hint_if(len(given) == 4 and given[1:] == right, "leave the batch axis out")
    slips = {
        (math.prod(right),): "these are the numbers after flattening; give three axes",
        (*right[1:], right[0]): "in PyTorch the channels come first",
        (16, 5, 5): "that is what 32 × 32 without padding leaves, or 28 × 28 with it",
    }
    for layer in table[:-1]:
        slips[layer.output_shape] = f"that is the shape after layer {layer.name}; go on"
    hint_if(given in slips, slips.get(given, ""))
    hint_if(len(given) != 3, f"give three numbers, not {len(given)}")
    hint_if(
        given[1:] == right[1:],
        "height and width are right; how many maps does the second convolution make?",
    )
    raise NotYet("each 5 × 5 window takes 4 pixels, and each pooling halves")


@exercise("a function that returns pictures of another size")
def made_to_fit(fit: Callable) -> str:
    """A function that makes pictures (N, 1, 28, 28) fit LeNet(padding=0)."""
    model = LeNet(padding=0)
    for count in (1, 2, 3):
        coarse = torch.rand(count, 1, 7, 7)
        pictures = F.interpolate(coarse, size=28, mode="bilinear")
        at = f"pictures of shape {tuple(pictures.shape)}"
        found = as_tensor(ask(fit, pictures, at=at), at=at).float()
        hint_if(
            found.shape[:2] != (count, 1) or found.ndim != 4,
            f"for {at} you return {tuple(found.shape)}; keep (N, 1, height, width)",
        )
        try:
            model(found)
        except RuntimeError as error:
            size = by(found.shape[2:])
            raise NotYet(
                f"LeNet(padding=0) still refuses your {size} pixels"
            ) from error
        hint_if(not found.any(), "the network takes them, but your pictures are black")
        hint_if(
            not shows(found, pictures),
            "the network takes them, but they no longer show your pictures",
        )
    return "LeNet(padding=0) takes 1, 2 and 3 random pictures, and they still show"


def shows(found: Tensor, pictures: Tensor) -> bool:
    """Whether larger pictures hold those of 28 × 28: with a border, or resized."""
    for top in range(found.shape[2] - 27):
        for left in range(found.shape[3] - 27):
            part = found[..., top : top + 28, left : left + 28]
            if torch.allclose(part, pictures):
                return True
    resized = F.interpolate(found, size=28, mode="bilinear")
    both = torch.stack([resized.flatten(), pictures.flatten()])
    return torch.corrcoef(both)[0, 1].item() > 0.9


class Bent(nn.Module):
    """Not affine, though none of its layers shows it."""

    def __init__(self, bend: Callable[[Tensor], Tensor], bias: bool = True):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 10, bias=bias))
        self.bend = bend

    def forward(self, x: Tensor) -> Tensor:
        return self.bend(self.layers(x))


def suspects() -> list[tuple[nn.Module, bool, str]]:
    """Networks: whether each is affine, and a hint for who is wrong about it."""
    flat = nn.Flatten()
    without_bias = nn.Sequential(flat, nn.Linear(784, 10, bias=False))
    with_bias = nn.Sequential(flat, nn.Linear(784, 10))
    homogeneous = nn.Sequential(
        flat,
        nn.Linear(784, 30, bias=False),
        nn.ReLU(),
        nn.Linear(30, 10, bias=False),
    )
    average = LeNet(activation="identity", pool="average")
    largest = LeNet(activation="identity", pool="max")
    return [
        (without_bias, True, "a linear layer is affine: does rounding disturb you?"),
        (with_bias, True, "a linear layer with its bias is affine, too"),
        (average, True, "without squashing, with average pooling, LeNet is affine"),
        (LeNet(), False, "LeNet() with its ReLU is not affine"),
        (largest, False, "without squashing, with max pooling, LeNet is not affine"),
        (homogeneous, False, "ReLU without biases doubles with its input; not affine"),
        (
            Bent(torch.abs),
            False,
            "a forward may bend, as by abs(), and no layer show it",
        ),
        (
            Bent(lambda x: x**3, bias=False),
            False,
            "cubes change sign with x; not affine",
        ),
    ]


@exercise("a function that returns True or False")
def is_affine(tells: Callable) -> str:
    """A function of a model (N, 1, 28, 28) -> (N, 10): whether the model is affine."""
    for _ in range(3):
        for model, affine, hint in suspects():
            at = f"a network that is {'' if affine else 'not '}affine"
            said = as_bool(ask(tells, model, at=at), at)
            hint_if(said != affine, f"you say {said}, but {hint}")
    return "on 8 networks, each with 3 random starts"


@exercise("a LeNet with batch norm")
def normed_lenet(model: nn.Module) -> str:
    """LeNet(activation="sigmoid", pool="average"), batch norm after its layers."""
    hint_if(
        not isinstance(model, nn.Module),
        f"you gave {named(model)}; give a model, such as NormedLeNet(…)",
    )
    model = copy.deepcopy(model).cpu()
    try:
        layers = list(layer_table(model, (1, 28, 28)))
    except RuntimeError as error:
        raise NotYet(f"on a picture of 28 × 28, {error.__cause__}") from error
    hint_if(
        not any(isinstance(layer.module, NORMS) for layer in layers),
        "no layer is a batch norm: build the edited class, not LeNet",
    )
    weighted = [i for i, x in enumerate(layers) if isinstance(x.module, WEIGHTED)]
    for i in weighted[:-1]:
        hint_if(
            not isinstance(layers[i + 1].module, NORMS),
            f"after {layers[i].name} comes {layers[i + 1].type}; batch norm goes in "
            "between",
        )
    hint_if(
        isinstance(layers[-1].module, NORMS),
        f"{layers[-1].name} normalises the logits; leave the last layer as it is",
    )
    round_of_convolution = ["Conv2d", "BatchNorm2d", "Sigmoid", "AvgPool2d"]
    linear = ["Linear", "BatchNorm1d", "Sigmoid"]
    wanted = [*round_of_convolution * 2, "Flatten", *linear * 2, "Linear"]
    for i, (layer, kind) in enumerate(zip_longest(layers, wanted)):
        found = layer.type if layer else "nothing"
        hint_if(found != kind, f"layer {i} is {found}, not {kind}: only norms are new")
    count, right = (
        count_parameters(model),
        count_parameters(LeNet()) + 2 * (6 + 16 + 204),
    )
    hint_if(
        count != right, f"it has {count:,} parameters; with four batch norms {right:,}"
    )
    pictures = torch.rand(2, 1, 28, 28)
    modules = [layer.module for layer in layers]
    in_order = nn.Sequential(*modules)
    with torch.no_grad():
        output = model.eval()(pictures)
        hint_if(output is None, "forward returns None: is a return missing?")
        hint_if(
            not same(output, in_order(pictures)),
            "forward does more than run the layers: it must return what the last gives",
        )
    return (
        f"four batch norms, each between a layer and its sigmoid, {count:,} parameters"
    )


@exercise("one of the letters a to d")
def why_it_learns(letter: str) -> str:
    """Why the sigmoid network learns with batch norm: a reason of the text."""
    hints = {
        "a": "its slope is still a quarter at best, as before",
        "c": "there are few of them; measure `spread` before any training",
        "d": "it is 0.9 as before, and the network without batch norm sat still at it",
    }
    choice(letter, "abcd", hints)
    return "the solution measures it"


@exercise("a tuple of three numbers: convolutions, poolings, linear layers")
def article_layers(counts: tuple[int, int, int]) -> str:
    """How many convolutions, poolings and linear layers the article's code has."""
    given = as_numbers(counts)
    hint_if(len(given) != 3, f"give three numbers, not {len(given)}")
    hint_if(given == [3, 2, 1], "that is what the text says; count in the code")
    names = ("convolutions", "poolings", "linear layers")
    for name, count, right in zip(names, given, (2, 2, 3), strict=True):
        hint_if(count != right, f"count the {name} again: it is not {count:g}")
    return "compare them with the text"


@exercise("a number: the lowest loss")
def softmax_floor(floor: float) -> str:
    """The lowest cross-entropy when logits are replaced by probabilities."""
    floor = as_number(floor)
    right = math.log(math.e + 9) - 1
    slips = {
        "for a loss of 0 a logit must be far above all others": 0,
        "that is the loss of ten equal logits": math.log(10),
        "subtract the logit of the true class as well": right + 1,
        "a loss is minus a logarithm, so it is not negative": -right,
        "one logit is 1 and nine are 0, not ten": math.log(math.e + 10) - 1,
        "cross-entropy takes the natural logarithm": right / math.log(10),
        "cross-entropy takes the natural logarithm, not that of 2": right / math.log(2),
        "that is a probability; the loss is minus its logarithm": math.exp(-right),
    }
    for hint, wrong in slips.items():
        hint_if(abs(floor - wrong) < 0.006, hint)
    hint_if(
        abs(floor - right) > 0.006,
        f"a loss of {floor:g} is {'below' if floor < right else 'above'} the lowest",
    )
    return "to within a hundredth"


@exercise("a function that returns a weight of the same shape")
def rewire(rewire: Callable) -> str:
    """A function of a weight (out, in) and an order (in,) of the pixels: a weight."""
    for _ in range(20):
        weight, x = torch.randn(10, 784), torch.randn(5, 784)
        order = torch.randperm(784)
        at = "a weight of 10 × 784"
        found = as_tensor(ask(rewire, weight, order, at=at), (10, 784), at=at)
        logits, weight = x.double() @ weight.T.double(), weight.double()
        shuffled = x[:, order].double()
        mistakes = {
            "you return the weight as it was": shuffled @ weight.T,
            "that is the way back: it would suit the inverse order": shuffled
            @ weight[:, order.argsort()].T,
            "you sort the pixels the other way round": shuffled @ weight.flip(1).T,
        }
        compare(shuffled @ found.T, logits, mistakes, at)
    return "the same logits on 20 random orders of the pixels"


@exercise("one of the letters a to d")
def whose_accuracy_falls(letter: str) -> str:
    """Whose accuracy falls when all pixels are shuffled: an option of the text."""
    hints = {
        "a": "for one of the two you have just rewired the weight",
        "b": "you have just rewired the weight of that one, with the same logits",
        "d": "what do the pixels of a 5 × 5 window have in common, before and after?",
    }
    choice(letter, "abcd", hints)
    return "the solution trains them"
