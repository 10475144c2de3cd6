"""Pictures of images, kernels, feature maps, histories, confusions and networks.

Each function draws one figure and returns nothing: a notebook shows the figure by
itself, a script calls `plt.show()`. Matplotlib is imported when the first is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from d2lmini.summary import Layer, layer_table
from d2lmini.train import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.2  # inches: one text column of the book


def _grid(count: int, columns: int, cell: float, extra: float = 0.0) -> list[Axes]:
    """`count` empty square axes of at most `cell` inches; `extra` inches for titles."""
    import matplotlib.pyplot as plt

    columns = min(columns, count)
    rows = math.ceil(count / columns)
    side = min(cell, WIDTH / columns)
    size = columns * side, rows * (side + extra)
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    return list(axes.flat[:count])


def _expect(tensor: Tensor, name: str, *ranks: str) -> Tensor:
    """Check a tensor's number of axes against shapes such as "(N, C, H, W)"."""
    if tensor.ndim not in [rank.count(",") + 1 for rank in ranks]:
        raise ValueError(
            f"{name} have shape {tuple(tensor.shape)}; expected {' or '.join(ranks)}"
        )
    return tensor.detach().cpu()


def show_images(
    images: Tensor, titles: Sequence[str] | None = None, *, columns: int = 8
) -> None:
    """Show images in a grid, all on one scale, with a title above each if given.

    images: (N, H, W), (N, 1, H, W) or (N, 3, H, W). uint8 runs from black 0 to white
    255; floats run from the smallest value to the largest of all the images.
    """
    images = _expect(images, "images", "(N, H, W)", "(N, C, H, W)")
    if images.ndim == 3:
        images = images[:, None]
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images have {images.shape[1]} channels; 1 (grey) or 3 (red, green, blue) "
            "can be shown, show_features shows any number"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"{len(titles)} titles for {len(images)} images; give one each"
        )
    scale = {"vmin": 0, "vmax": 255}
    if images.dtype != torch.uint8:
        low, high = images.min(), images.max()
        images = (images - low) / (high - low).clamp(min=1e-12)
        scale = {"vmin": 0, "vmax": 1}
    axes = _grid(len(images), columns, cell=1.5, extra=0.25 if titles else 0.0)
    for i, ax in enumerate(axes):
        ax.imshow(images[i].permute(1, 2, 0).squeeze(2), cmap="gray", **scale)
        if titles is not None:
            ax.set_title(titles[i])


def show_numbers(arrays: Mapping[str, Tensor]) -> None:
    """Show small arrays side by side with their numbers written into the cells.

    arrays: a title and a tensor (H, W) each. Cells of one array are the same size in
    all; each array is coloured from its smallest value to its largest.
    """
    import matplotlib.pyplot as plt

    arrays = {t: _expect(array, t, "(H, W)").double() for t, array in arrays.items()}
    gap = 0.8  # cells between two arrays
    width = sum(array.shape[1] + gap for array in arrays.values()) - gap
    height = max(array.shape[0] for array in arrays.values())
    cell = min(0.5, WIDTH / width)  # inches
    _, ax = plt.subplots(figsize=(cell * width, cell * (height + 0.8)))
    left = 0.0
    for title, array in arrays.items():
        rows, columns = array.shape
        top = (height - rows) / 2
        low, high = array.min().item(), array.max().item()
        box = (left, left + columns, top + rows, top)
        ax.imshow(array, "Blues", vmin=low, vmax=2 * high - low + 1e-12, extent=box)
        frame = plt.Rectangle((left, top), columns, rows, fill=False, ec="C7", lw=0.8)
        ax.add_patch(frame)
        ax.text(left + columns / 2, top - 0.15, title, ha="center", va="bottom")
        for (row, column), value in _entries(array):
            x, y = left + column + 0.5, top + row + 0.5
            ax.text(x, y, f"{value:.3g}", ha="center", va="center")
        left += columns + gap
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.7), aspect="equal")
    ax.set_axis_off()


def _entries(array: Tensor) -> list[tuple[tuple[int, int], float]]:
    """Every (row, column) of a matrix with its value."""
    return [
        ((r, c), v) for r, row in enumerate(array.tolist()) for c, v in enumerate(row)
    ]


def show_kernels(weight: Tensor, *, columns: int = 8) -> None:
    """Show a convolution's kernels: blue is negative, white zero, red positive.

    weight: (out_channels, in_channels, height, width), as `conv.weight`. One picture a
    pair of channels, output by output; the scale is the same for all.
    """
    weight = _expect(weight, "kernels", "(out, in, height, width)").flatten(0, 1)
    limit = weight.abs().max().clamp(min=1e-12).item()
    for ax, kernel in zip(_grid(len(weight), columns, 0.9), weight, strict=True):
        ax.imshow(kernel, cmap="RdBu_r", vmin=-limit, vmax=limit)


def show_features(features: Tensor, *, columns: int = 8) -> None:
    """Show the feature maps of one image, all on one scale: dark is low, bright high.

    features: (C, H, W), such as `model.features[:3](images)[0]`.
    """
    features = _expect(features, "feature maps", "(C, H, W)")
    low, high = features.min().item(), features.max().item()
    axes = _grid(len(features), columns, cell=1.5, extra=0.2)
    for channel, (ax, feature) in enumerate(zip(axes, features, strict=True)):
        ax.imshow(feature, cmap="magma", vmin=low, vmax=max(high, low + 1e-12))
        ax.set_title(f"map {channel}")


