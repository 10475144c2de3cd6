"""What a network is made of: its layers, shapes, parameters and multiply-adds.

The figures are measured by running the network once on a blank image, so they hold for
any module, however its `forward` is written. Operations that are not modules
(`F.relu`, `+`, `torch.cat`) do run, but cannot be listed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Layer(NamedTuple):
    """One call of one layer. Shapes are those of one image, without the batch axis."""

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int

    @property
    def type(self) -> str:
        return type(self.module).__name__


@dataclass(frozen=True, repr=False)
class LayerTable:
    """What `layer_table` returns: iterate over its layers, or print it.

    parameters: all parameters of the model, each counted once. multiply_adds: those of
    one forward pass of one image.
    """

    layers: tuple[Layer, ...]
    parameters: int

    @property
    def multiply_adds(self) -> int:
        return sum(layer.multiply_adds for layer in self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        rows = [("layer", "type", "output shape", "parameters", "multiply-adds")]
        for layer in self.layers:
            shape = " × ".join(map(str, layer.output_shape))
            numbers = f"{layer.parameters:,}", f"{layer.multiply_adds:,}"
            rows.append((layer.name, layer.type, shape, *numbers))
        elsewhere = self.parameters - sum(layer.parameters for layer in self.layers)
        if elsewhere:
            rows.append(("outside these layers", "", "", f"{elsewhere:,}", ""))
        totals = f"{self.parameters:,}", f"{self.multiply_adds:,}"
        rows.append(("total", "", "", *totals))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if column < 3 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        rule = "─" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def count_parameters(model: nn.Module) -> int:
    """Count all parameters of a model, frozen ones too; a shared one counts once."""
    return sum(parameter.numel() for parameter in model.parameters())


def layer_table(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: tuple[type[nn.Module], ...] = (),
) -> LayerTable:
    """Run one blank image through a model and list every layer in the order it ran.

    input_shape: of one image, (C, H, W), without the batch axis. whole: classes of
    module to list as a single row instead of entering them, `whole=(Residual,)`.

    Multiply-adds are those of convolutions and linear layers, one image, without their
    biases; all else is cheap beside them. A layer that runs twice has two rows, and its
    parameters stand in the first. The model's mode (training or evaluation), hooks and
    numbers are left as they were, also when the forward pass fails.
    """
    layers, counted, handles = [], set(), []
    total = started = 0  # multiply-adds so far, and when the row began

    def add(module, inputs, output):
        nonlocal total
        total += _multiply_adds(module, inputs[0], output)

    def begin(module, inputs):
        nonlocal started
        started = total

    def end(module, inputs, output):
        new = [p for p in module.parameters() if p not in counted]
        counted.update(new)
        shapes = tuple(inputs[0].shape[1:]), tuple(output.shape[1:])
        parameters = sum(p.numel() for p in new)
        layers.append(
            Layer(names[module], module, *shapes, parameters, total - started)
        )

    names = {module: name for name, module in model.named_modules()}
    modes = {module: module.training for module in names}
    parameter = next(model.parameters(), torch.empty(0))
    image = torch.zeros(1, *input_shape, device=parameter.device, dtype=parameter.dtype)
    try:
        for module in _leaves(model):
            handles.append(module.register_forward_hook(add))
        for module in _leaves(model, whole):
            handles.append(module.register_forward_pre_hook(begin))
            handles.append(module.register_forward_hook(end))
        model.eval()
        with torch.no_grad():
            model(image)
    except RuntimeError as error:
        raise RuntimeError(
            f"the model cannot take an image of shape {tuple(input_shape)}, given "
            f"without the batch axis: {error}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    return LayerTable(tuple(layers), count_parameters(model))


def _leaves(
    module: nn.Module, whole: tuple[type[nn.Module], ...] = ()
) -> list[nn.Module]:
    """The modules without children, or of a class in `whole`, each once."""
    children = list(module.children())
    if not children or isinstance(module, whole):
        return [module]
    leaves = [leaf for child in children for leaf in _leaves(child, whole)]
    return list(dict.fromkeys(leaves))


def _multiply_adds(module: nn.Module, x: Tensor, y: Tensor) -> int:
    """Multiply-adds of one call with a batch of one image, biases not counted."""
    if isinstance(module, (*CONVOLUTIONS, nn.Linear)):
        return y.numel() * module.weight[0].numel()  # one row of weights an output
    if isinstance(module, TRANSPOSED):
        return x.numel() * module.weight[0].numel()  # the other way round
    return 0
