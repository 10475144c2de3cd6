"""What is the paper's, and only VGG's; what holds for all networks is elsewhere."""

import pytest
import torch
from torch import nn

from d2lmini import MODELS, count_parameters, layer_table
from d2lmini.models.vgg import BLOCKS, VGG, vgg_block

# the listing of VGG-11 on a grey picture of 224 × 224, as an article should print it
BLOCK_ROWS = [  # channels, side, convolutions
    (64, 224, 1),
    (128, 112, 1),
    (256, 56, 2),
    (512, 28, 2),
    (512, 14, 2),
]
HEAD_ROWS = [
    ("Linear", (4096,)),
    ("ReLU", (4096,)),
    ("Dropout", (4096,)),
    ("Linear", (4096,)),
    ("ReLU", (4096,)),
    ("Dropout", (4096,)),
    ("Linear", (10,)),
]


def on_meta(**settings):
    """A network with shapes and no numbers, so that it takes no memory."""
    with torch.device("meta"):
        return VGG(**settings)


def test_the_listing_of_vgg11():
    table = layer_table(on_meta(num_classes=10, in_channels=1), (1, 224, 224))
    rows = [(row.type, row.output_shape) for row in table]
    pooled = ("AdaptiveAvgPool2d", (512, 7, 7))  # the identity here
    wanted = []
    for channels, side, convs in BLOCK_ROWS:
        for _ in range(convs):
            wanted.append(("Conv2d", (channels, side, side)))
            wanted.append(("ReLU", (channels, side, side)))
        wanted.append(("MaxPool2d", (channels, side // 2, side // 2)))
    assert rows == [*wanted, pooled, *HEAD_ROWS]


@pytest.mark.parametrize(
    "depth, parameters, millions",
    [
        (11, 132_863_336, 133),
        (13, 133_047_848, 133),
        (16, 138_357_544, 138),
        (19, 143_667_240, 144),
    ],
)
def test_the_papers_counts(depth, parameters, millions):
    model = on_meta(num_classes=1000, depth=depth)
    assert count_parameters(model) == parameters
    assert round(parameters / 1e6) == millions
    weighted = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == depth == sum(BLOCKS[depth]) + 3


def test_the_papers_configuration_c_has_134_million():
    model = on_meta(num_classes=1000, depth=16)
    for block, channels in zip(model.features[2:], (256, 512, 512), strict=True):
        block[4] = nn.Conv2d(channels, channels, 1, device="meta")
    assert round(count_parameters(model) / 1e6) == 134


@pytest.mark.parametrize("depth", BLOCKS)
def test_the_names_build_the_depths(depth):
    with torch.device("meta"):
        model = MODELS[f"vgg{depth}"](10)
    blocks = [
        sum(isinstance(layer, nn.Conv2d) for layer in block) for block in model.features
    ]
    assert tuple(blocks) == BLOCKS[depth]


def test_an_unknown_depth_names_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown depth 12; one of \[11, 13"):
        VGG(depth=12)


def test_batch_norm_stands_between_convolution_and_relu():
    kinds = [type(layer) for layer in vgg_block(2, 1, 4, batch_norm=True)]
    once = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    assert kinds == [*once, *once, nn.MaxPool2d]


def test_pooling_changes_nothing_at_the_papers_size():
    model = VGG(4, width=2, hidden=8).eval()
    x = torch.randn(1, 3, 224, 224)
    maps = model.features(x)
    assert maps.shape == (1, 16, 7, 7)
    assert torch.equal(model.pool(maps), maps)
    assert torch.equal(model(x), model.classifier(maps.flatten(1)))


def test_a_small_picture_is_copied_into_the_large_head():
    model = VGG(4, width=2, hidden=8).eval()
    maps = model.features(torch.randn(2, 3, 32, 32))
    assert torch.equal(model.pool(maps), maps.expand(-1, -1, 7, 7))