def plot_history(history: History | Mapping[str, History]) -> None:
    """Draw loss and accuracy over the epochs, of one history or of several by name.

    Training is dashed, validation solid.
    """
    import matplotlib.pyplot as plt

    histories = {"": history} if isinstance(history, History) else history
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

    labels, predicted: int64 (N,). A row is a true class and adds up to 100; what lies
    off the diagonal is a mistake, and only mistakes are coloured.
    """
    import matplotlib.pyplot as plt

    labels = _expect(labels, "labels", "(N)")
    predicted = _expect(predicted, "predictions", "(N)")
    count = len(classes)
    pairs = torch.bincount(labels * count + predicted, minlength=count**2)
    share = pairs.reshape(count, count).double()
    share *= 100 / share.sum(dim=1, keepdim=True).clamp(min=1)
    mistakes = share.clone().fill_diagonal_(0)
    _, ax = plt.subplots(figsize=(WIDTH, WIDTH * 0.85))
    ax.imshow(mistakes, cmap="Reds", vmin=0, vmax=max(mistakes.max().item(), 1) * 1.5)
    for (row, column), percent in _entries(share):
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


def draw_network(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: tuple[type[nn.Module], ...] = (),
    columns: int = 5,
) -> None:
    """Draw what flows through a network: each tensor with its shape, and what made it.

    input_shape: of one image, (C, H, W). A stack of squares is a set of feature maps, a
    bar a vector. Layers that keep the shape and have no weights stand with the layer
    before them. whole: classes of module that are drawn as one step; blocks with
    branches need it, since only chains can be drawn. Raises ValueError when a layer's
    input is not the output of the layer that ran before it.
    """
    import matplotlib.pyplot as plt

    steps = _steps(list(layer_table(model, input_shape, whole=whole)))
    shapes = [tuple(input_shape), *(shape for _, shape in steps)]
    columns = min(columns, len(shapes))
    rows = math.ceil(len(shapes) / columns)
    cell_width, cell_height = WIDTH / 5, 1.5  # inches, and the units of the axes
    size = columns * cell_width, rows * cell_height
    _, ax = plt.subplots(figsize=size)
    ax.set(xlim=(0, size[0]), ylim=(-size[1], 0), aspect="equal")
    ax.set_axis_off()
    largest = max(max(shape[1:], default=1) for shape in shapes)
    longest = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
    for i, shape in enumerate(shapes):
        x = (i % columns + 0.72) * cell_width
        y = -(i // columns + 0.44) * cell_height
        if len(shape) == 1:
            _draw_vector(ax, x, y, math.log1p(shape[0]) / math.log1p(longest))
        else:
            sides = [math.sqrt(side / largest) for side in shape[1:]]
            _draw_maps(ax, x, y, shape[0], *sides)
        label = " × ".join(map(str, shape))
        ax.text(x, y - 0.66, label, ha="center", weight="bold")
        if i > 0:
            arrow = {"arrowstyle": "->", "color": "C7"}
            ax.annotate("", (x - 0.52, y), (x - 1.0, y), arrowprops=arrow)
            caption = "\n".join(steps[i - 1][0])
            ax.text(x - 0.78, y + 0.07, caption, ha="center", va="bottom", size="small")


def _steps(layers: list[Layer]) -> list[tuple[list[str], tuple[int, ...]]]:
    """Group layers into steps: the words at the arrow, and the shape it leads to."""
    steps = []
    for before, layer in zip([None, *layers], layers, strict=False):
        if before and math.prod(before.output_shape) != math.prod(layer.input_shape):
            raise ValueError(
                f"layer {layer.name!r} takes {layer.input_shape}, but {before.name!r}, "
                f"which ran before it, gave {before.output_shape}: only chains can be "
                "drawn; name the class of the block that branches in whole=(…,)"
            )
        changes = layer.parameters or layer.input_shape != layer.output_shape
        if changes or not steps:
            steps.append(([], layer.output_shape))
        steps[-1][0].append(_caption(layer))
    return steps


def _caption(layer: Layer) -> str:
    """A short name for a layer: its kernel and kind, or else its class."""
    module = layer.module
    kinds = {nn.Conv2d: "conv", nn.MaxPool2d: "max pool", nn.AvgPool2d: "avg pool"}
    if type(module) not in kinds:
        return layer.type
    size = module.kernel_size
    size = "×".join(map(str, size if isinstance(size, tuple) else [size] * 2))
    strided = isinstance(module, nn.Conv2d) and module.stride[0] > 1
    stride = f"\nstride {module.stride[0]}" if strided else ""
    return f"{kinds[type(module)]}\n{size}{stride}"


def _draw_vector(ax: Axes, x: float, y: float, length: float) -> None:
    """An upright bar around (x, y); its length goes from 0 to 1."""
    import matplotlib.pyplot as plt

    height = 0.9 * length
    bar = plt.Rectangle((x - 0.06, y - height / 2), 0.12, height, fc="C1", ec="w")
    ax.add_patch(bar)


def _draw_maps(
    ax: Axes, x: float, y: float, channels: int, height: float, width: float = 1.0
) -> None:
    """A stack of sheets around (x, y), at most six; their sides go from 0 to 1."""
    import matplotlib.pyplot as plt

    height, width, depth = 0.56 * height, 0.56 * width, min(channels, 6)
    for sheet in reversed(range(depth)):
        shift = 0.03 * (sheet - (depth - 1) / 2)
        corner = x - width / 2 + shift, y - height / 2 + shift
        ax.add_patch(plt.Rectangle(corner, width, height, fc="C0", ec="w", lw=0.8))
