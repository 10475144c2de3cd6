"""What a network is made of: its layers, shapes, parameters and multiply-adds.

Measured by running the network once on a blank image, so it holds for any module,
however its `forward` is written. What is not a module (`F.relu`, `+`, `torch.cat`) does
run, but cannot be listed.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn

from d2lmini import expect
from d2lmini.trace import Call, classes, runs_as, trace

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
NORMS = (nn.LayerNorm, nn.RMSNorm)  # the others have one number a channel


class Layer(NamedTuple):
    """One call of one layer. Shapes are those of one image, without the batch axis."""

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int | None  # None: not known

    @property
    def type(self) -> str:
        """The name of the module's class."""
        return type(self.module).__name__


@dataclass(frozen=True, repr=False)
class LayerTable:
    """What `layer_table` returns: iterate over its layers, or print it.

    parameters: all of the model, each counted once. multiply_adds: of one image; None
    when those of a layer are not known.
    """

    layers: tuple[Layer, ...]
    parameters: int

    @property
    def multiply_adds(self) -> int | None:
        return _total([layer.multiply_adds for layer in self.layers])

    def __iter__(self):
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        rows = [("layer", "type", "output shape", "parameters", "multiply-adds")]
        for layer in self.layers:
            shape = " × ".join(map(str, layer.output_shape))
            known = layer.multiply_adds is not None
            work = f"{layer.multiply_adds:,}" if known else "not known"
            rows.append((layer.name, layer.type, shape, f"{layer.parameters:,}", work))
        elsewhere = self.parameters - sum(layer.parameters for layer in self.layers)
        if elsewhere:
            rows.append(("outside these layers", "", "", f"{elsewhere:,}", ""))
        work = f"{sum(layer.multiply_adds or 0 for layer in self.layers):,}"
        work = work if self.multiply_adds is not None else f"at least {work}"
        rows.append(("total", "", "", f"{self.parameters:,}", work))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        columns = zip("<<<>>", widths, strict=True)
        form = "  ".join(f"{{:{side}{width}}}" for side, width in columns)
        lines = [form.format(*row).rstrip() for row in rows]
        rule = "─" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def count_parameters(model: nn.Module) -> int:
    """Count all parameters of a model, frozen ones too; a shared one counts once."""
    expect.module(model)
    return sum(parameter.numel() for parameter in model.parameters())


def layer_table(
    model: nn.Module,
    input_shape: tuple[int, ...],
    *,
    whole: type[nn.Module] | tuple[type[nn.Module], ...] = (),
) -> LayerTable:
    """Run one blank image through a model and list every layer in the order it ran.

    A layer is a module that runs no other; nn.Identity is left out. input_shape: of
    one image, (C, H, W), without the batch axis. whole: a class of module, or several,
    to list as a single row instead of entering it, `whole=Residual`.

    Multiply-adds are those of convolutions and linear layers, for one image, without
    biases. Other layers have 0 if they have no parameters, or one number a channel, to
    scale or shift it; what else they do is not known (None), and a module that does so
    beside running its layers has a row below them. A layer that runs twice has two
    rows, its parameters in the first. Mode, hooks and numbers of the model are left as
    they were, also when its forward pass fails. Raises RuntimeError, with the shape,
    when it cannot take such an image.
    """
    layers, whole = [], classes(whole)
    parameters = count_parameters(model)
    for call, own, work in _rows(trace(model, input_shape), whole, set()):
        if isinstance(call.module, nn.Identity):
            continue  # it does nothing
        shapes = _shape(call.x), _shape(call.output)
        layers.append(Layer(call.name, call.module, *shapes, own, work))
    return LayerTable(tuple(layers), parameters)


def _rows(call: Call, whole: tuple, counted: set) -> list[tuple[Call, int, int | None]]:
    """The layers in a call, each with its new parameters and its multiply-adds.

    counted: the parameters of the rows before; those of these rows are added.
    """
    rows = [row for part in call.inside for row in _rows(part, whole, counted)]
    block, module = isinstance(call.module, whole), call.module
    work = _multiply_adds(call, recurse=not rows)
    if rows and work is not None and not block:
        return rows
    parameters = module.parameters(recurse=block or not rows)
    new = [parameter for parameter in parameters if parameter not in counted]
    counted.update(new)
    count = sum(parameter.numel() for parameter in new)
    if not block:
        return [*rows, (call, count, work)]
    count += sum(count for _, count, _ in rows)
    return [(call, count, _total([work, *(work for *_, work in rows)]))]


def _total(works: list[int | None]) -> int | None:
    """The sum of multiply-adds, or None when some are not known."""
    return None if None in works else sum(works)


def _shape(value: object) -> tuple[int, ...]:
    """The shape of a tensor without its batch axis; () for anything else."""
    return tuple(value.shape[1:]) if isinstance(value, Tensor) else ()


def _multiply_adds(call: Call, recurse: bool) -> int | None:
    """Multiply-adds of one call with one image, without biases; None: not known.

    recurse: what the module's children hold it used by itself, too.
    """
    module, output = call.module, call.output
    if runs_as(module, WEIGHTED):
        return output.numel() * module.weight[0].numel()  # a row of weights an output
    if runs_as(module, TRANSPOSED):
        return call.x.numel() * module.weight[0].numel()  # the other way round
    channels = {1, *_shape(output)[:1]}
    single = all(p.numel() in channels for p in module.parameters(recurse))
    return 0 if single or runs_as(module, NORMS) else None
