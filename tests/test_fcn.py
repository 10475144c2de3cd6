"""FCN and its synthetic scenes."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from d2lmini import count_parameters, create_model, load_data, receptive_field, set_seed
from d2lmini.data.garments import CLASSES, DARK, KINDS, draw_scenes, place
from d2lmini.models.fcn import FCN, Skip, bilinear_kernel, crop, upsample

DATA = load_data("fashion", "train")[:500]


# the network


@pytest.mark.parametrize(
    "height, width", [(64, 64), (28, 28), (27, 33), (5, 50), (1, 1)]
)
@pytest.mark.parametrize("skips", [0, 1, 2, 3])
def test_a_picture_of_any_size_has_logits_at_each_pixel(skips, height, width):
    set_seed(0)
    model = FCN(7, 1, width=4, skips=skips).eval()
    images = torch.randn(3, 1, height, width)
    logits = model(images)
    assert logits.shape == (3, 7, height, width)
    assert logits.isfinite().all()
    assert_close(model(images[1:2]), logits[1:2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"skips": 0}, {"bilinear": False}])
def test_each_parameter_has_a_gradient(settings):
    set_seed(0)
    model = FCN(5, width=4, **settings)
    logits = model(torch.randn(2, 3, 45, 37))
    F.cross_entropy(logits, torch.randint(5, (2, 45, 37))).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("skips", [-1, 4, 5])
def test_a_wrong_number_of_skips_is_named(skips):
    with pytest.raises(
        ValueError, match=f"skips is {skips}; give a number from 0 to 3"
    ):
        FCN(skips=skips)


def test_five_stages_have_the_strides_of_the_paper():
    for skips, factor in enumerate((32, 16, 8)):
        assert FCN(21, depth=5, skips=skips).up.stride == (factor, factor)


def test_the_last_relu_cuts_what_is_below_zero():
    set_seed(0)
    model = FCN(5).eval()
    set_seed(0)
    cut = FCN(5, last_relu=True).eval()
    images = torch.randn(1, 3, 32, 32)
    assert model(images).min() < 0
    assert_close(cut(images), model(images).relu())


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32])
def test_the_bilinear_start_is_interpolation_inside(factor):
    x, rim = torch.rand(2, 3, 5, 4), factor // 2
    inside = (..., slice(rim, -rim), slice(rim, -rim))
    theirs = F.interpolate(x, scale_factor=factor, mode="bilinear")
    assert_close(upsample(3, factor)(x)[inside], theirs[inside])
    assert not torch.allclose(upsample(3, factor, False)(x)[inside], theirs[inside])


def test_the_kernel_of_an_odd_factor():
    kernel = bilinear_kernel(3)
    assert kernel.shape == (5, 5)
    x = torch.rand(1, 1, 6, 7)
    found = F.conv_transpose2d(x, kernel[None, None], stride=3, padding=1)
    theirs = F.interpolate(x, scale_factor=3, mode="bilinear")
    assert_close(found[..., 2:-2, 2:-2], theirs[..., 2:-2, 2:-2])


def test_a_skip_adds_the_scores_of_the_finer_map():
    skip = Skip(6, 5)
    scores, finer = torch.rand(2, 5, 4, 3), torch.rand(2, 6, 7, 6)
    wanted = crop(skip.up(scores), finer) + skip.score(finer)
    assert_close(skip(scores, finer), wanted)
    assert wanted.shape == (2, 5, 7, 6)


def test_vgg_made_fully_convolutional_has_the_numbers_of_the_papers_table():
    with torch.device("meta"):
        layers = (
            create_model("vgg16").features,
            nn.Conv2d(512, 4096, 7),
            nn.Conv2d(4096, 4096, 1),
            nn.Conv2d(4096, 21, 1),
        )
        paper = nn.Sequential(*layers)
    assert round(count_parameters(paper) / 1e6) == 134
    assert receptive_field(paper).size == (404, 404)
    assert receptive_field(paper).stride == (32, 32)


# the scenes


def test_scenes_have_a_class_at_each_pixel():
    scenes = draw_scenes(DATA, 30)
    assert scenes.images.shape == (30, 3, 64, 64)
    assert scenes.images.dtype == torch.uint8
    assert scenes.labels.shape == (30, 64, 64)
    assert scenes.labels.unique().tolist() == list(range(len(CLASSES)))
    floats = scenes.normalised()
    assert -1 <= floats.min() < -0.5
    assert 0.5 < floats.max() <= 1


def test_scenes_are_drawn_from_their_seed_alone():
    before = torch.get_rng_state()
    first, again, other = (draw_scenes(DATA, 5, seed) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    assert not torch.equal(first.labels, other.labels)


@pytest.mark.parametrize("number", range(4))
def test_a_scene_is_labelled_where_its_garment_is_bright(number):
    kind = DATA[DATA.labels == KINDS[number]][:1]
    scenes = draw_scenes(kind, 20)
    assert scenes.labels.unique().tolist() == [0, number + 1]
    bright = (kind.images > DARK).sum()
    covered = (scenes.labels > 0).flatten(1).sum(dim=1)  # two, which may overlap
    assert (covered >= bright).all()
    assert covered.max() == 2 * bright


def test_a_garment_is_placed_where_it_should_be():
    garment = torch.arange(1, 785).reshape(1, 28, 28)
    scene = place(garment, torch.tensor([36]), torch.tensor([5]))
    assert torch.equal(scene[0, 36:, 5:33], garment[0])
    assert scene.sum() == garment.sum()


def test_data_without_such_garments_is_named():
    shirts = DATA[DATA.labels == 6]
    with pytest.raises(ValueError, match=r"has no garment of the kinds .*trouser"):
        draw_scenes(shirts, 3)
