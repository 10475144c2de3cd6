"""Checks of the exercises in `notebooks/26-resnet.ipynb`."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_tensor,
    ask,
    choice,
    hint_if,
    named,
    same,
)
from d2lmini.models.resnet import Residual
from d2lmini.pretrained import copy_weights
from d2lmini.summary import count_parameters


@exercise("a function that returns a whole number")
def count_layers(count: Callable) -> str:
    """A function of the blocks in each stage and their kind: the number in a name."""
    known = {
        (2, 2, 2, 2): (False, 18),
        (3, 4, 6, 3): (False, 34),
        (3, 4, 23, 3): (True, 101),
        (3, 8, 36, 3): (True, 152),
    }
    settings = [(blocks, kind, right) for blocks, (kind, right) in known.items()]
    settings.append(((3, 4, 6, 3), True, 50))
    for blocks in torch.randint(1, 9, (10, 4)).tolist():
        settings.append((tuple(blocks), False, 2 * sum(blocks) + 2))
        settings.append((tuple(blocks), True, 3 * sum(blocks) + 2))
    for blocks, bottleneck, right in settings:
        name = "bottlenecks" if bottleneck else "basic blocks"
        at = f"{', '.join(map(str, blocks))} {name}"
        found = as_number(ask(count, blocks, bottleneck, at=at))
        each = 3 if bottleneck else 2
        slips = {
            sum(blocks): "those are the blocks; how many layers has each?",
            sum(blocks) + 2: "those are the blocks; how many layers has each?",
            right - 2: "two layers stand outside the blocks",
            right - 1: "one layer more stands outside the blocks",
            right + len(blocks): "the convolutions on shortcuts are not counted",
            right + len(blocks) - 1: "the convolutions on shortcuts are not counted",
            right + 1: "pooling has no weights and does not count",
            (5 - each) * sum(blocks) + 2: "that is the number with the other block",
        }
        hint_if(found != right and found in slips, f"for {at}: {slips.get(found)}")
        hint_if(found != right, f"for {at} you return {found:g}, which is no name")
    return f"five ResNets of the paper and {len(settings) - 5} more"


@exercise("a function that returns the block")
def does_nothing(edit: Callable) -> str:
    """A function of a fresh Residual: it returns its input, by its convolutions."""
    for channels in (1, 3, 8):
        block = Residual(channels, channels)
        for branch in (block.conv1, block.conv2):
            nn.init.uniform_(branch[1].weight, 0.5, 2)
        before = {name: value.clone() for name, value in block.state_dict().items()}
        at = f"a block of {channels} channel{'s' * (channels > 1)}"
        found = ask(edit, block, at=at)
        hint_if(
            not isinstance(found, Residual),
            f"for {at} your function returned {named(found)}; return the block",
        )
        touched = found.shortcut is None or any(
            name not in before or not torch.equal(value, before[name])
            for name, value in found.state_dict().items()
            if not name.endswith("0.weight")
        )
        x = torch.rand(4, channels, 5, 5)
        hint_if(touched, "leave batch norm and the shortcut as they are")
        with torch.no_grad():
            for mode in ("training", "evaluation"):
                y = found.train(mode == "training")(x)
                hint_if(
                    same(y, 2 * x),
                    "it returns twice its input: the shortcut already passes it on",
                )
                gap = (y - x).abs().max().item()
                hint_if(
                    not same(y, x),
                    f"in {mode} mode the output differs from the input by {gap:.2g}",
                )
    return "blocks of 1, 3 and 8 channels return what they get, in both modes"


@exercise("a tensor of shape (1, 3, 2, 2)")
def changed_input(x: Tensor) -> str:
    """An input that a block which adds nothing does not return unchanged."""
    x = as_tensor(x, (1, 3, 2, 2)).float()
    block = Residual(3, 3)
    nn.init.zeros_(block.conv2[0].weight)
    hint_if(
        torch.equal(block(x), x),
        "the block returns it unchanged; what stands behind the sum?",
    )
    return "the block returns something else"


@exercise("two blocks: PreActivation(3, 3) and PreActivation(3, 6, stride=2)")
def pre_activation(block: nn.Module, halving: nn.Module) -> str:
    """Blocks with batch norm and ReLU before each convolution and a bare sum."""
    for given in (block, halving):
        hint_if(
            not isinstance(given, nn.Module),
            f"you gave {named(given)}; give two blocks, built",
        )
    x = torch.randn(4, 3, 6, 6)
    for given, shape in ((block, (4, 3, 6, 6)), (halving, (4, 6, 3, 3))):
        found = as_tensor(ask(given, x, at="pictures of 3 × 6 × 6"))
        hint_if(
            found.shape != shape,
            f"of (4, 3, 6, 6) you make {tuple(found.shape)}, not {shape}",
        )
    convs = convolutions(block, x)
    hint_if(len(convs) != 2, f"the first block has {len(convs)} convolutions, not 2")
    hint_if(any(conv.bias is not None for conv in convs), "leave the biases out")
    state = {name: value.clone() for name, value in block.state_dict().items()}
    nn.init.zeros_(convs[-1].weight)
    y = block.train()(x)
    block.load_state_dict(state)
    hint_if(same(y, x.relu()), "negative numbers become 0: there is a ReLU at the end")
    hint_if(
        same(y, 0 * x), "with zeros in its last convolution it returns 0: add the input"
    )
    hint_if(
        not same(y, x),
        "with zeros in its last convolution it must return its input untouched: "
        "nothing stands on the shortcut or behind the sum",
    )
    order = (
        "is not that of norm, ReLU, convolution, norm, ReLU, convolution, plus the "
        "shortcut: check the order"
    )
    projection = ", and what the 1 × 1 convolution takes and gives"
    for given, hint in ((block, order), (halving, order + projection)):
        right = by_definition(given.train(), x)
        with torch.no_grad():
            found = given(x)
        name = "block 2" if given is halving else "block 1"
        hint_if(not same(found, right), f"the output of {name} {hint}")
    return "the order is right, and whatever comes in passes untouched"


@torch.no_grad()
def convolutions(block: nn.Module, x: Tensor) -> list[nn.Conv2d]:
    """The convolutions of a block, in the order in which they run."""
    found = []
    hooks = [
        layer.register_forward_hook(lambda conv, *_: found.append(conv))
        for layer in block.modules()
        if isinstance(layer, nn.Conv2d)
    ]
    block(x)
    for hook in hooks:
        hook.remove()
    return found


@torch.no_grad()
def by_definition(block: nn.Module, x: Tensor) -> Tensor:
    """What a pre-activation block with these convolutions gives, in training mode."""
    convs = convolutions(block, x)
    threes = [conv for conv in convs if conv.kernel_size == (3, 3)]
    ones = [conv for conv in convs if conv.kernel_size == (1, 1)]
    wanted = "two 3 × 3 convolutions, and a 1 × 1 where the shape changes"
    hint_if(len(threes) != 2 or len(ones) > 1, f"a block has {wanted}")
    y = nn.functional.batch_norm(x, None, None, training=True).relu()
    shortcut = ones[0](y) if ones else x
    y = nn.functional.batch_norm(threes[0](y), None, None, training=True).relu()
    return shortcut + threes[1](y)


@exercise("a number")
def article_depth(number: int) -> str:
    """The number in the name of what the article describes."""
    number = as_number(number)
    slips = {
        50: "that is the article's heading; count the layers of its text",
        32: "the first and the last layer count as well",
        33: "the first and the last layer count as well",
        16: "those are the blocks; each has two convolutions",
        18: "those are the blocks and two layers; each block has two convolutions",
        37: "the convolutions on shortcuts do not count",
        36: "the convolutions on shortcuts do not count",
    }
    hint_if(number in slips, slips.get(number, ""))
    hint_if(number != 34, f"no ResNet of the paper has {number:g} layers")
    return "two convolutions a block, and two layers around them"


@exercise("one of the letters a to d")
def wrong_half_sentence(letter: str) -> str:
    """What is wrong in the article's text, whatever its heading."""
    hints = {
        "a": "look at the cell of Residual: both have kernels of 3",
        "b": "look at the cell of Residual: both give `channels`",
        "d": "look at conv_norm",
    }
    choice(letter, "abcd", hints)
    return "ReLU comes after the sum"


