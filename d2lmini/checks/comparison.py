"""Checks of the exercises in `notebooks/29-comparison.ipynb`."""

import math
import random
from collections.abc import Callable

from d2lmini.checks import exercise
from d2lmini.checks.answers import (
    NotYet,
    as_number,
    as_numbers,
    ask,
    hint_if,
    named,
)


@exercise("two numbers: (multiply-adds, FLOPs)")
def two_counts(counts: tuple[int, int]) -> str:
    """Of a 3 x 3 convolution from 64 to 128 channels with an output of 56 x 56."""
    given = as_numbers([counts] if isinstance(counts, int | float) else counts)
    hint_if(len(given) != 2, f"you gave {len(given)} number(s); give two")
    work, flops = given
    places, maps, summed = 56 * 56, 128, 3 * 3 * 64
    right = places * maps * summed
    slips = {
        maps * summed: "these are the parameters; each is used once at every place",
        places * summed: "that is one output map; there are more",
        places * maps * 9: "a kernel reaches through all input channels",
        places * maps * 64: "a kernel has more than one number for each channel",
        2 * right: "multiplication and addition together are one multiply-add",
        right + places * maps: "leave the biases out",
    }
    hint_if(work in slips and work != right, slips.get(work, ""))
    hint_if(work != right, "multiply places, maps, and what each number adds up")
    hint_if(flops == work, "the first is right; a multiply-add has two operations")
    hint_if(2 * flops == work, "the first is right; are FLOPs fewer, or more?")
    hint_if(flops != 2 * work, "the first is right; count two operations for each")
    return "as the layer and PyTorch's counter count them"


@exercise("a function of the number of seeds that returns a probability")
def by_luck(chance: Callable) -> str:
    """How often all runs of one of two equal networks are better than the other's."""
    for seeds in (2, 1, 3, 4, 6):
        at = f"{seeds} seed(s) each"
        found = as_number(ask(chance, seeds, at=at))
        ways = math.comb(2 * seeds, seeds)
        hint_if(not 0 <= found <= 1, f"for {at} you return {found:g}: no probability")
        if math.isclose(found, 2 / ways, rel_tol=1e-3):
            continue
        slips = {
            1 / ways: "the first network may be above the other, or below",
            0.5**seeds: "the runs are not compared in pairs: all against all",
            0.5 ** (2 * seeds): "count orders of all runs: they are not coins",
            2 * 0.5**seeds: "the runs are not compared in pairs: all against all",
            1 / math.factorial(2 * seeds): "the order within a network does not matter",
            2 / math.factorial(2 * seeds): "the order within a network does not matter",
        }
        for slip, hint in slips.items():
            hint_if(math.isclose(found, slip, rel_tol=1e-3), f"for {at}: {hint}")
        raise NotYet(
            f"for {at} you return {found:.3g}; in how many ways can the places of the "
            f"{2 * seeds} runs be shared out, and in how many is one network on top?"
        )
    return "for 1, 2, 3, 4 and 6 seeds"


class Workshop:
    """A clock that runs only while `run` does: slow at first, sometimes disturbed."""

    def __init__(self, usual: float, first: float, disturbed: float):
        self.usual, self.first, self.disturbed = usual, first, disturbed
        self.now = self.calls = 0

    def clock(self) -> float:
        return self.now

    def run(self) -> None:
        late = self.calls % 4 == 3  # a quarter of the calls
        seconds = self.disturbed if late else self.usual
        self.now += self.first if self.calls == 0 else seconds
        self.calls += 1


