"""The training loop, against the same steps written out in plain PyTorch."""

import io
import math
import re
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import StepLR
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode
from tqdm import tqdm

import d2lmini.loss
import d2lmini.run
import d2lmini.train
from d2lmini import (
    History,
    ImageData,
    Metrics,
    evaluate,
    fit,
    make_loader,
    predict,
    set_seed,
    train_epoch,
)


def small_net():
    """Batch norm and dropout, so that modes and random numbers matter."""
    set_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten()),
        *(nn.Dropout(0.3), nn.Linear(4 * 2 * 2, 3)),
    )


def batches(*sizes):
    generator = torch.Generator().manual_seed(1)
    return [
        (
            torch.randn(size, 1, 4, 4, generator=generator),
            torch.randint(3, (size,), generator=generator),
        )
        for size in sizes
    ]


def logits_as_images():
    """A model whose logits are the pixels of its images."""
    linear = nn.Linear(3, 3)
    nn.init.eye_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Flatten(), linear)


class Loader(list):
    """A list of batches that calls `at(epoch, step)` before it gives each."""

    def __init__(self, batches, at):
        super().__init__(batches)
        self.at, self.epoch = at, 0

    def __iter__(self):
        self.epoch += 1
        for step, batch in enumerate(super().__iter__(), 1):
            self.at(self.epoch, step)
            yield batch


def numbers_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


# one epoch, one evaluation


def test_metrics_are_means_over_images_not_over_batches():
    # in nats: four sure hits, and a miss alone in the last batch
    hit, miss = math.log1p(2 * math.exp(-4)), math.log1p(2 * math.exp(-4)) + 4
    images = torch.tensor([[4.0, 0, 0]]).repeat(5, 1).reshape(5, 1, 1, 3)
    labels = torch.tensor([0, 0, 0, 0, 1])
    loader = list(zip(images.split(4), labels.split(4), strict=True))
    model = logits_as_images()
    expected = Metrics((4 * hit + miss) / 5, 4 / 5)
    assert evaluate(model, loader) == pytest.approx(expected)
    still = SGD(model.parameters(), lr=0.0)
    assert train_epoch(model, loader, still) == pytest.approx(expected)


def test_train_epoch_equals_the_same_steps_by_hand():
    loader = batches(4, 4, 2)
    by_hand = small_net()
    optimizer = SGD(by_hand.parameters(), lr=0.1, momentum=0.9)
    by_hand.train()
    loss_sum = hits = 0
    for step, (images, labels) in enumerate(loader):
        optimizer.param_groups[0]["lr"] = 0.1 / 2**step  # as the scheduler below
        logits = by_hand(images)
        loss = F.cross_entropy(logits, labels)
        loss_sum += loss.item() * len(labels)
        hits += (logits.argmax(1) == labels).sum().item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    model = small_net()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.5)
    metrics = train_epoch(model, loader, optimizer, scheduler)

    assert_close(model.state_dict(), by_hand.state_dict(), rtol=0, atol=0)
    assert metrics == pytest.approx((loss_sum / 10, hits / 10))
    assert optimizer.param_groups[0]["lr"] == 0.1 / 2**3  # a step a batch


def test_without_a_scheduler_the_learning_rate_stays():
    model = small_net()
    optimizer = SGD(model.parameters(), lr=0.1)
    train_epoch(model, batches(4, 4), optimizer)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_the_model_trains_in_training_mode_and_is_measured_in_evaluation_mode():
    model, modes = small_net(), []
    model.register_forward_hook(lambda *_: modes.append(model[4].training))
    train_epoch(model.eval(), batches(4, 4), SGD(model.parameters(), lr=0.1))
    assert modes == [True, True]
    evaluate(model.train(), batches(4, 4))
    assert modes == [True, True, False, False]
    assert not model.training


