"""Checks of the exercises in `notebooks/04-pooling.ipynb`."""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    as_tensor,
    ask,
    by,
    compare,
    hint_if,
    same,
)


def setting() -> tuple[int, int, int]:
    """A random window, stride and padding, as pooling allows them."""
    k, s = torch.randint(2, 5, (1,)).item(), torch.randint(1, 4, (1,)).item()
    return k, s, torch.randint(0, k // 2 + 1, (1,)).item()


@exercise("two numbers, the window and the stride")
def twice(pair: tuple[int, int]) -> str:
    """Window and stride of the max pooling that is MaxPool2d(3, 2) done twice."""
    numbers = as_numbers(pair)
    hint_if(len(numbers) != 2, f"you gave {len(numbers)} numbers; give two")
    hint_if(
        any(n < 1 or n != int(n) for n in numbers), "give two whole numbers, 1 or more"
    )
    k, s = map(int, numbers)
    hint_if((k, s) == (3, 2), "that is the pooling once")
    hint_if((k, s) == (4, 7), "the window comes first, then the stride")
    x = torch.randn(20, 1, 31, 31).double()
    right = F.max_pool2d(F.max_pool2d(x, 3, 2), 3, 2)
    hint_if(k > 31, f"a window of {k} is larger than a map of 31 × 31")
    found = F.max_pool2d(x, k, s)
    corner, largest = found[..., 0, 0], right[..., 0, 0]
    hint_if((corner > largest).any(), f"a window of {k} sees more than the two do")
    hint_if((corner < largest).any(), f"a window of {k} sees less than the two do")
    hint_if(
        found.shape != right.shape,
        f"the window is right; but of 31 × 31 a stride of {s} makes "
        f"{by(found.shape[2:])}, and the two make {by(right.shape[2:])}",
    )
    return "on 20 random maps"


@exercise("a list of the weights along one axis")
def twice_average(weights: list[float]) -> str:
    """The weights, along one axis, of AvgPool2d(3, 2) done twice."""
    found = torch.tensor(as_numbers(weights)).double()
    ones = torch.eye(7).double()[:, None]  # a 1 at each of the places of the window
    right = F.avg_pool1d(F.avg_pool1d(ones, 3, 2), 3, 2)[:, 0, 0]
    hint_if(
        len(found) != len(right),
        f"{len(found)} weights do not cover the window; it is as large as with max",
    )
    if same(found, right):
        return "on a 1 at each place of the window"
    total = found.sum().item()
    shape = found / total if total else found
    hint_if(
        same(found, torch.full_like(found, found[0].item())),
        "equal weights: but some pixels are in two of the first windows",
    )
    hint_if(
        same(shape, right),
        f"the proportions are right, but an average's weights do not add up to "
        f"{total:g}",
    )
    hint_if(
        not same(found, found.flip(0)),
        "your weights change when read backwards: do both ends count alike?",
    )
    raise NotYet("count for each pixel in how many of the first windows it is")


@exercise("a function that returns the pooled maps")
def min_pool(pool: Callable) -> str:
    """A function of x (N, C, H, W), window, stride, padding: the smallest numbers."""
    for trial in range(20):
        k, s, p = setting()
        height, width = torch.randint(6, 12, (2,)).tolist()
        if trial == 0:  # sizes by which one mistake can be told from another
            k, s, p, height, width = 3, 2, 1, 9, 11
        x = torch.randn(2, 3, height, width) + 3 * (trial % 3 - 1)
        at = f"maps of {height} × {width}, window {k}, stride {s}, padding {p}"
        found = as_tensor(ask(pool, x, k, s, p, at=at), at=at)
        x = x.double()
        around = F.pad(x, [p] * 4, value=torch.inf)
        right = around.unfold(2, k, s).unfold(3, k, s).amin(dim=(4, 5))
        slips = {
            F.max_pool2d(x, k).shape: ": is the stride used?",
            F.max_pool2d(x, k, padding=p).shape: ": is the stride used?",
            F.max_pool2d(x, k, s).shape: ": is the padding used?",
            x.shape: ": nothing is pooled",
        }
        hint_if(
            found.shape != right.shape,
            f"for {at} the shape is {by(found.shape)}, expected {by(right.shape)}"
            + slips.get(found.shape, ""),
        )
        zeros = F.pad(x, [p] * 4)
        mistakes = {
            "that is the largest number of each window": F.max_pool2d(x, k, s, p),
            "that is the largest number with its sign changed": -F.max_pool2d(
                x, k, s, p
            ),
            "each number has the wrong sign": -right,
            "that is the average of each window": F.avg_pool2d(x, k, s, p),
            "the zeros that you put around the map are taken for its smallest": -(
                F.max_pool2d(-zeros, k, s)
            ),
        }
        compare(found, right, mistakes, at)
    return "on 20 random settings, maps of either sign"


@exercise("a function that returns a map")
def power_pool(pool: Callable) -> str:
    """`pool` with a number `power` in the place of `kind`: the power mean."""
    for trial in range(20):
        k, s, p = setting()
        d, power = torch.randint(1, 3, (1,)).item(), (2, 1, 3, 8, 0.5)[trial % 5]
        height, width = torch.randint(8, 13, (2,)).tolist()
        x = torch.rand(height, width) + 0.1
        at = (
            f"{height} × {width}, window {k}, stride {s}, padding {p}, dilation {d} "
            f"and power {power}"
        )
        found = as_tensor(ask(pool, x, k, s, p, d, power, at=at), at=at)
        rows, columns = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n in x.shape)
        hint_if(
            found.shape != (rows, columns),
            f"for {at} the map has {by(found.shape)}, expected {by((rows, columns))}",
        )
        around = F.pad(x.double(), [p] * 4)[None, None]
        windows = F.unfold(around, k, dilation=d, stride=s)[0]  # (k · k, places)
        powers = (windows**power).mean(0)
        mistakes = {
            "that is the average, whatever the power": windows.mean(0),
            "that is the largest number, whatever the power": windows.amax(0),
            "the root is missing": powers,
            "the root comes first and the power last": (
                (windows ** (1 / power)).mean(0) ** power
            ),
            "** 1 / power divides by the power: write ** (1 / power)": powers / power,
            "the power comes after the average; put it before": windows.mean(0)
            ** power,
            "the powers are added up; average them": (powers * k * k) ** (1 / power),
        }
        mistakes = {hint: wrong.view(found.shape) for hint, wrong in mistakes.items()}
        compare(found, (powers ** (1 / power)).view(found.shape), mistakes, at)
    return "on 20 random settings, with five powers"


