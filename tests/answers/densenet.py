"""Right and wrong answers to the exercises of `notebooks/27-densenet.ipynb`."""

import torch
from torch import nn

from d2lmini.models.densenet import DenseBlock, transition


def cut(block):
    for layer in list(block)[1:]:
        conv = layer.new[2]
        conv.weight.data[:, : conv.in_channels - conv.out_channels] = 0
    return block


def cut_all_but_input(block):
    for layer in block:
        conv = layer.new[2]
        conv.weight.data[:, : conv.in_channels - conv.out_channels] = 0
    return block


def cut_the_newest(block):
    for layer in list(block)[1:]:
        conv = layer.new[2]
        conv.weight.data[:, conv.in_channels - conv.out_channels :] = 0
    return block


def cut_input_only(block):
    first = block[0].new[2].in_channels
    for layer in list(block)[1:]:
        layer.new[2].weight.data[:, :first] = 0
    return block


def cut_norms(block):
    for layer in list(block)[1:]:
        conv, norm = layer.new[2], layer.new[0]
        norm.weight.data[: conv.in_channels - conv.out_channels] = 0
        conv.weight.data[:, : conv.in_channels - conv.out_channels] = 0
    return block


def cut_everything(block):
    for layer in list(block)[1:]:
        layer.new[2].weight.data[:] = 0
    return block


def another_block(block):
    return DenseBlock(2, 3, 4)


def silent(block):
    cut(block)


def cheaper(in_channels, out_channels):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )


class Cheaper(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x):
        x = self.norm(x).relu()
        return self.conv(nn.functional.avg_pool2d(x, 2))


def pooled(in_channels, out_channels):
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )


def pooled_before_relu(in_channels, out_channels):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.AvgPool2d(2),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )


def strided(in_channels, out_channels):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 1, stride=2, bias=False),
    )


def largest(in_channels, out_channels):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
    )


def with_bias(in_channels, out_channels):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(in_channels, out_channels, 1),
    )


def conv_first(in_channels, out_channels):
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
    )


def quarter(in_channels, out_channels):
    return nn.Sequential(cheaper(in_channels, out_channels), nn.AvgPool2d(2))


def half(in_channels, out_channels):
    """A pooling along each axis, with the convolution in between: half of the work."""
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.AvgPool2d((2, 1)),
        nn.Conv2d(in_channels, out_channels, 1, bias=False),
        nn.AvgPool2d((1, 2)),
    )


def kept(layers, channels, growth, bottleneck):
    read = sum(channels + i * growth for i in range(layers))
    return 2 * read + (8 * growth * layers if bottleneck else 0)


def kept_in_closed_form(layers, channels, growth, bottleneck):
    pairs = layers * (layers - 1) // 2
    read = layers * channels + pairs * growth
    return torch.tensor(2 * read + 8 * growth * layers * bottleneck)


def once(layers, channels, growth, bottleneck):
    return kept(layers, channels, growth, bottleneck) // 2


def once_inside(layers, channels, growth, bottleneck):
    return kept(layers, channels, growth, bottleneck) - 4 * growth * layers * bottleneck


def without_inside(layers, channels, growth, bottleneck):
    return kept(layers, channels, growth, False)


def three(layers, channels, growth, bottleneck):
    return kept(layers, channels, growth, bottleneck) * 3 / 2


def own_maps(layers, channels, growth, bottleneck):
    return kept(layers, channels, growth, bottleneck) + 2 * growth * layers


def no_growth(layers, channels, growth, bottleneck):
    return 2 * layers * channels + (8 * growth * layers if bottleneck else 0)


RIGHT = {
    "channels_169": [
        ([256, 512, 1280, 1664],),
        ((256, 512, 1280, 1664),),
        (torch.tensor([256, 512, 1280, 1664]),),
    ],
    "counted_connections": [((136, 40),), ([136, 40],), (torch.tensor([136, 40]),)],
    "why_fewer": [("c",), (" C) ",), ("c:",)],
    "cheaper_transition": [(cheaper,), (Cheaper,)],
    "cut_by_zeros": [(cut,)],
    "kept": [(kept,), (kept_in_closed_form,)],
}

