"""Right and wrong answers to the exercises of `notebooks/26-resnet.ipynb`."""

import torch
import torch.nn.functional as F
from torch import nn

from d2lmini.models.resnet import Bottleneck, Residual, conv_norm


def counted(blocks, bottleneck):
    return sum(blocks) * (3 if bottleneck else 2) + 2


def counted_by_a_loop(blocks, bottleneck):
    layers = 1
    for stage in blocks:
        for _ in range(stage):
            layers += 3 if bottleneck else 2
    return torch.tensor(layers + 1)


def emptied(block, part=1, value=0.0):
    branch = (block.conv1, block.conv2)[part]
    nn.init.constant_(branch[0].weight, value)
    return block


def without_gamma(block):
    nn.init.zeros_(block.conv2[1].weight)
    return block


def without_shortcut(block):
    nn.init.dirac_(block.conv1[0].weight)
    nn.init.dirac_(block.conv2[0].weight)
    block.shortcut = None
    return block


def doubled(block):
    block.forward = lambda x: 2 * x
    return block


class PreActivation(nn.Module):
    """A right one, with the places where one goes wrong."""

    def __init__(self, c_in, channels, stride=1, bias=False, project_all=False):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(c_in), nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(c_in, channels, 3, stride, 1, bias=bias)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=bias)
        self.project = None
        if project_all or c_in != channels:
            self.project = nn.Conv2d(c_in, channels, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.norm1(x))
        shortcut = x if self.project is None else self.project(y)
        return self.end(shortcut, self.conv2(F.relu(self.norm2(self.conv1(y)))))

    def end(self, x, y):
        return x + y


