"""The layer table, against printed listings, counts by hand and PyTorch's counter."""

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal, spectral_norm, weight_norm
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from d2lmini import count_parameters, layer_table, set_seed
from d2lmini.models.lenet import LeNet, ScaledTanh, Subsampling

# The networks of an article whose listings the table reproduces, each followed by its
# listing for one grey image, written here as `shape: layers whose output has it`. The
# modules carry no numbers (device "meta"), for some would take half a gigabyte.


def conv(*args, **kwargs):
    return nn.Conv2d(*args, **kwargs), nn.ReLU()


def alexnet(norm):
    """The article's first network, and with batch norm its AlexNet."""
    first, second = [[nn.BatchNorm2d(c)] if norm else [] for c in (96, 256)]
    features = nn.Sequential(
        *(*conv(1, 96, 11, 4), *first, nn.MaxPool2d(3, 2)),
        *(*conv(96, 256, 5, 1, 2), *second, nn.MaxPool2d(3, 2)),
        *(*conv(256, 384, 3, 1, 1), *conv(384, 384, 3, 1, 1)),
        *(*conv(384, 256, 3, 1, 1), nn.MaxPool2d(3, 2)),
    )
    classifier = nn.Sequential(
        *(nn.Flatten(), nn.Linear(256 * 5 * 5, 4096), nn.ReLU(), nn.Dropout1d()),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout1d()),
        *(nn.Linear(4096, 10), nn.Softmax(dim=1)),
    )
    return nn.Sequential(features, classifier)


FIRST_LISTING = """
96 54 54: Conv2d ReLU
96 26 26: MaxPool2d
256 26 26: Conv2d ReLU
256 12 12: MaxPool2d
384 12 12: Conv2d ReLU Conv2d ReLU
256 12 12: Conv2d ReLU
256 5 5: MaxPool2d
6400: Flatten
4096: Linear ReLU Dropout1d Linear ReLU Dropout1d
10: Linear Softmax
"""
ALEXNET_LISTING = """
96 54 54: Conv2d ReLU BatchNorm2d
96 26 26: MaxPool2d
256 26 26: Conv2d ReLU BatchNorm2d
256 12 12: MaxPool2d
384 12 12: Conv2d ReLU Conv2d ReLU
256 12 12: Conv2d ReLU
256 5 5: MaxPool2d
6400: Flatten
4096: Linear ReLU Dropout1d Linear ReLU Dropout1d
10: Linear Softmax
"""


def lenet():
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16 * 5 * 5, 120), nn.ReLU()),
        *(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10), nn.Softmax(dim=1)),
    )


LENET_LISTING = """
6 28 28: Conv2d
6 14 14: MaxPool2d
16 10 10: Conv2d
16 5 5: MaxPool2d
400: Flatten
120: Linear ReLU
84: Linear ReLU
10: Linear Softmax
"""


def vgg():
    blocks, channels = [], 1
    for count, out in ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)):
        layers = []
        for _ in range(count):
            layers += conv(channels, out, 3, 1, 1)
            channels = out
        blocks.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
    return nn.Sequential(
        *(*blocks, nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(4096, 10), nn.Softmax(dim=1)),
    )


# Not the article's: below its VGG it prints the listing of its NiN once more.
VGG_LISTING = """
64 224 224: Conv2d ReLU
64 112 112: MaxPool2d
128 112 112: Conv2d ReLU
128 56 56: MaxPool2d
256 56 56: Conv2d ReLU Conv2d ReLU
256 28 28: MaxPool2d
512 28 28: Conv2d ReLU Conv2d ReLU
512 14 14: MaxPool2d
512 14 14: Conv2d ReLU Conv2d ReLU
512 7 7: MaxPool2d
25088: Flatten
4096: Linear ReLU Dropout Linear ReLU Dropout
10: Linear Softmax
"""