def test_evaluating_and_predicting_change_no_parameter_and_no_buffer():
    model = small_net()
    before = numbers_of(model)
    loader = batches(4, 4)
    first = evaluate(model.train(), loader)
    predict(model.train(), loader[0][0])
    assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert evaluate(model, loader) == first
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_model_decides_on_which_device_the_batches_are_shown():
    with torch.device("meta"):
        model = small_net()
    devices = []
    model.register_forward_pre_hook(lambda _, x: devices.append(x[0].device.type))
    predict(model, batches(4)[0][0])
    for measure in (evaluate, lambda *a: train_epoch(*a, SGD(model.parameters(), 0.1))):
        with pytest.raises(RuntimeError, match=r"meta"):  # it holds no numbers to read
            measure(model, batches(4))
    assert devices == ["meta"] * 3


class Reads(TorchDispatchMode):
    """Count what waits for the device: Python reads a number from a tensor."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        waiting = "_local_scalar_dense", "item", "is_nonzero", "nonzero"
        self.count += func.overloadpacket.__name__ in waiting
        return func(*args, **(kwargs or {}))


def test_the_numbers_read_from_the_device_do_not_grow_with_the_batches():
    def reads(steps):
        model, loader = small_net(), batches(*[2] * steps)
        optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
        with Reads() as training:
            train_epoch(model, loader, optimizer, StepLR(optimizer, 1))
        with Reads() as evaluation:
            evaluate(model, loader)
        return training.count, evaluation.count

    assert reads(30) == reads(2)
    assert all(0 < count < 5 for count in reads(2))


def train_still(model, loader):
    """What `train_epoch` measures of a model that does not move."""
    return train_epoch(model, loader, SGD(model.parameters(), lr=0.0))


MEASURES = [train_still, evaluate]


def half_net(dtype):
    set_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 3)).to(dtype)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_metrics_are_float32_for_a_model_in_half_precision(dtype, measure):
    model = half_net(dtype)
    loader = [(4 * images.to(dtype), labels) for images, labels in batches(*[8] * 50)]
    losses = [F.cross_entropy(model(x).double(), labels) for x, labels in loader]
    by_hand = torch.stack(losses).mean().item()
    precision = 1e-12 if dtype == torch.float64 else 1e-5
    assert measure(model, loader).loss == pytest.approx(by_hand, rel=precision)


# several labels an image


def two_label_net():
    """Logits (N, 3, 2) that are the six pixels of an image."""
    linear = nn.Linear(6, 6)
    nn.init.eye_(linear.weight)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Flatten(), linear, nn.Unflatten(1, (3, 2)))


def two_label_batches():
    """Three images in batches of two and one: both labels right, one, and none."""
    sure = 4 * F.one_hot(torch.tensor([[0, 2], [1, 1], [2, 0]]), 3).float()  # (3, 2, 3)
    images = sure.transpose(1, 2).reshape(3, 1, 2, 3)
    labels = torch.tensor([[0, 2], [1, 0], [0, 1]])
    return list(zip(images.split(2), labels.split(2), strict=True))


@pytest.mark.parametrize("measure", MEASURES)
def test_an_image_is_right_when_all_its_labels_are_and_the_loss_is_their_mean(measure):
    hit, miss = math.log1p(2 * math.exp(-4)), math.log1p(2 * math.exp(-4)) + 4
    expected = Metrics((hit + (hit + miss) / 2 + miss) / 3, 1 / 3)
    assert measure(two_label_net(), two_label_batches()) == pytest.approx(expected)


def test_fit_and_predict_take_several_labels_an_image():
    labels = torch.arange(64).reshape(32, 2) % 3
    pixels = 250 * F.one_hot(labels, 3).reshape(32, 1, 2, 3).to(torch.uint8)
    data = ImageData(pixels, labels, tuple("abc"), mean=(0.3,), std=(0.4,))
    set_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(6, 6), nn.Unflatten(1, (3, 2)))
    loader = make_loader(data, 8, shuffle=True)
    history = fit(model, loader, make_loader(data, 5), epochs=20, lr=0.2)
    assert history.valid[-1].accuracy == 1
    probabilities = predict(model, data.normalised(), batch_size=7)
    assert probabilities.shape == (32, 3, 2)
    assert_close(probabilities.sum(1), torch.ones(32, 2))
    assert torch.equal(probabilities.argmax(1), labels)


def test_every_pixel_can_be_a_label():
    logits = torch.eye(3)[torch.tensor([[[0, 1], [2, 0]]])].permute(0, 3, 1, 2)
    model = nn.Conv2d(3, 3, 1, bias=False)  # (N, 3, H, W)
    with torch.no_grad():
        model.weight.copy_(torch.eye(3)[:, :, None, None])
    labels = torch.tensor([[[0, 1], [2, 0]]])
    assert evaluate(model, [(logits, labels)]).accuracy == 1
    assert evaluate(model, [(logits, labels.flip(2))]).accuracy == 0


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "logits, labels",
    [
        ((4, 3), (4, 5)),
        ((4, 3), (4, 3)),
        ((4, 3), (4, 1)),
        ((4, 3), (3,)),
        ((4, 3, 5), (4,)),
        ((4, 5, 3), (4, 5)),
        ((4,), (4,)),
    ],
    ids=str,
)
def test_labels_that_do_not_fit_the_logits_are_named_with_what_does(
    logits, labels, measure
):
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(6, math.prod(logits[1:]))),
        *(nn.Unflatten(1, logits[1:]) if logits[1:] else nn.Flatten(0),),
    )
    loader = [(torch.zeros(4, 1, 2, 3), torch.zeros(labels).long())]
    found = rf"labels are {re.escape(str(labels))} for logits {re.escape(str(logits))}"
    with pytest.raises(ValueError, match=rf"^{found}; give \(N,\) .* \(PyTorch: "):
        measure(model, loader)


@pytest.mark.parametrize("measure", MEASURES)
def test_probabilities_are_no_labels(measure):
    loader = [(torch.zeros(3, 1, 1, 3), torch.eye(3))]  # as many images as classes
    with pytest.raises(ValueError, match=r"labels are \(3, 3\) for logits \(3, 3\)"):
        measure(logits_as_images(), loader)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("dtype", [torch.int32, torch.float32])
def test_labels_of_another_type_are_named_with_what_to_write(dtype, measure):
    loader = [(torch.zeros(4, 1, 1, 3), torch.zeros(4, dtype=dtype))]
    message = rf"^labels are {dtype}; give torch.int64, labels.long\(\)"
    with pytest.raises(ValueError, match=message):
        measure(logits_as_images(), loader)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("label", [-100, -1, 3])
def test_no_label_is_left_out_of_the_loss(label, measure):
    message = (
        r"^labels go from {} to {} for logits of 3 classes; give labels from 0 to 2"
    )
    one = torch.tensor([0, label, 2, 1])
    with pytest.raises(ValueError, match=message.format(one.min(), one.max())):
        measure(logits_as_images(), [(torch.zeros(4, 1, 1, 3), one)])
    two = torch.tensor([[0, 1], [label, 0]])
    with pytest.raises(ValueError, match=message.format(two.min(), two.max())):
        measure(two_label_net(), [(torch.zeros(2, 1, 2, 3), two)])


def test_an_error_that_the_labels_do_not_explain_stays_as_it_was(monkeypatch):
    error = RuntimeError("out of memory")

    def fail(*args, **settings):
        raise error

    monkeypatch.setattr(d2lmini.loss.F, "cross_entropy", fail)
    with pytest.raises(RuntimeError) as caught:
        evaluate(logits_as_images(), [(torch.zeros(4, 1, 1, 3), torch.zeros(4).long())])
    assert caught.value is error


# fit


def test_fit_learns_to_tell_dark_images_from_bright_ones():
    set_seed(0)
    labels = torch.arange(64) % 2
    images = torch.randn(64, 1, 4, 4) + 4 * labels.reshape(-1, 1, 1, 1) - 2
    loader = list(zip(images.split(16), labels.split(16), strict=True))
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    history = fit(model, loader, loader, epochs=5)
    assert history.valid[-1].accuracy == 1
    assert history.train[-1].loss < history.train[0].loss
    assert evaluate(model, loader) == history.valid[-1]


def test_the_history_has_an_entry_an_epoch_and_fit_prints_a_line_an_epoch(capsys):
    history = fit(small_net(), batches(4, 2), batches(3), epochs=2)
    assert len(history.train) == len(history.valid) == len(history.seconds) == 2
    assert all(isinstance(metrics, Metrics) for metrics in history.train)
    assert all(0 < seconds < 10 for seconds in history.seconds)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    train, valid = history.train[1], history.valid[1]
    assert lines[1].split(maxsplit=2)[:2] == ["epoch", "2"]
    assert f"train loss {train.loss:.3f}" in lines[1]
    assert f"valid loss {valid.loss:.3f}, accuracy {valid.accuracy:.1%}" in lines[1]


@pytest.fixture
def steps(monkeypatch):
    """The settings of the optimizer at each step of `fit`."""
    seen = []

    class Spy(SGD):
        def step(self, *args):
            seen.append({**self.param_groups[0], "params": None})
            return super().step(*args)

    monkeypatch.setattr(d2lmini.train, "SGD", Spy)
    return seen


def one_cycle(step, total, top):
    """The schedule: half a cosine from top / 25 up to top, then one to nearly 0."""
    turn = 0.3 * total - 1
    low, start, end = (top / 25, 0, turn) if step <= turn else (0, turn, total - 1)
    share = (step - start) / (end - start)
    rising = share if low else 1 - share
    return low + (top - low) * (1 - math.cos(math.pi * rising)) / 2


def test_the_learning_rate_is_one_cycle_that_peaks_at_lr(steps):
    fit(small_net(), batches(*[2] * 5), batches(2), epochs=2, lr=0.02)
    rates = [step["lr"] for step in steps]
    assert len(rates) == 10
    assert max(rates) == rates[2] == pytest.approx(0.02)
    expected = [one_cycle(step, 10, 0.02) for step in range(10)]
    assert rates == pytest.approx(expected, abs=1e-6)


def test_momentum_and_weight_decay_reach_the_optimizer(steps):
    fit(small_net(), batches(2, 2), batches(2), epochs=1)
    fit(
        *(small_net(), batches(2, 2), batches(2)),
        **{"epochs": 1, "momentum": 0.5, "weight_decay": 0.01},
    )
    fit(small_net(), batches(2, 2), batches(2), epochs=1, momentum=0)
    keys = "momentum", "weight_decay", "nesterov"
    seen = [tuple(step[key] for key in keys) for step in steps]
    assert seen[0:2] == [(0.9, 5e-4, True)] * 2
    assert seen[2:4] == [(0.5, 0.01, True)] * 2
    assert seen[4:6] == [(0, 5e-4, False)] * 2


def test_fit_refuses_to_train_for_no_epochs():
    with pytest.raises(
        ValueError, match=r"epochs is 0; give a whole number, 1 or more"
    ):
        fit(small_net(), batches(2), batches(2), epochs=0)


@pytest.mark.parametrize(
    "setting, error, message",
    [
        (
            {"epochs": 1.0},
            TypeError,
            r"epochs is 1.0 \(float\); give a whole number, 1",
        ),
        ({"epochs": True}, TypeError, r"epochs is True \(bool\); give a whole number"),
        ({"lr": 0}, ValueError, r"lr is 0; give a number above 0"),
        ({"lr": -0.1}, ValueError, r"lr is -0.1; give a number above 0"),
        ({"lr": math.nan}, ValueError, r"lr is nan; give a number above 0"),
        ({"lr": math.inf}, ValueError, r"lr is inf; give a number above 0"),
        ({"lr": "0.1"}, TypeError, r"lr is '0.1' \(str\); give a number above 0"),
        (
            {"momentum": 1.5},
            ValueError,
            r"momentum is 1.5; .* from 0 up to, but not, 1",
        ),
        ({"momentum": 1}, ValueError, r"momentum is 1; .* from 0 up to, but not, 1"),
        ({"momentum": -0.1}, ValueError, r"momentum is -0.1; .* from 0 up to, but not"),
        ({"weight_decay": math.inf}, ValueError, r"weight_decay is inf; .* 0 or mo"),
        ({"weight_decay": -1}, ValueError, r"weight_decay is -1; .* of 0 or more"),
    ],
    ids=str,
)
def test_fit_names_a_setting_that_it_cannot_take(setting, error, message):
    settings = {"epochs": 1} | setting
    with pytest.raises(error, match=rf"^{message}"):
        fit(small_net(), batches(2), batches(2), **settings)


def test_fit_takes_the_numbers_of_numpy():
    settings = {"lr": np.float32(0.1), "momentum": np.float64(0.5)}
    history = fit(small_net(), batches(2), batches(2), epochs=np.int64(2), **settings)
    assert len(history.valid) == 2


def tiny_data():
    images = torch.zeros(4, 1, 4, 4, dtype=torch.uint8)
    return ImageData(images, torch.arange(4) % 3, tuple("abc"), (0.5,), (0.5,))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "make, error, message",
    [
        (
            lambda: (b for b in batches(2)),
            TypeError,
            "is a generator, .* one epoch only",
        ),
        (lambda: iter(batches(2)), TypeError, "is a list_iterator, .* one epoch only"),
        (tiny_data, TypeError, r"is ImageData\(4 images .*; give make_loader\(data\)"),
        (list, ValueError, r"\(list\) has no batches; give one with 1 or more"),
    ],
)
def test_fit_refuses_before_the_first_epoch_what_gives_no_batches_in_the_second(
    make, error, message, place, capsys
):
    loaders = [batches(2), batches(2)]
    loaders[place] = make()
    model = small_net()
    before = numbers_of(model)
    name = ("train_loader", "valid_loader")[place]
    with pytest.raises(error, match=rf"^{name} {message}"):
        fit(model, *loaders, epochs=2)
    assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert capsys.readouterr().out == ""


# what goes wrong


@pytest.mark.parametrize("measure", MEASURES)
def test_a_loader_without_images_is_refused(measure):
    used_up = iter(batches(2))
    measure(small_net(), used_up)  # once is fine
    for empty, kind in ((used_up, "list_iterator"), ([], "list")):
        message = rf"^the loader \({kind}\) gave no images; .* generator is used up"
        with pytest.raises(ValueError, match=message):
            measure(small_net(), empty)


@pytest.mark.parametrize("measure", MEASURES)
def test_data_is_no_loader(measure):
    with pytest.raises(TypeError, match=r"^ImageData\(4 .*; take make_loader\(data\)$"):
        measure(small_net(), tiny_data())


def fit_once(model, loader):
    return fit(model, loader, loader, epochs=1)


def predict_first(model, loader):
    return predict(model, loader[0][0])


CALLS = [lambda *a: train_epoch(*a, None), evaluate, predict_first, fit_once]


@pytest.mark.parametrize("call", CALLS)
def test_a_model_needs_parameters(call):
    with pytest.raises(ValueError, match=r"^the model \(Flatten\) has no parameters"):
        call(nn.Flatten(), batches(2))
    with pytest.raises(
        TypeError, match=r"^the model is .* \(type\); give an nn.Module"
    ):
        call(nn.Flatten, batches(2))


CALLS = [*MEASURES, predict_first]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float64, torch.float16])
@pytest.mark.parametrize(
    "first", [nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.MaxPool2d(1), nn.Identity()]
)
def test_images_of_another_type_are_named_with_what_to_write(first, dtype, call):
    model = nn.Sequential(first, nn.Flatten(), nn.Linear(16, 3))
    loader = [(images.to(dtype), labels) for images, labels in batches(2)]
    wanted = r" and the model's parameters torch.float32; give .*\(PyTorch: "
    if call is predict_first and dtype == torch.uint8:
        wanted = r"; give normalised floats .*data\.normalised\(\)"
    with pytest.raises(ValueError, match=rf"^images are {dtype}{wanted}"):
        call(model, loader)


@pytest.mark.parametrize("call", CALLS)
def test_images_of_other_channels_are_named_with_what_the_model_takes(call):
    model = nn.Sequential(nn.Conv2d(3, 1, 1), nn.Flatten(), nn.Linear(16, 3))
    message = (
        r"^images are \(2, 1, 4, 4\) and the model's first convolution takes 3 channel"
        r"\(s\); give \(N, 3, H, W\), .* in_channels \(PyTorch: .*"
        r"to have 3 channels, but got 1"
    )
    with pytest.raises(ValueError, match=message) as caught:
        call(model, batches(2))
    assert type(caught.value.__cause__) is RuntimeError


@pytest.mark.parametrize("call", CALLS)
def test_a_batch_without_its_axis_of_channels_is_named_with_its_shape(call):
    loader = [(images[:, 0], labels) for images, labels in batches(2)]
    with pytest.raises(ValueError, match=r"^images are \(2, 4, 4\) .*\(N, 1, H, W\)"):
        call(small_net(), loader)


@pytest.mark.parametrize("call", CALLS)
def test_an_error_that_the_images_do_not_explain_stays_as_it_was(call):
    model, error = small_net(), RuntimeError("out of memory")

    def fail(*_):
        raise error

    model.register_forward_pre_hook(fail)
    for odd in (torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4).double()):
        with pytest.raises(RuntimeError) as caught:
            call(model, [(odd, torch.zeros(2).long())])
        assert caught.value is error


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_fit_with_its_epoch_and_step(bad):
    loader = batches(4, 4, 4)

    def spoil(epoch, step):
        if (epoch, step) == (2, 2):
            loader[1][0][3, 0, 2, 2] = bad

    with pytest.raises(FloatingPointError, match=r"^epoch 2, step 2: .* nan; .*lr"):
        fit(small_net(), Loader(loader, spoil), batches(4), epochs=3)


def test_train_epoch_by_itself_names_the_first_step_whose_loss_is_not_finite():
    loader = batches(4, 4, 4, 4)
    for step in (2, 3):
        loader[step][0][0] = math.nan
    model = small_net()
    with pytest.raises(FloatingPointError, match=r"^step 3: the loss is nan"):
        train_epoch(model, loader, SGD(model.parameters(), lr=0.1))


def test_a_step_too_large_in_the_last_batch_stops_fit_too(monkeypatch):
    class Giant(SGD):  # finite losses while it trains, and then numbers beyond measure
        def step(self):
            for parameter in self.param_groups[0]["params"]:
                parameter.data.fill_(math.inf)

    monkeypatch.setattr(d2lmini.train, "SGD", Giant)
    with pytest.raises(FloatingPointError, match=r"epoch 1"):
        fit(small_net(), batches(4), batches(4), epochs=1)


@pytest.mark.parametrize("where", ["training", "validation"])
def test_an_interrupt_returns_the_epochs_so_far_and_a_usable_model(where, capsys):
    def stop(epoch, step):
        if (epoch, step) == (2, 2):
            raise KeyboardInterrupt

    model, plain, stopping = small_net(), batches(4, 4, 4), Loader(batches(4, 4), stop)
    loaders = (stopping, plain) if where == "training" else (plain, stopping)
    try:
        history = fit(model, *loaders, epochs=3)
    except KeyboardInterrupt:  # which would end pytest itself
        pytest.fail("fit did not catch the interrupt")
    assert isinstance(history, History)
    assert len(history.train) == len(history.valid) == len(history.seconds) == 1
    assert "stopped in epoch 2" in capsys.readouterr().out
    assert not model.training
    assert all(value.isfinite().all() for value in model.state_dict().values())
    assert evaluate(model, plain).loss > 0
    assert len(fit(model, plain, plain, epochs=1).train) == 1  # and it can go on


# progress bars


class Stream(io.StringIO):
    def __init__(self, live):
        super().__init__()
        self.isatty = lambda: live


class Bar(tqdm):
    """A bar that shows also where TQDM_DISABLE was set when tqdm was imported."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings, disable=False)


