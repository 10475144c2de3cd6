"""Right and wrong answers to the exercises of `notebooks/25-googlenet.ipynb`."""

import torch
from torch import Tensor, nn

from d2lmini.models.inception import Inception, conv_relu

GONE = ([1], [2, 3], [4, 5], [6])


def count(row, kernel):
    c_in, c1, reduce3, c3, reduce5, c5, c_pool = row
    reductions = c_in * (c1 + reduce3 + reduce5 + c_pool)
    return reductions + 9 * reduce3 * c3 + kernel**2 * reduce5 * c5


def count_naive(row, kernel):
    c_in, c1, _, c3, _, c5, c_pool = row
    return c_in * (c1 + 9 * c3 + kernel**2 * c5 + c_pool)


def count_flat(row, kernel):
    c_in, c1, reduce3, c3, reduce5, c5, c_pool = row
    reductions = c_in * (c1 + reduce3 + reduce5 + c_pool)
    return reductions + 3 * reduce3 * c3 + kernel * reduce5 * c5


def by_the_class(row, kernel):
    return sum(p.numel() for p in Inception(row, False, kernel).parameters()) - sum(
        row[1:]
    )


def merged(w1, b1, w3, b3):
    matrices = w3.permute(2, 3, 0, 1) @ w1[:, :, 0, 0]
    weight = matrices.permute(2, 3, 0, 1)
    return weight, b3 + w3.sum(dim=(2, 3)) @ b1


def merged_by_loop(w1, b1, w3, b3):
    weight, bias = torch.zeros(len(w3), w1.shape[1], 3, 3), b3.clone()
    for row in range(3):
        for column in range(3):
            weight[:, :, row, column] = w3[:, :, row, column] @ w1[:, :, 0, 0]
            bias += w3[:, :, row, column] @ b1
    return [weight, bias]


def other_bias(bias):
    def join(w1, b1, w3, b3):
        return merged(w1, b1, w3, b3)[0], bias(b1, w3, b3)

    return join


class Factorised(Inception):
    """The block of the solution; `layers` for a wrong third branch."""

    def __init__(self, channels, batch_norm: bool = True):
        super().__init__(channels, batch_norm)
        c_in, _, _, _, reduce, c_out, _ = channels
        self.branch3 = nn.Sequential(
            conv_relu(c_in, reduce, 1, batch_norm=batch_norm),
            conv_relu(reduce, c_out, 3, batch_norm=batch_norm),
            conv_relu(c_out, c_out, 3, batch_norm=batch_norm),
        )


class Bare(nn.Module):
    """The same without the classes of the library."""

    def __init__(self, channels, batch_norm):
        super().__init__()
        c_in, c1, r3, c3, r5, c5, c_pool = channels
        self.one = nn.Sequential(nn.Conv2d(c_in, c1, 1), nn.ReLU())
        self.three = nn.Sequential(
            nn.Conv2d(c_in, r3, 1),
            nn.ReLU(),
            nn.Conv2d(r3, c3, 3, padding=1),
            nn.ReLU(),
        )
        self.five = nn.Sequential(
            nn.Conv2d(c_in, r5, 1),
            nn.ReLU(),
            nn.Conv2d(r5, c5, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c5, c5, 3, padding=1),
            nn.ReLU(),
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, 1, 1), nn.Conv2d(c_in, c_pool, 1), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


def edited(change):
    """A class whose blocks are changed after they were built."""

    class Edited(Factorised):
        def __init__(self, channels, batch_norm: bool = True):
            super().__init__(channels, batch_norm)
            change(self, channels)

    return Edited


def same_again(block, channels):
    block.branch3[1] = conv_relu(channels[4], channels[4], 3, batch_norm=False)
    block.branch3[2] = conv_relu(channels[4], channels[5], 3, batch_norm=False)


def five_and_three(block, channels):
    block.branch3[1] = conv_relu(channels[4], channels[5], 5, batch_norm=False)


def no_relu(block, channels):
    block.branch3[1][-1] = nn.Identity()


