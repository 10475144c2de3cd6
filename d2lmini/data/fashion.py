"""Fashion-MNIST: 70,000 grey 28 x 28 pictures of clothes in ten classes.

Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a Novel Image Dataset for
Benchmarking Machine Learning Algorithms", https://arxiv.org/abs/1708.07747

The authors' four files lie in `fashion-mnist/` beside this one, unchanged, with their
licence (MIT). They are read where they lie: no download, no cache.
"""

import gzip
import hashlib
from pathlib import Path

import torch
from torch import Tensor

FOLDER = Path(__file__).with_name("fashion-mnist")
CLASSES = (
    "T-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
)
MEAN = (0.2860,)  # of the 60,000 training images, black 0 and white 1
STD = (0.3530,)
FILES = {"train": "train", "test": "t10k"}
SHA256 = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea42"
    "2014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c5"
    "47b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c33"
    "6ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c"
    "8131fef761fdbfec72c424d5222f1a05",
}


def read(split: str) -> tuple[Tensor, Tensor]:
    """Read one split, "train" or "test".

    Returns images, uint8 (N, 1, 28, 28), and labels, int64 (N,). Raises
    FileNotFoundError when a file is missing and ValueError when its bytes are not the
    authors'.
    """
    prefix = FILES[split]
    images = _read_idx(f"{prefix}-images-idx3-ubyte.gz", header=16)
    labels = _read_idx(f"{prefix}-labels-idx1-ubyte.gz", header=8)
    return images.reshape(-1, 1, 28, 28), labels.long()


def _read_idx(name: str, header: int) -> Tensor:
    """Check one file against its SHA-256, unpack it, drop its header of shapes."""
    path = FOLDER / name
    restore = f"restore it with `git checkout -- {name}` in {FOLDER}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {restore}")
    packed = path.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"{path} was truncated or altered: {len(packed):,} bytes with SHA-256 "
            f"{found}, expected {SHA256[name]}; {restore}"
        )
    values = bytearray(gzip.decompress(packed)[header:])  # PyTorch wants it writable
    return torch.frombuffer(values, dtype=torch.uint8)