def nin():
    def block(channels, out, *rest):
        return nn.Sequential(
            *(*conv(channels, out, *rest), *conv(out, out, 1), *conv(out, out, 1))
        )

    return nn.Sequential(
        *(block(1, 96, 11, 4), nn.MaxPool2d(3, 2)),
        *(block(96, 256, 5, 1, 2), nn.MaxPool2d(3, 2)),
        *(block(256, 384, 3, 1, 1), nn.MaxPool2d(3, 2), nn.Dropout()),
        *(block(384, 10, 3, 1, 1), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.Softmax(dim=1)),
    )


NIN_LISTING = """
96 54 54: Conv2d ReLU Conv2d ReLU Conv2d ReLU
96 26 26: MaxPool2d
256 26 26: Conv2d ReLU Conv2d ReLU Conv2d ReLU
256 12 12: MaxPool2d
384 12 12: Conv2d ReLU Conv2d ReLU Conv2d ReLU
384 5 5: MaxPool2d Dropout
10 5 5: Conv2d ReLU Conv2d ReLU Conv2d ReLU
10 1 1: AdaptiveAvgPool2d
10: Flatten Softmax
"""


class Inception(nn.Module):
    def __init__(self, channels, c1, c2, c3, c4):
        super().__init__()
        self.p1 = nn.Sequential(*conv(channels, c1, 1))
        self.p2 = nn.Sequential(
            nn.Conv2d(channels, c2[0], 1), *conv(c2[0], c2[1], 3, padding=1)
        )
        self.p3 = nn.Sequential(
            nn.Conv2d(channels, c3[0], 1), *conv(c3[0], c3[1], 5, padding=2)
        )
        self.p4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), *conv(channels, c4, 1))

    def forward(self, x):
        return torch.cat([p(x) for p in (self.p1, self.p2, self.p3, self.p4)], dim=1)


def googlenet():
    return nn.Sequential(
        nn.Sequential(*conv(1, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1)),
        nn.Sequential(
            *(*conv(64, 64, 1), *conv(64, 192, 3, 1, 1), nn.MaxPool2d(3, 2, 1))
        ),
        nn.Sequential(
            Inception(192, 64, (96, 128), (16, 32), 32),
            Inception(256, 128, (128, 192), (32, 96), 64),
            nn.MaxPool2d(3, 2, 1),
        ),
        nn.Sequential(
            Inception(480, 192, (96, 208), (16, 48), 64),
            Inception(512, 160, (112, 224), (24, 64), 64),
            Inception(512, 128, (128, 256), (24, 64), 64),
            Inception(512, 112, (144, 288), (32, 64), 64),
            Inception(528, 256, (160, 320), (32, 128), 128),
            nn.MaxPool2d(3, 2, 1),
        ),
        nn.Sequential(
            Inception(832, 256, (160, 320), (32, 128), 128),
            Inception(832, 384, (192, 384), (48, 128), 128),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            *(nn.Linear(1024, 10), nn.Softmax(dim=1)),
        ),
    )


GOOGLENET_LISTING = """
64 112 112: Conv2d ReLU
64 56 56: MaxPool2d Conv2d ReLU
192 56 56: Conv2d ReLU
192 28 28: MaxPool2d
256 28 28: Inception
480 28 28: Inception
480 14 14: MaxPool2d
512 14 14: Inception Inception Inception
528 14 14: Inception
832 14 14: Inception
832 7 7: MaxPool2d Inception
1024 7 7: Inception
1024 1 1: AdaptiveAvgPool2d
1024: Flatten
10: Linear Softmax
"""


class DenseBlock(nn.Module):
    def __init__(self, count, channels, growth):
        super().__init__()
        self.net = nn.Sequential(
            *(
                nn.Sequential(
                    *(nn.BatchNorm2d(channels + i * growth), nn.ReLU()),
                    nn.Conv2d(channels + i * growth, growth, 3, padding=1),
                )
                for i in range(count)
            )
        )

    def forward(self, x):
        for block in self.net:
            x = torch.cat([x, block(x)], dim=1)
        return x


