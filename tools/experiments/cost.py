"""What a training step of each network costs: seconds and memory.

The small versions, on one batch of 128 images of 28 x 28, on one thread: the seconds in
which the processor worked on it, so that waiting for other programs does not count. The
networks take turns, and the median of ten steps is kept. `saved_mib` is what the
forward pass keeps for the backward pass, `peak_mib` by how much a first step raises the
most memory that its process ever held.
"""

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini import MODELS, count_parameters, create_model, layer_table, set_seed
from tools.experiment import record
from tools.experiments.fashion import NOT_HERE, peak_memory

BATCH_SIZE, STEPS = 128, 10


def main() -> None:
    torch.set_num_threads(1)
    names = [name for name in MODELS if name not in NOT_HERE]
    # first, as a new process counts what the one that starts it ever held as its own
    peaks = {name: peak_bytes(name) for name in names}
    networks = {name: small(name) for name in names}
    images, labels = batch()
    seconds = {name: [] for name in networks}
    for turn in range(STEPS + 1):
        for name, model in networks.items():
            start = time.process_time()
            step(model, images, labels)
            if turn > 0:  # the first one warms up
                seconds[name].append(time.process_time() - start)

    def measure(settings: dict, seed: int) -> dict:
        name = settings["model"]
        model = networks[name]
        return {
            "parameters": count_parameters(model),
            "multiply_adds": layer_table(model, (1, 28, 28)).multiply_adds,
            "step_seconds": round(statistics.median(seconds[name]), 4),
            "saved_mib": round(saved_bytes(model) / 2**20, 1),
            "peak_mib": round(peaks[name] / 2**20),
        }

    record("cost", [{"model": name} for name in networks], measure, seeds=(0,))


def small(name: str) -> nn.Module:
    set_seed()
    model = create_model(name, in_channels=1, small=True)
    return model.to(memory_format=torch.channels_last)


def batch() -> tuple[Tensor, Tensor]:
    set_seed()
    return torch.randn(BATCH_SIZE, 1, 28, 28), torch.randint(10, (BATCH_SIZE,))


def step(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Forward and backward; what an optimiser adds is small beside them."""
    F.cross_entropy(model(images), labels).backward()


def saved_bytes(model: nn.Module) -> int:
    """What a forward pass keeps for the backward pass, parameters not counted."""
    known = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    sizes = {}  # each storage counts once

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    images, labels = batch()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = F.cross_entropy(model(images), labels)
    del loss
    return sum(sizes.values())


def peak_bytes(name: str) -> int:
    """By how much a step raises the peak memory of a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(rise, name).result()


def rise(name: str) -> int:
    torch.set_num_threads(1)
    model, (images, labels) = small(name), batch()
    before = peak_memory()
    step(model, images, labels)
    return peak_memory() - before
