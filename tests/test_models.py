"""Every network of the course: what they all promise, and torchvision's beside them."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from d2lmini import MODELS, count_parameters, create_model, predict, set_seed
from d2lmini.models import SMALL, kaiming_init
from d2lmini.models.lenet import LeNet

FIXED = ("lenet", "convnet")  # they take images of 28 x 28 only
DENSE = ("fcn",)  # a class for each pixel
each_model = pytest.mark.parametrize("name", MODELS)


def small(name, num_classes=10, in_channels=1):
    set_seed(0)
    return create_model(name, num_classes, in_channels, small=True)


def images_for(count=4, channels=1):
    return torch.randn(count, channels, 28, 28)


def outputs_for(name, images, num_classes):
    """The shape of the logits: a class for each image, or for each pixel."""
    count, _, height, width = images.shape
    pixels = (height, width) if name in DENSE else ()
    return (count, num_classes, *pixels)


# shapes and gradients


@each_model
def test_the_default_takes_odd_and_even_sizes_other_classes_and_channels(name):
    set_seed(0)
    model = create_model(name, num_classes=7, in_channels=1).eval()
    sizes = [(28, 28)] if name in FIXED else [(96, 128), (113, 97)]
    for height, width in sizes:
        images = torch.randn(2, 1, height, width)
        with torch.inference_mode():
            logits = model(images)
        assert logits.shape == outputs_for(name, images, 7)
        assert logits.isfinite().all()


@pytest.mark.parametrize("num_classes, in_channels", [(10, 1), (7, 3)])
@each_model
def test_a_small_model_gives_a_gradient_to_each_of_its_parameters(
    name, num_classes, in_channels
):
    model = small(name, num_classes, in_channels)
    images = images_for(4, in_channels)
    logits = model(images)
    assert logits.shape == outputs_for(name, images, num_classes)
    assert logits.isfinite().all()
    logits.square().sum().backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name


@pytest.mark.parametrize("size", [(28, 28), (29, 31), (32, 32), (45, 64)])
@each_model
def test_a_small_model_takes_odd_and_even_sizes(name, size):
    if name in FIXED and size != (28, 28):
        pytest.skip("takes 28 x 28 only")
    images = torch.randn(2, 1, *size)
    with torch.inference_mode():
        logits = small(name).eval()(images)
    assert logits.shape == outputs_for(name, images, 10)
    assert logits.isfinite().all()


@each_model
def test_a_model_returns_logits_and_not_probabilities(name):
    logits = small(name).eval()(10 * images_for()).detach()
    ones = torch.ones_like(logits[:, 0])
    assert not torch.allclose(logits.sum(1), ones, atol=1e-3)
    assert not torch.allclose(logits.exp().sum(1), ones, atol=1e-3)


@each_model
def test_each_image_has_its_own_logits_whatever_else_is_in_the_batch(name):
    model, images = small(name).eval(), images_for()
    one_by_one = torch.cat([model(image[None]) for image in images])
    assert_close(model(images), one_by_one, rtol=1e-4, atol=1e-5)


@each_model
def test_an_exported_model_computes_the_same(name):
    model, images = small(name).eval(), images_for()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch.export about itself
        exported = torch.export.export(model, (images,)).module()
    assert_close(exported(images), model(images), rtol=1e-4, atol=1e-5)


@each_model
def test_a_small_model_learns_eight_images_in_forty_steps(name):
    model, images = small(name), images_for(8)
    kaiming_init(model)
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0  # which is there to hinder learning by heart
    labels = torch.arange(8)
    if name in DENSE:
        labels = labels[:, None, None].expand(8, *images.shape[2:])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    logits = model(images)
    assert (logits.argmax(1) == labels).float().mean() > 0.85
    assert F.cross_entropy(logits, labels) < 1  # from 2.3


# wrong input


@each_model
def test_wrong_channels_are_named_with_those_that_fit(name):
    images = images_for(2, channels=2)
    with pytest.raises(ValueError, match=r"\(2, 2, 28, 28\).* 1 channel.*give \(N, 1,"):
        predict(small(name), images)


@each_model
def test_a_wrong_type_is_named_with_the_one_that_fits(name):
    with pytest.raises(ValueError, match=r"float64 and .* torch.float32; give both"):
        predict(small(name), images_for().double())
    with pytest.raises(ValueError, match=r"torch.uint8; give normalised floats"):
        predict(small(name), images_for().to(torch.uint8))


@each_model
def test_images_that_are_too_small_are_named_with_the_smallest_that_fit(name):
    set_seed(0)
    model = create_model(name, in_channels=1).eval()
    smallest = next(side for side in range(1, 100) if takes(model, side))
    if smallest == 1:
        pytest.skip("takes an image of one pixel")
    fits = f"from {smallest} to 31 pixels" if name in FIXED else f"from {smallest} pix"
    with pytest.raises(ValueError, match=rf"\(2, 1, 1, 1\).* {fits}"):
        predict(model, torch.zeros(2, 1, 1, 1))


def takes(model, side):
    try:
        with torch.inference_mode():
            model(torch.zeros(1, 1, side, side))
    except RuntimeError:
        return False
    return True


# create_model


def test_create_model_passes_classes_and_channels_and_has_defaults():
    model = create_model("lenet", 7, 2)
    assert model.features[0].in_channels == 2
    assert model.classifier[-1].out_features == 7
    assert create_model("lenet").features[0].in_channels == 3
    assert create_model("lenet").classifier[-1].out_features == 10


@pytest.mark.parametrize("name", SMALL)
def test_a_small_model_has_fewer_parameters_and_is_a_model(name):
    assert name in MODELS
    assert count_parameters(small(name)) < count_parameters(MODELS[name]()) / 5


def test_an_unknown_model_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"model 'resnet81'; one of .*lenet"):
        create_model("resnet81")
    for near in ("LeNet", "lenet5", "lenet-5"):
        message = rf"model '{near}'; one of .*lenet.*; did you mean 'lenet'\?$"
        with pytest.raises(ValueError, match=message):
            create_model(near)
    with pytest.raises(
        TypeError, match=r"model is .*LeNet.* \(type\); give one of .*le"
    ):
        create_model(LeNet)


@pytest.mark.parametrize("name", ["num_classes", "in_channels"])
@pytest.mark.parametrize(
    "value, error",
    [(0, ValueError), (-1, ValueError), (1.0, TypeError), (True, TypeError)],
)
def test_create_model_names_a_number_that_it_cannot_take(name, value, error):
    with pytest.raises(
        error, match=rf"^{name} is {value}.*; give a whole number, 1 or"
    ):
        create_model("lenet", **{name: value})


def test_create_model_takes_the_numbers_of_numpy():
    model = create_model("lenet", np.int64(7), np.int64(2))
    assert model(torch.zeros(1, 2, 28, 28)).shape == (1, 7)


def test_kaiming_init_keeps_the_size_of_a_signal_through_layers_with_relu():
    set_seed(0)
    layers = []
    for _ in range(10):
        layers.append(nn.Linear(500, 500))
        layers.append(nn.ReLU())
    net, x = nn.Sequential(*layers), torch.randn(200, 500)
    default = net(x).square().mean()
    kaiming_init(net)
    assert default < 1e-2
    assert 0.3 < net(x).square().mean() < 3
    assert all((layer.bias == 0).all() for layer in net[::2])
    kaiming_init(nn.Conv2d(1, 1, 3, bias=False))
