"""Checks of the exercises in `notebooks/22-alexnet.ipynb`."""

import copy
import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    compare,
    hint_if,
    named,
    same,
)
from d2lmini.summary import layer_table

WEIGHTED = (nn.Conv2d, nn.Linear)
ARTICLE_PARAMETERS = 46_765_450


@exercise("a number of pixels")
def smallest_picture(pixels: int) -> str:
    """The smallest size that AlexNet(padding=0) takes."""
    pixels = as_number(pixels)
    maps = 3  # of the last pooling, and what the layers before it need
    for window, stride in ((3, 2), (3, 2), (11, 4)):
        maps = stride * (maps - 1) + window
    right = maps
    slips = {
        "63 is the smallest with a border of 2 on each side": 63,
        "without the border less is there, so the picture must be larger": right - 8,
        "take the border's pixels on both sides into account": right - 2,
        "one pixel less than that many would do is one too few": right - 1,
        "a border of 2 on each side is 4 pixels, not 8": right + 4,
        "one window of 11 gives one number; the poolings want more": 11,
        "the last pooling needs 3, and the two before it more than that": 19,
    }
    for hint, wrong in slips.items():
        hint_if(pixels == wrong, hint)
    hint_if(pixels != int(pixels), f"{pixels:g} is no whole number of pixels")
    hint_if(pixels < right, f"{pixels:g} pixels are too few: a pooling finds no 3")
    hint_if(pixels > right, f"{pixels:g} pixels are enough, and so are fewer")
    return "with one pixel less, the last pooling fails"


