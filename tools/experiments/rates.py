"""Twenty layers at many learning rates, with and without batch norm: `make full`.

The networks of chapter 06: 784 -> 64, twenty linear layers of 64 with ReLU, -> 10, with
nothing between linear layer and ReLU, or the two halves of batch norm, or both. Plain
SGD on 2,000 pictures. The last losses of all seeds are recorded in
`results/runs/rates.json`, one entry a setting; what is recorded is not repeated, so
that an interrupted recording goes on. About ten minutes on one core.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from d2lmini import load_data, set_seed
from tools.experiment import RUNS, evidence, git, read, write

FILE = RUNS / "rates.json"
SEEDS = (0, 1, 2, 3, 4)
RATES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
GAINS = {"default": (1 / 3) ** 0.5, "Kaiming": 2**0.5}  # of the linear layers
NORMS = ("none", "both", "mean", "variance")
DEPTH, WIDTH, STEPS, BATCH_SIZE, LAST = 20, 64, 400, 100, 20


class HalfNorm(nn.Module):
    """Batch norm for (N, C) in training that uses the mean only, or the variance."""

    def __init__(self, part: str):
        super().__init__()
        self.part = part
        self.weight = nn.Parameter(torch.ones(WIDTH))
        self.bias = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        if self.part == "mean":
            x = x - x.mean(dim=0)
        else:
            x = x / (x.var(dim=0, correction=0) + 1e-5).sqrt()
        return self.weight * x + self.bias


def network(start: str, norm: str) -> nn.Sequential:
    """(N, 784) -> (N, 10), with the layers in the chapter's order."""
    layers = [nn.Linear(784, WIDTH)]
    for _ in range(DEPTH):
        linear = nn.Linear(WIDTH, WIDTH)
        nn.init.normal_(linear.weight, std=GAINS[start] / WIDTH**0.5)
        nn.init.zeros_(linear.bias)
        layers.append(linear)
        if norm == "both":
            layers.append(nn.BatchNorm1d(WIDTH))
        elif norm != "none":
            layers.append(HalfNorm(norm))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.Linear(WIDTH, 10))


def main() -> None:
    runs = read(FILE)
    known = [(run["start"], run["norm"], run["lr"]) for run in runs]
    commit = git("rev-parse", "--short", "HEAD")  # of the code that runs
    data = load_data("fashion", "train")[:2000]
    images, labels = data.normalised().flatten(1), data.labels
    for norm in NORMS:
        for start in GAINS:
            for lr in RATES:
                if (start, norm, lr) in known:
                    continue
                losses = [train(start, norm, lr, s, images, labels) for s in SEEDS]
                print(f"{start}, {norm}, lr {lr}: {losses}", flush=True)
                runs.append(record(start, norm, lr, losses) | {"commit": commit})
                write(FILE, runs)


def train(
    start: str, norm: str, lr: float, seed: int, images: Tensor, labels: Tensor
) -> float | None:
    """Train one network; the mean of its last losses, None if that is not finite."""
    set_seed(seed)
    net, losses = network(start, norm), []
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for _ in range(STEPS):
        batch = torch.randint(len(images), (BATCH_SIZE,))
        loss = F.cross_entropy(net(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    loss = sum(losses[-LAST:]) / LAST
    return round(loss, 3) if math.isfinite(loss) else None


def record(start: str, norm: str, lr: float, losses: list[float | None]) -> dict:
    return {
        "model": "twenty layers",
        "start": start,
        "norm": norm,
        "lr": lr,
        "steps": STEPS,
        "batch_size": BATCH_SIZE,
        "seeds": SEEDS,
        "losses": losses,
        **evidence(),
    }
