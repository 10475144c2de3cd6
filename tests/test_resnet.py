"""ResNet against its paper, the printout of an article, and its two versions."""

import math

import pytest
import torch
from torch import nn

from d2lmini import count_parameters, layer_table
from d2lmini.models.resnet import STAGES, Bottleneck, Residual, ResNet

# layers of a network of children, as the article prints them for (1, 1, 224, 224)
PRINTED = [
    (1, 64, 56, 56),
    (1, 64, 56, 56),
    (1, 128, 28, 28),
    (1, 256, 14, 14),
    (1, 512, 7, 7),
    (1, 512, 1, 1),
    (1, 512),
    (1, 10),
]


def test_the_stages_of_resnet18_have_the_shapes_of_the_article():
    model, x, shapes = ResNet(10, 1).eval(), torch.rand(1, 1, 224, 224), []
    flatten = nn.Flatten()
    for part in (model.stem, *model.stages, model.pool, flatten, model.fc):
        x = part(x)
        shapes.append(tuple(x.shape))
    assert shapes == PRINTED


# multiply-adds in billions, cut off after one digit, in table 1 of the paper
@pytest.mark.parametrize("depth, billions", [(18, 1.8), (34, 3.6), (50, 3.8)])
def test_the_multiply_adds_are_the_paper_s(depth, billions):
    model = ResNet(1000, depth=depth, v1=True)
    work = layer_table(model, (3, 224, 224)).multiply_adds
    assert math.floor(work / 1e8) / 10 == billions


@pytest.mark.parametrize("depth", STAGES)
def test_the_depth_counts_the_layers_that_are_not_on_shortcuts(depth):
    layers = [
        name
        for name, layer in ResNet(depth=depth).named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) and "shortcut" not in name
    ]
    assert len(layers) == depth


def test_v1_has_the_parameters_of_the_default_and_fewer_multiply_adds():
    models = [ResNet(1000, depth=50, v1=v1) for v1 in (True, False)]
    counts = [count_parameters(model) for model in models]
    v1, default = (layer_table(m, (3, 224, 224)).multiply_adds for m in models)
    assert counts == [25_557_032] * 2
    assert (round(v1 / 1e8), round(default / 1e8)) == (39, 41)


def test_depth_18_and_34_are_the_same_in_both_versions():
    shapes = [
        [value.shape for value in ResNet(depth=18, v1=v1).state_dict().values()]
        for v1 in (True, False)
    ]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("v1", [True, False])
def test_v1_looks_at_one_of_four_pixels(v1):
    block = Bottleneck(8, 4, stride=2, v1=v1).eval()
    x = torch.rand(1, 8, 6, 6, requires_grad=True)
    branch = block.conv3(block.conv2(block.conv1(x)))
    (gradient,) = torch.autograd.grad(branch.abs().sum(), x)
    assert (gradient != 0).any(1).float().mean() == (0.25 if v1 else 1)


def test_a_plain_block_adds_nothing_and_has_no_projection():
    plain, residual = Residual(3, 6, 2, shortcut=False), Residual(3, 6, 2)
    assert count_parameters(residual) - count_parameters(plain) == 3 * 6 + 2 * 6
    nn.init.zeros_(plain.conv2[1].weight)
    assert not plain(torch.rand(2, 3, 8, 8)).any()


def test_a_last_gamma_of_zero_makes_a_block_the_identity_for_what_a_relu_gives():
    block, x = Residual(3, 3), torch.randn(2, 3, 5, 5)
    nn.init.zeros_(block.conv2[1].weight)
    assert torch.equal(block(x), x.relu())


@pytest.mark.parametrize(
    "c_in, stride, fits", [(6, 1, True), (6, 2, False), (3, 1, False)]
)
def test_only_what_changes_the_shape_is_projected(c_in, stride, fits):
    assert isinstance(Residual(c_in, 6, stride).shortcut, nn.Identity) == fits
    x = torch.rand(2, c_in, 8, 8)
    assert Residual(c_in, 6, stride)(x).shape == (2, 6, 8 // stride, 8 // stride)


def test_an_unknown_depth_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"unknown 12; one of 18, 34, 50$"):
        ResNet(depth=12)
