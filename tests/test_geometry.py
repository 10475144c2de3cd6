"""The arithmetic of windows agrees with PyTorch's layers and measured gradients."""

import random
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from d2lmini.geometry import (
    ReceptiveField,
    output_size,
    receptive_field,
    seen_pixels,
    transposed_output_size,
)
from d2lmini.models.lenet import LeNet


def attempt(function, *args, error=ValueError, **kwargs):
    """What a function returns, or None where it refuses its arguments."""
    try:
        return function(*args, **kwargs)
    except error:
        return None


def run(layer, size):
    """The output width of a layer of PyTorch, or None where it raises."""
    output = attempt(layer, torch.zeros(1, 1, size, size), error=RuntimeError)
    return None if output is None else output.shape[-1]


# output sizes


def test_output_sizes_are_those_of_conv2d_which_refuses_the_same_settings():
    rng, refused = random.Random(0), 0
    for _ in range(400):
        size, kernel = rng.randint(1, 12), rng.randint(1, 5)
        stride, padding, dilation = (
            rng.randint(1, 4),
            rng.randint(0, 3),
            rng.choice("123"),
        )
        window = {"stride": stride, "padding": padding, "dilation": int(dilation)}
        ours = attempt(output_size, size, kernel, **window)
        assert ours == run(nn.Conv2d(1, 1, kernel, **window), size), (
            size,
            kernel,
            window,
        )
        refused += ours is None
    assert 20 < refused < 200  # both were tried often


