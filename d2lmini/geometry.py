"""Where a window goes: sizes of outputs, and what an output sees of the input.

The arithmetic is that of Dumoulin and Visin, "A guide to convolution arithmetic for
deep learning" (2016), https://arxiv.org/abs/1603.07285
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from d2lmini.expect import whole
from d2lmini.trace import runs_as

WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)
CHAINS = (nn.Sequential, nn.ModuleList)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh)
NORMS = (nn.BatchNorm2d, nn.LocalResponseNorm)
POINTWISE = ACTIVATIONS + NORMS + (nn.Identity, nn.Dropout, nn.Dropout2d)

Pair = int | tuple[int, int]  # a number that counts for both axes, or (height, width)


def output_size(
    size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Pair:
    """How many windows fit into an axis of `size` pixels: a layer's output size.

    ⌊(size + 2 padding − dilation (kernel_size − 1) − 1) / stride⌋ + 1, as
    `nn.Conv2d`, and as pooling with its stride spelled out. Give pairs (height, width)
    for both axes, such as `images.shape[2:]`, and the result is a pair. Raises
    ValueError when not even one window fits.
    """
    settings = {"size": size, "kernel_size": kernel_size, "stride": stride}
    return _by_axis(_windows, settings | {"padding": padding, "dilation": dilation})


def _windows(size, kernel_size, stride, padding, dilation) -> int:
    """`output_size` along one axis."""
    size, kernel_size = whole("size", size, 0), whole("kernel_size", kernel_size)
    stride, dilation = whole("stride", stride), whole("dilation", dilation)
    padding = whole("padding", padding, 0)
    room = size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError(
            f"a window of {dilation * (kernel_size - 1) + 1} does not fit into "
            f"{size} + 2 · {padding} pixels; take more padding, or a smaller "
            "kernel_size or dilation"
        )
    return room // stride + 1


def transposed_output_size(
    size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    dilation: Pair = 1,
) -> Pair:
    """The output size of a transposed convolution along an axis of `size` pixels.

    (size − 1) stride − 2 padding + dilation (kernel_size − 1) + output_padding + 1, as
    `nn.ConvTranspose2d`. With pairs (height, width), a pair. Raises ValueError when
    nothing is left, and for an output_padding that is as large as both stride and
    dilation, as PyTorch does.
    """
    settings = {"size": size, "kernel_size": kernel_size, "stride": stride}
    settings |= {"padding": padding, "output_padding": output_padding}
    return _by_axis(_transposed, settings | {"dilation": dilation})


def _transposed(size, kernel_size, stride, padding, output_padding, dilation) -> int:
    """`transposed_output_size` along one axis."""
    size, kernel_size = whole("size", size), whole("kernel_size", kernel_size)
    stride, dilation = whole("stride", stride), whole("dilation", dilation)
    padding = whole("padding", padding, 0)
    output_padding = whole("output_padding", output_padding, 0)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding is {output_padding}; it must be below stride or dilation, "
            f"so at most {max(stride, dilation) - 1}"
        )
    spread = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    result = spread - 2 * padding + output_padding
    if result < 1:
        raise ValueError(
            f"padding {padding} cuts away all {spread + output_padding} pixels of the "
            f"output; take at most {(spread + output_padding - 1) // 2}"
        )
    return result


def _by_axis(size_of: Callable[..., int], settings: dict[str, Pair]) -> Pair:
    """The size for settings that are all numbers; else those of height and width."""
    pairs = {name: v for name, v in settings.items() if isinstance(v, tuple | list)}
    for name, value in pairs.items():
        if len(value) != 2:
            wanted = "give a whole number, or a pair of them: (height, width)"
            raise ValueError(f"{name} is {tuple(value)!r}; {wanted}")
    if not pairs:
        return size_of(**settings)
    heights = settings | {name: height for name, (height, _) in pairs.items()}
    widths = settings | {name: width for name, (_, width) in pairs.items()}
    return size_of(**heights), size_of(**widths)


class ReceptiveField(NamedTuple):
    """The one window that a stack of layers amounts to; each is (height, width).

    The output at row i sees the input rows from i · stride − padding up to that plus
    size; near the border, where padding takes the place of pixels, perhaps fewer. Where
    every window fits, the stack has the output size of one layer with this window.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


