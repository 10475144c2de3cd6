"""The training loop: an epoch, an evaluation, and the loop around them.

One cycle of the learning rate: Smith and Topin (2017), https://arxiv.org/abs/1708.07120.
For another recipe than `fit`'s, put a loop of your own around `train_epoch`.
"""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from d2lmini import expect
from d2lmini.loss import count_right, cross_entropy
from d2lmini.run import progress_bar

# of images (N, C, H, W) and labels: (N,), or (N, K) for K labels an image
Loader = Iterable[tuple[Tensor, Tensor]]


class Metrics(NamedTuple):
    """Means over images, not over batches: loss in nats, accuracy from 0 to 1.

    With K labels an image, its loss is their mean; it is right when all of them are.
    """

    loss: float
    accuracy: float


@dataclass
class History:
    """What `fit` saw: one entry an epoch, in each list."""

    train: list[Metrics] = field(default_factory=list)
    valid: list[Metrics] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def append(self, train: Metrics, valid: Metrics, seconds: float) -> None:
        """Add one epoch."""
        self.train.append(train)
        self.valid.append(valid)
        self.seconds.append(seconds)


def train_epoch(
    model: nn.Module,
    loader: Loader,
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
) -> Metrics:
    """Show the model each batch once; step the optimizer (and scheduler) after each.

    Logits (N, num_classes) meet labels (N,), and (N, num_classes, K) labels (N, K).
    Returns the metrics of the model while it learned. Raises FloatingPointError, with
    the step, when a loss was not finite, and ValueError for a batch that does not fit.
    """
    device = expect.device_of(model)
    expect.learning(model, optimizer)
    losses, correct, seen = [], 0, 0
    model.train()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)  # (N, C, H, W), (N,)
        with expect.images_that_fit(model, images):
            logits = model(images)  # (N, num_classes)
        loss = cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        losses.append(loss.detach() * len(labels))  # stays on the device: no .item()
        correct += count_right(logits, labels)
        seen += len(labels)
    expect.some_images(seen, loader)
    losses = torch.stack(losses)  # (steps,)
    if not losses.isfinite().all():
        step = 1 + int(losses.isfinite().logical_not().nonzero()[0])
        raise FloatingPointError(f"step {step}: the loss is {losses[step - 1].item()}")
    return Metrics(losses.sum().item() / seen, correct.item() / seen)


@torch.inference_mode()
def evaluate(model: nn.Module, loader: Loader) -> Metrics:
    """Measure the model, change none of its numbers, leave it in evaluation mode.

    Images and labels are those of `train_epoch`, and it raises the same ValueError.
    """
    device = expect.device_of(model)
    losses, correct, seen = [], 0, 0
    model.eval()
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        with expect.images_that_fit(model, images):
            logits = model(images)
        losses.append(cross_entropy(logits, labels) * len(labels))
        correct += count_right(logits, labels)
        seen += len(labels)
    expect.some_images(seen, loader)
    return Metrics(torch.stack(losses).sum().item() / seen, correct.item() / seen)


@torch.inference_mode()
def predict(model: nn.Module, images: Tensor, batch_size: int = 500) -> Tensor:
    """Return the model's probabilities, (N, C, H, W) -> (N, num_classes).

    images: normalised floats, `data.normalised()`, on any device. The result lies on
    the model's, (N, num_classes, K) if it has K labels an image; the model is left in
    evaluation mode. Raises TypeError or ValueError for images that are not such floats.
    """
    expect.normalised(images)
    device = expect.device_of(model)
    model.eval()
    chunks = images.split(expect.whole("batch_size", batch_size))
    with expect.images_that_fit(model, images):
        return torch.cat([model(chunk.to(device)).softmax(dim=1) for chunk in chunks])


def fit(
    model: nn.Module,
    train_loader: Loader,
    valid_loader: Loader,
    *,
    epochs: int,
    lr: float = 0.05,
    momentum: float = 0.9,
    weight_decay: float = 5e-4,
) -> History:
    """Train with SGD (Nesterov) and a one-cycle learning rate that peaks at lr.

    Prints a line an epoch. Interrupted (Ctrl-C, stop button), it returns the history so
    far, and the model can be used. Raises TypeError or ValueError for what it cannot
    take, and FloatingPointError, with epoch and step, for a loss that is not finite.
    """
    epochs = expect.whole("epochs", epochs)
    expect.fit_arguments(model, train_loader, valid_loader, lr, momentum, weight_decay)
    decay = {"weight_decay": weight_decay}
    optimizer = SGD(model.parameters(), lr, momentum, nesterov=momentum > 0, **decay)
    cycle = OneCycleLR(optimizer, lr, epochs * len(train_loader), cycle_momentum=False)
    history = History()
    try:
        for epoch in range(1, epochs + 1):
            start, batches = time.perf_counter(), progress_bar(train_loader, epoch)
            train = train_epoch(model, batches, optimizer, cycle)
            valid = evaluate(model, valid_loader)
            if not math.isfinite(valid.loss):
                raise FloatingPointError(f"validation: the loss is {valid.loss}")
            history.append(train, valid, time.perf_counter() - start)
            print(f"epoch {epoch:2d}   train loss {train.loss:.3f}", end="   ")
            print(f"valid loss {valid.loss:.3f}, accuracy {valid.accuracy:.1%}")
    except FloatingPointError as error:
        advice = f"lower lr ({lr}), and look for nan in the images"
        raise FloatingPointError(f"epoch {epoch}, {error}; {advice}") from None
    except KeyboardInterrupt:
        model.eval()
        print(f"stopped in epoch {epoch}; the history ends before it")
    return history
