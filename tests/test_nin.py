"""NiN: the printout of the articles, its counts, and what its parts compute."""

import pytest
import torch
from torch import nn

from d2lmini import count_parameters, create_model, layer_table
from d2lmini.models.nin import MLPConv, NiN, conv_relu, nin_block


def step(*shape):
    """What the articles print for a block: three times the same two lines."""
    return [("Conv2d", shape), ("ReLU", shape)] * 3


PRINTED = [  # of a picture of 1 x 224 x 224
    *step(96, 54, 54),
    ("MaxPool2d", (96, 26, 26)),
    *step(256, 26, 26),
    ("MaxPool2d", (256, 12, 12)),
    *step(384, 12, 12),
    ("MaxPool2d", (384, 5, 5)),
    ("Dropout", (384, 5, 5)),
    *step(10, 5, 5),
    ("AdaptiveAvgPool2d", (10, 1, 1)),
]


def test_the_printout_of_the_articles():
    table = layer_table(NiN(10, 1, last_relu=True), (1, 224, 224))
    assert [(layer.type, layer.output_shape) for layer in table] == PRINTED


@pytest.mark.parametrize("last_relu", [True, False])
def test_a_block_is_one_row(last_relu):
    model = NiN(10, 1, last_relu=last_relu)
    table = layer_table(model, (1, 224, 224), whole=(MLPConv,))
    sides = [layer.output_shape[1] for layer in table]
    assert sides == [54, 26, 26, 12, 12, 5, 5, 5, 1]
    assert table.parameters == 1_992_166
    assert table.multiply_adds == 762_297_352


@pytest.mark.parametrize(
    "classes, channels, small, count",
    [(10, 3, False, 2_015_398), (1000, 3, False, 7_439_608), (10, 1, True, 132_638)],
)
def test_parameters(classes, channels, small, count):
    assert (
        count_parameters(create_model("nin", classes, channels, small=small)) == count
    )


def test_the_last_relu_allows_no_negative_score():
    torch.manual_seed(0)
    images = torch.randn(8, 3, 67, 67)
    assert NiN(last_relu=True).eval()(images).min() >= 0
    assert NiN().eval()(images).min() < 0


@pytest.mark.parametrize("side", [67, 90])
def test_it_takes_67_pixels_or_more(side):
    assert NiN()(torch.rand(1, 3, side, side)).shape == (1, 10)


def test_it_refuses_66_pixels():
    with pytest.raises(RuntimeError, match="too small"):
        NiN()(torch.rand(1, 3, 66, 66))


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("last_relu", [True, False])
def test_layers_of_a_block(batch_norm, last_relu):
    block = nin_block(3, 8, 5, 2, 2, batch_norm, last_relu)
    assert block(torch.rand(2, 3, 28, 28)).shape == (2, 8, 14, 14)
    leaves = [layer for layer in block.modules() if not list(layer.children())]
    one = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU] if batch_norm else [nn.Conv2d, nn.ReLU]
    wanted = one * 2 + (one if last_relu else [nn.Conv2d])
    assert [type(layer) for layer in leaves] == wanted


def test_its_1x1_layers_see_one_pixel():
    block, x = nin_block(3, 8, 1), torch.rand(1, 3, 6, 6)
    other = x.clone()
    other[:, :, 2, 3] += 1
    changed = (block(other) != block(x)).any(dim=1)[0]
    assert changed.nonzero().tolist() == [[2, 3]]


def test_a_step_ends_in_relu():
    assert conv_relu(1, 4, 3, padding=1)(torch.randn(2, 1, 5, 5)).min() >= 0