def densenet():
    channels, blocks = 64, []
    for i in range(4):
        blocks.append(DenseBlock(4, channels, 32))
        channels += 4 * 32
        blocks += [nn.BatchNorm2d(channels), nn.ReLU()]
        if i < 3:
            blocks += [nn.Conv2d(channels, channels // 2, 1), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(
        *(nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU()),
        *(nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        *(nn.Linear(channels, 10), nn.Softmax(dim=1)),
    )


DENSENET_LISTING = """
64 112 112: Conv2d BatchNorm2d ReLU
64 56 56: MaxPool2d
192 56 56: DenseBlock BatchNorm2d ReLU
96 56 56: Conv2d
96 28 28: AvgPool2d
224 28 28: DenseBlock BatchNorm2d ReLU
112 28 28: Conv2d
112 14 14: AvgPool2d
240 14 14: DenseBlock BatchNorm2d ReLU
120 14 14: Conv2d
120 7 7: AvgPool2d
248 7 7: DenseBlock BatchNorm2d ReLU
248 1 1: AdaptiveAvgPool2d
248: Flatten
10: Linear Softmax
"""


def rows(listing):
    for line in listing.strip().splitlines():
        shape, types = line.split(": ")
        for type_ in types.split():
            yield type_, tuple(map(int, shape.split()))


@pytest.mark.parametrize(
    "build, size, whole, listing, count",
    [
        (lambda: alexnet(norm=False), 224, (), FIRST_LISTING, 22),
        (lenet, 32, (), LENET_LISTING, 11),
        (lambda: alexnet(norm=True), 224, (), ALEXNET_LISTING, 24),
        (vgg, 224, (), VGG_LISTING, 30),
        (nin, 224, (), NIN_LISTING, 31),
        (googlenet, 224, (Inception,), GOOGLENET_LISTING, 23),
        (densenet, 224, (DenseBlock,), DENSENET_LISTING, 26),
    ],
    ids=["first", "lenet", "alexnet", "vgg", "nin", "googlenet", "densenet"],
)
def test_the_table_has_the_layers_and_shapes_of_the_listing(
    build, size, whole, listing, count
):
    with torch.device("meta"):
        model = build()
    table = layer_table(model, (1, size, size), whole=whole)
    found = [(layer.type, layer.output_shape) for layer in table]
    assert found == list(rows(listing))
    assert len(table) == count
    assert sum(layer.parameters for layer in table) == count_parameters(model)


# multiply-adds


def test_multiply_adds_are_those_counted_by_hand():
    layers = layer_table(LeNet(), (1, 28, 28))
    found = {layer.name: layer.multiply_adds for layer in layers if layer.parameters}
    assert found == {
        "features.0": 28 * 28 * 6 * 25,
        "features.3": 10 * 10 * 16 * 6 * 25,
        "classifier.1": 400 * 120,
        "classifier.3": 120 * 84,
        "classifier.5": 84 * 10,
    }
    assert layers.multiply_adds == sum(found.values()) == 416_520


def random_convolution(kind, rng):
    groups = rng.choice([1, 2, 3])
    return kind(
        groups * rng.randint(1, 3),
        groups * rng.randint(1, 3),
        kernel_size=(rng.randint(1, 3), rng.randint(1, 3)),
        stride=rng.randint(1, 3),
        padding=rng.randint(0, 1),
        dilation=rng.randint(1, 2),
        groups=groups,
        bias=rng.random() < 0.5,
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_multiply_adds_of_convolutions_are_half_of_pytorch_s_operations(kind, seed):
    rng = random.Random(seed)
    layer = random_convolution(kind, rng)
    shape = layer.in_channels, rng.randint(6, 11), rng.randint(6, 11)
    assert_half_of_the_operations(layer, shape)


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.Linear(7, 5), (7,)),
        (nn.Linear(7, 5), (4, 7)),  # four vectors an image
        (nn.Conv1d(4, 6, 3, groups=2), (4, 9)),
        (nn.Conv3d(2, 3, 2), (2, 4, 5, 6)),
        (nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2), (4, 9)),
        (nn.ConvTranspose3d(2, 3, 2), (2, 3, 4, 5)),
        (LeNet(sparse=True, pool="average"), (1, 28, 28)),
    ],
)
def test_multiply_adds_of_other_layers_are_half_of_pytorch_s_operations(layer, shape):
    assert_half_of_the_operations(layer, shape)


