"""What is wrong with a batch that PyTorch has refused, in a sentence.

Each function looks at the batch after PyTorch's error, and returns None when the batch
does not explain it. The sentence names what was given, what fits, and the next step.
"""

import copy
import math

import torch
from torch import Tensor, nn


def of_images(model: nn.Module, images: Tensor, error: str) -> str | None:
    """What is wrong with the images that a model was given."""
    dtype, shape = next(model.parameters()).dtype, tuple(images.shape)
    if images.dtype != dtype and ("type" in error or "not implemented for" in error):
        return (
            f"images are {images.dtype} and the model's parameters {dtype}; give both "
            "the same type: make_loader gives torch.float32, which model.float() takes"
        )
    convs = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    wanted = convs[0].in_channels if convs else None
    if convs and shape[1:2] != (wanted,) and "channels" in error:
        return (
            f"images are {shape} and the model's first convolution takes {wanted} "
            f"channel(s); give (N, {wanted}, H, W), or a model with other in_channels"
        )
    smallest, largest = _sides(model, shape[1]) if len(shape) == 4 else (None, None)
    if smallest and not smallest <= min(shape[2:]) <= max(shape[2:]) <= largest:
        sides = f"from {smallest} to {largest} pixels"
        if smallest == largest:
            sides = f"of {smallest} pixels"
        if largest == math.inf:
            sides = f"from {smallest} pixels on"
        return (
            f"images are {shape}, and the model takes H and W {sides}: resize them, or "
            "build the model for their size (many have a small_input)"
        )
    if "shapes cannot be multiplied" in error:
        return (
            f"images are {shape}, and with them a linear layer gets another number of "
            "features than it was built for; give (N, C, H, W) of the size that the "
            "model takes: layer_table shows the sizes"
        )
    return None


def _sides(model: nn.Module, channels: int) -> tuple[int | None, float | None]:
    """The smallest and the largest side of the square images that a model takes.

    Tried on PyTorch's device "meta", where shapes are computed and numbers are not, up
    to 256 pixels, and then five pixels further: what takes them all takes any.
    """
    probe = copy.deepcopy(model).to("meta").eval()

    def takes(side: int) -> bool:
        try:
            probe(torch.empty(1, channels, side, side, device="meta"))
        except Exception:
            return False
        return True

    doubled = next((2**n for n in range(9) if takes(2**n)), None)
    sides = range(1, 257) if doubled is None else range(doubled // 2 + 1, doubled + 1)
    smallest = next((side for side in sides if takes(side)), None)
    if smallest is None:
        return None, None
    for side in range(smallest + 1, smallest + 6):
        if not takes(side):
            return smallest, side - 1
    return smallest, math.inf


def of_labels(logits: Tensor, labels: Tensor, error: Exception) -> str | None:
    """What is wrong with the labels of a batch, or with the logits that they meet."""
    shape = tuple(logits.shape)
    if logits.dim() < 2 or labels.shape != shape[:1] + shape[2:]:
        return (
            f"labels are {tuple(labels.shape)} for logits {shape}; give (N,) for "
            "(N, num_classes), or (N, K) for (N, num_classes, K): are the labels "
            "one-hot (then labels.argmax(dim=1)), or does the model lack nn.Flatten?"
        )
    if labels.dtype != torch.int64:
        return f"labels are {labels.dtype}; give torch.int64, labels.long()"
    if isinstance(error, IndexError):
        low, high = labels.aminmax()
        return (
            f"labels go from {low} to {high} for logits of {shape[1]} classes; give "
            f"labels from 0 to {shape[1] - 1}, or a model with more classes"
        )
    return None
