"""The layer table, against printed listings, counts by hand and PyTorch's counter."""

import random

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from d2lmini import count_parameters, layer_table, set_seed
from d2lmini.models.lenet import LeNet

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
