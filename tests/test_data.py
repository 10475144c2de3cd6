"""Fashion-MNIST is what its authors published, and ImageData keeps it in order."""

import gzip
import hashlib
import re
import shutil
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

import d2lmini.data
from d2lmini import ImageData, load_data
from d2lmini.data import fashion


@pytest.fixture(scope="module")
def splits():
    return {split: load_data("fashion", split) for split in ("train", "test")}


def small(count=5, channels=1, mean=(0.5,), std=(0.25,)):
    """Images of 4 x 3 pixels; image i is labelled i."""
    numbers = torch.arange(count * channels * 12) % 256
    images = numbers.to(torch.uint8).reshape(count, channels, 4, 3)
    return ImageData(images, torch.arange(count), tuple("abcde"), mean, std)


# Fashion-MNIST


@pytest.mark.parametrize("split, count", [("train", 60_000), ("test", 10_000)])
def test_each_split_has_its_images_and_as_many_of_each_class(split, count, splits):
    data = splits[split]
    assert data.images.shape == (count, 1, 28, 28)
    assert data.images.dtype == torch.uint8
    assert data.labels.shape == (count,)
    assert data.labels.dtype == torch.int64
    assert data.labels.bincount().tolist() == [count // 10] * 10
    assert len(data.classes) == 10


def test_mean_and_standard_deviation_are_those_of_the_training_images(splits):
    counts = splits["train"].images.flatten().bincount(minlength=256).double()
    values = torch.arange(256) / 255
    mean = (counts * values).sum() / counts.sum()
    std = ((counts * (values - mean) ** 2).sum() / counts.sum()).sqrt()
    assert round(mean.item(), 4) == 0.2860
    assert round(std.item(), 4) == 0.3530
    for data in splits.values():
        assert data.mean == (0.2860,)
        assert data.std == (0.3530,)


def test_pixels_and_labels_stand_where_the_file_has_them(splits):
    test = splits["test"]
    packed = (fashion.FOLDER / "t10k-images-idx3-ubyte.gz").read_bytes()
    pixels = gzip.decompress(packed)[16:]
    row = 28 * (28 * 1234 + 13)  # row 13 of image 1234
    assert bytes(test.images[1234, 0, 13].tolist()) == pixels[row : row + 28]
    packed = (fashion.FOLDER / "t10k-labels-idx1-ubyte.gz").read_bytes()
    assert bytes(test.labels.tolist()) == gzip.decompress(packed)[8:]
    assert [test.classes[label] for label in test.labels[:3]] == [
        "boot",
        "pullover",
        "trouser",
    ]


# the labels in the README of https://github.com/zalandoresearch/fashion-mnist
AUTHORS_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@pytest.mark.parametrize("label", range(10))
def test_each_class_has_the_authors_name_or_a_word_of_it(label, splits):
    words = re.split("[/ ]", AUTHORS_CLASSES[label].lower())
    for data in splits.values():
        assert data.classes[label].lower() in words


def test_two_loads_share_no_memory():
    first, second = load_data("fashion", "test"), load_data("fashion", "test")
    first.images[0] = 7
    assert not (second.images[0] == 7).all()


def test_loading_writes_nothing(tmp_path, monkeypatch):
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)

    def tree():
        paths = [*fashion.FOLDER.rglob("*"), *tmp_path.rglob("*")]
        return {path: path.stat()[6:9:2] for path in paths}  # size and time of change

    before = tree()
    load_data("fashion", "train")
    assert tree() == before
    assert len(before) == 5 + 2  # four files and their licence, two empty folders


def test_unknown_names_splits_and_sizes_are_named_with_what_is_allowed():
    with pytest.raises(ValueError, match=r"data set 'mnist'; one of .*fashion"):
        load_data("mnist", "train")
    with pytest.raises(ValueError, match=r"split 'valid'; one of train, test"):
        load_data("fashion", "valid")
    with pytest.raises(ValueError, match=r"size is 0; .* 1 or more"):
        load_data("fashion", "test", size=0)
    with pytest.raises(TypeError, match=r"data set is 3 \(int\); give one of fashion"):
        load_data(3, "train")
    with pytest.raises(
        TypeError, match=r"data set is \['fashion'\] \(list\); give one"
    ):
        load_data(["fashion"], "train")
    with pytest.raises(TypeError, match=r"split is None \(NoneType\); .* train, test"):
        load_data("fashion", None)
    with pytest.raises(
        ValueError, match=r"'Fashion-MNIST'; .*did you mean 'fashion'\?"
    ):
        load_data("Fashion-MNIST", "train")


@pytest.mark.parametrize("size", [28.0, "28", True])
def test_a_size_that_is_no_whole_number_is_named(size):
    with pytest.raises(
        TypeError, match=rf"^size is {size!r} .*; give a whole number, 1"
    ):
        load_data("fashion", "test", size=size)


