"""How a training went, and what was mistaken for what."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from d2lmini.plot.common import WIDTH, drawable, entries
from d2lmini.train import History


def plot_history(history: History | Mapping[str, History]) -> None:
    """Draw loss and accuracy over the epochs, of one history or of several by name.

    Training is dashed, validation solid.
    """
    import matplotlib.pyplot as plt

    histories = {"": history} if isinstance(history, History) else history
    found = histories.values() if isinstance(histories, Mapping) else [histories]
    wanted = 'give what `fit` returned, or several by name, {"name": history}'
    if not all(isinstance(one, History) for one in found):
        raise TypeError(f"history is {reprlib.repr(history)}; {wanted}")
    if not found:
        raise ValueError(f"history is {history}, without one to draw; {wanted}")
    _, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.8))
    for i, (name, one) in enumerate(histories.items()):
        for split, style in (("train", "--"), ("valid", "-")):
            passes = getattr(one, split)
            epochs = range(1, len(passes) + 1)
            label = f"{name} {split}".strip()
            line = {"linestyle": style, "color": f"C{i}", "marker": ".", "label": label}
            axes[0].plot(epochs, [metrics.loss for metrics in passes], **line)
            axes[1].plot(epochs, [metrics.accuracy for metrics in passes], **line)
    for ax, title in zip(axes, ("loss", "accuracy"), strict=True):
        ax.set_title(title)
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[1].legend()


def plot_confusion(labels: Tensor, predicted: Tensor, classes: Sequence[str]) -> None:
    """Draw how often each class was taken for each other one, in percent of its images.

    labels, predicted: whole numbers (N,). A row is a true class and adds up to 100;
    what lies off the diagonal is a mistake, and only mistakes are coloured.
    """
    import matplotlib.pyplot as plt

    labels = _class_numbers(labels, "labels")
    predicted = _class_numbers(predicted, "predictions")
    count = len(classes)
    if len(labels) != len(predicted):
        raise ValueError(
            f"{len(labels)} labels and {len(predicted)} predictions; give as many"
        )
    for name, values in (("labels", labels), ("predictions", predicted)):
        if len(values) and not 0 <= values.min() <= values.max() < count:
            raise ValueError(
                f"{name} run from {values.min()} to {values.max()}, but the {count} "
                f"classes are numbered 0 to {count - 1}"
            )
    pairs = torch.bincount(labels * count + predicted, minlength=count**2)
    share = pairs.reshape(count, count).double()
    share *= 100 / share.sum(dim=1, keepdim=True).clamp(min=1)
    mistakes = share.clone().fill_diagonal_(0)
    _, ax = plt.subplots(figsize=(WIDTH, WIDTH * 0.85))
    limit = 1.5 * max(mistakes.max().item(), 1)  # dark text stays legible
    ax.imshow(mistakes.numpy(), cmap="Reds", vmin=0, vmax=limit)
    for (row, column), percent in entries(share):
        if f"{percent:.0f}" != "0":
            weight = "bold" if row == column else "normal"
            text = {"ha": "center", "va": "center", "weight": weight}
            ax.text(column, row, f"{percent:.0f}", **text)
    ax.set_xticks(range(count), classes, rotation=45, ha="right")
    ax.set_yticks(range(count), classes)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true class")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _class_numbers(values: Tensor, name: str) -> Tensor:
    """Check that these are class numbers, and make them int64, which cannot wrap."""
    wanted = "class numbers such as probabilities.argmax(dim=1)"
    values = drawable(values, name, f"(N) {wanted}")
    if values.is_floating_point():
        raise TypeError(f"{name} are {values.dtype}; give {wanted}")
    return values.long()