def stderr_of_fit(monkeypatch, *, live, kernel=False, disable=None):
    """What two epochs write to standard error, on a live screen or elsewhere."""
    if disable is None:
        monkeypatch.delenv("TQDM_DISABLE", raising=False)
    else:
        monkeypatch.setenv("TQDM_DISABLE", disable)
    if kernel:
        monkeypatch.setitem(sys.modules, "ipykernel", object())
    else:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(d2lmini.run, "tqdm", Bar)
    monkeypatch.setattr(sys, "stderr", Stream(live))
    fit(small_net(), batches(2, 2), batches(2), epochs=2)
    return sys.stderr.getvalue()


def test_without_a_live_screen_nothing_is_written_to_standard_error(monkeypatch):
    assert stderr_of_fit(monkeypatch, live=False) == ""


@pytest.mark.parametrize("screen", [{"live": True}, {"live": False, "kernel": True}])
def test_in_a_terminal_and_in_a_notebook_each_epoch_shows_a_bar(
    screen, monkeypatch, capsys
):
    shown = stderr_of_fit(monkeypatch, **screen)
    assert "epoch 1:   0%" in shown
    assert "epoch 2:" in shown
    assert "| 0/2 [" in shown
    assert shown.endswith("\r")  # the last bar was wiped away
    assert "%|" not in capsys.readouterr().out