def test_a_size_may_be_of_numpy():
    data = load_data("fashion", "test", size=np.int64(3))
    assert data.images.shape == (10_000, 1, 3, 3)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1000])


def alter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(path):
    """Valid gzip, as long as the authors', but other images."""
    path.write_bytes(gzip.compress(bytes(16 + 28 * 28 * 10_000)))


@pytest.mark.parametrize(
    "damage, error, words",
    [
        ("unlink", FileNotFoundError, "is missing"),
        (cut, ValueError, "truncated or altered"),
        (alter, ValueError, "truncated or altered"),
        (swap, ValueError, "truncated or altered"),
    ],
)
@pytest.mark.parametrize("kind", ["images-idx3", "labels-idx1"])
def test_a_damaged_file_is_named_with_what_was_expected_and_how_to_restore_it(
    damage, error, words, kind, tmp_path, monkeypatch
):
    for path in fashion.FOLDER.glob("t10k-*"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(fashion, "FOLDER", tmp_path)
    load_data("fashion", "test")  # the copy is fine

    path = tmp_path / f"t10k-{kind}-ubyte.gz"
    if damage == "unlink":
        path.unlink()
    else:
        damage(path)
    with pytest.raises(error, match=words) as caught:
        load_data("fashion", "test")
    message = str(caught.value)
    assert str(path) in message
    assert f"git checkout -- {path.name}` in {tmp_path}" in message
    if path.exists():
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"expected {fashion.SHA256[path.name]}" in message
        assert f"{path.stat().st_size:,} bytes with SHA-256 {found}" in message


# other sizes


def test_resized_images_keep_their_type_their_labels_and_their_mean(splits):
    test = splits["test"]
    data = load_data("fashion", "test", size=32)
    assert data.images.shape == (10_000, 1, 32, 32)
    assert data.images.dtype == torch.uint8
    assert torch.equal(data.labels, test.labels)
    means = [one.images.sum().item() / one.images.numel() for one in (data, test)]
    assert abs(means[0] - means[1]) < 1


def test_resizing_interpolates_each_image_and_rounds_to_the_nearest_grey(splits):
    images = splits["test"].images[:1002]  # more than are resized at once
    resized = d2lmini.data._resize(images, 20)
    for i in (0, 999, 1000, 1001):
        exact = F.interpolate(
            images[i : i + 1].float(), (20, 20), mode="bilinear", antialias=True
        )
        assert (resized[i] - exact).abs().max() <= 0.5


def test_resizing_to_the_same_size_changes_nothing(splits):
    images = splits["test"].images[:10]
    assert torch.equal(d2lmini.data._resize(images, 28), images)


def test_shrinking_stripes_gives_their_average():
    stripes = torch.zeros(1, 1, 12, 12, dtype=torch.uint8)
    stripes[..., ::3] = 255  # one column in three
    shrunk = d2lmini.data._resize(stripes, 4)[..., 1:-1].float()
    assert (shrunk - 255 / 3).abs().max() < 30  # picking columns gives 0 or 255


# ImageData


def test_a_slice_and_a_tensor_of_indices_choose_images_with_their_labels():
    data = small(5)
    for index in (slice(1, 3), torch.tensor([4, 0]), data.labels > 2):
        part = data[index]
        assert isinstance(part, ImageData)
        assert torch.equal(part.images, data.images[index])
        assert torch.equal(part.labels, data.labels[index])
        assert len(part) == len(part.labels) == 2
        assert (part.classes, part.mean, part.std) == (data.classes, (0.5,), (0.25,))
    assert len(data) == 5
    assert len(data[:0]) == 0


def test_a_single_index_is_refused_with_the_two_ways_to_write_it():
    with pytest.raises(TypeError, match=r"data\.images\[3\].*data\[3:4\]"):
        small()[3]


@pytest.mark.parametrize("three", [torch.tensor(3), np.int64(3), np.array(3)])
def test_a_single_index_of_numpy_or_pytorch_is_refused_like_an_int(three):
    with pytest.raises(TypeError, match=r"^index 3 .*data\.images\[3\].*data\[3:4\]$"):
        small()[three]


@pytest.mark.parametrize("index, cut", [(-1, "-1:"), (-2, "-2:-1"), (0, "0:1")])
def test_the_slice_that_a_single_index_is_refused_with_is_that_image(index, cut):
    data = small()
    with pytest.raises(TypeError, match=rf"or the slice data\[{cut}\]$"):
        data[index]
    ends = [int(end) if end else None for end in cut.split(":")]
    assert data[slice(*ends)].labels.tolist() == [data.labels[index].item()]


def test_one_image_in_a_tensor_or_a_list_is_a_batch_of_one():
    for index in (torch.tensor([3]), [3], np.array([3])):
        assert small()[index].labels.tolist() == [3]
    assert small()[[1, 2]].labels.tolist() == [1, 2]


def test_data_gives_no_batches():
    with pytest.raises(TypeError, match=r"^ImageData\(5 .*; take make_loader\(data\)$"):
        list(small())


def test_several_labels_an_image_are_cut_with_the_images():
    labels = torch.tensor([[0, 4], [1, 3], [2, 2], [3, 1], [4, 0]])
    data = replace(small(5), labels=labels)
    assert len(data) == 5
    for index in (slice(1, 3), torch.tensor([4, 0]), labels[:, 0] > 2, [1, 2]):
        part = data[index]
        assert torch.equal(part.labels, labels[index])
        assert torch.equal(part.images, data.images[index])
        assert len(part) == 2
    assert data[:0].labels.shape == (0, 2)
    assert torch.equal(data.normalised(), small(5).normalised())


@pytest.mark.parametrize(
    "labels", [[0, 1, 2, 5, 4], [0, 1, 2, 3, -1], [0, 1, 2, -100, 4]], ids=str
)
@pytest.mark.parametrize("positions", [1, 2])
def test_labels_that_are_no_class_are_refused(labels, positions):
    labels = torch.tensor(labels)
    if positions == 2:
        labels = torch.stack([torch.arange(5), labels], dim=1)
    ends = f"{labels.min()} to {labels.max()}"
    message = rf"^labels go from {ends} for 5 classes; give labels from 0 to 4, or"
    with pytest.raises(ValueError, match=message):
        replace(small(5), labels=labels)


@pytest.mark.parametrize(
    "images, message",
    [
        (torch.zeros(2, 1, 4, 4), r"torch.float32 \(2, 1, 4, 4\); .*torch.uint8"),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), r"\(2, 4, 4\); .*\(N, C, H, W\)"),
    ],
)
def test_images_of_another_type_or_shape_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        ImageData(images, torch.zeros(2).long(), ("a",), (0.0,), (1.0,))


