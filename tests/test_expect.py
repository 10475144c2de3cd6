"""The checks of arguments: what passes, and what the error says of what does not."""

import math
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from d2lmini import expect


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), torch.tensor(3)])
def test_whole_numbers_of_any_library_become_an_int(value):
    found = expect.whole("epochs", value)
    assert type(found) is int
    assert found == 3


@pytest.mark.parametrize(
    "value, kind",
    [
        (3.0, "float"),
        ("3", "str"),
        (True, "bool"),
        (None, "NoneType"),
        (np.float32(3), "float32"),
        (np.bool_(True), "bool"),
        (torch.tensor(3.0), "Tensor"),
    ],
)
def test_what_is_no_whole_number_is_named_with_its_type(value, kind):
    message = rf"^size is {re.escape(repr(value))} \({kind}_?\); give a whole number, 2"
    with pytest.raises(TypeError, match=message):
        expect.whole("size", value, lowest=2)


def test_a_whole_number_below_the_lowest_is_named_with_the_lowest():
    assert expect.whole("pixels", 0, lowest=0) == 0
    with pytest.raises(ValueError, match=r"^pixels is -1; .* number, 0 or more$"):
        expect.whole("pixels", -1, lowest=0)


@pytest.mark.parametrize("value", [0.5, 0, np.float32(0.5), np.int64(0)])
def test_numbers_of_any_library_become_a_float(value):
    found = expect.number("momentum", value, "from 0 up to, but not, 1", in_range)
    assert type(found) is float
    assert found == value


def in_range(x):
    return 0 <= x < 1


@pytest.mark.parametrize("value", [1.5, -0.1, math.nan, math.inf])
def test_a_number_that_does_not_fit_is_named_with_what_does(value):
    with pytest.raises(ValueError, match=rf"^lr is {value}; give a number below 1$"):
        expect.number("lr", value, "below 1", in_range)


@pytest.mark.parametrize("value", ["0.5", True, None, 1j])
def test_what_is_no_number_is_named_with_its_type(value):
    message = rf"^lr is {re.escape(repr(value))} \({type(value).__name__}\); give a num"
    with pytest.raises(TypeError, match=message):
        expect.number("lr", value, "below 1", in_range)


def test_a_name_passes_and_an_unknown_one_is_named_with_the_nearest():
    names = {"fashion": 1, "lenet": 2}
    assert expect.one_of("model", "lenet", names) == "lenet"
    allowed = "one of fashion, lenet"
    for near in ("LeNet", "lenet5", "LENET-5"):
        message = rf"^unknown model '{near}'; {allowed}; did you mean 'lenet'\?$"
        with pytest.raises(ValueError, match=message):
            expect.one_of("model", near, names)
    with pytest.raises(ValueError, match=rf"^unknown model 'mnist'; {allowed}$"):
        expect.one_of("model", "mnist", names)


@pytest.mark.parametrize("value", [3, None, ["lenet"], nn.Identity])
def test_what_is_no_name_is_named_with_its_type(value):
    message = rf"^the model is .* \({type(value).__name__}\); give one of lenet$"
    with pytest.raises(TypeError, match=message):
        expect.one_of("model", value, ["lenet"])


def test_the_device_is_that_of_the_parameters():
    assert expect.device_of(nn.Linear(1, 1)) == torch.device("cpu")
    assert expect.device_of(nn.Linear(1, 1, device="meta")) == torch.device("meta")


class Stream(IterableDataset):
    def __iter__(self):
        yield from range(3)


class Countdown:
    """An iterator that knows its length, and is used up all the same."""

    def __len__(self):
        return 3

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration


@pytest.mark.parametrize(
    "value, kind",
    [
        (Countdown(), "Countdown"),
        ((batch for batch in [1]), "generator"),
        (iter([1]), "list_iterator"),
        (zip([1], [2], strict=True), "zip"),
        (DataLoader(Stream()), "DataLoader"),  # it has a __len__ that raises
        (3, "int"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_gone_through_in_every_epoch_is_no_loader(value, kind):
    message = rf"^valid_loader is a {kind}, which has no length .*; give .*make_loader"
    with pytest.raises(TypeError, match=message):
        expect.loader("valid_loader", value)


def test_looking_at_a_loader_draws_no_batch_and_no_random_number():
    state = torch.get_rng_state()
    expect.loader("train_loader", DataLoader(list(range(8)), shuffle=True))
    assert torch.equal(torch.get_rng_state(), state)
