"""What a network is made of: its layers, shapes, parameters and multiply-adds.

Measured by running the network once on a blank image, so it holds for any module,
however its `forward` is written. What is not a module (`F.relu`, `+`, `torch.cat`) does
run, but cannot be listed.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Layer(NamedTuple):
    """One call of one layer. Shapes are those of one image, without the batch axis."""

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    follows: bool  # False: it took a tensor that an earlier layer had taken or given

    @property
    def type(self) -> str:
        """The name of the module's class."""
        return type(self.module).__name__


@dataclass(frozen=True, repr=False)
class LayerTable:
    """What `layer_table` returns: iterate over its layers, or print it.

    parameters: all of the model, each counted once. multiply_adds: of one image.
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
        columns = zip("<<<>>", widths, strict=True)
        form = "  ".join(f"{{:{side}{width}}}" for side, width in columns)
        lines = [form.format(*row).rstrip() for row in rows]
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

    Multiply-adds are those of convolutions and linear layers, for one image, without
    biases. A layer that runs twice has two rows, its parameters in the first. Mode,
    hooks and numbers of the model are left as they were, also when its forward pass
    fails. Raises RuntimeError, with the shape, when it cannot take such an image.
    """
    layers, counted, handles = [], set(), []
    total, started, seen = 0, [], []  # multiply-adds; at the start of a row; tensors

    def add(module, inputs, output):
        nonlocal total
        total += _multiply_adds(module, inputs, output)

    def begin(module, inputs):
        started.append(total)

    def end(module, inputs, output):
        work = total - started.pop()
        if started:  # a layer that is shared with a whole block, running inside it
            return
        x = next(iter(inputs), None)
        follows = not seen or x is seen[-1] or all(x is not tensor for tensor in seen)
        seen.extend((x, output))
        new = [p for p in module.parameters() if p not in counted]
        counted.update(new)
        row = names[module], module, _shape(x), _shape(output)
        layers.append(Layer(*row, sum(p.numel() for p in new), work, follows))

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
    except (RuntimeError, ValueError, IndexError) as error:
        image = f"an image of shape {tuple(input_shape)}, given without the batch axis"
        raise RuntimeError(f"the model cannot take {image}: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
    return LayerTable(tuple(layers), count_parameters(model))


def _leaves(module: nn.Module, whole: tuple = ()) -> list[nn.Module]:
    """The modules without children, or of a class in `whole`, each once."""
    children = list(module.children())
    if not children or isinstance(module, whole):
        return [module]
    leaves = [leaf for child in children for leaf in _leaves(child, whole)]
    return list(dict.fromkeys(leaves))


def _shape(value: object) -> tuple[int, ...]:
    """The shape of a tensor without its batch axis; () for anything else."""
    return tuple(value.shape[1:]) if isinstance(value, Tensor) else ()


def _multiply_adds(module: nn.Module, inputs: tuple, output: Tensor) -> int:
    """Multiply-adds of one call with one image, without biases."""
    if isinstance(module, WEIGHTED):
        return output.numel() * module.weight[0].numel()  # a row of weights an output
    if isinstance(module, TRANSPOSED):
        return inputs[0].numel() * module.weight[0].numel()  # the other way round
    return 0