@exercise("a function that returns a weight (out, in, k, k)")
def ungrouped(widen: Callable) -> str:
    """A function of a weight (out, in / groups, k, k) and groups: that of one group."""
    for _ in range(20):
        groups = int(torch.randint(2, 4, ()))
        own, each = (int(torch.randint(1, 4, ())) for _ in range(2))
        weight = torch.randn(groups * each, own, 3, 3)
        at = f"a weight of {tuple(weight.shape)} and {groups} groups"
        found = as_tensor(ask(widen, weight, groups, at=at), at=at)
        hint_if(
            found.shape == weight.shape,
            f"for {at} you return the same shape, but each output meets all "
            f"{groups * own} inputs now",
        )
        right = blocks(weight, groups)
        found = as_tensor(found, tuple(right.shape), at=at)
        everywhere = weight.repeat(1, groups, 1, 1)
        first = torch.cat([weight, torch.zeros_like(right)[:, own:]], dim=1)
        strided = torch.zeros_like(right).unflatten(1, (own, groups))
        for output in range(len(weight)):
            strided[output, :, output // each] = weight[output]
        strided = strided.flatten(1, 2)
        mistakes = {
            "each output sees all inputs: where must it see nothing?": everywhere,
            "no average: each output sees one group of inputs": everywhere / groups,
            "the first outputs see the last inputs": blocks(weight, groups, True),
            "all outputs see the first group of inputs": first,
            "a group is inputs side by side, not every second or third one": strided,
        }
        compare(found, right.double(), mistakes, at)
    return "20 random layers give the same with your weight and one group"


def blocks(weight: Tensor, groups: int, backwards: bool = False) -> Tensor:
    """The weight of one group that has each group's weight at its inputs."""
    count, own = weight.shape[:2]
    wide = torch.zeros(count, own * groups, *weight.shape[2:])
    for output in range(count):
        group = output // (count // groups)
        group = groups - 1 - group if backwards else group
        wide[output, group * own : (group + 1) * own] = weight[output]
    return wide


@exercise("the edited classifier, an nn.Sequential")
def papers_dropout(classifier: nn.Sequential) -> str:
    """linear_layers(48, 32, 10, nn.ReLU, 0.5) with dropout where the paper has it."""
    hint_if(
        not isinstance(classifier, nn.Module),
        f"you gave {named(classifier)}; call your function with the numbers given",
    )
    classifier = copy.deepcopy(classifier).cpu()
    try:
        layers = list(layer_table(classifier, (48,)))
    except RuntimeError as error:
        raise NotYet(f"on a vector of 48 numbers, {error.__cause__}") from error
    kinds = [layer.type for layer in layers]
    wrong = [kind for kind in kinds if kind.startswith("Dropout") and kind != "Dropout"]
    hint_if(wrong, f"{wrong[:1]} is for maps; vectors want nn.Dropout")
    places = [i for i, kind in enumerate(kinds) if kind == "Dropout"]
    hint_if(len(places) != 2, f"it has {len(places)} dropout layers; the paper has two")
    hint_if(places[0] == 0, "the first dropout still meets the maps, before any layer")
    hint_if(places[-1] == len(kinds) - 1, "the last dropout erases logits")
    for place in places:
        hint_if(
            kinds[place - 1] != "ReLU",
            f"before a dropout comes {kinds[place - 1]}; the paper erases what the "
            "activation gives",
        )
    order = ["Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    hint_if(kinds != order, f"the layers are {', '.join(kinds)}; move dropout only")
    widths = [layer.module.out_features for layer in layers if layer.type == "Linear"]
    hint_if(
        widths != [32, 32, 10],
        f"the widths are {widths}, not 32, 32 and 10",
    )
    rates = {layer.module.p for layer in layers if layer.type == "Dropout"}
    hint_if(rates != {0.5}, f"the rates are {sorted(rates)}, and 0.5 was asked for")
    return "the same three linear layers, with dropout behind both activations"


@exercise("a tuple of three numbers: dropouts, batch norms, MB")
def article_alexnet(counts: tuple[float, float, float]) -> str:
    """Dropouts in the article's `conv`, batch norms in its `linear`, MB of it all."""
    given = as_numbers(counts)
    hint_if(len(given) != 3, f"give three numbers, not {len(given)}")
    dropouts, norms, size = given
    hint_if(dropouts == 2, "both dropouts stand in `linear`; count those in `conv`")
    hint_if(dropouts != 0, f"there are not {dropouts:g} dropouts in `conv`")
    hint_if(norms == 2, "both batch norms stand in `conv`; count those in `linear`")
    hint_if(norms != 0, f"there are not {norms:g} batch norms in `linear`")
    right = 4 * ARTICLE_PARAMETERS / 1e6
    slips = {
        "these are its parameters in millions; each takes four bytes": right / 4,
        "a float32 number takes four bytes, not eight": 2 * right,
        "a float32 number takes four bytes, not two": right / 2,
        "these are MiB, of 1,048,576 bytes; give MB, of a million": right / 1.048576,
        "that is the network of 2012; count the one that is printed": 243.9,
        "the convolutions have parameters as well": 4 * 43.040778,
    }
    for hint, wrong in slips.items():
        hint_if(abs(size - wrong) < 1.2, hint)
    hint_if(900 <= size <= 1100, "that is what the article says; count")
    hint_if(0.1 < size < 0.3, "give megabytes, not gigabytes")
    side = "below" if size < right else "above"
    hint_if(abs(size - right) > 1.2, f"{size:g} MB is {side} four bytes a parameter")
    return "a fifth of what the article says"


@exercise("a number: how many crops")
def crops_of(count: int) -> str:
    """How many pictures of 224 × 224 can be cut from 256 × 256, mirrored or not."""
    count = as_number(count)
    right = 2 * 33**2
    slips = {
        "that is the paper's number; at how many places does a window of 3 fit into a "
        "row of 5?": 2 * 32**2,
        "mirrored pictures count as well": right / 2,
        "that is the paper's number without mirrored pictures; count the places in a "
        "short row": 32**2,
        "it moves along both axes": 2 * 33,
        "there are 33 places along one axis; along two?": 33,
        "mirroring left and right only: two, not four": 2 * right,
    }
    for hint, wrong in slips.items():
        hint_if(count == wrong, hint)
    hint_if(
        count != right,
        f"{count:g} is too {'few' if count < right else 'many'}: begin with one axis",
    )
    return "and the paper's own number is a little lower"


@exercise("a function that returns a tensor (N, 10, C, size, size)")
def ten_crops(crop: Callable) -> str:
    """A function of pictures (N, C, H, W) and a size: corners, middle, and mirrored."""
    for _ in range(20):
        count, channels = (int(torch.randint(1, 4, ())) for _ in range(2))
        size = int(torch.randint(2, 6, ()))
        height, width = (size + 2 * int(torch.randint(1, 4, ())) for _ in range(2))
        pictures = torch.rand(count, channels, height, width)
        at = f"pictures of {tuple(pictures.shape)} and the size {size}"
        found = as_tensor(ask(crop, pictures, size, at=at), at=at)
        right = crops(pictures, size)
        hint_if(
            found.shape == right[:, :5].shape,
            f"for {at} you return five crops; the mirrored ones are missing",
        )
        hint_if(
            found.shape == right.transpose(0, 1).shape and found.shape != right.shape,
            f"for {at} you return {tuple(found.shape)}; the pictures come first",
        )
        found = as_tensor(found, tuple(right.shape), at=at)
        five = right[:, :5]
        mistakes = {
            "the last five are the first five again, not mirrored": five.repeat(
                1, 2, 1, 1, 1
            ),
            "you mirror top to bottom; the paper mirrors left to right": torch.cat(
                [five, five.flip(3)], dim=1
            ),
            "all ten are the middle": right[:, 4:5].expand(-1, 10, -1, -1, -1),
        }
        for hint, wrong in mistakes.items():
            hint_if(same(found, wrong), hint)
        for picture, mine in zip(found, right.double(), strict=True):
            for one in mine:
                missing = not any(same(other, one) for other in picture)
                hint_if(missing, f"for {at} one of the ten is missing or moved")
    return "corners, middle and their mirror images, on 20 random sizes"


def crops(pictures: Tensor, size: int) -> Tensor:
    """(N, C, H, W) -> (N, 10, C, size, size), in any order."""
    bottom, right = (length - size for length in pictures.shape[2:])
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    places.append((bottom // 2, right // 2))
    five = [pictures[..., y : y + size, x : x + size] for y, x in places]
    return torch.stack([*five, *(crop.flip(3) for crop in five)], dim=1)


@exercise("a function that returns pairs (weight, bias)")
def sigmoid_twin(twin: Callable) -> str:
    """From the layers of a classifier with tanh to those of the same with a sigmoid."""
    for depth in (1, 2, 3, 4):
        widths = torch.randint(2, 7, (depth + 1,)).tolist()
        pairs = [
            (torch.randn(out, into), torch.randn(out))
            for into, out in itertools.pairwise(widths)
        ]
        at = f"{depth} linear layers" if depth > 1 else "a single linear layer"
        copies = [(weight.clone(), bias.clone()) for weight, bias in pairs]
        found = ask(twin, copies, at=at)
        hint_if(not isinstance(found, list | tuple), f"you return {named(found)}")
        hint_if(len(found) != depth, f"for {at} you return {len(found)} pairs")
        theirs = []
        for pair, (weight, bias) in zip(found, pairs, strict=True):
            is_pair = isinstance(pair, list | tuple) and len(pair) == 2
            hint_if(not is_pair, f"for {at} you return {named(pair)} among the pairs")
            own = as_tensor(pair[0], tuple(weight.shape), at=at)
            theirs.append((own, as_tensor(pair[1], tuple(bias.shape), at=at)))
        x = torch.randn(20, widths[0]).double()
        right, outputs = (
            run(layers, x, function)
            for layers, function in ((pairs, torch.tanh), (theirs, torch.sigmoid))
        )
        hint_if(
            depth == 1 and not same(outputs, right),
            "a single layer has no activation: it must stay as it is",
        )
        if depth > 1:
            untouched = same(outputs, run(pairs, x, torch.sigmoid))
            hint_if(untouched, "that is the tanh network, now with a sigmoid")
        compare(outputs, right, {slip(pairs, theirs): outputs}, at)
    return "the same outputs for 1 to 4 layers"


def slip(pairs: list, theirs: list) -> str:
    """A hint for layers that do not give the outputs of the tanh network."""
    last = len(pairs) - 1
    for number, (old, new) in enumerate(zip(pairs, theirs, strict=True)):
        factor = (1 if number == 0 else 2) * (1 if number == last else 2)
        layer = f"layer {number + 1} of {last + 1}"
        hint = f"{layer}: the weight is not as large as it must be"
        hint_if(not same(new[0], factor * old[0]), hint)
    return "the weights are right; a bias must make up for outputs from 0, not from -1"


def run(pairs: list, x: Tensor, activation: Callable) -> Tensor:
    """Linear layers with an activation between any two."""
    for number, (weight, bias) in enumerate(pairs):
        x = x if number == 0 else activation(x)
        x = x @ weight.double().T + bias.double()
    return x
