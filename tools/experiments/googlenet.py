"""The ReLUs behind GoogLeNet's reductions, its four branches, and its auxiliary heads.

Three questions to a GoogLeNet of quarter width with the paper's 5 x 5, for 28 x 28:

- relus: with and without the ReLU behind each 1 x 1 reduction, with and without batch
  norm;
- branches: without one of the four branches, where the others are widened by a common
  factor until the block has its old number of weights, and so of multiply-adds;
- heads: with and without the auxiliary classifiers, with and without batch norm, from
  the weights with which PyTorch starts.

The first two start by He's rule. Each variant tries three learning rates, four without
batch norm. All train on 12,800 images for one epoch. The accuracy is that on held-out
training images.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR

from d2lmini import ImageData, evaluate, make_loader, set_seed
from d2lmini.models import kaiming_init
from d2lmini.models.googlenet import GoogLeNet
from d2lmini.models.inception import CHANNELS, Inception
from tools.experiment import fashion, learn, record

WIDTH = 16
IMAGES = 12_800
NORMED_RATES = (0.05, 0.1, 0.2)
PLAIN_RATES = (0.002, 0.005, 0.01, 0.02)
HEAD_RATES = (0.02, 0.05, 0.1)
BRANCHES = {"1 × 1": [0], "3 × 3": [1, 2], "5 × 5": [3, 4], "pooling": [5]}


VARIANTS = {
    "relus": [
        ({"batch_norm": True, "relu": True}, NORMED_RATES),
        ({"batch_norm": True, "relu": False}, NORMED_RATES),
        ({"batch_norm": False, "relu": True}, PLAIN_RATES),
        ({"batch_norm": False, "relu": False}, PLAIN_RATES),
    ],
    "branches": [({"without": branch}, NORMED_RATES) for branch in BRANCHES],
    "heads": [
        ({"batch_norm": False, "heads": False}, HEAD_RATES),
        ({"batch_norm": False, "heads": True}, HEAD_RATES),
        ({"batch_norm": True, "heads": False}, HEAD_RATES),
        ({"batch_norm": True, "heads": True}, HEAD_RATES),
    ],
}


class Nothing(nn.Module):
    """In place of a branch: (N, C, H, W) -> (N, 0, H, W)"""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :0]


def forget_relus(model: nn.Module) -> None:
    """Take away the ReLU behind each reduction."""
    for block in model.modules():
        if isinstance(block, Inception):
            block.branch2[0][-1] = nn.Identity()
            block.branch3[0][-1] = nn.Identity()


def weights(c_in: int, counts: list[int]) -> int:
    """Weights of a block; at each place of its maps, as many multiply-adds."""
    c1, reduce3, c3, reduce5, c5, c_pool = counts
    reductions = c_in * (c1 + reduce3 + reduce5 + c_pool)
    return reductions + 9 * reduce3 * c3 + 25 * reduce5 * c5


def widened(c_in: int, old: list[int], gone: list[int]) -> list[int]:
    """Counts without those at `gone`, and the others so large that the weights stay."""
    goal = weights(old[0], old[1:])

    def scaled(factor: float) -> list[int]:
        return [0 if i in gone else round(n * factor) for i, n in enumerate(old[1:])]

    factors = [1 + step / 500 for step in range(2000)]
    best = min(factors, key=lambda factor: abs(weights(c_in, scaled(factor)) - goal))
    return scaled(best)


def remove_branch(model: GoogLeNet, branch: str, batch_norm: bool) -> None:
    """Rebuild all blocks of a model without one of their branches."""
    rows, c_in = iter(CHANNELS.values()), 3 * WIDTH
    number = 1 + list(BRANCHES).index(branch)
    for part in (model.low, model.middle, model.high):
        for i, layer in enumerate(part):
            if isinstance(layer, Inception):
                old = [count * WIDTH // 64 for count in next(rows)]
                counts = widened(c_in, old, BRANCHES[branch])
                channels = [c_in, *(max(1, count) for count in counts)]
                part[i] = Inception(channels, batch_norm, kernel=5)
                setattr(part[i], f"branch{number}", Nothing())
                c_in = counts[0] + counts[2] + counts[4] + counts[5]
    model.classifier[-1] = nn.Linear(c_in, 10)


def build(settings: dict, seed: int) -> GoogLeNet:
    set_seed(seed)
    batch_norm = settings.get("batch_norm", True)
    heads = settings.get("heads", False)
    model = GoogLeNet(
        in_channels=1,
        width=WIDTH,
        batch_norm=batch_norm,
        kernel=5,
        small_input=True,
        aux_logits=heads,
    )
    if settings.get("without"):
        remove_branch(model, settings["without"], batch_norm)
    if not settings.get("relu", True):
        forget_relus(model)
    if settings["about"] != "heads":
        kaiming_init(model)
    return model


def measure(settings: dict, seed: int) -> dict:
    train, valid = fashion(IMAGES)
    model = build(settings, seed)
    if settings["about"] == "heads":
        return learn_with_heads(model, train, valid, settings["lr"], settings["heads"])
    return learn(model, train, valid, epochs=1, lr=settings["lr"])


def learn_with_heads(
    model: GoogLeNet, train: ImageData, valid: ImageData, lr: float, heads: bool
) -> dict:
    """As `learn`, with the loss of the paper: that of a head counts 0.3."""
    model.to(memory_format=torch.channels_last)
    loader = make_loader(train, 64, shuffle=True)
    optimizer = SGD(model.parameters(), lr, 0.9, nesterov=True, weight_decay=5e-4)
    cycle = OneCycleLR(optimizer, lr, len(loader), cycle_momentum=False)
    model.train()
    losses = []
    for images, labels in loader:
        outputs = model.all_logits(images) if heads else (model(images),)
        each = [F.cross_entropy(logits, labels) for logits in outputs]
        loss = each[0] + 0.3 * sum(each[1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        cycle.step()
        losses.append(each[0].item())
    accuracy, valid_loss = 0.0, float("nan")
    if torch.tensor(losses).isfinite().all():
        valid_loss, accuracy = evaluate(model, make_loader(valid, 1000))
    return {
        "valid_accuracy": round(accuracy, 4),
        "valid_loss": round(valid_loss, 4) if accuracy else None,
        "loss_by_25_steps": [
            round(sum(losses[step : step + 25]) / 25, 3)
            for step in range(0, len(losses), 25)
        ],
    }


def main(*questions: str) -> None:
    """Record all three, or only some: `python -m tools.full googlenet:branches`."""
    for question in questions or ("relus", "branches", "heads"):
        for settings, rates in VARIANTS[question]:
            record("googlenet", [{"about": question, **settings}], measure, rates)
