"""LeNet against the numbers of its paper."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from d2lmini import count_parameters, layer_table, set_seed
from d2lmini.models.lenet import (
    ACTIVATIONS,
    POOLS,
    LeNet,
    ScaledTanh,
    SparseConv,
    Subsampling,
)


def paper():
    """LeNet-5 as the paper has it, but for its last layer: images of 32 x 32."""
    set_seed(0)
    return LeNet(activation="tanh", pool="subsample", sparse=True, padding=0)


def lenet_at_28(**settings):
    return LeNet(**settings), (1, 28, 28)


def test_the_layers_of_the_default_come_in_the_order_of_the_figure():
    layers = [(layer.type, layer.output_shape) for layer in layer_table(*lenet_at_28())]
    assert layers == [
        ("Conv2d", (6, 28, 28)),
        ("ReLU", (6, 28, 28)),
        ("MaxPool2d", (6, 14, 14)),
        ("Conv2d", (16, 10, 10)),
        ("ReLU", (16, 10, 10)),
        ("MaxPool2d", (16, 5, 5)),
        ("Flatten", (400,)),
        ("Linear", (120,)),
        ("ReLU", (120,)),
        ("Linear", (84,)),
        ("ReLU", (84,)),
        ("Linear", (10,)),
    ]


def test_the_default_has_61_706_parameters():
    assert count_parameters(LeNet()) == 61_706


def test_the_paper_s_network_has_its_60_000_parameters_layer_by_layer():
    table = layer_table(paper(), (1, 32, 32), whole=(SparseConv,))
    parameters = [layer.parameters for layer in table if layer.parameters]
    assert parameters == [156, 12, 1_516, 32, 48_120, 10_164, 850]
    assert sum(parameters[:-1]) == 60_000  # the paper's last layer has none that learn


def test_the_paper_s_network_has_its_340_908_connections():
    connections = 0
    for layer in layer_table(paper(), (1, 32, 32)):
        if isinstance(layer.module, nn.Conv2d):  # a kernel and a bias a unit
            connections += math.prod(layer.output_shape[1:]) * layer.parameters
        elif isinstance(layer.module, Subsampling):  # four inputs and a bias a unit
            connections += math.prod(layer.output_shape) * (4 + 1)
        elif layer.output_shape == (10,):  # the paper's last layer: no bias
            connections += 84 * 10
        else:
            connections += layer.parameters
    assert connections == 340_908


# Table I of the paper: a row a map of S2, a column a map of C3
TABLE_I = """
X . . . X X X . . X X X X . X X
X X . . . X X X . . X X X X . X
X X X . . . X X X . . X . X X X
. X X X . . X X X X . . X . X X
. . X X X . . X X X X . X X . X
. . . X X X . . X X X X . X X X
"""


def test_the_sparse_convolution_is_a_dense_one_with_zeros_outside_the_table():
    rows = [row.split() for row in TABLE_I.strip().splitlines()]
    sees = torch.tensor([[cell == "X" for cell in row] for row in rows]).T  # (16, 6)
    assert sees.sum() == 60

    set_seed(0)
    sparse, dense = SparseConv(), nn.Conv2d(6, 16, 5)
    with torch.no_grad():
        dense.weight.zero_()
        for out, conv in enumerate(sparse.maps):
            dense.weight[out, sees[out]] = conv.weight[0]
            dense.bias[out] = conv.bias[0]
    x = torch.randn(2, 6, 14, 14)
    assert_close(sparse(x), dense(x), rtol=1e-4, atol=1e-5)
    assert sparse(x).shape == (2, 16, 10, 10)


def test_subsampling_starts_as_an_average_and_learns_scale_and_shift_by_map():
    layer, x = Subsampling(2), torch.randn(3, 2, 6, 6)
    assert_close(layer(x), nn.AvgPool2d(2)(x))
    with torch.no_grad():
        layer.weight[1] = 2.0
        layer.bias[1] = 5.0
    sums = 4 * nn.AvgPool2d(2)(x[:, 1])
    assert_close(layer(x)[:, 1], 2 * sums + 5)
    assert_close(layer(x)[:, 0], nn.AvgPool2d(2)(x[:, 0]))
    assert count_parameters(layer) == 4


def test_the_scaled_tanh_maps_one_to_one_and_levels_off_above():
    x = torch.tensor([-100.0, -1, 0, 1, 100])
    expected = torch.tensor([-1.7159, -1, 0, 1, 1.7159])
    assert_close(ScaledTanh()(x), expected, rtol=0, atol=1e-4)


def test_padding_2_is_the_same_as_padding_0_on_an_image_with_a_black_border():
    padded = LeNet()
    bare = LeNet(padding=0)
    bare.load_state_dict(padded.state_dict())
    x = torch.randn(2, 1, 28, 28)
    bordered = nn.functional.pad(x, (2, 2, 2, 2))
    assert bordered.shape == (2, 1, 32, 32)
    assert_close(bare(bordered), padded(x), rtol=1e-4, atol=1e-5)


def test_padding_0_refuses_images_of_28_pixels():
    with pytest.raises(RuntimeError, match=r"shapes cannot be multiplied"):
        LeNet(padding=0)(torch.zeros(1, 1, 28, 28))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_variant_learns_in_all_of_its_parameters(activation, pool, sparse):
    set_seed(0)
    model = LeNet(activation=activation, pool=pool, sparse=sparse)
    logits = model(torch.randn(3, 1, 28, 28))
    assert logits.shape == (3, 10)
    nn.functional.cross_entropy(logits, torch.arange(3)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(
    "activation, layer",
    [
        ("relu", nn.ReLU),
        ("sigmoid", nn.Sigmoid),
        ("tanh", ScaledTanh),
    ],
)
def test_the_activation_is_used_after_each_hidden_layer(activation, layer):
    table = layer_table(*lenet_at_28(activation=activation))
    layers = [type(row.module) for row in table]
    after = [
        second
        for first, second in itertools.pairwise(layers)
        if issubclass(first, (nn.Conv2d, nn.Linear))
    ]
    assert after == [layer] * 4


@pytest.mark.parametrize(
    "pool, layers",
    [
        ("max", [nn.MaxPool2d]),
        ("average", [nn.AvgPool2d]),
        ("subsample", [Subsampling, ScaledTanh]),
    ],
)
def test_the_pooling_halves_the_maps_after_each_convolution(pool, layers):
    table = list(layer_table(*lenet_at_28(pool=pool)))
    kinds = [type(row.module) for row in table]
    first, count = kinds.index(layers[0]), len(layers)
    second = kinds.index(layers[0], first + 1)
    for start, shape in ((first, (6, 14, 14)), (second, (16, 5, 5))):
        assert kinds[start : start + count] == layers
        assert table[start].output_shape == shape
    assert kinds.count(layers[0]) == 2


def test_unknown_activations_and_pools_are_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"'swish'; one of relu, sigmoid, tanh, id"):
        LeNet(activation="swish")
    with pytest.raises(ValueError, match=r"'min'; one of max, average, subsample"):
        LeNet(pool="min")