@pytest.mark.parametrize("kernel", [False, True])
def test_tqdm_disable_hides_the_bars_everywhere(kernel, monkeypatch):
    screen = {"live": True, "kernel": kernel}
    assert stderr_of_fit(monkeypatch, **screen, disable="1") == ""


# predict


def test_predict_gives_probabilities_for_each_image_in_whatever_batches():
    model, (images, _) = small_net(), batches(7)[0]
    whole = predict(model.train(), images)
    assert whole.shape == (7, 3)
    assert not model.training
    assert_close(whole.sum(1), torch.ones(7))
    assert (whole >= 0).all()
    assert_close(whole, model(images).softmax(1).detach())
    assert_close(predict(model, images, batch_size=2), whole)
    assert not whole.requires_grad


def test_predict_shows_the_model_no_more_images_at_once_than_the_batch_size():
    model, sizes = small_net(), []
    model.register_forward_pre_hook(lambda _, x: sizes.append(len(x[0])))
    predict(model, batches(7)[0][0], batch_size=3)
    assert sizes == [3, 3, 1]


def test_predict_refuses_images_that_are_not_normalised():
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"uint8.*data\.normalised\(\)"):
        predict(small_net(), images)


def test_predict_refuses_data_and_loaders():
    for wrong, kind in ((tiny_data(), "ImageData"), (batches(2), "list")):
        message = rf"images are a {kind}; .* for ImageData, data\.normalised\(\)"
        with pytest.raises(TypeError, match=message):
            predict(small_net(), wrong)