def assert_half_of_the_operations(layer, shape):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(torch.zeros(1, *shape))
    multiply_adds = layer_table(layer, shape).multiply_adds
    assert multiply_adds > 0
    assert 2 * multiply_adds == counter.get_total_flops()


def test_a_whole_block_counts_the_multiply_adds_and_parameters_within():
    with torch.device("meta"):
        model = googlenet()
    inside = layer_table(model, (1, 64, 64))
    as_one = layer_table(model, (1, 64, 64), whole=(Inception,))
    assert as_one.multiply_adds == inside.multiply_adds
    block = next(layer for layer in as_one if layer.type == "Inception")
    parts = [layer for layer in inside if layer.name.startswith(block.name + ".")]
    assert len(parts) == 11
    assert block.multiply_adds == sum(layer.multiply_adds for layer in parts)
    assert block.parameters == sum(layer.parameters for layer in parts)
    assert block.input_shape == (192, 8, 8)


def test_one_class_to_be_listed_as_a_whole_needs_no_tuple():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU()), nn.Flatten())
    tuples = layer_table(model, (1, 4, 4), whole=(nn.Flatten, nn.Conv2d))
    assert [layer.name for layer in tuples] == ["0.0", "0.1", "1"]
    alone = layer_table(nn.Sequential(LeNet()), (1, 28, 28), whole=LeNet)
    assert [(layer.name, layer.parameters) for layer in alone] == [("0", 61_706)]


@pytest.mark.parametrize(
    "whole, shown",
    [("LeNet", "'LeNet'"), (LeNet(), "one LeNet"), ([int], "class 'int'")],
)
def test_what_is_no_class_of_module_is_refused_as_a_whole(whole, shown):
    message = rf"whole has .*{shown}.*, which is no class of module; give classes"
    with pytest.raises(TypeError, match=message):
        layer_table(LeNet(), (1, 28, 28), whole=whole)


def test_identities_have_no_row():
    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Identity(), nn.ReLU())
    assert [layer.type for layer in layer_table(model, (1, 4, 4))] == ["Conv2d", "ReLU"]
    assert len(layer_table(nn.Identity(), (1, 4, 4))) == 0


def test_a_layer_that_a_whole_block_shares_with_others_stands_only_in_its_own_place():
    class Block(nn.Module):
        def __init__(self, act):
            super().__init__()
            self.conv, self.act = nn.Conv2d(1, 1, 3, padding=1), act

        def forward(self, x):
            return self.act(self.conv(x))

    act = nn.ReLU()
    table = layer_table(nn.Sequential(Block(act), act), (1, 4, 4), whole=(Block,))
    assert [(layer.type, layer.multiply_adds) for layer in table] == [
        ("Block", 4 * 4 * 9),
        ("ReLU", 0),
    ]


# parameters


def test_frozen_parameters_count_and_shared_ones_count_once():
    linear = nn.Linear(4, 4)
    tied = nn.Linear(4, 4, bias=False)
    tied.weight = linear.weight  # another layer with the same numbers
    model = nn.Sequential(linear, nn.Sequential(nn.ReLU(), linear), tied)
    linear.bias.requires_grad_(False)
    assert count_parameters(model) == 4 * 4 + 4
    table = layer_table(model, (4,))
    assert [layer.parameters for layer in table] == [20, 0, 0, 0]
    assert [layer.multiply_adds for layer in table] == [16, 0, 16, 16]
    assert [layer.name for layer in table] == ["0", "1.0", "0", "2"]
    assert table.parameters == 20


def test_parameters_that_no_layer_holds_have_a_row_of_their_own():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.unused = nn.Linear(4, 3), nn.Linear(100, 10)
            self.scale = nn.Parameter(torch.ones(3))

        def forward(self, x):
            return self.scale * self.linear(x)

    table = layer_table(Scaled(), (4,))
    assert [layer.name for layer in table] == ["linear"]
    assert table.parameters == 15 + 1_010 + 3
    lines = [line.split() for line in repr(table).splitlines()]
    assert ["outside", "these", "layers", "1,013"] in lines
    assert lines[-1] == ["total", "1,028", "12"]


