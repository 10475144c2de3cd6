"""DenseNet: channels, connections and counts of the paper, and known printouts."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from d2lmini import count_parameters, create_model, layer_table, set_seed
from d2lmini.models.densenet import DenseBlock, DenseLayer, DenseNet, stem, transition

# layers, and the parameters of the paper's networks in torchvision
PAPER = {
    121: ((6, 12, 24, 16), {}, 7_978_856),
    161: ((6, 12, 36, 24), {"growth": 48, "width": 96}, 28_681_000),
    169: ((6, 12, 32, 32), {}, 14_149_480),
    201: ((6, 12, 48, 32), {}, 20_013_928),
}

# what an article prints of its network of four blocks of four layers
PRINTOUT = """
Conv2d 64 112 112
BatchNorm2d 64 112 112
ReLU 64 112 112
MaxPool2d 64 56 56
DenseBlock 192 56 56
BatchNorm2d 192 56 56
ReLU 192 56 56
Conv2d 96 56 56
AvgPool2d 96 28 28
DenseBlock 224 28 28
BatchNorm2d 224 28 28
ReLU 224 28 28
Conv2d 112 28 28
AvgPool2d 112 14 14
DenseBlock 240 14 14
BatchNorm2d 240 14 14
ReLU 240 14 14
Conv2d 120 14 14
AvgPool2d 120 7 7
DenseBlock 248 7 7
BatchNorm2d 248 7 7
ReLU 248 7 7
AdaptiveAvgPool2d 248 1 1
Flatten 248
Linear 10
Softmax 10
"""
FUNCTIONS = (("ReLU", "248 7 7"), ("Flatten", "248"))  # no modules in ours


def test_the_printout_of_the_version_of_four_by_four():
    printed = [tuple(line.split(" ", 1)) for line in PRINTOUT.strip().splitlines()]
    assert printed.pop() == ("Softmax", "10")  # ours returns logits
    printed = [line for line in printed if line not in FUNCTIONS]
    model = create_model("densenet", in_channels=1)
    table = layer_table(model, (1, 224, 224), whole=(DenseBlock,))
    found = [(row.type, " ".join(map(str, row.output_shape))) for row in table]
    assert found == printed


@pytest.mark.parametrize("depth", PAPER)
def test_the_paper_s_networks_have_their_layers_and_parameters(depth):
    layers, settings, parameters = PAPER[depth]
    model = DenseNet(1000, layers=layers, **settings)
    weighted = [x for x in model.modules() if isinstance(x, nn.Conv2d | nn.Linear)]
    assert len(weighted) == depth
    assert count_parameters(model) == parameters


@pytest.mark.parametrize("bottleneck", [False, True])
def test_a_layer_puts_its_maps_behind_the_input(bottleneck):
    layer, x = DenseLayer(5, 3, bottleneck), torch.randn(2, 5, 7, 6)
    y = layer(x)
    assert y.shape == (2, 8, 7, 6)
    assert torch.equal(y[:, :5], x)
    assert_close(y[:, 5:], layer.new(x))
    assert layer.new[-1].in_channels == (12 if bottleneck else 5)


def test_a_block_is_a_list_of_maps_that_every_layer_reads():
    set_seed(0)
    block, maps = DenseBlock(4, 5, 3), [torch.randn(2, 5, 7, 6)]
    y = block(maps[0])
    for layer in block:
        maps.append(layer.new(torch.cat(maps, dim=1)))
    assert_close(y, torch.cat(maps, dim=1))
    assert y.shape[1] == 5 + 4 * 3


def test_a_transition_halves_odd_maps_downwards():
    assert transition(6, 3)(torch.randn(2, 6, 7, 9)).shape == (2, 3, 3, 4)


@pytest.mark.parametrize("small, size", [(False, 7), (True, 14)])
def test_the_stem_of_28_pixels(small, size):
    assert stem(1, 16, small)(torch.randn(2, 1, 28, 28)).shape == (2, 16, size, size)
