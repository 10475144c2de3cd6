"""AlexNet against the counts of its paper, its parts, and a listing of its shapes."""

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from d2lmini import count_parameters, create_model, layer_table
from d2lmini.models.alexnet import ACTIVATIONS, NORMS, PAPER, AlexNet, linear_layers

WIDE = {"channels": PAPER["channels"]}
NARROW = {"channels": (4, 8, 8, 8, 4), "hidden": 16}


@pytest.fixture(scope="module")
def paper():
    """The network of 2012 without its numbers, which would take a second to draw."""
    with torch.device("meta"):
        return AlexNet(1000, **PAPER)


def test_the_paper_has_its_parameters_and_its_maps(paper):
    assert count_parameters(paper) == 60_965_224
    with torch.device("meta"):
        maps = paper.features(torch.zeros(1, 3, 227, 227))
    assert maps.shape == (1, 256, 6, 6)
    weighted = [x for x in paper.modules() if isinstance(x, nn.Conv2d | nn.Linear)]
    shares = [count_parameters(x) / count_parameters(paper) for x in weighted]
    assert max(shares[:5]) < 0.015  # "no more than 1%", the paper says
    assert sum(shares[5:]) == pytest.approx(0.962, abs=0.001)


def test_neurons_and_multiply_adds_of_the_paper():
    table = layer_table(AlexNet(1000, **PAPER), (3, 227, 227))
    rows = [row for row in table if isinstance(row.module, nn.Conv2d | nn.Linear)]
    neurons = [math.prod(row.output_shape) for row in rows]
    assert neurons[0] == 55 * 55 * 96  # where the paper's caption has 55 · 48 · 96
    assert neurons[1:] == [186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]
    assert table.multiply_adds == 724_406_816


@pytest.mark.parametrize(
    "settings, parameters",
    [
        ({}, 61_100_840),
        ({"channels": (64, 192, 384, 384, 256)}, 61_838_248),
        (PAPER | {"groups": 1}, 62_378_344),
    ],
    ids=["torchvision", "one tower as printed", "one group"],
)
def test_the_other_towers(settings, parameters):
    with torch.device("meta"):
        assert count_parameters(AlexNet(1000, **settings)) == parameters


def test_the_smallest_picture():
    for padding, smallest in [(2, 63), (0, 67)]:
        model = AlexNet(padding=padding, **NARROW)
        model(torch.zeros(1, 3, smallest, smallest))
        with pytest.raises(RuntimeError, match="Output size is too small"):
            model(torch.zeros(1, 3, smallest - 1, smallest - 1))


# what an article prints for 1 x 224 x 224, from the first line to the last
LISTING = """Conv2d 96 54 54, ReLU 96 54 54, BatchNorm2d 96 54 54, MaxPool2d 96 26 26
Conv2d 256 26 26, ReLU 256 26 26, BatchNorm2d 256 26 26, MaxPool2d 256 12 12
Conv2d 384 12 12, ReLU 384 12 12, Conv2d 384 12 12, ReLU 384 12 12
Conv2d 256 12 12, ReLU 256 12 12, MaxPool2d 256 5 5, Flatten 6400
Linear 4096, ReLU 4096, Dropout1d 4096, Linear 4096, ReLU 4096, Dropout1d 4096
Linear 10, Softmax 10"""


def test_the_listing_of_an_article():
    features = AlexNet(in_channels=1, norm="batch", padding=0, **WIDE).features
    linear = nn.Sequential(
        nn.Flatten(),
        nn.Linear(256 * 5 * 5, 4096),
        nn.ReLU(),
        nn.Dropout1d(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout1d(0.5),
        nn.Linear(4096, 10),
        nn.Softmax(dim=1),
    )
    table = layer_table(nn.Sequential(*features, *linear), (1, 224, 224))
    printed = [" ".join(map(str, (row.type, *row.output_shape))) for row in table]
    assert printed == LISTING.replace("\n", ", ").split(", ")
    assert table.parameters == 46_765_450


def test_a_group_sees_its_own_half():
    model = AlexNet(groups=2, **NARROW).eval()
    maps = torch.zeros(1, 4, 9, 9)
    maps[:, :2] = 1  # only the first card has something to see
    conv = model.features[4]
    silent = conv(torch.zeros(1, 4, 9, 9))
    changed = (conv(maps) != silent).flatten(2).any(dim=2)[0]
    assert changed.tolist() == [True] * 4 + [False] * 4


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("norm", NORMS)
def test_variants_of_the_small_network(activation, norm):
    settings = NARROW | {"activation": activation, "norm": norm, "small_input": True}
    model = AlexNet(10, 1, **settings)
    logits = model(torch.randn(3, 1, 28, 28))
    assert logits.shape == (3, 10)
    kinds = [type(layer) for layer in model.features]
    assert kinds.count(ACTIVATIONS[activation]) == 5
    assert kinds.count(type(NORMS[norm](4))) == 2
    assert [type(layer) for layer in model.classifier].count(nn.Dropout) == 2


@pytest.mark.parametrize("name, value", [("activation", "relU"), ("norm", "layer")])
def test_an_unknown_part_is_named(name, value):
    with pytest.raises(ValueError, match=f"unknown '{value}'; one of "):
        AlexNet(**{name: value})


def test_the_norm_of_the_paper_is_not_divided_by_its_size():
    x = 100 * torch.randn(2, 9, 3, 3, dtype=torch.double)
    squares = nn.functional.pad(x.square(), (0, 0, 0, 0, 2, 2))
    energy = squares.unfold(1, 5, 1).sum(dim=-1)
    assert_close(NORMS["lrn"](9)(x), x / (2 + 1e-4 * energy) ** 0.75)


def test_dropout_does_nothing_in_evaluation():
    layers = linear_layers(6, 5, 4, nn.ReLU, dropout=0.9).eval()
    x = torch.randn(3, 6)
    assert_close(layers(x), nn.Sequential(*layers[1:3], *layers[4:])(x))


def test_the_small_version_has_its_size():
    small = create_model("alexnet", in_channels=1, small=True)
    assert count_parameters(small) == 380_234
    assert small.features(torch.zeros(1, 1, 28, 28)).shape == (1, 64, 2, 2)
