"""Quick or full: every chapter names both settings, and this file chooses."""

import os
import random
import sys
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import torch
from tqdm.auto import tqdm

T = TypeVar("T")

PROFILES = ("quick", "full")


def pick(*, quick: T, full: T) -> T:
    """Return `quick`, or `full` when the environment variable D2LMINI_RUN says so.

    The quick value is what a laptop and CI run in under a minute a chapter; the full
    one is for a GPU, or for patience. Raises ValueError when D2LMINI_RUN is set to
    anything else than `quick` or `full`.
    """
    profile = os.environ.get("D2LMINI_RUN", "quick")
    if profile not in PROFILES:
        raise ValueError(
            f"D2LMINI_RUN is {profile!r}; set it to one of {', '.join(PROFILES)}, "
            "or unset it for quick"
        )
    return full if profile == "full" else quick


def set_seed(seed: int = 0) -> None:
    """Seed the random numbers of Python, NumPy and PyTorch (all devices)."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def best_device() -> torch.device:
    """Return the accelerator that PyTorch finds (CUDA, MPS, …), else the CPU."""
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator()
    return torch.device("cpu")


def progress_bar(batches: Iterable[T], epoch: int) -> Iterable[T]:
    """Wrap batches in a bar that shows on a live screen, a terminal or a notebook.

    Elsewhere, and where TQDM_DISABLE is set, as it is when outputs are stored, the
    batches pass without a bar.
    """
    live = "ipykernel" in sys.modules or sys.stderr.isatty()
    if live and not os.environ.get("TQDM_DISABLE"):  # tqdm.notebook does not read it
        return tqdm(batches, desc=f"epoch {epoch}", leave=False)
    return batches
