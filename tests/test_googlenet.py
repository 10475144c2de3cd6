"""GoogLeNet against the numbers of its paper, an old printout, and torchvision."""

import pytest
import torch
from test_summary import GOOGLENET_LISTING, rows
from torch import nn
from torch.testing import assert_close

from d2lmini import count_parameters, layer_table, receptive_field, set_seed
from d2lmini.models.googlenet import PAPER, GoogLeNet
from d2lmini.models.inception import CHANNELS, Inception
from d2lmini.pretrained import copy_weights


@pytest.mark.parametrize("settings", [PAPER, {"batch_norm": False}, {}])
def test_the_printout_of_224_pixels_layer_by_layer(settings):
    added = ("BatchNorm2d", "LocalResponseNorm", "Dropout")
    table = layer_table(GoogLeNet(10, 1, **settings), (1, 224, 224), whole=(Inception,))
    found = [layer for layer in table if layer.type not in added]
    expected = list(rows(GOOGLENET_LISTING))[:-1]  # the article ends in a softmax
    assert [(layer.type, layer.output_shape) for layer in found] == expected


def test_the_channels_of_the_nine_blocks():
    sums = [c1 + c3 + c5 + pool for _, c1, _, c3, _, c5, pool in CHANNELS.values()]
    assert sums == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert [row[0] for row in CHANNELS.values()] == [192, *sums[:-1]]


def test_the_paper_s_parameters_and_multiply_adds():
    paper = GoogLeNet(1000, **PAPER)
    table = layer_table(paper, (3, 224, 224), whole=(Inception,))
    assert count_parameters(paper) == 6_998_552
    weights = sum(p.numel() for p in paper.parameters() if p.ndim > 1)
    assert weights == 6_990_272
    blocks = [layer.multiply_adds for layer in table if layer.type == "Inception"]
    assert [round(count / 1e6) for count in blocks] == [
        128,
        304,
        74,
        88,
        100,
        119,
        170,
        51,
        71,
    ]
    kinds = [type(layer) for layer in paper.modules()]
    assert kinds.count(nn.LocalResponseNorm) == 2
    assert kinds.count(nn.BatchNorm2d) == 0
    assert kinds.count(nn.Conv2d) == kinds.count(nn.ReLU) == 57


def test_the_paper_s_heads():
    heads = GoogLeNet(1000, aux_logits=True, **PAPER)
    assert count_parameters(heads) == 13_378_280
    logits = GoogLeNet(7, 2, width=8, aux_logits=True).all_logits(
        torch.rand(3, 2, 64, 64)
    )
    assert [tuple(each.shape) for each in logits] == [(3, 7)] * 3


def torchvision_and_ours(aux_logits):
    from torchvision.models import GoogLeNet as Torchvision

    set_seed(0)
    theirs = Torchvision(1000, aux_logits=aux_logits, init_weights=False)
    ours = GoogLeNet(1000, aux_logits=aux_logits)
    copy_weights(ours, theirs.state_dict())
    return theirs, ours


@pytest.mark.parametrize("aux_logits", [False, True])
def test_it_is_torchvision_s_in_evaluation(aux_logits):
    theirs, ours = torchvision_and_ours(aux_logits)
    assert count_parameters(theirs) == count_parameters(ours)
    x = torch.randn(2, 3, 97, 129)
    with torch.inference_mode():
        assert_close(ours.eval()(x), theirs.eval()(x))


def test_it_is_torchvision_s_in_training_with_its_heads():
    theirs, ours = torchvision_and_ours(aux_logits=True)
    for layer in [*theirs.modules(), *ours.modules()]:
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    x = torch.randn(2, 3, 80, 64)
    end, low, high = ours.all_logits(x)
    outputs = theirs(x)
    assert_close(end, outputs.logits)
    assert_close(low, outputs.aux_logits1)
    assert_close(high, outputs.aux_logits2)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_windows_of_the_four_branches(kernel):
    block = Inception(CHANNELS["3a"], kernel=kernel)
    branches = [block.branch1, block.branch2, block.branch3, block.branch4]
    sizes = [receptive_field(branch).size for branch in branches]
    assert sizes == [(1, 1), (3, 3), (kernel, kernel), (3, 3)]


def test_the_small_version_keeps_its_maps_larger():
    small = GoogLeNet(in_channels=1, width=16, small_input=True)
    table = layer_table(small, (1, 28, 28), whole=(Inception,))
    shapes = [layer.output_shape for layer in table if layer.type == "Inception"]
    channels = [shape[0] for shape in shapes]
    assert channels == [
        64,
        120,
        128,
        128,
        128,
        132,
        208,
        208,
        256,
    ]
    assert [shape[1] for shape in shapes] == [7, 7, 3, 3, 3, 3, 3, 2, 2]
