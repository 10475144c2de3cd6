"""What the logits of a batch are worth: their loss, and how many images are right.

With K labels an image, logits are (N, num_classes, K) and labels (N, K), as PyTorch's
own `F.cross_entropy` takes them. One deviation from it: no label is left out.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# PyTorch leaves out labels of -100 without a word. No label has this number; as it is
# not negative, PyTorch refuses probabilities for labels too.
LEFT_OUT = torch.iinfo(torch.int64).max


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the loss in nats, the mean over all labels; float32 for half precision.

    logits (N, num_classes) with labels (N,), or (N, num_classes, K) with (N, K). Raises
    ValueError for labels of another shape or type, or, on the CPU, of no class.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    try:
        return F.cross_entropy(logits, labels, ignore_index=LEFT_OUT)
    except (IndexError, RuntimeError, ValueError) as error:
        reason = _misfit(logits, labels, error)
        if reason is None:
            raise
        raise ValueError(f"{reason} (PyTorch: {error})") from error


def _misfit(logits: Tensor, labels: Tensor, error: Exception) -> str | None:
    """Say what is wrong with labels that PyTorch has refused."""
    shape = tuple(logits.shape)
    if logits.dim() < 2 or labels.shape != shape[:1] + shape[2:]:
        return (
            f"labels are {tuple(labels.shape)} for logits {shape}; give (N,) for "
            "(N, num_classes), or (N, K) for (N, num_classes, K)"
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


def count_right(logits: Tensor, labels: Tensor) -> Tensor:
    """Count the images that are right: those whose labels all have the highest logit.

    logits (N, num_classes) with labels (N,), or (N, num_classes, K) with (N, K).
    """
    right = logits.argmax(dim=1) == labels  # (N,) or (N, K)
    if right.dim() > 1:
        right = right.flatten(1).all(dim=1)  # (N,)
    return right.sum()
