"""The ReLUs behind GoogLeNet's reductions, and its four branches.

Two questions to a GoogLeNet of quarter width with the paper's 5 x 5, for 28 x 28:

- relus: with and without the ReLU behind each 1 x 1 reduction, with and without batch
  norm;
- branches: without one of the four branches, where the others are widened by a common
  factor until the block has its old number of weights, and so of multiply-adds.

Each variant starts by He's rule, and tries three or four learning rates. All train on
12,800 images for one epoch. The accuracy is that on held-out training images.
"""

from torch import Tensor, nn

from d2lmini import set_seed
from d2lmini.models import kaiming_init
from d2lmini.models.googlenet import GoogLeNet
from d2lmini.models.inception import CHANNELS, Inception
from tools.experiment import fashion, learn, record

WIDTH = 16
IMAGES = 12_800
NORMED_RATES = (0.05, 0.1, 0.2, 0.4)
BRANCH_RATES = (0.1, 0.2, 0.4)  # 0.05 was behind in all that was tried
PLAIN_RATES = (0.002, 0.005, 0.01, 0.02)
BRANCHES = {"1 × 1": [0], "3 × 3": [1, 2], "5 × 5": [3, 4], "pooling": [5]}

VARIANTS = {
    "relus": [
        ({"batch_norm": True, "relu": True}, NORMED_RATES),
        ({"batch_norm": True, "relu": False}, NORMED_RATES),
        ({"batch_norm": False, "relu": True}, PLAIN_RATES),
        ({"batch_norm": False, "relu": False}, PLAIN_RATES),
    ],
    "branches": [({"without": branch}, BRANCH_RATES) for branch in BRANCHES],
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
    model = GoogLeNet(
        in_channels=1,
        width=WIDTH,
        batch_norm=batch_norm,
        kernel=5,
        small_input=True,
    )
    if settings.get("without"):
        remove_branch(model, settings["without"], batch_norm)
    if not settings.get("relu", True):
        forget_relus(model)
    kaiming_init(model)
    return model


def measure(settings: dict, seed: int) -> dict:
    train, valid = fashion(IMAGES)
    model = build(settings, seed)
    return learn(model, train, valid, epochs=1, lr=settings["lr"])


def main(*questions: str) -> None:
    """Record both, or only one: `python -m tools.full googlenet:branches`."""
    for question in questions or ("relus", "branches"):
        for settings, rates in VARIANTS[question]:
            record("googlenet", [{"about": question, **settings}], measure, rates)