class InOneSequential(nn.Module):
    def __init__(self, c_in, channels, stride=1):
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(c_in), nn.ReLU())
        self.inside = nn.Sequential(
            nn.Conv2d(c_in, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        )
        self.shortcut = nn.Identity()
        if c_in != channels:
            self.shortcut = nn.Conv2d(c_in, channels, 1, stride, bias=False)

    def forward(self, x):
        y = self.before(x)
        fits = isinstance(self.shortcut, nn.Identity)
        return self.inside(y) + (x if fits else self.shortcut(y))


class InAnotherOrder(PreActivation):
    """Its layers are defined from the last to the first."""

    def __init__(self, c_in, channels, stride=1):
        super().__init__(c_in, channels, stride)
        self._modules = dict(reversed(self._modules.items()))


class ReluAtTheEnd(PreActivation):
    def end(self, x, y):
        return F.relu(x + y)


class NothingAdded(PreActivation):
    def end(self, x, y):
        return y


class ReluOnTheShortcut(PreActivation):
    def end(self, x, y):
        return x.abs() + y


class FirstReluLeftOut(PreActivation):
    def forward(self, x):
        y = self.norm1(x)
        shortcut = x if self.project is None else self.project(y)
        return shortcut + self.conv2(F.relu(self.norm2(self.conv1(y))))


class ProjectionOfTheInput(PreActivation):
    def forward(self, x):
        shortcut = x if self.project is None else self.project(x)
        y = self.conv1(F.relu(self.norm1(x)))
        return shortcut + self.conv2(F.relu(self.norm2(y)))


class ProjectionWithNorm(PreActivation):
    def __init__(self, c_in, channels, stride=1):
        super().__init__(c_in, channels, stride)
        if self.project is not None:
            self.project = conv_norm(c_in, channels, 1, stride)


class Silent(PreActivation):
    def forward(self, x):
        super().forward(x)


class OneConvolution(nn.Module):
    def __init__(self, c_in, channels, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(c_in, channels, 3, stride, 1, bias=False)

    def forward(self, x):
        y = self.conv(x)
        return x + y if x.shape == y.shape else y


class TwoProjections(PreActivation):
    """Its halving block has a second 1 x 1 convolution."""

    def __init__(self, c_in, channels, stride=1):
        super().__init__(c_in, channels, stride)
        if self.project is not None:
            self.project = nn.Sequential(
                self.project, nn.Conv2d(channels, channels, 1, bias=False)
            )


def both(block):
    return block(3, 3), block(3, 6, stride=2)


def resnext(c_in, channels, inner, groups, edit=lambda block: block):
    block = Bottleneck(c_in, channels // 4)
    block.conv1 = conv_norm(c_in, inner, 1)
    block.conv2 = conv_norm(inner, inner, 3)
    block.conv2[0] = nn.Conv2d(inner, inner, 3, padding=1, groups=groups, bias=False)
    block.conv3 = conv_norm(inner, channels, 1)
    return edit(block)


def resnext_anew(c_in, channels, inner, groups):
    block = resnext(c_in, channels, inner, groups)
    conv = nn.Conv2d(inner, inner, (3, 3), 1, 1, 1, groups, False)
    block.conv2 = nn.Sequential(conv, nn.BatchNorm2d(inner))
    return block


def edited(edit):
    return (lambda *sizes: resnext(*sizes, edit=edit),)


def all_groups_one(block):
    inner = block.conv2[0].in_channels
    block.conv2[0] = nn.Conv2d(inner, inner, 3, padding=1, bias=False)
    return block


def with_bias(block):
    old = block.conv2[0]
    sizes = old.in_channels, old.in_channels, 3
    block.conv2[0] = nn.Conv2d(*sizes, padding=1, groups=old.groups)
    return block


def bare(block):
    block.conv1 = block.conv1[0]
    return block


def no_norm(block):
    block.conv3 = nn.Sequential(block.conv3[0])
    return block


def narrow(block):
    old = block.conv2[0]
    block.conv1 = conv_norm(block.conv1[0].in_channels, old.in_channels * 2, 1)
    return block


def another_forward(block):
    block.forward = lambda x: block.conv3(block.conv2(block.conv1(x)))
    return block


RIGHT = {
    "count_layers": [(counted,), (counted_by_a_loop,)],
    "does_nothing": [(emptied,), (lambda block: emptied(block, part=0),)],
    "changed_input": [
        (-torch.ones(1, 3, 2, 2),),
        (torch.tensor([[[[0, 1], [2, -3]]] * 3]),),
    ],
    "pre_activation": [
        both(PreActivation),
        both(InOneSequential),
        both(InAnotherOrder),
    ],
    "article_depth": [(34,), (34.0,), (torch.tensor(34),)],
    "wrong_half_sentence": [("c",), (" C) ",), ("c:",)],
    "resnext_block": [(resnext,), (resnext_anew,)],
}

WRONG = {
    "count_layers": {
        "blocks": ((lambda blocks, kind: sum(blocks),), "how many layers has each?"),
        "blocks and two": ((lambda b, kind: sum(b) + 2,), "how many layers has each?"),
        "no outer layers": ((lambda b, kind: counted(b, kind) - 2,), "stand outside"),
        "no last layer": ((lambda b, kind: counted(b, kind) - 1,), "one layer more"),
        "projections": ((lambda b, kind: counted(b, kind) + 4,), "on shortcuts"),
        "three projections": ((lambda b, k: counted(b, k) + 3,), "on shortcuts"),
        "pooling": ((lambda b, kind: counted(b, kind) + 1,), "pooling has no weights"),
        "swapped": ((lambda b, kind: counted(b, not kind),), "the other block"),
        "basic always": ((lambda b, kind: counted(b, False),), "the other block"),
        "twenty-five": ((lambda b, kind: 25,), "which is no name"),
        "text": ((lambda b, kind: "ResNet",), "you gave a str"),
    },
    "does_nothing": {
        "as it is": ((lambda block: block,), "in training mode the output differs"),
        "by gamma": ((without_gamma,), "leave batch norm and the shortcut"),
        "no shortcut": ((without_shortcut,), "leave batch norm and the shortcut"),
        "ones": ((lambda block: emptied(block, value=1.0),), "differs from the input"),
        "twice": ((doubled,), "twice its input"),
        "the weight": ((lambda b: b.conv2[0].weight.data.zero_(),), "return the block"),
        "true": ((lambda block: True,), "returned a bool; return the block"),
        "a new one": ((lambda block: Residual(2, 2),), "leave batch norm"),
    },
    "changed_input": {
        "zeros": ((torch.zeros(1, 3, 2, 2),), "returns it unchanged"),
        "ones": ((torch.ones(1, 3, 2, 2),), "what stands behind the sum?"),
        "random": ((torch.rand(1, 3, 2, 2),), "returns it unchanged"),
        "one picture": ((-torch.ones(3, 2, 2),), "mind the axes of size 1"),
        "a number": ((-1,), "the shape ()"),
        "large": ((-torch.ones(1, 3, 4, 4),), "not (1, 3, 2, 2)"),
        "nan": ((torch.full((1, 3, 2, 2), float("nan")),), "nan or inf"),
    },
    "pre_activation": {
        "the old block": (both(Residual), "there is a ReLU at the end"),
        "relu at the end": (both(ReluAtTheEnd), "there is a ReLU at the end"),
        "nothing added": (both(NothingAdded), "add the input"),
        "on the shortcut": (both(ReluOnTheShortcut), "nothing stands on the shortcut"),
        "no first relu": (both(FirstReluLeftOut), "block 1 is not that of norm"),
        "projects x": (both(ProjectionOfTheInput), "what the 1 × 1 convolution takes"),
        "projects, norms": (both(ProjectionWithNorm), "1 × 1 convolution takes and"),
        "one convolution": (both(OneConvolution), "has 1 convolutions, not 2"),
        "with biases": (
            both(lambda *a, **k: PreActivation(*a, bias=True, **k)),
            "bias",
        ),
        "projects always": (
            both(lambda *a, **k: PreActivation(*a, project_all=True, **k)),
            "has 3 convolutions, not 2",
        ),
        "two projections": (both(TwoProjections), "a block has two 3 × 3"),
        "no return": (both(Silent), "is a return missing?"),
        "the class": ((PreActivation, PreActivation), "you gave a class"),
        "no stride": ((PreActivation(3, 3), PreActivation(3, 6)), "(4, 6, 6, 6)"),
        "the other way": ((PreActivation(3, 6, 2), PreActivation(3, 3)), "you make"),
    },
    "article_depth": {
        "fifty": ((50,), "that is the article's heading"),
        "without ends": ((32,), "the first and the last layer count"),
        "blocks": ((16,), "each has two convolutions"),
        "blocks and two": ((18,), "each block has two convolutions"),
        "projections": ((37,), "on shortcuts do not count"),
        "another": ((101,), "no ResNet of the paper has 101 layers"),
        "text": (("ResNet-34",), "you gave a str"),
    },
    "wrong_half_sentence": {
        "kernels": (("a",), "both have kernels of 3"),
        "channels": (("b",), "look at the cell of Residual"),
        "norm": (("d",), "look at conv_norm"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "two letters": (("cd",), "'cd' is none of"),
        "a number": ((3,), "3 is none of"),
    },
    "resnext_block": {
        "no groups": (edited(all_groups_one), "the groups of conv2 are [1]"),
        "a bias": (edited(with_bias), "leave the bias out"),
        "no norm": (edited(no_norm), "not"),
        "bare": (edited(bare), "batch norm follows each of them"),
        "wide": (edited(narrow), "there is a tensor"),
        "no shortcut": (edited(another_forward), "what torchvision's block does"),
        "basic": (
            (lambda c_in, c, inner, groups: Residual(c_in, c),),
            "you return a model",
        ),
        "a layer": ((lambda *sizes: nn.Conv2d(3, 3, 3),), "return a Bottleneck"),
        "unedited": ((lambda c_in, c, i, g: Bottleneck(c_in, c // 4),), "[1], not [8]"),
    },
}
