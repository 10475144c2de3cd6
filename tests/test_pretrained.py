"""The networks beside torchvision's: the same functions, and its weights in ours."""

import urllib.error

import pytest
import torch
import torchvision
from torch.testing import assert_close

from d2lmini import count_parameters, create_model, set_seed
from d2lmini.models.googlenet import GoogLeNet
from d2lmini.pretrained import PRETRAINED, copy_weights, load_pretrained

# numbers that everybody can look up, of 1000 classes
PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "googlenet": 6_624_904,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "densenet121": 7_978_856,
}


def theirs(name, **settings):
    """torchvision's network, untrained; its running statistics are not 0 and 1."""
    set_seed(0)
    if name == "googlenet":
        settings = {"aux_logits": False, "init_weights": False} | settings
    model = torchvision.models.get_model(name, weights=None, **settings)
    for buffer_name, buffer in model.named_buffers():
        if buffer_name.endswith("running_mean"):
            buffer.normal_(std=0.1)
        elif buffer_name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    return model.eval()


@pytest.mark.parametrize("name", PRETRAINED)
def test_the_network_computes_what_torchvision_s_computes(name):
    reference, model = theirs(name), create_model(name, num_classes=1000).eval()
    assert count_parameters(model) == count_parameters(reference) == PARAMETERS[name]
    copy_weights(model, reference.state_dict())
    images = torch.randn(2, 3, 97, 128)
    with torch.inference_mode():
        expected, logits = reference(images), model(images)
    assert expected.std() > 1e-3  # images and weights matter
    assert_close(logits, expected, rtol=1e-5, atol=1e-5)


def test_googlenet_has_torchvision_s_auxiliary_heads():
    reference = theirs("googlenet", aux_logits=True)
    model = GoogLeNet(1000, aux_logits=True).eval()
    assert count_parameters(model) == count_parameters(reference) == 13_004_888
    copy_weights(model, reference.state_dict())
    images = torch.randn(2, 3, 96, 96)
    reference.train()
    for module in reference.modules():  # it returns all logits in training mode only
        if isinstance(module, torch.nn.Dropout | torch.nn.BatchNorm2d):
            module.eval()
    with torch.inference_mode():
        expected, (logits, aux1, aux2) = reference(images), model.all_logits(images)
    assert_close(logits, expected.logits, rtol=1e-5, atol=1e-5)
    assert_close(aux1, expected.aux_logits1, rtol=1e-5, atol=1e-5)
    assert_close(aux2, expected.aux_logits2, rtol=1e-5, atol=1e-5)
    assert_close(model(images), logits)


def test_weights_of_another_network_are_refused_and_nothing_is_copied():
    model = create_model("resnet18", num_classes=1000)
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(ValueError, match=r"16 tensors for a ResNet of 122; give those"):
        copy_weights(model, theirs("alexnet").state_dict())
    other = theirs("resnet18", num_classes=10).state_dict()
    with pytest.raises(ValueError, match=r"'fc.weight' has the shape \(10, 512\) and"):
        copy_weights(model, other)
    for old, parameter in zip(before, model.parameters(), strict=True):
        assert torch.equal(old, parameter)


def test_pretrained_weights_are_those_that_torchvision_fetches(monkeypatch):
    reference, asked = theirs("resnet18"), []

    def fetch(url, **settings):
        asked.append(url)
        return reference.state_dict()

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fetch)
    model = load_pretrained("resnet18")
    assert asked == ["https://download.pytorch.org/models/resnet18-f37072fd.pth"]
    assert not model.training
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        assert_close(model(images), reference(images))


def test_googlenet_leaves_out_the_heads_that_were_never_trained(monkeypatch):
    reference = theirs("googlenet", aux_logits=True)
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url",
        lambda url, **settings: reference.state_dict(),
    )
    assert count_parameters(load_pretrained("googlenet")) == PARAMETERS["googlenet"]


def test_without_a_network_the_error_says_what_and_from_where(monkeypatch):
    def fail(url, **settings):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fail)
    message = (
        r"could not fetch the weights IMAGENET1K_V1 of vgg11 from https://download"
        r"\S+vgg11\S+\.pth .*no route to host.*; try again with a network, or build it "
        r"untrained with create_model\('vgg11', 1000\)"
    )
    with pytest.raises(RuntimeError, match=message):
        load_pretrained("vgg11")


def test_unknown_networks_and_weights_are_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"with weights 'lenet'; one of alexnet, vgg1"):
        load_pretrained("lenet")
    with pytest.raises(ValueError, match=r"weights for resnet50 'V9'; one of IMAGENET"):
        load_pretrained("resnet50", "V9")
