"""The networks of the course: a plain dict of names, one file a paper."""

from collections.abc import Callable

from torch import nn

from d2lmini import expect
from d2lmini.models.lenet import LeNet

MODELS: dict[str, Callable[..., nn.Module]] = {
    "lenet": LeNet,
}


def create_model(name: str, num_classes: int = 10, in_channels: int = 3) -> nn.Module:
    """Build a network of the course by its name in MODELS, with its default settings.

    The network maps images (N, in_channels, H, W) to logits (N, num_classes). For a
    network's other arguments, call its class. Raises ValueError for an unknown name
    and for numbers below 1, and TypeError for what is no name or no whole number.
    """
    return MODELS[expect.one_of("model", name, MODELS)](
        num_classes=expect.whole("num_classes", num_classes),
        in_channels=expect.whole("in_channels", in_channels),
    )