WRONG = {
    "channels_169": {
        "121": (([256, 512, 1024, 1024],), "those are DenseNet-121's"),
        "not halved": (([256, 640, 1664, 2688],), "a transition halves"),
        "only what is added": (
            ([192, 384, 1024, 1024],),
            "that is what the blocks add",
        ),
        "after the transitions": (([128, 256, 640, 832],), "give them before"),
        "the last one": (([256, 512, 1280, 832],), "block 4 ends with too few"),
        "one layer more": (([256, 512, 1312, 1680],), "block 3 ends with too many"),
        "three": (([256, 512, 1280],), "give four numbers, one a block, not 3"),
        "one number": ((1664,), "you gave an int"),
        "text": ((["many"] * 4,), "there is a str in your list"),
    },
    "counted_connections": {
        "turned round": (((40, 136),), "the other way round"),
        "pairs only": (((120, 40),), "leaves out that each layer reads the input"),
        "pairs of four": (((136, 24),), "leaves out the block's input"),
        "squares": (((256, 40),), "counts every pair twice"),
        "one block": (((136, 10),), "that is one block"),
        "a chain": (((136, 16),), "a plain chain"),
        "21 layers": (((231, 40),), "does not give 231"),
        "with transitions": (((136, 43),), "four blocks of four layers have not 43"),
        "three": (((136, 40, 1),), "give two numbers, not 3"),
        "one": ((40,), "you gave an int"),
    },
    "why_fewer": {
        "growth": (("a",), "how many channels a set has"),
        "bottleneck": (("b",), "a bottleneck is inside a layer"),
        "batch norm": (("d",), "inside blocks as well"),
        "another letter": (("e",), "'e' is none of a, b, c, d"),
        "a number": ((3,), "3 is none of"),
    },
    "cheaper_transition": {
        "as it was": ((transition,), "the same function, for the same work"),
        "pooled first": ((pooled,), "ReLU may not change its place"),
        "before ReLU": ((pooled_before_relu,), "ReLU may not change its place"),
        "stride": ((strided,), "it computes something else"),
        "the largest": ((largest,), "it computes something else"),
        "a bias": ((with_bias,), "parameters, not 48: keep the same layers"),
        "convolution first": ((conv_first,), "keep batch norm before the rest"),
        "twice": ((quarter,), "it returns the shape"),
        "half": ((half,), "multiply-adds for"),
        "a number": ((lambda i, o: 3,), "you return an int, no module"),
    },
    "cut_by_zeros": {
        "as it was": ((lambda block: block,), "still sees older maps"),
        "the first, too": ((cut_all_but_input,), "has lost weights for the maps"),
        "the newest": ((cut_the_newest,), "has lost weights for the maps"),
        "only the input": ((cut_input_only,), "layer 3 still sees older maps"),
        "norms, too": ((cut_norms,), "leave batch norm as it is"),
        "everything": ((cut_everything,), "it sees nothing"),
        "another block": ((another_block,), "keep the block's layers and shapes"),
        "no return": ((silent,), "is a return missing?"),
        "a list": ((lambda block: list(block),), "you return a list"),
    },
    "kept": {
        "once": ((once,), "both the input of batch norm"),
        "once inside": ((once_inside,), "behind the 1 × 1, both"),
        "nothing inside": ((without_inside,), "stand a batch norm and a 3 × 3 as well"),
        "three": ((three,), "count it once"),
        "own maps": ((own_maps,), "a layer does not read its own maps"),
        "no growth": ((no_growth,), "the later layers read more channels"),
        "bytes": ((lambda *s: 4 * kept(*s),), "are too many"),
        "parameters": ((lambda *s: 1,), "are too few"),
        "text": ((lambda *s: "much",), "a tensor of numbers is wanted"),
    },
}