def test_output_sizes_are_those_of_max_pooling_which_refuses_the_same_settings():
    rng, refused = random.Random(1), 0
    for _ in range(400):
        size, kernel, stride = rng.randint(1, 12), rng.randint(1, 5), rng.randint(1, 4)
        padding, dilation = rng.randint(0, kernel // 2), rng.randint(1, 3)
        window = {"stride": stride, "padding": padding, "dilation": dilation}
        ours = attempt(output_size, size, kernel, **window)
        assert ours == run(nn.MaxPool2d(kernel, **window), size), (size, kernel, window)
        refused += ours is None
    assert 20 < refused < 200


def test_transposed_sizes_are_those_of_conv_transpose2d_which_refuses_the_same():
    rng, refused = random.Random(2), 0
    for _ in range(400):
        size, kernel = rng.randint(1, 6), rng.randint(1, 5)
        window = {
            "stride": rng.randint(1, 4),
            "padding": rng.randint(0, 4),
            "dilation": rng.randint(1, 3),
            "output_padding": rng.randint(0, 2),
        }
        ours = attempt(transposed_output_size, size, kernel, **window)
        layer = nn.ConvTranspose2d(1, 1, kernel, **window)
        assert ours == run(layer, size), (size, kernel, window)
        refused += ours is None
    assert 20 < refused < 300


def test_a_transposed_convolution_gives_back_the_size_that_a_convolution_took():
    rng = random.Random(3)
    for _ in range(400):
        size, kernel, stride = rng.randint(8, 40), rng.randint(1, 4), rng.randint(1, 4)
        window = {"stride": stride, "padding": rng.randint(0, 2)}
        window["dilation"] = rng.randint(1, 2)
        small = output_size(size, kernel, **window)
        left = (
            size + 2 * window["padding"] - window["dilation"] * (kernel - 1) - 1
        ) % stride
        assert (
            transposed_output_size(small, kernel, output_padding=left, **window) == size
        )


def number_or_pair(rng, lowest, highest):
    """A setting as one number for both axes, as a tuple or as a list."""
    pair = [rng.randint(lowest, highest), rng.randint(lowest, highest)]
    return rng.choice([pair[0], tuple(pair), pair])


def test_pairs_give_the_height_and_the_width_of_conv2d_which_refuses_the_same():
    rng, refused = random.Random(7), 0
    for _ in range(400):
        size, kernel = (rng.randint(1, 12), rng.randint(1, 12)), (2, rng.randint(1, 5))
        window = {
            "stride": number_or_pair(rng, 1, 3),
            "padding": number_or_pair(rng, 0, 3),
            "dilation": number_or_pair(rng, 1, 3),
        }
        ours = attempt(output_size, size, kernel, **window)
        layer = nn.Conv2d(1, 1, kernel, **window)
        maps = attempt(layer, torch.zeros(1, 1, *size), error=RuntimeError)
        assert ours == (None if maps is None else maps.shape[2:]), (size, layer)
        refused += ours is None
    assert 20 < refused < 200


def test_pairs_give_the_height_and_the_width_of_conv_transpose2d():
    rng, refused = random.Random(8), 0
    for _ in range(400):
        size, kernel = (rng.randint(1, 6), rng.randint(1, 6)), (2, rng.randint(1, 5))
        window = {
            "stride": number_or_pair(rng, 1, 3),
            "padding": number_or_pair(rng, 0, 3),
            "output_padding": number_or_pair(rng, 0, 1),
            "dilation": number_or_pair(rng, 1, 2),
        }
        ours = attempt(transposed_output_size, size, kernel, **window)
        layer = nn.ConvTranspose2d(1, 1, kernel, **window)
        maps = attempt(layer, torch.zeros(1, 1, *size), error=RuntimeError)
        assert ours == (None if maps is None else maps.shape[2:]), (size, layer)
        refused += ours is None
    assert 20 < refused < 300


def test_one_pair_among_numbers_makes_a_pair_of_the_result():
    assert output_size(28, (5, 3)) == (24, 26)
    assert output_size((28, 20), 5) == (24, 16)
    assert output_size(torch.zeros(1, 1, 50, 100).shape[2:], 3) == (48, 98)
    assert output_size(28, 5, padding=(2, 0)) == (28, 24)
    assert transposed_output_size(2, 2, stride=(2, 3)) == (4, 5)


@pytest.mark.parametrize("function", [output_size, transposed_output_size])
@pytest.mark.parametrize("value", [(3,), (1, 2, 3), (), [4, 4, 4]], ids=str)
def test_what_is_no_pair_is_refused_with_its_name(function, value):
    message = rf"^stride is {re.escape(str(tuple(value)))}; .*pair .*\(height, width\)"
    with pytest.raises(ValueError, match=message):
        function((8, 9), 3, stride=value)


@pytest.mark.parametrize("function", [output_size, transposed_output_size])
@pytest.mark.parametrize(
    "value, error, message",
    [
        ((1, 0), ValueError, "stride is 0; give a whole number, 1 or more"),
        ((2.0, 1), TypeError, r"stride is 2.0 \(float\); give a whole number"),
        ((2, None), TypeError, r"stride is None \(NoneType\); give a whole number"),
        (((2, 2), 1), TypeError, r"stride is \(2, 2\) \(tuple\); give a whole number"),
    ],
)
def test_a_pair_is_made_of_two_whole_numbers(function, value, error, message):
    with pytest.raises(error, match=message):
        function((8, 9), 3, stride=value)


def test_windows_move_by_one_and_without_padding_unless_told():
    assert output_size(28, 5) == 24
    assert transposed_output_size(24, 5) == 28
    assert transposed_output_size(2, 2, stride=2) == 4


def test_a_picture_of_padding_only_has_a_size_too():
    assert output_size(0, 3, padding=2) == 2  # PyTorch has no empty pictures


@pytest.mark.parametrize(
    "size, args, window, message",
    [
        (output_size, (0, 1), {}, r"a window of 1 does not fit into 0 \+ 2 · 0 pixels"),
        (
            output_size,
            (2, 3),
            {"padding": 1, "dilation": 2},
            r"a window of 5 does not fit into 2 \+ 2 · 1 .*padding.*kernel_size",
        ),
        (output_size, (-1, 3), {}, r"size is -1; give a whole number, 0 or more"),
        (output_size, (8, 0), {}, r"kernel_size is 0; give a whole number, 1 or more"),
        (
            output_size,
            (8, 3),
            {"stride": 0},
            r"stride is 0; give a whole number, 1 or more",
        ),
        (
            output_size,
            (8, 3),
            {"padding": -1},
            r"padding is -1; give a whole number, 0 or more",
        ),
        (
            output_size,
            (8, 3),
            {"dilation": 0},
            r"dilation is 0; give a whole number, 1 or more",
        ),
        (
            transposed_output_size,
            (0, 3),
            {},
            r"size is 0; give a whole number, 1 or more",
        ),
        (
            transposed_output_size,
            (4, 0),
            {},
            r"kernel_size is 0; give a whole number, 1",
        ),
        (
            transposed_output_size,
            (4, 3),
            {"stride": 0},
            r"stride is 0; give a whole number, 1",
        ),
        (
            transposed_output_size,
            (4, 3),
            {"dilation": 0},
            r"dilation is 0; give a whole number",
        ),
        (transposed_output_size, (4, 3), {"padding": -1}, r"padding is -1; .* 0 or"),
        (
            transposed_output_size,
            (4, 3),
            {"output_padding": -1},
            r"output_padding is -1; give a whole number, 0 or more",
        ),
        (
            transposed_output_size,
            (4, 3),
            {"stride": 2, "dilation": 3, "output_padding": 3},
            r"output_padding is 3; .*below stride or dilation, so at most 2",
        ),
        (
            transposed_output_size,
            (1, 4),
            {"padding": 3, "stride": 2, "output_padding": 1},
            r"padding 3 cuts away all 5 pixels .*at most 2",
        ),
    ],
)
def test_windows_that_cannot_be_are_refused_with_the_reason(
    size, args, window, message
):
    with pytest.raises(ValueError, match=message):
        size(*args, **window)


def test_the_padding_that_a_refusal_allows_is_the_largest_that_works():
    for kernel in range(1, 7):
        with pytest.raises(ValueError, match="cuts away") as caught:
            transposed_output_size(2, kernel, padding=20)
        most = int(str(caught.value).split()[-1])
        assert transposed_output_size(2, kernel, padding=most) >= 1
        assert attempt(transposed_output_size, 2, kernel, padding=most + 1) is None


# receptive fields


def conv(kernel_size, **window):
    return nn.Conv2d(1, 1, kernel_size, **window)


@pytest.mark.parametrize(
    "layers, size, stride, padding",
    [
        ([], (1, 1), (1, 1), (0, 0)),
        (conv(3), (3, 3), (1, 1), (0, 0)),
        (conv(3, padding=1), (3, 3), (1, 1), (1, 1)),
        ([conv(3), conv(3)], (5, 5), (1, 1), (0, 0)),
        ([conv(3, padding=1)] * 3, (7, 7), (1, 1), (3, 3)),
        ([conv(3, stride=2), conv(3)], (7, 7), (2, 2), (0, 0)),
        ([conv(3), conv(3, stride=2)], (5, 5), (2, 2), (0, 0)),
        ([conv(3, stride=2, padding=1)] * 2, (7, 7), (4, 4), (3, 3)),
        (conv(3, dilation=2), (5, 5), (1, 1), (0, 0)),
        ([conv(2, stride=3), conv(3, dilation=2)], (14, 14), (3, 3), (0, 0)),
        (
            conv((3, 5), stride=(1, 2), padding=(1, 0), dilation=(3, 1)),
            (7, 5),
            (1, 2),
            (1, 0),
        ),
        ([conv((1, 5)), conv((3, 1))], (3, 5), (1, 1), (0, 0)),
        (nn.MaxPool2d(2), (2, 2), (2, 2), (0, 0)),  # the stride is the kernel's size
        (nn.MaxPool2d(3, 2, padding=1, dilation=2), (5, 5), (2, 2), (1, 1)),
        (nn.AvgPool2d((2, 3)), (2, 3), (2, 3), (0, 0)),
        ([conv(3), nn.AvgPool2d(3, 1), conv(3)], (7, 7), (1, 1), (0, 0)),
    ],
)
def test_receptive_fields_are_those_computed_by_hand(layers, size, stride, padding):
    found = receptive_field(layers)
    assert isinstance(found, ReceptiveField)
    assert found == (size, stride, padding)


def test_layers_come_as_one_as_a_list_or_in_sequentials_within_each_other():
    first, pool, second = conv((3, 5), padding=1), nn.MaxPool2d(2), conv(3)
    expected = ((8, 10), (2, 2), (1, 1))
    assert receptive_field([first, pool, second]) == expected
    assert receptive_field(nn.Sequential(first, pool, second)) == expected
    assert receptive_field((nn.Sequential(first, pool), [second])) == expected
    nested = nn.Sequential(nn.Sequential(first, nn.Sequential(pool)), second)
    assert receptive_field(nested) == expected


def test_layers_may_come_from_a_generator():
    model = nn.Sequential(conv((3, 5), padding=1), nn.MaxPool2d(2), conv(3))
    assert receptive_field(model.children()) == ((8, 10), (2, 2), (1, 1))


def test_layers_that_treat_every_place_by_itself_do_not_count():
    pointwise = [
        nn.Identity(),
        nn.ReLU(),
        nn.LeakyReLU(),
        nn.GELU(),
        nn.SiLU(),
        nn.Sigmoid(),
        nn.Tanh(),
        nn.BatchNorm2d(1),
        nn.Dropout(),
        nn.Dropout2d(),
        nn.LocalResponseNorm(2),
    ]
    expected = receptive_field([conv(3, stride=2), conv(3)])
    found = receptive_field([conv(3, stride=2), *pointwise, conv(3), *pointwise])
    assert found == expected


def test_lenets_maps_see_16_pixels_every_4():
    assert receptive_field(LeNet().features) == ((16, 16), (4, 4), (2, 2))


def test_vgg_16s_last_maps_see_212_pixels_every_32():
    layers = []
    for convolutions in (2, 2, 3, 3, 3):
        for _ in range(convolutions):
            layers += [conv(3, padding=1), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
    assert receptive_field(layers) == ((212, 212), (32, 32), (90, 90))


@pytest.mark.parametrize(
    "layer, message",
    [
        (nn.Linear(3, 3), r"^Linear has no window .*convolutions, poolings"),
        (nn.ConvTranspose2d(1, 1, 3), r"^ConvTranspose2d has no window"),
        (nn.Conv1d(1, 1, 3), r"^Conv1d has no window"),
        (nn.AdaptiveAvgPool2d(1), r"^AdaptiveAvgPool2d has no window"),
        (nn.MaxPool2d(2, ceil_mode=True), r"MaxPool2d\(.*leave ceil_mode off"),
        (nn.AvgPool2d(2, ceil_mode=True), r"AvgPool2d\(.*leave ceil_mode off"),
        (conv(3, padding="same"), r"Conv2d\(.*padding=same.*give padding as a number"),
    ],
)
def test_layers_without_a_fixed_window_are_refused_by_name(layer, message):
    with pytest.raises(ValueError, match=message):
        receptive_field(nn.Sequential(conv(3), nn.Sequential(layer)))


# seen pixels


def random_stack(rng, pooling=False, dilations=(1,)):
    """Two to four layers with random windows; some of them max pooling, if wished."""
    layers = []
    for _ in range(rng.randint(2, 4)):
        kernel = rng.randint(1, 3), rng.randint(1, 3)
        window = {
            "stride": (rng.randint(1, 2), rng.randint(1, 3)),
            "padding": tuple(rng.randint(0, size // 2) for size in kernel),
            "dilation": rng.choice(dilations),
        }
        pools = pooling and rng.random() < 0.5
        layers.append(
            nn.MaxPool2d(kernel, **window) if pools else conv(kernel, **window)
        )
    return nn.Sequential(*layers).double()


def window_of(model, place):
    """Top, left, bottom and right of what the output at a place sees, by arithmetic."""
    field = receptive_field(model)
    parts = zip(place, *field, strict=True)
    ranges = [(i * s - p, i * s - p + size) for i, size, s, p in parts]
    (top, bottom), (left, right) = ranges
    return top, left, bottom, right


def seen_box(model, images, place):
    """Top, left, bottom and right of what the output at a place sees, as measured."""
    seen = seen_pixels(model, images, *place)
    assert seen.shape == images.shape[2:]
    assert seen.dtype == torch.bool
    first, last = (seen.nonzero().amin(dim=0), seen.nonzero().amax(dim=0) + 1)
    return *first.tolist(), *last.tolist()


def test_a_stack_is_as_one_window_for_the_sizes_of_its_outputs():
    rng = random.Random(4)
    for _ in range(100):
        model = random_stack(rng, pooling=True, dilations=(1, 2))
        picture = rng.randint(60, 90), rng.randint(161, 190)  # all windows fit
        found = model(torch.zeros(1, 1, *picture).double()).shape[2:]
        for pixels, expected, size, stride, padding in zip(
            picture, found, *receptive_field(model), strict=True
        ):
            one = output_size(pixels, size, stride=stride, padding=padding)
            assert one == expected, (model, picture)


@pytest.mark.parametrize("pooling, count", [(False, 1), (True, 300)])
def test_gradients_reach_as_far_as_the_receptive_field(pooling, count):
    torch.manual_seed(0)
    rng, compared = random.Random(5), 0
    while compared < 40:
        model = random_stack(rng, pooling, dilations=(1, 2))
        picture = rng.randint(14, 26), rng.randint(14, 40)
        images = torch.randn(count, 1, *picture).double()
        maps = attempt(model, images[:1], error=RuntimeError)
        if maps is None:
            continue
        place = rng.randrange(maps.shape[2]), rng.randrange(maps.shape[3])
        top, left, bottom, right = expected = window_of(model, place)
        if top < 0 or left < 0 or bottom > picture[0] or right > picture[1]:
            continue  # with gaps between its pixels, what a clipped window sees varies
        assert seen_box(model, images, place) == expected, (model, picture, place)
        compared += 1


@pytest.mark.parametrize("pooling, count", [(False, 1), (True, 300)])
def test_at_the_border_the_receptive_field_is_clipped_to_the_picture(pooling, count):
    torch.manual_seed(0)
    rng, clipped = random.Random(6), 0
    for _ in range(40):
        model = random_stack(rng, pooling)
        picture = maps = [rng.randint(2, 4), rng.randint(2, 4)]
        for layer in reversed(model):  # a picture in which windows leave out no pixel
            window = zip(
                picture, layer.kernel_size, layer.stride, layer.padding, strict=True
            )
            picture = [
                transposed_output_size(n, size, stride=stride, padding=padding)
                for n, size, stride, padding in window
            ]
        images = torch.randn(count, 1, *picture).double()
        place = rng.choice([0, maps[0] - 1]), rng.choice([0, maps[1] - 1])
        top, left, bottom, right = window_of(model, place)
        expected = (
            max(top, 0),
            max(left, 0),
            min(bottom, picture[0]),
            min(right, picture[1]),
        )
        assert seen_box(model, images, place) == expected, (model, picture, place)
        clipped += expected != (top, left, bottom, right)
    assert clipped > 15


def test_exactly_the_pixels_under_a_dilated_kernel_are_seen():
    images = torch.randn(1, 2, 7, 9)
    seen = seen_pixels(nn.Conv2d(2, 3, (2, 3), dilation=2), images, 1, 3)
    assert seen.nonzero().tolist() == [[r, c] for r in (1, 3) for c in (3, 5, 7)]


def test_a_pixel_counts_that_only_one_image_or_one_channel_shows():
    model = nn.MaxPool2d(2)
    images = torch.zeros(2, 2, 2, 2)
    images[0, 0, 0, 0] = images[0, 1, 0, 1] = images[1, :, 1, 0] = 1
    assert seen_pixels(model, images, 0, 0).tolist() == [[True, True], [True, False]]
    assert seen_pixels(model, images[:1], 0, 0).tolist() == [[True, True], [False] * 2]


def test_measuring_leaves_parameters_gradients_and_images_as_they_were():
    model = nn.Sequential(conv(3), nn.ReLU(), conv(3))
    images = torch.randn(2, 1, 8, 8)
    before = images.clone()
    seen_pixels(model, images, 0, 0)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(images, before)
    assert not images.requires_grad
    learned = before.clone().requires_grad_()
    seen_pixels(model, learned, 0, 0)
    assert learned.grad is None


def test_a_model_that_flattens_is_refused_with_the_way_out():
    message = r"output has shape \(2, 10\); expected maps, .*before it flattens"
    with pytest.raises(ValueError, match=message):
        seen_pixels(LeNet(), torch.randn(2, 1, 28, 28), 0, 0)


def test_layers_may_come_in_a_module_list_and_give_their_sizes_as_lists():
    layers = nn.ModuleList([nn.Conv2d(1, 1, 3), nn.MaxPool2d([2, 3])])
    assert receptive_field(layers).size == (4, 5)


def test_a_stack_that_pads_in_a_circle_is_refused():
    with pytest.raises(ValueError, match="not circular"):
        receptive_field(nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"))


def test_a_first_layer_that_works_in_place_can_be_measured():
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Conv2d(1, 1, 3))
    assert seen_pixels(model, torch.ones(1, 1, 5, 5), 1, 1).sum() == 9


@pytest.mark.parametrize(
    "row, column", [(5, 0), (0, 7), (-6, 0), (0, -8), (99, 99)], ids=str
)
def test_a_place_outside_the_output_is_refused_with_the_places_there_are(row, column):
    message = rf"\({row}, {column}\) is outside the 5 × 7 places"
    with pytest.raises(ValueError, match=message):
        seen_pixels(conv(3), torch.randn(1, 1, 7, 9), row, column)


def test_places_count_from_the_end_too():
    images = torch.randn(1, 1, 7, 9)
    last = seen_pixels(conv(3), images, 4, 6)
    assert torch.equal(seen_pixels(conv(3), images, -1, -1), last)
    assert seen_pixels(conv(3), images, -5, -7)[0, 0]


# kinds of arguments

SETTINGS = ["size", "kernel_size", "stride", "padding", "dilation"]


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", [28.5, 3.0, True, "3", None, {28}], ids=repr)
@pytest.mark.parametrize("function", [output_size, transposed_output_size])
def test_sizes_and_windows_that_are_no_whole_numbers_are_refused(function, value, name):
    message = rf"^{name} is {re.escape(repr(value))} \(\w+\); give a whole number, [01]"
    with pytest.raises(TypeError, match=message):
        function(**{"size": 28, "kernel_size": 5, name: value})


def test_an_output_padding_that_is_no_whole_number_is_refused():
    with pytest.raises(TypeError, match=r"output_padding is 0.5 \(float\); give a who"):
        transposed_output_size(8, 3, stride=2, output_padding=0.5)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, torch.tensor])
def test_whole_numbers_of_numpy_and_pytorch_count_and_give_python_s(kind):
    window = {"stride": kind(2), "padding": kind(1), "dilation": kind(2)}
    size = output_size(kind(200), kind(5), **window)
    assert (type(size), size) == (int, 97)
    window["output_padding"] = kind(1)
    size = transposed_output_size(kind(200), kind(5), **window)
    assert (type(size), size) == (int, 406)  # 199 · 2 − 2 + 2 · 4 + 1 + 1


def test_windows_may_be_whole_numbers_of_numpy():
    layer = nn.MaxPool2d(np.int64(3), np.int64(2))
    assert receptive_field(layer) == ((3, 3), (2, 2), (0, 0))


@pytest.mark.parametrize(
    "layers, value",
    [
        ("lenet", r"'lenet' \(str\)"),
        (5, r"5 \(int\)"),
        (None, r"None \(NoneType\)"),
        ([conv(3), 3], r"3 \(int\)"),
        ([nn.ReLU], r"<class '.*ReLU'> \(type\)"),
        (torch.zeros(2, 2), r"tensor.* \(Tensor\)"),
        ({"conv": conv(3)}, r"'conv' \(str\)"),
    ],
)
def test_what_is_no_layer_is_refused_with_an_example(layers, value):
    message = rf"(?s)not {value}; give a layer, .*create_model\(\"lenet\"\).features"
    with pytest.raises(TypeError, match=message):
        receptive_field(layers)


class Twice(nn.Sequential):
    def forward(self, x):
        return super().forward(super().forward(x))


class Shifted(nn.Conv2d):
    def forward(self, x):
        return super().forward(x.roll(7, 3))


class Spread(nn.ReLU):
    def forward(self, x):
        return super().forward(x - x.mean())


class Tall(nn.MaxPool2d):
    def forward(self, x):
        return super().forward(x.amax(dim=2, keepdim=True))


@pytest.mark.parametrize(
    "layer", [Twice(conv(3)), Shifted(1, 1, 3), Spread(), Tall(2)], ids=str
)
def test_subclasses_with_a_forward_of_their_own_are_refused(layer):
    message = rf"^{type(layer).__name__} has .*or a forward of its own; give conv"
    for layers in (layer, [conv(3), layer], nn.Sequential(nn.Sequential(layer))):
        with pytest.raises(ValueError, match=message):
            receptive_field(layers)


def test_subclasses_that_run_as_their_class_does_are_known():
    class Stem(nn.Sequential):
        def __init__(self):
            super().__init__(weight_norm(conv(3, stride=2)), nn.ReLU(), conv(3))

    assert receptive_field(Stem()) == ((7, 7), (2, 2), (0, 0))
