"""What the logits of a batch are worth: their loss, and how many images are right.

With K labels an image, logits are (N, num_classes, K) and labels (N, K), as PyTorch's
own `F.cross_entropy` takes them. One deviation from it: no label is left out.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from d2lmini import misfit

# PyTorch leaves out labels of -100 without a word. No label has this number; as it is
# not negative, PyTorch refuses probabilities for labels too.
LEFT_OUT = torch.iinfo(torch.int64).max


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the loss in nats, the mean over all labels; float32 for half precision.

    logits (N, num_classes) with labels (N,), or (N, num_classes, K) with (N, K). Raises
    ValueError for labels of another shape or type, or, on the CPU, of no class.
    """
    if not isinstance(logits, Tensor):
        kind = type(logits).__name__
        raise TypeError(f"the model gave a {kind}; it must give its logits, one tensor")
    if len(labels) == 0:
        raise ValueError("a batch has no images; give batches of 1 or more")
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    try:
        return F.cross_entropy(logits, labels, ignore_index=LEFT_OUT)
    except (IndexError, RuntimeError, ValueError) as error:
        reason = misfit.of_labels(logits, labels, error)
        if reason is None:
            raise
        raise ValueError(f"{reason} (PyTorch: {error})") from error


def count_right(logits: Tensor, labels: Tensor) -> Tensor:
    """Count the images that are right: those whose labels all have the highest logit.

    logits (N, num_classes) with labels (N,), or (N, num_classes, K) with (N, K).
    """
    right = logits.argmax(dim=1) == labels  # (N,) or (N, K)
    if right.dim() > 1:
        right = right.flatten(1).all(dim=1)  # (N,)
    return right.sum()