@exercise("a function of run and clock that returns the seconds of one call")
def stopwatch(seconds_of: Callable) -> str:
    """One call of run(), without the first and whatever disturbs some of the others."""
    for _ in range(20):
        usual = random.uniform(0.001, 0.1)
        shop = Workshop(usual, 50 * usual, 20 * usual)
        at = f"calls of {1000 * usual:.0f} ms"
        found = as_number(ask(seconds_of, shop.run, shop.clock, at=at))
        calls, total = shop.calls, shop.now
        hint_if(calls == 0, "you never called run(), or by another clock than clock()")
        hint_if(calls > 21, f"you called run() {calls} times; 21 are allowed")
        if math.isclose(found, usual, rel_tol=0.01):
            hint_if(calls < 6, "right this time; so few calls may all be disturbed")
            continue
        hint_if(found == 0, f"for {at} you return 0: is run() between the two times?")
        hint_if(found < usual / 50, f"for {at} that is too little: read clock() itself")
        slips = {
            50 * usual: "you return the first call, which is slow",
            20 * usual: "you return a call that was disturbed",
            total: "you return the sum of all calls",
            total - 50 * usual: "you return the sum of the calls after the first",
            total / calls: "the mean counts the first call and the disturbed ones",
        }
        if calls > 1:
            mean = (total - 50 * usual) / (calls - 1)
            slips[mean] = "the first is left out; disturbed calls still raise the mean"
        for slip, hint in slips.items():
            hint_if(math.isclose(found, slip, rel_tol=1e-3), f"for {at}: {hint}")
        raise NotYet(f"for {at} you return {1000 * found:.3g} ms")
    return "with 20 stopwatches whose first and every fourth call are slow"


def beats(p: tuple, q: tuple) -> bool:
    """Is p as good or better in all three, and not the same?"""
    return p != q and p[0] <= q[0] and p[1] <= q[1] and p[2] >= q[2]


def on_front(points: dict) -> set[str]:
    """The names of the points that no other one beats."""
    return {
        name
        for name, point in points.items()
        if not any(beats(other, point) for other in points.values())
    }


@exercise("a function of points that returns the names on the front")
def front(pareto: Callable) -> str:
    """The names whose (cost, other cost, accuracy) no other point beats."""
    for _ in range(50):
        points = {
            f"net{i}": (
                random.randint(1, 4),
                random.randint(1, 4),
                random.randint(1, 4),
            )
            for i in range(random.randint(2, 5))
        }
        points["twin"] = points["net0"]
        at = f"{points}"
        answer = ask(pareto, dict(points), at=f"{len(points)} points")
        known = isinstance(answer, list | tuple | set | dict)
        hint_if(not known, f"you return {named(answer)}; return a list of names")
        found, right = set(answer), on_front(points)
        strange = ", ".join(str(name) for name in found if name not in points)
        hint_if(strange, f"you return {strange}, which is no name")
        if found == right:
            continue
        hint_if(not found, "you return no name, but some point is always on the front")
        twins = {n for n in right if list(points.values()).count(points[n]) > 1}
        hint_if(
            found == right - twins,
            "points that are equal in all three beat each other in yours: both stay",
        )
        first = {n: (c, 0, a) for n, (c, _, a) in points.items()}
        hint_if(found == on_front(first), "the other cost is not looked at")
        upside = {n: (c, o, -a) for n, (c, o, a) in points.items()}
        hint_if(found == on_front(upside), "more accuracy is better, not less")
        dearer = {n: (-c, -o, a) for n, (c, o, a) in points.items()}
        hint_if(found == on_front(dearer), "less cost is better, not more")
        extra, missing = sorted(found - right), sorted(right - found)
        hint_if(extra, f"you have {', '.join(extra)}, which another one beats, in {at}")
        raise NotYet(f"you leave out {', '.join(missing)}, which none beats, in {at}")
    return "for 50 random sets of points, with twins in each"


@exercise('the letters of the sentences with a mistake, such as "ab"')
def flawed(letters: str) -> str:
    """Which sentences of a report on two networks do not hold."""
    given = "".join(letters) if isinstance(letters, list | tuple | set) else letters
    given = set(str(given).lower()) - set(" ,.;()")
    strange = ", ".join(sorted(given - set("abcd")))
    hint_if(strange, f"{strange} is none of a, b, c, d")
    hint_if("a" in given, "a) says what was done and shows every run: nothing to mend")
    hints = {
        "b": "would each comparison come out the same if luck fell otherwise?",
        "c": "did both networks get the same effort?",
        "d": "do numbers that are compared count the same thing?",
    }
    for letter, hint in hints.items():
        hint_if(letter not in given, f"there is another one: {hint}")
    return "a) alone is fine: it shows every run"
