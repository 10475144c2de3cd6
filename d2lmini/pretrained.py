"""Weights that torchvision trained on ImageNet, in the networks of the course.

The networks here list their layers in torchvision's order, so that the mapping between
the two is the order itself: the first tensor of one `state_dict` goes to the first of
the other, and so on, and their shapes must agree.
"""

from torch import Tensor, nn

from d2lmini import expect
from d2lmini.models import create_model

PRETRAINED = (
    "alexnet",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
    "googlenet",
    "resnet18",
    "resnet34",
    "resnet50",
    "densenet121",
)


def copy_weights(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Copy the state_dict of a network of torchvision into the same network of ours.

    By position: the n-th tensor becomes the n-th of `model.state_dict()`. Raises
    ValueError, with both names, where number or shapes differ, and copies nothing.
    """
    own = model.state_dict()
    if len(own) != len(weights):
        raise ValueError(
            f"{len(weights)} tensors for a {type(model).__name__} of {len(own)}; give "
            "those of the same network, with as many classes and the same heads"
        )
    for (name, tensor), (other, value) in zip(
        own.items(), weights.items(), strict=True
    ):
        if tensor.shape != value.shape:
            raise ValueError(
                f"{other!r} has the shape {tuple(value.shape)} and {name!r} "
                f"{tuple(tensor.shape)}; give the weights of the same network"
            )
    model.load_state_dict(dict(zip(own, weights.values(), strict=True)))


def load_pretrained(name: str, weights: str = "IMAGENET1K_V1") -> nn.Module:
    """Build a network of PRETRAINED for 1000 classes, with weights of torchvision.

    weights: their name there. torchvision fetches them once and keeps them. The network
    takes colour images (N, 3, H, W) that were scaled to 0 to 1 and normalised: with the
    mean (0.485, 0.456, 0.406) and the standard deviation (0.229, 0.224, 0.225), and for
    googlenet with 0.5 everywhere. It is in evaluation mode, and has no auxiliary heads,
    which torchvision did not keep. Raises ValueError for unknown names, and
    RuntimeError when the weights cannot be fetched.
    """
    import torchvision.models

    expect.one_of("network with weights", name, PRETRAINED)
    choices = torchvision.models.get_model_weights(name)
    expect.one_of(f"set of weights for {name}", weights, choices.__members__)
    chosen = choices[weights]
    try:
        theirs = torchvision.models.get_model(name, weights=chosen, progress=False)
    except OSError as error:  # what urllib raises without a network
        raise RuntimeError(
            f"could not fetch the weights {weights} of {name} from {chosen.url} "
            f"({error}); try again with a network, or build it untrained with "
            f"create_model({name!r}, 1000)"
        ) from error
    model = create_model(name, num_classes=1000)
    copy_weights(model, theirs.state_dict())
    return model.eval()