@pytest.mark.parametrize("shape", [(3,), (2, 1), (), (2, 0), (3, 2), (2, 2, 2)])
def test_labels_that_are_not_one_an_image_are_refused(shape):
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"2 images .*one label an image, \(2,\)"):
        ImageData(images, torch.zeros(shape).long(), ("a",), (0.0,), (1.0,))


def test_a_column_of_labels_is_refused_with_the_reason_and_what_to_write():
    message = r"column \(5, 1\) would be compared with .* all .*labels\.squeeze\(1\)$"
    with pytest.raises(ValueError, match=message):
        replace(small(5), labels=torch.zeros(5, 1).long())


def test_labels_that_are_not_int64_are_refused():
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"torch.float32.*int64"):
        ImageData(images, torch.zeros(2), ("a",), (0.0,), (1.0,))


def test_mean_and_std_need_a_number_for_each_channel():
    with pytest.raises(ValueError, match=r"1 channel"):
        small(channels=1, mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))


def test_data_shows_its_size_and_cannot_be_changed(splits):
    train = splits["train"]
    assert repr(train) == "ImageData(60,000 images (1, 28, 28), 10 classes)"
    with pytest.raises(FrozenInstanceError):
        train.labels = train.labels[:10]


def test_normalised_training_images_have_mean_0_and_deviation_1(splits):
    images = splits["train"][:20_000].normalised()
    assert images.dtype == torch.float32
    assert images.shape == (20_000, 1, 28, 28)
    assert images.mean().item() == pytest.approx(0, abs=0.01)
    assert images.std().item() == pytest.approx(1, abs=0.01)


def test_each_channel_is_normalised_by_its_own_numbers():
    data = small(2, channels=3, mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 0.25))
    red, green, blue = (data.images.double() / 255).unbind(1)
    by_hand = torch.stack([red, (green - 0.5) / 0.5, (blue - 1) / 0.25], 1)
    assert_close(data.normalised(), by_hand.float())
    assert data.images.dtype == torch.uint8  # and are left as they were


@pytest.mark.parametrize("index", [(slice(2), slice(1)), None, ..., "a"], ids=str)
def test_an_index_that_is_not_one_for_images_is_refused(index):
    """A second slice would cut the labels as it cuts the channels."""
    with pytest.raises(TypeError, match=r"^index .* is not one for images; give a sl"):
        small()[index]


def test_images_are_float32_whatever_library_computed_the_mean():
    data = small(2, mean=(np.float64(0.3),), std=(np.float64(0.2),))
    assert data.normalised().dtype == torch.float32


@pytest.mark.parametrize(
    "mean, std", [((127.0,), (60.0,)), ((0.3,), (0.0,)), ((-1.0,), (1.0,))]
)
def test_mean_and_std_on_another_scale_are_refused(mean, std):
    with pytest.raises(ValueError, match=r"^mean is .* scale where black is 0"):
        small(2, mean=mean, std=std)