def receptive_field(layers: nn.Module | Iterable[nn.Module]) -> ReceptiveField:
    """Compute the receptive field of layers that run one after the other.

    layers: a layer, an `nn.Sequential`, or any iterable of them, such as
    `create_model("lenet").features`. Convolutions and poolings have windows; layers
    that treat every place by itself do not count. Raises ValueError for all others.
    """
    size, stride, padding = [1, 1], [1, 1], [0, 0]
    for layer in _flat(layers):
        for axis in (0, 1):
            kernel, step, pad, dilation = _window(layer, axis)
            size[axis] += dilation * (kernel - 1) * stride[axis]
            padding[axis] += pad * stride[axis]
            stride[axis] *= step
    return ReceptiveField(tuple(size), tuple(stride), tuple(padding))


def seen_pixels(model: nn.Module, images: Tensor, row: int, column: int) -> Tensor:
    """Measure which pixels one place of a model's output sees, by gradients.

    images: float (N, C, H, W), random ones. The result is bool (H, W): True where the
    gradient of the output at (row, column), summed over channels, is not zero for at
    least one image. Max pooling looks at one pixel of a window at a time, so give it
    several images; put batch norm into evaluation mode, or it sees everything. The
    parameters' gradients are left alone.
    """
    images = images.detach().clone().requires_grad_()
    output = model(images.clone())  # a layer may work in place
    if output.ndim != 4:
        raise ValueError(
            f"the model's output has shape {tuple(output.shape)}; expected maps, "
            "(N, C, H, W): give the part of the model before it flattens"
        )
    rows, columns = output.shape[2:]
    if not (-rows <= row < rows and -columns <= column < columns):
        raise ValueError(f"({row}, {column}) is outside the {rows} × {columns} places")
    (gradient,) = torch.autograd.grad(output[..., row, column].sum(), images)
    return (gradient != 0).flatten(0, 1).any(dim=0)


def _flat(layers: nn.Module | Iterable[nn.Module]) -> list[nn.Module]:
    """The layers in order, those of nested Sequentials too."""
    if isinstance(layers, nn.Module) and not runs_as(layers, CHAINS):
        return [layers]
    if isinstance(layers, str | Tensor) or not isinstance(layers, Iterable):
        raise TypeError(
            f"expected layers, not {layers!r} ({type(layers).__name__}); give a layer, "
            'an nn.Sequential or a list of them, such as create_model("lenet").features'
        )
    return [leaf for layer in layers for leaf in _flat(layer)]


def _window(layer: nn.Module, axis: int) -> tuple[int, int, int, int]:
    """Kernel size, stride, padding and dilation of a layer along an axis."""
    if runs_as(layer, POINTWISE):
        return 1, 1, 0, 1
    if not runs_as(layer, WINDOWS):
        raise ValueError(
            f"{type(layer).__name__} has no window that is known here, or a forward of "
            "its own; give convolutions, poolings and pointwise layers, in their order"
        )
    circular = getattr(layer, "padding_mode", "zeros") == "circular"
    if getattr(layer, "ceil_mode", False) or isinstance(layer.padding, str) or circular:
        raise ValueError(
            f"{layer} rounds or pads in a way that one window cannot describe; give "
            "padding as a number, not circular, and leave ceil_mode off"
        )
    dilation = getattr(layer, "dilation", 1)  # average pooling has none
    values = layer.kernel_size, layer.stride, layer.padding, dilation
    return tuple(v[axis] if isinstance(v, tuple | list) else v for v in values)