# any module


def test_the_table_enters_modules_of_any_class_in_the_order_they_run():
    class Custom(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Linear(3, 2)
            self.hidden = nn.ModuleList([nn.Linear(4, 3), nn.Linear(3, 3)])
            self.acts = nn.ModuleDict({"a": nn.Tanh()})

        def forward(self, x):
            for layer in self.hidden:
                x = self.acts["a"](layer(x)) + 0
            return self.last(x)

    names = [layer.name for layer in layer_table(nn.Sequential(Custom()), (4,))]
    assert names == ["0.hidden.0", "0.acts.a", "0.hidden.1", "0.acts.a", "0.last"]


def test_a_model_that_is_one_layer_has_one_row():
    (layer,) = layer_table(nn.Linear(4, 3), (4,))
    assert (layer.type, layer.input_shape, layer.output_shape) == ("Linear", (4,), (3,))


def test_a_model_without_parameters_and_one_in_double_precision_have_tables():
    assert len(layer_table(nn.Sequential(nn.ReLU(), nn.Flatten()), (2, 3))) == 2
    assert len(layer_table(nn.Linear(4, 3).double(), (4,))) == 1


# what is left as it was


def mixed():
    """A model that trains in part, with a hook of its own."""
    set_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout()),
        *(nn.Flatten(), nn.Linear(8, 2)),
    )
    model[1].eval()
    model[4].register_forward_hook(lambda *_: None)
    return model


def state(model):
    hooks = [
        dict(hooks)
        for module in model.modules()
        for hooks in (module._forward_hooks, module._forward_pre_hooks)
    ]
    return [module.training for module in model.modules()], hooks


@pytest.mark.parametrize("size", [4, 9], ids=["it runs", "it fails"])
def test_modes_and_hooks_are_as_they_were(size):
    model = mixed()
    before = state(model)
    assert before[0] == [True, True, False, True, True, True]
    if size == 4:
        layer_table(model, (1, 4, 4))
    else:
        with pytest.raises(RuntimeError):
            layer_table(model, (1, size, size))
    assert state(model) == before


def test_numbers_gradients_and_random_numbers_are_as_they_were():
    model, learning = mixed().train(), []
    model.register_forward_hook(lambda *_: learning.append(torch.is_grad_enabled()))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    generator = torch.get_rng_state()
    layer_table(model, (1, 4, 4))
    assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert learning == [False]  # no memory is spent on gradients


@pytest.mark.parametrize(
    "model, shape",
    [
        (LeNet(), (1, 32, 32)),
        (LeNet(), (3, 28, 28)),
        (nn.BatchNorm2d(3), (3, 8)),  # PyTorch raises ValueError here
        (nn.Softmax(dim=3), (3, 8)),  # and IndexError here
    ],
)
def test_a_wrong_input_shape_is_named(model, shape):
    words = ", ".join(map(str, shape))
    with pytest.raises((RuntimeError, ValueError), match=rf"shape \({words}\)"):
        layer_table(model, shape)


# the printed table


def test_the_printed_table_is_aligned_and_ends_with_the_totals():
    model = nn.Sequential(nn.Conv2d(1, 10, 3), nn.ReLU(), nn.Flatten())
    expected = """
layer  type     output shape  parameters  multiply-adds
───────────────────────────────────────────────────────
0      Conv2d   10 × 26 × 26         100         60,840
1      ReLU     10 × 26 × 26           0              0
2      Flatten  6760                   0              0
───────────────────────────────────────────────────────
total                                100         60,840
"""
    assert repr(layer_table(model, (1, 28, 28))) == expected.strip()
    assert 26 * 26 * 10 * 9 == 60_840


# layers with children, and work that is not known