def three_times(block, channels):
    block.branch3.append(conv_relu(channels[5], channels[5], 3, batch_norm=False))


def second_branch(block, channels):
    block.branch2.append(conv_relu(channels[3], channels[3], 3, batch_norm=False))
    del block.branch3[2]


def unpadded(block, channels):
    block.branch3[2][0].padding = (0, 0)


def normed(block, channels):
    block.branch1[1] = nn.Sequential(nn.BatchNorm2d(channels[1]), nn.ReLU())


class Added(Factorised):
    def forward(self, x):
        return self.branch1(x)


def fair(row, branch, kernel=5):
    goal = count(row, kernel)

    def scaled(factor):
        counts = [round(n * factor) for n in row]
        return [row[0]] + [0 if i in GONE[branch] else counts[i] for i in range(1, 7)]

    factors = [1 + step / 300 for step in range(900)]
    best = min(factors, key=lambda f: abs(count(scaled(f), kernel) - goal))
    return scaled(best)


def fair_by_halving(row, branch):
    low, high = 1.0, 8.0
    for _ in range(30):
        middle = (low + high) / 2
        new = [round(n * middle) for n in row]
        for i in GONE[branch]:
            new[i] = 0
        new[0] = row[0]
        low, high = (middle, high) if count(new, 5) < count(row, 5) else (low, middle)
    return torch.tensor(new)


def gone(row, branch):
    return [0 if i in GONE[branch] else n for i, n in enumerate(row)]


def twice(row, branch):
    return [row[0]] + [2 * n for n in gone(row, branch)[1:]]


def by_ratio(row, branch):
    left = gone(row, branch)
    factor = count(row, 5) / count(left, 5)
    return [row[0]] + [round(n * factor) for n in left[1:]]