@pytest.mark.parametrize(
    "size, error", [(2.5, TypeError), (True, TypeError), (0, ValueError)]
)
def test_predict_names_a_batch_size_that_is_no_whole_number(size, error):
    with pytest.raises(
        error, match=rf"^batch_size is {size}.*; give a whole number, 1"
    ):
        predict(small_net(), batches(2)[0][0], batch_size=size)


def test_predict_takes_a_batch_size_of_numpy():
    model, (images, _) = small_net(), batches(5)[0]
    whole = predict(model, images)
    assert_close(predict(model, images, batch_size=np.int64(2)), whole)


def test_training_and_evaluation_add_up_alike_over_many_batches():
    images = torch.full((1, 1, 1, 3), 0.1)
    loader = [(images, torch.tensor([0]))] * 30_000
    expected = math.log(3)
    assert evaluate(logits_as_images(), loader).loss == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("measure", MEASURES)
def test_a_batch_without_images_is_refused(measure):
    full = batches(2)
    empty = [(images[:0], labels[:0]) for images, labels in full]
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    with pytest.raises(ValueError, match=r"^a batch has no images; give batches of 1"):
        measure(model, full + empty)


def test_an_optimizer_of_another_model_is_refused():
    """In a notebook the model's cell is run again, and the optimizer's is not."""
    stale = SGD(small_net().parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"^the optimizer holds no parameter of this"):
        train_epoch(small_net(), batches(2), stale)