class Attention(nn.Module):
    """A module around PyTorch's attention, whose out_proj is never called."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        return self.norm(x + self.attention(x, x, x)[0])


class NamedAttention(Attention):
    """The same, with arguments by name."""

    def forward(self, x):
        return self.norm(x + self.attention(query=x, key=x, value=x)[0])


class Tokens(nn.Module):
    """Runs layers, and computes with weights of its own as well."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(1, 8, 7, stride=7)
        self.block = Attention()
        self.position = nn.Parameter(torch.zeros(1, 16, 8))
        self.head, self.unused = nn.Linear(8, 10), nn.Linear(2, 3)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2) + self.position
        return self.head(self.block(x).mean(dim=1))


class Masked(nn.Module):
    """Uses a layer's weight without calling the layer."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 3)

    def forward(self, x):
        return x @ self.inner.weight.tril().T


class Dot(nn.Module):
    """A layer with a weight vector: four multiply-adds, no scale."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4))

    def forward(self, x):
        return (x @ self.weight)[:, None]


class TwiceConv(nn.Conv2d):
    def forward(self, x):
        return super().forward(x) + super().forward(x.flip(3))


def found(table):
    return [(layer.name, layer.parameters, layer.multiply_adds) for layer in table]


@pytest.mark.parametrize("whole", [(), (nn.Conv2d,)], ids=["entered", "whole"])
@pytest.mark.parametrize("wrap", [weight_norm, spectral_norm, orthogonal])
def test_a_parametrised_layer_is_one_row_with_its_own_multiply_adds(wrap, whole):
    model = nn.Sequential(wrap(nn.Conv2d(2, 3, 3)), nn.ReLU())
    table = layer_table(model, (2, 6, 6), whole=whole)
    count = count_parameters(model)
    assert found(table) == [("0", count, 4 * 4 * 3 * 18), ("1", 0, 0)]
    assert table.layers[0].output_shape == (3, 4, 4)
    assert table.multiply_adds == 4 * 4 * 3 * 18


@pytest.mark.parametrize("kind", [Attention, NamedAttention])
def test_a_layer_with_children_that_are_never_called_is_listed(kind):
    table = layer_table(kind(), (5, 8))
    assert found(table) == [("attention", 4 * (8 * 8 + 8), None), ("norm", 16, 0)]
    assert sum(layer.parameters for layer in table) == table.parameters


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.LSTM(4, 3, batch_first=True), (5, 4)),
        (nn.GRU(4, 3, batch_first=True), (5, 4)),
        (weight_norm(nn.LSTM(4, 3, batch_first=True), "weight_ih_l0"), (5, 4)),
        (Masked(), (4,)),
        (Dot(), (4,)),
        (TwiceConv(1, 2, 3), (1, 5, 5)),
    ],
    ids=["lstm", "gru", "normed", "masked", "dot", "twice"],
)
def test_multiply_adds_of_other_layers_with_weights_are_not_known(layer, shape):
    table = layer_table(layer, shape)
    assert found(table) == [("", count_parameters(layer), None)]
    assert table.multiply_adds is None


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.BatchNorm2d(4), (4, 5, 5)),
        (nn.GroupNorm(2, 4), (4, 5, 5)),
        (nn.InstanceNorm2d(4, affine=True), (4, 5, 5)),
        (nn.LayerNorm(8), (5, 8)),
        (nn.LayerNorm((4, 5, 5)), (4, 5, 5)),
        (nn.RMSNorm(8), (5, 8)),
        (nn.PReLU(4), (4, 5, 5)),
        (nn.PReLU(), (4, 5, 5)),
        (Subsampling(4), (4, 6, 6)),
        (ScaledTanh(), (4, 6, 6)),
        (nn.AdaptiveAvgPool2d(1), (4, 6, 6)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_layers_that_scale_and_shift_have_no_multiply_adds(layer, shape):
    assert found(layer_table(layer, shape)) == [("", count_parameters(layer), 0)]


def test_a_module_that_computes_beside_running_its_layers_has_a_row_below_them():
    table = layer_table(Tokens(), (1, 28, 28))
    assert found(table) == [
        ("embed", 8 * 49 + 8, 16 * 8 * 49),
        ("block.attention", 288, None),
        ("block.norm", 16, 0),
        ("head", 90, 80),
        ("", 16 * 8, None),
    ]
    assert table.layers[-1].type == "Tokens"
    assert sum(layer.parameters for layer in table) == table.parameters - 9  # unused


def test_a_block_with_work_that_is_not_known_has_work_that_is_not_known():
    table = layer_table(Tokens(), (1, 28, 28), whole=(Attention,))
    assert found(table)[1] == ("block", 304, None)
    (row,) = layer_table(Tokens(), (1, 28, 28), whole=(Tokens,))
    assert (row.parameters, row.multiply_adds) == (count_parameters(Tokens()), None)


def test_a_weight_that_two_modules_share_counts_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4, bias=False)
            self.weight = self.first.weight

        def forward(self, x):
            return self.first(x) @ self.weight

    table = layer_table(nn.Sequential(Tied(), nn.ReLU()), (4,))
    assert found(table) == [("0.first", 16, 16), ("0", 0, None), ("1", 0, 0)]
    assert table.parameters == 16


