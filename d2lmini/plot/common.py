"""What the pictures have in common: their width, and checks of what is drawn."""

from torch import Tensor

WIDTH = 7.2  # inches: one text column of the book


def expect(tensor: Tensor, name: str, *ranks: str) -> Tensor:
    """Check a tensor's number of axes against shapes such as "(N, C, H, W)"."""
    if tensor.ndim not in [rank.count(",") + 1 for rank in ranks]:
        raise ValueError(
            f"{name} have shape {tuple(tensor.shape)}; expected {' or '.join(ranks)}"
        )
    return tensor.detach().cpu()


def entries(array: Tensor) -> list[tuple[tuple[int, int], float]]:
    """Every (row, column) of a matrix with its value."""
    return [
        ((r, c), v) for r, row in enumerate(array.tolist()) for c, v in enumerate(row)
    ]
