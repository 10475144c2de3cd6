"""Batches hold every image once; augmentation does to each what it says."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from d2lmini import ImageData, make_loader, random_flip, random_shift, set_seed


def numbered(count):
    """Images of one pixel: image i has the grey value i and the label i."""
    numbers = torch.arange(count)
    images = numbers.to(torch.uint8).reshape(count, 1, 1, 1)
    return ImageData(images, numbers, ("a",) * count, mean=(0.5,), std=(0.25,))


def order(loader):
    """The labels of one epoch, in order, once each image agrees with its label."""
    epoch = []
    for images, labels in loader:
        assert_close(images.flatten(), (labels / 255 - 0.5) / 0.25)
        epoch += labels.tolist()
    return epoch


def test_batches_are_full_but_for_the_last_one():
    loader = make_loader(numbered(10), batch_size=4)
    assert len(loader) == 3
    assert [len(labels) for _, labels in loader] == [4, 4, 2]
    assert len(make_loader(numbered(8), batch_size=4)) == 2
    assert len(make_loader(numbered(3), batch_size=4)) == 1


def test_a_batch_is_normalised_floats_and_int64_labels():
    images, labels = next(iter(make_loader(numbered(200))))
    assert images.shape == (128, 1, 1, 1)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64


def test_without_shuffle_the_order_is_that_of_the_data():
    loader = make_loader(numbered(10), batch_size=3)
    assert order(loader) == order(loader) == list(range(10))


def test_shuffle_gives_every_image_once_and_another_order_each_epoch():
    set_seed(1)
    loader = make_loader(numbered(100), batch_size=32, shuffle=True)
    first, second = order(loader), order(loader)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second
    assert list(range(100)) not in (first, second)


def test_the_same_seed_gives_the_same_order():
    loader = make_loader(numbered(100), shuffle=True)
    set_seed(1)
    first = order(loader)
    set_seed(1)
    assert order(loader) == first
    set_seed(2)
    assert order(loader) != first


def test_batches_lie_on_the_device_that_was_asked_for():
    data = numbered(5)
    images, labels = next(iter(make_loader(data, device="meta")))
    assert images.device.type == labels.device.type == "meta"
    assert data.images.device.type == "cpu"
    images, _ = next(iter(make_loader(data)))
    assert images.device.type == "cpu"


class Uploads(TorchFunctionMode):
    """Count the copies from the CPU that make the program wait for the device."""

    count = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result, settings = func(*args, **(kwargs or {})), kwargs or {}
        if func in (torch.tensor, torch.Tensor.to) and result.device.type == "meta":
            from_cpu = func is torch.tensor or args[0].device.type == "cpu"
            self.count += from_cpu and not settings.get("non_blocking")
        return result


@pytest.mark.parametrize("augment", [None, random_shift, random_flip])
def test_no_batch_waits_for_the_device(augment):
    def uploads(size):
        loader = make_loader(numbered(100), size, device="meta", augment=augment)
        with Uploads() as mode:
            list(loader)
        return mode.count

    assert uploads(2) == uploads(50)


def test_augmentation_sees_each_batch_as_uint8_before_it_is_normalised():
    seen = []

    def invert(images):
        seen.append((images.dtype, tuple(images.shape)))
        return 255 - images

    data = numbered(3)
    batches = list(make_loader(data, batch_size=2, augment=invert))
    assert seen == [(torch.uint8, (2, 1, 1, 1)), (torch.uint8, (1, 1, 1, 1))]
    images = torch.cat([images for images, _ in batches]).flatten()
    assert_close(images, (torch.tensor([255, 254, 253]) / 255 - 0.5) / 0.25)
    assert data.images.flatten().tolist() == [0, 1, 2]


def halved(images):
    return images / 255


def thinned(images):
    return images[::2]


def widened(images):
    return images.expand(-1, 3, -1, -1)


def moved(images):
    return images.to("meta")


@pytest.mark.parametrize(
    "augment, returned",
    [
        (halved, "(torch.float32, (4, 1, 1, 1), 'cpu')"),
        (thinned, "(torch.uint8, (2, 1, 1, 1), 'cpu')"),
        (widened, "(torch.uint8, (4, 3, 1, 1), 'cpu')"),
        (moved, "(torch.uint8, (4, 1, 1, 1), 'meta')"),
    ],
)
def test_augmentation_that_returns_another_kind_of_batch_is_named(augment, returned):
    loader = make_loader(numbered(8), batch_size=4, augment=augment)
    message = (
        f"augment {augment.__name__} returned {returned} for "
        "(torch.uint8, (4, 1, 1, 1), 'cpu'); return as many images"
    )
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}"):
        next(iter(loader))


def test_augmentation_that_returns_no_tensor_is_named():
    def forgets(images):
        images.flip(3)

    with pytest.raises(
        TypeError, match=r"^augment forgets returned a NoneType; return"
    ):
        next(iter(make_loader(numbered(4), augment=forgets)))

    class Forgets:
        def __call__(self, images):
            images.flip(3)

        def __repr__(self):
            return "Forgets()"

    with pytest.raises(TypeError, match=r"^augment Forgets\(\) returned a NoneType"):
        next(iter(make_loader(numbered(4), augment=Forgets())))


def test_several_labels_an_image_stay_with_their_image():
    labels = torch.stack([torch.arange(10), 9 - torch.arange(10)], dim=1)
    data = replace(numbered(10), labels=labels)
    seen = []
    for images, pairs in make_loader(data, 4, shuffle=True, augment=random_flip):
        assert_close(images.flatten(), (pairs[:, 0] / 255 - 0.5) / 0.25)
        seen += pairs.tolist()
    assert sorted(seen) == labels.tolist()


def test_batches_below_one_and_empty_data_are_refused():
    message = r"batch_size is 0; give a whole number, 1 or more"
    with pytest.raises(ValueError, match=message):
        make_loader(numbered(3), batch_size=0)
    with pytest.raises(ValueError, match=r"no images.*slice"):
        make_loader(numbered(3)[:0])


@pytest.mark.parametrize("size", [2.5, 2.0, True, "2", None])
def test_a_batch_size_that_is_no_whole_number_is_named(size):
    with pytest.raises(
        TypeError, match=rf"^batch_size is {size!r} .*; give a whole num"
    ):
        make_loader(numbered(3), batch_size=size)


def test_a_batch_size_may_be_of_numpy():
    loader = make_loader(numbered(5), batch_size=np.int64(2))
    assert [len(labels) for _, labels in loader] == [2, 2, 1]
    assert type(len(loader)) is int


def test_a_loader_is_no_data():
    for wrong, kind in ((make_loader(numbered(3)), "Batches"), ([(1, 2)], "list")):
        with pytest.raises(TypeError, match=rf"^data is a {kind}; give ImageData"):
            make_loader(wrong)


# augmentation

random_images = torch.randint(256, (20, 3, 5, 7), dtype=torch.uint8)


def test_random_shift_equals_a_loop_over_the_images():
    set_seed(3)
    moved = random_shift(random_images, 2)
    set_seed(3)
    tops, lefts = torch.randint(5, (2, 20, 1)).squeeze(2).tolist()
    for image, result, top, left in zip(random_images, moved, tops, lefts, strict=True):
        padded = torch.zeros(3, 5 + 4, 7 + 4, dtype=torch.uint8)
        padded[:, 2:-2, 2:-2] = image
        assert torch.equal(result, padded[:, top : top + 5, left : left + 7])


def test_random_shift_takes_every_step_in_its_range_and_no_other():
    images = torch.zeros(1000, 1, 9, 9)
    images[:, :, 4, 4] = 1
    places = random_shift(images, 2).nonzero()
    assert len(places) == 1000  # no dot is lost or doubled
    steps = {(row - 4, column - 4) for _, _, row, column in places.tolist()}
    assert steps == set(itertools.product(range(-2, 3), repeat=2))


def test_random_shift_moves_up_to_four_pixels_by_default():
    images = torch.zeros(1000, 1, 15, 15)
    images[:, :, 7, 7] = 1
    rows = random_shift(images).nonzero()[:, 2] - 7
    assert rows.unique().tolist() == list(range(-4, 5))


def test_random_shift_by_zero_pixels_is_the_identity():
    assert torch.equal(random_shift(random_images, 0), random_images)


@pytest.mark.parametrize("augment", [random_shift, random_flip])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_augmentation_keeps_shape_and_type_and_leaves_its_input(augment, dtype):
    images = random_images.to(dtype)
    before = images.clone()
    result = augment(images)
    assert result.shape == images.shape
    assert result.dtype == dtype
    assert torch.equal(images, before)


@pytest.mark.parametrize("pixels", [0, 2])
@pytest.mark.parametrize(
    "layout",
    [
        lambda images: images.contiguous(memory_format=torch.channels_last),
        lambda images: images[5:, 1:],  # begins in the middle of its memory
        lambda images: images.transpose(2, 3),
        lambda images: images[:1].expand(20, -1, -1, -1),  # one image in memory
        lambda images: images[..., :1],
        lambda images: images[:1, :1],
    ],
)
def test_random_shift_does_not_ask_how_images_lie_in_memory(layout, pixels):
    images = layout(random_images)
    plain = torch.tensor(images.tolist(), dtype=torch.uint8)
    set_seed(3)
    expected = random_shift(plain, pixels)
    set_seed(3)
    assert torch.equal(random_shift(images, pixels), expected)
    if pixels == 0:
        assert torch.equal(expected, plain)


class Lookups(TorchDispatchMode):
    """The largest number of places that an operation looks up in a tensor."""

    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket.__name__ in ("index", "index_select", "gather", "take"):
            indices = [*args[1]] if isinstance(args[1], (list, tuple)) else args[1:]
            sizes = [x.numel() for x in indices if isinstance(x, torch.Tensor)]
            self.largest = max(self.largest, *sizes)
        return func(*args, **(kwargs or {}))


def test_random_shift_looks_up_a_place_an_image_and_not_one_a_row_or_pixel():
    with Lookups() as mode:
        random_shift(random_images, 2)
    assert mode.largest == len(random_images)


@pytest.mark.parametrize("pixels", [2.5, 2.0, True, "2"])
def test_random_shift_names_a_range_that_is_no_whole_number(pixels):
    with pytest.raises(TypeError, match=rf"^pixels is {pixels!r} .*; give a whole num"):
        random_shift(random_images, pixels)


def test_random_shift_takes_a_range_of_numpy():
    assert random_shift(random_images, np.int64(1)).shape == random_images.shape


def test_random_shift_refuses_a_negative_range():
    with pytest.raises(ValueError, match=r"pixels is -1; .* 0 or more"):
        random_shift(random_images, -1)


def test_random_flip_mirrors_about_half_of_the_images_left_to_right():
    set_seed(0)
    images = random_images[:1].expand(1000, -1, -1, -1)
    result = random_flip(images)
    same = (result == images).flatten(1).all(1)
    mirrored = (result == images.flip(3)).flatten(1).all(1)
    assert (same ^ mirrored).all()
    assert 400 < mirrored.sum() < 600


def test_random_shift_of_no_images_gives_none():
    assert random_shift(torch.zeros(0, 1, 8, 8)).shape == (0, 1, 8, 8)


@pytest.mark.parametrize("augment", [torch.zeros(2), "shift", (random_flip,)])
def test_an_augmentation_that_is_no_function_is_refused(augment):
    kind = type(augment).__name__
    with pytest.raises(TypeError, match=rf"^augment is a {kind}; give a function"):
        make_loader(numbered(3), augment=augment)