NOTHING = "a layer without parameters and multiply-adds, in both networks"
LAYERS = {1: NOTHING, 3: NOTHING, 4: NOTHING}
LAYERS[6] = "it reads 512 numbers in both networks"


@exercise("a list of layers, such as [0, 1]")
def fewer_parameters(layers: list[int]) -> str:
    """The layers that have fewer parameters in the network with pooling."""
    kernel = "a convolution: do its kernels know how large the map is?"
    compare_layers(layers, [5], LAYERS | {0: kernel, 2: kernel})
    return "by counting the parameters of both networks"


@exercise("a list of layers, such as [0, 1]")
def less_work(layers: list[int]) -> str:
    """The layers with fewer multiply-adds in the network with pooling."""
    compare_layers(layers, [2, 5], LAYERS | {0: "what stands before it?"})
    return "by counting the multiply-adds of both networks"


def compare_layers(layers: list[int], right: list[int], hints: Mapping[int, str]):
    """Raise `NotYet` unless the layers are the right ones."""
    given = as_numbers(layers)
    for layer in given:
        hint_if(
            layer not in hints and layer not in right,
            f"there is no layer {layer:g}, only 0 to 6",
        )
        hint_if(layer in hints, f"not layer {layer:g}: {hints.get(layer)}")
    hint_if(not given, "your list is empty: compare the two tables line by line")
    hint_if(set(given) != set(right), "right so far, and one is missing")


@exercise("a number of pixels")
def false_stripes(width: float) -> str:
    """How wide stripes of 6 pixels look when every fourth pixel is kept."""
    width = as_number(width)
    hints = {
        6: "those are the true stripes; what do the dots draw?",
        4: "that is the distance of two dots",
        1.5: "that is the number of samples a stripe",
        3: "that is counted in dots; count pixels",
        24: "the dots repeat sooner than that",
    }
    hint_if(width in hints, f"not {width:g}: {hints.get(width)}")
    places = torch.arange(0, 480, 4).double()
    dots = torch.cos(2 * torch.pi * places / 6)
    seen = torch.cos(2 * torch.pi * places / width) if width > 0 else 0 * dots
    hint_if(not same(seen, dots), f"stripes of {width:g} pixels have other dots")
    hint_if(width < 8, f"fewer than two samples for stripes of {width:g} as well")
    return "at 120 dots"


@exercise("a whole number")
def largest_stride(stride: int) -> str:
    """The largest stride with more than two samples for a stripe of 6 pixels."""
    stride = as_number(stride)
    hint_if(stride != int(stride) or stride < 1, "a stride is a whole number from 1")
    samples = 6 / stride
    hint_if(samples < 2, f"stride {stride:g} takes only {samples:.2g} samples a stripe")
    hint_if(
        samples == 2,
        "exactly two: if both fall between light and dark, nothing is left",
    )
    hint_if(samples > 3, f"stride {stride:g} is safe, and there is a larger one")
    return "more than two samples a stripe, and one step more would be too far"


OTHERS = {
    "abs",
    "clamp",
    "sort",
    "topk",
    "where",
    "median",
    "quantile",
    "numpy",
    "tolist",
}


class Recorder(TorchFunctionMode):
    """Writes down the names of PyTorch's functions that are called in it."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.append(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


@exercise("a function that returns the pooled maps")
def max_of_relus(pool: Callable) -> str:
    """A max pooling of 2 × 2, (N, 1, H, W), of convolutions and ReLU alone."""
    for trial in range(20):
        height, width = (2 * torch.randint(2, 7, (2,))).tolist()
        x = torch.randn(3, 1, height, width) - trial % 3
        at = f"maps of {height} × {width}"
        with Recorder() as recorder:
            result = ask(pool, x, at=at)
        for name in recorder.names:
            hint_if(
                "max" in name or name in OTHERS,
                f"you call {name}; convolutions and ReLU are enough",
            )
        found, x = as_tensor(result, at=at), x.double()
        right = F.max_pool2d(x, 2)
        hint_if(
            found.shape != right.shape,
            f"for {at} the shape is {by(found.shape)}, expected {by(right.shape)}",
        )
        a, b, c, d = (x[..., i::2, j::2] for i in (0, 1) for j in (0, 1))
        mistakes = {
            "that is the maximum of the upper two pixels only": a.maximum(b),
            "that is the maximum of the left two pixels only": a.maximum(c),
            "that is the average of the window": (a + b + c + d) / 4,
            "that is the sum of the window": a + b + c + d,
            "windows that are negative everywhere give 0": right.clamp(min=0),
            "that is the smallest number of the window": -F.max_pool2d(-x, 2),
        }
        compare(found, right, mistakes, at)
    return "on 20 random sizes"