def test_an_argument_by_name_is_an_input_too():
    class Up(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.ConvTranspose2d(1, 2, 3)

        def forward(self, x):
            return self.conv(input=x)

    (row,) = layer_table(Up(), (1, 4, 4))
    assert (row.input_shape, row.multiply_adds) == ((1, 4, 4), 16 * 2 * 9)


def test_the_printed_table_says_what_is_not_known_and_that_the_total_is_at_least():
    expected = """
layer                 type       output shape  parameters  multiply-adds
────────────────────────────────────────────────────────────────────────
conv                  TwiceConv  2 × 3 × 3             20      not known
linear                Linear     10                   190            180
outside these layers                                    6
────────────────────────────────────────────────────────────────────────
total                                                 216   at least 180
"""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.linear = TwiceConv(1, 2, 3), nn.Linear(18, 10)
            self.unused = nn.Linear(2, 2)

        def forward(self, x):
            return self.linear(self.conv(x).flatten(1))

    assert repr(layer_table(Model(), (1, 5, 5))) == expected.strip()


# arguments that cannot be


@pytest.mark.parametrize(
    "model, value", [("lenet", r"'lenet' \(str\)"), (LeNet, r".*LeNet'> \(type\)")]
)
def test_what_is_no_module_is_refused_with_an_example(model, value):
    message = rf"model is {value}; give an nn.Module, .*create_model\(\"lenet\"\)"
    for function in (count_parameters, lambda model: layer_table(model, (1, 28, 28))):
        with pytest.raises(TypeError, match=message):
            function(model)


@pytest.mark.parametrize(
    "shape, error, message",
    [
        (28, TypeError, r"input_shape is 28 \(int\); .* a tuple, \(C, H, W\)"),
        ("28", TypeError, r"input_shape is '28' \(str\); .* a tuple"),
        ((1, 28.0, 28), TypeError, r"input_shape \(1, 28.0, 28\) is 28.0 \(float\); g"),
        ((1, 0, 28), ValueError, r"input_shape \(1, 0, 28\) is 0; give a whole number"),
        (
            (1, 1, 28, 28),
            RuntimeError,
            r"shape \(1, 1, 28, 28\) \(RuntimeError: .*\); give .* without the batch",
        ),
    ],
)
def test_input_shapes_that_cannot_be_are_refused_with_the_way_out(
    shape, error, message
):
    with pytest.raises(error, match=message):
        layer_table(LeNet(), shape)


def test_a_forward_that_fails_in_any_way_is_explained():
    with pytest.raises(RuntimeError, match=r"shape \(5, 8\) \(TypeError: .*'key' and"):
        layer_table(nn.MultiheadAttention(8, 2), (5, 8))


def test_sizes_may_be_a_list_and_of_numpy():
    table = layer_table(LeNet(), [np.int64(1), np.int64(28), 28])
    assert table.multiply_adds == 416_520