def test_a_frozen_model_is_refused_and_a_frozen_part_is_not():
    model = small_net()
    optimizer = SGD(model.parameters(), lr=0.1)
    model[0].requires_grad_(False)
    train_epoch(model, batches(2), optimizer)
    model.requires_grad_(False)
    with pytest.raises(ValueError, match=r"^all parameters are frozen; leave requires"):
        train_epoch(model, batches(2), optimizer)


@pytest.mark.parametrize("optimizer", [None, SGD, "sgd"])
def test_what_is_no_optimizer_is_refused(optimizer):
    kind = type(optimizer).__name__
    with pytest.raises(TypeError, match=rf"^the optimizer is a {kind}; give one"):
        train_epoch(small_net(), batches(2), optimizer)


@pytest.mark.parametrize("call", CALLS)
def test_images_of_another_size_are_named_with_where_to_look(call):
    loader = [(torch.zeros(2, 1, 5, 5), torch.zeros(2).long())]
    message = r"^images are \(2, 1, 5, 5\), and the model takes H and W of 4 pixels: "
    with pytest.raises(ValueError, match=message):
        call(small_net(), loader)


@pytest.mark.parametrize(
    "net, takes",
    [
        (
            nn.Sequential(nn.Conv2d(1, 3, 7), nn.AdaptiveAvgPool2d(1)),
            "from 7 pixels on",
        ),
        (nn.Sequential(nn.Conv2d(1, 3, 4, 4), nn.AvgPool2d(2)), "from 8 pixels on"),
        (nn.Sequential(nn.MaxPool2d(4), nn.Flatten(), nn.Linear(1, 3)), "from 4 to 7 "),
    ],
)
def test_images_that_do_not_fit_are_named_with_the_sides_that_do(net, takes):
    net.append(nn.Flatten())
    with pytest.raises(ValueError, match=rf"\(2, 1, 3, 9\), and .* H and W {takes}"):
        predict(net, torch.zeros(2, 1, 3, 9))


def test_a_model_for_images_that_are_no_squares_says_where_to_look():
    net = nn.Sequential(nn.Flatten(), nn.Linear(13, 3))
    with pytest.raises(ValueError, match=r"a linear layer gets .*layer_table shows"):
        predict(net, torch.zeros(2, 1, 3, 5))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_model_that_gives_no_tensor_is_named(measure):
    class Pair(nn.Linear):
        def forward(self, x):
            return super().forward(x.flatten(1)), x

    with pytest.raises(TypeError, match=r"^the model gave a tuple; it must give its"):
        measure(Pair(16, 3), batches(2))
