"""What is wrong with a batch that PyTorch has refused, in a sentence.

Each function looks at the batch after PyTorch's error, and returns None when the batch
does not explain it. The sentence names what was given, what fits, and the next step.
"""

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
    if "shapes cannot be multiplied" in error:
        return (
            f"images are {shape}, and with them a linear layer gets another number of "
            "features than it was built for; give (N, C, H, W) of the size that the "
            "model takes: layer_table shows the sizes"
        )
    return None


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