@exercise("a function that returns a block")
def resnext_block(build: Callable) -> str:
    """A function that builds a bottleneck with groups, as torchvision has it."""
    for c_in, c_out, inner, groups in ((64, 64, 32, 8), (16, 64, 24, 3), (8, 8, 4, 1)):
        at = f"{c_in}, {c_out}, inner={inner}, groups={groups}"
        block = ask(build, c_in, c_out, inner, groups, at=at)
        parts = [getattr(block, f"conv{i}", None) for i in (1, 2, 3)]
        hint_if(
            any(isinstance(part, nn.Conv2d) for part in parts),
            f"for {at} there is a bare convolution: batch norm follows each of them",
        )
        hint_if(  # its class may be the chapter's or the library's
            not all(isinstance(part, nn.Sequential) for part in parts),
            f"for {at} you return {named(block)}; return a Bottleneck",
        )
        middle = [conv for conv in parts[1] if isinstance(conv, nn.Conv2d)]
        found = [conv.groups for conv in middle]
        hint_if(
            found != [groups],
            f"for {at} the groups of conv2 are {found}, not {[groups]}",
        )
        hint_if(any(conv.bias is not None for conv in middle), "leave the bias out")
        reference = torchvision_block(c_in, c_out, inner, groups)
        sizes = [tuple(value.shape) for value in block.state_dict().values()]
        right = [tuple(value.shape) for value in reference.state_dict().values()]
        for mine, theirs in zip(sizes, right, strict=False):
            hint_if(mine != theirs, f"for {at} there is a tensor {mine}, not {theirs}")
        count, wanted = count_parameters(block), count_parameters(reference)
        hint_if(
            count != wanted, f"for {at} it has {count:,} parameters, not {wanted:,}"
        )
        copy_weights(block, reference.state_dict())
        x = torch.randn(2, c_in, 6, 6)
        with torch.no_grad():
            output, expected = block.eval()(x), reference.eval()(x)
        if not same(output, expected):
            raise NotYet(f"for {at} it does not compute what torchvision's block does")
    return "the same as torchvision's block on three settings"


def torchvision_block(c_in: int, c_out: int, inner: int, groups: int) -> nn.Module:
    """torchvision's bottleneck of these sizes."""
    from torchvision.models.resnet import Bottleneck

    shortcut, planes = None, c_out // 4
    if c_in != c_out:
        conv = nn.Conv2d(c_in, c_out, 1, bias=False)
        shortcut = nn.Sequential(conv, nn.BatchNorm2d(c_out))
    base = 64 * inner // groups // planes  # of which it makes `inner` channels
    return Bottleneck(c_in, planes, 1, shortcut, groups, base)
