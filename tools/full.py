"""The long runs behind the tables of the book: `make full`, or `python -m tools.full`.

A row of EXPERIMENTS is a file of `tools/experiments/`, whose `main()` records its runs
in `results/runs/` and says in its first line what they are. What is recorded already is
not repeated.

    python -m tools.full                        all of them
    python -m tools.full alexnet vgg            some
    python -m tools.full fashion:vgg11,nin      some networks of the comparison
"""

import importlib
import sys

EXPERIMENTS = (
    "fashion",
    "rates",
    "alexnet",
    "vgg",
    "nin",
    "googlenet",
    "resnet",
    "densenet",
    "fcn",
    "cost",
    "comparison",
    "scale",
)


def main(names: list[str]) -> None:
    for name in names or EXPERIMENTS:
        experiment, _, some = name.partition(":")
        if experiment not in EXPERIMENTS:
            raise SystemExit(
                f"no experiment {experiment!r}; one of {', '.join(EXPERIMENTS)}"
            )
        module = importlib.import_module(f"tools.experiments.{experiment}")
        module.main(*(some.split(",") if some else ()))


if __name__ == "__main__":
    main(sys.argv[1:])
