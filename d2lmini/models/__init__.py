"""The networks of the course: a plain dict of names, one file a paper."""

from collections.abc import Callable
from functools import partial

from torch import nn

from d2lmini import expect
from d2lmini.models.alexnet import AlexNet
from d2lmini.models.convnet import ConvNet
from d2lmini.models.densenet import DenseNet
from d2lmini.models.fcn import FCN
from d2lmini.models.googlenet import GoogLeNet
from d2lmini.models.lenet import LeNet
from d2lmini.models.nin import NiN
from d2lmini.models.resnet import ResNet
from d2lmini.models.vgg import VGG

MODELS: dict[str, Callable[..., nn.Module]] = {
    "lenet": LeNet,
    "convnet": ConvNet,
    "alexnet": AlexNet,
    "vgg11": partial(VGG, depth=11),
    "vgg13": partial(VGG, depth=13),
    "vgg16": partial(VGG, depth=16),
    "vgg19": partial(VGG, depth=19),
    "nin": NiN,
    "googlenet": GoogLeNet,
    "resnet18": partial(ResNet, depth=18),
    "resnet34": partial(ResNet, depth=34),
    "resnet50": partial(ResNet, depth=50),
    "densenet121": DenseNet,
    "densenet": partial(DenseNet, layers=(4, 4, 4, 4), bottleneck=False),
    "fcn": FCN,  # gives a logit a pixel
}

# the arguments that make a network small enough to train on 28 x 28 images on a CPU;
# one that is not named here is small as it is
SMALL_VGG = {"width": 16, "hidden": 128, "batch_norm": True, "small_input": True}
SMALL_RESNET = {"width": 16, "small_input": True}
SMALL_DENSENET = {"growth": 8, "width": 16, "small_input": True}
SMALL: dict[str, dict] = {
    "alexnet": {
        "channels": (32, 64, 96, 96, 64),
        "hidden": 256,
        "norm": "batch",
        "small_input": True,
    },
    "vgg11": SMALL_VGG,
    "vgg13": SMALL_VGG,
    "vgg16": SMALL_VGG,
    "vgg19": SMALL_VGG,
    "nin": {"width": 24, "batch_norm": True, "small_input": True},
    "googlenet": {"width": 16, "small_input": True},
    "resnet18": SMALL_RESNET,
    "resnet34": SMALL_RESNET,
    "resnet50": SMALL_RESNET,
    "densenet121": SMALL_DENSENET,
    "densenet": SMALL_DENSENET,
}


def create_model(
    name: str, num_classes: int = 10, in_channels: int = 3, *, small: bool = False
) -> nn.Module:
    """Build a network of the course by its name in MODELS, with its default settings.

    The network maps images (N, in_channels, H, W) to logits (N, num_classes). small:
    with the arguments of SMALL instead, for images of 28 x 28. For a network's other
    arguments, call its class. Raises ValueError for an unknown name and for numbers
    below 1, and TypeError for what is no name or no whole number.
    """
    build = MODELS[expect.one_of("model", name, MODELS)]
    arguments = SMALL.get(name, {}) if small else {}
    return build(
        num_classes=expect.whole("num_classes", num_classes),
        in_channels=expect.whole("in_channels", in_channels),
        **arguments,
    )


def kaiming_init(model: nn.Module) -> None:
    """Start convolutions and linear layers as ReLU needs it; their biases at 0.

    He et al. (2015), https://arxiv.org/abs/1502.01852: each weight is drawn from a
    normal distribution with the variance 2 / (numbers that a unit adds up).
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