def only_outputs(row, branch):
    left = gone(row, branch)
    return [n + (n // 3 if i in (1, 3, 5, 6) else 0) for i, n in enumerate(left)]


RIGHT = {
    "block_weights": [(count,), (by_the_class,)],
    "merge": [(merged,), (merged_by_loop,)],
    "factorised": [(Factorised,), (Bare,)],
    "missing_relus": [(18,), (torch.tensor(18),)],
    "largest_ranks": [((96, 16),), ([96.0, 16.0],)],
    "without_branch": [(fair,), (fair_by_halving,)],
    "smallest_alone": [(47,), (torch.tensor(47),)],
}
WRONG = {
    "block_weights": {
        "biases": ((lambda r, k: count(r, k) + sum(r[1:]),), "the biases as well"),
        "no pooling": ((lambda r, k: count(r, k) - r[0] * r[6],), "the pooling has"),
        "no reductions": (
            (lambda r, k: count(r, k) - r[0] * (r[2] + r[4]),),
            "the reductions have weights",
        ),
        "naive": ((count_naive,), "work on the reduced channels"),
        "always 5": ((lambda r, k: count(r, 5),), "is an argument"),
        "always 3": ((lambda r, k: count(r, 3),), "another kernel than the second"),
        "flat": ((count_flat,), "a kernel has two sides"),
        "channels": (
            (lambda r, k: r[1] + r[3] + r[5] + r[6],),
            "how many channels come out",
        ),
        "row": ((lambda r, k: sum(r),), "it is not"),
        "list": ((lambda r, k: r,), "you gave 7 numbers"),
    },
    "merge": {
        "first bias lost": ((other_bias(lambda b1, w3, b3: b3),), "1 × 1 is lost"),
        "both lost": ((other_bias(lambda b1, w3, b3: 0 * b3),), "both biases are lost"),
        "once": (
            (other_bias(lambda b1, w3, b3: b3 + w3.mean(dim=(2, 3)) @ b1),),
            "each of the nine places",
        ),
        "second lost": (
            (other_bias(lambda b1, w3, b3: w3.sum(dim=(2, 3)) @ b1),),
            "the bias of the 3 × 3 is lost",
        ),
        "rows and columns": (
            (
                lambda w1, b1, w3, b3: (
                    merged(w1, b1, w3, b3)[0].transpose(2, 3),
                    merged(w1, b1, w3, b3)[1],
                ),
            ),
            "the weight is not right yet",
        ),
        "zeros": (
            (lambda w1, b1, w3, b3: (0 * merged(w1, b1, w3, b3)[0], b3),),
            "the weight is not right yet",
        ),
        "only the weight": (
            (lambda w1, b1, w3, b3: merged(w1, b1, w3, b3)[0],),
            "return two tensors",
        ),
        "second weight": ((lambda w1, b1, w3, b3: (w3, b3),), "the shape"),
        "off": (
            (other_bias(lambda b1, w3, b3: b3 + w3.sum(dim=(2, 3)) @ b1 + 1),),
            "values are off",
        ),
    },
    "factorised": {
        "as it was": ((Inception,), "the block as it was"),
        "five": (
            (edited(lambda block, channels: block.branch3.pop(2)),),
            "six convolutions as before",
        ),
        "reduced twice": ((edited(same_again),), "as many maps as the 5 × 5 gave"),
        "five and three": ((edited(five_and_three),), "third branch sees 7 × 7"),
        "no ReLU": ((edited(no_relu),), "a ReLU behind each of 7"),
        "three times": ((edited(three_times),), "7 convolutions, not 8"),
        "second branch": ((edited(second_branch),), "the branch 3 × 3 sees 5 × 5"),
        "unpadded": ((edited(unpadded),), "raised RuntimeError"),
        "batch norm": ((edited(normed),), "with batch_norm=False there is a batch"),
        "one branch": ((Added,), "become"),
        "a block": ((nn.Linear,), "raised"),
        "a number": ((3,), "give the class"),
        "a made block": ((Factorised([3] * 7),), "give the class itself"),
        "no block": ((lambda row, norm: 3,), "no block"),
    },
    "missing_relus": {
        "one a block": ((9,), "a block has two reductions"),
        "one block": ((2,), "there are nine"),
        "pooling": ((27,), "behind the pooling has its ReLU"),
        "all": ((54,), "every convolution"),
        "last ones": ((36,), "the last convolution of each branch"),
        "stem": ((19,), "the stem has its ReLUs"),
        "other": ((17,), "it is not 17"),
        "text": (("many",), "you gave a str"),
    },
    "largest_ranks": {
        "outputs": (((128, 32),), "so many maps come out"),
        "inputs": (((192, 192),), "so many maps come in"),
        "all places": (((864, 400),), "at one place of the kernel"),
        "swapped": (((16, 96),), "the other way round"),
        "one": (((96,),), "give two numbers, not 1"),
        "second": (((96, 32),), "the branch with 5 × 5: the rank is not 32"),
        "first": (((128, 16),), "the branch with 3 × 3: the rank is not 128"),
        "number": ((96,), "give a list of numbers"),
    },
    "without_branch": {
        "as it was": ((lambda row, branch: row,), "should all be 0"),
        "only gone": ((gone,), "nothing is wider"),
        "twice": ((twice,), "more weights than before"),
        "by the ratio": ((by_ratio,), "more weights than before"),
        "only outputs": ((only_outputs,), "take one factor"),
        "input too": (
            (lambda row, branch: [2 * n for n in gone(row, branch)],),
            "what comes in stays",
        ),
        "six": ((lambda row, branch: fair(row, branch)[1:],), "6 numbers, not 7"),
        "fractions": (
            (lambda row, branch: [row[0]] + [1.2 * n for n in gone(row, branch)[1:]],),
            "channels are whole numbers",
        ),
        "kernel 3": (
            (lambda row, branch: fair(row, branch, kernel=3),),
            "weights than",
        ),
    },
    "smallest_alone": {
        "fails": ((32,), "still fails"),
        "one too few": ((46,), "still fails"),
        "paper": ((224,), "so is less"),
        "one too many": ((48,), "so is less"),
        "huge": ((1000,), "much smaller ones will do"),
        "fraction": ((40.5,), "no number of pixels"),
        "negative": ((-3,), "no number of pixels"),
        "one": ((1,), "still fails"),
    },
}
