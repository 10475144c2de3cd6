"""Right and wrong answers to the exercises of `notebooks/29-comparison.ipynb`."""

import math
import statistics
import time

WORK = 56 * 56 * 128 * 9 * 64


def counted(seeds):
    return 2 * math.factorial(seeds) ** 2 / math.factorial(2 * seeds)


def times(run, clock, count):
    found = []
    for _ in range(count):
        start = clock()
        run()
        found.append(clock() - start)
    return found


def fastest(run, clock):
    return min(times(run, clock, 20))


def middle(run, clock):
    return statistics.median(times(run, clock, 21)[1:])


def without_work(run, clock):
    run()
    start = clock()
    return clock() - start


def beaten(p, q):
    return p != q and p[0] <= q[0] and p[1] <= q[1] and p[2] >= q[2]


def front(points, beaten=beaten):
    values = list(points.values())
    return [n for n, p in points.items() if not any(beaten(q, p) for q in values)]


def one_price(points):
    return front({n: (c, 0, a) for n, (c, _, a) in points.items()})


def upside_down(points):
    return front({n: (c, o, -a) for n, (c, o, a) in points.items()})


def dear(points):
    return front({n: (-c, -o, a) for n, (c, o, a) in points.items()})


def no_twins(points):
    names = []
    for name, p in points.items():
        others = [q for other, q in points.items() if other != name]
        if not any(q[0] <= p[0] and q[1] <= p[1] and q[2] >= p[2] for q in others):
            names.append(name)
    return names or list(points)


def best_only(points):
    top = max(p[2] for p in points.values())
    return [name for name, p in points.items() if p[2] == top]


RIGHT = {
    "two_counts": [((WORK, 2 * WORK),), ([float(WORK), 2.0 * WORK],)],
    "by_luck": [(counted,), (lambda n: 2 / math.comb(2 * n, n),)],
    "stopwatch": [(fastest,), (middle,)],
    "front": [(front,), (lambda points: set(front(points)),)],
    "flawed": [("bcd",), ("d, c, b",), (["b", "c", "d"],), ({"B", "C", "D"},)],
}
WRONG = {
    "two_counts": {
        "you gave 1 number": ((WORK,), "you gave 1 number"),
        "these are the parameters": (
            ((128 * 576, 2 * WORK),),
            "these are the parameters",
        ),
        "one output map": (((56 * 56 * 576, 1),), "one output map"),
        "all input channels": (((56 * 56 * 128 * 9, 1),), "all input channels"),
        "more than one number for each channel": (
            ((56 * 56 * 128 * 64, 1),),
            "more than one number for each channel",
        ),
        "FLOPs": (((2 * WORK, WORK),), "together are one"),
        "leave the biases out": (((WORK + 56 * 56 * 128, 1),), "leave the biases out"),
        "multiply places, maps": (((7, 14),), "multiply places, maps"),
        "two operations": (((WORK, WORK),), "two operations"),
        "fewer, or more": (((WORK, WORK / 2),), "fewer, or more"),
        "two operations for each": (((WORK, 3 * WORK),), "two operations for each"),
    },
    "by_luck": {
        "above the other, or below": (
            (lambda n: 1 / math.comb(2 * n, n),),
            "above the other, or below",
        ),
        "not compared in pairs": (
            (lambda n: 0.5**n * 2 if n > 1 else 1,),
            "not compared in pairs",
        ),
        "not compared in pairs too": (
            (lambda n: 0.5**n if n > 1 else 1,),
            "not compared in pairs",
        ),
        "not coins": ((lambda n: 0.25**n if n > 1 else 1,), "not coins"),
        "order within": (
            (lambda n: 1 / math.factorial(2 * n) if n > 1 else 1,),
            "order within",
        ),
        "order within too": ((lambda n: 2 / math.factorial(2 * n),), "order within"),
        "no probability": ((lambda n: 2,), "no probability"),
        "in how many ways": ((lambda n: 0.9,), "in how many ways"),
    },
    "stopwatch": {
        "the first call": (
            (lambda run, clock: times(run, clock, 1)[0],),
            "the first call",
        ),
        "was disturbed": (
            (lambda run, clock: times(run, clock, 4)[3],),
            "was disturbed",
        ),
        "the sum of all calls": (
            (lambda run, clock: sum(times(run, clock, 9)),),
            "the sum of all calls",
        ),
        "the calls after the first": (
            (lambda run, clock: sum(times(run, clock, 9)[1:]),),
            "the calls after the first",
        ),
        "the mean counts": (
            (lambda run, clock: statistics.mean(times(run, clock, 9)),),
            "the mean counts",
        ),
        "still raise": (
            (lambda run, clock: statistics.mean(times(run, clock, 9)[1:]),),
            "still raise",
        ),
        "between the two times": ((without_work,), "between the two times"),
        "another clock": (
            (lambda run, clock: times(run, time.perf_counter, 9)[1],),
            "read clock() itself",
        ),
        "you never called run": ((lambda run, clock: 1.0,), "you never called run"),
        "21 are allowed": (
            (lambda run, clock: times(run, clock, 100)[1],),
            "21 are allowed",
        ),
        "so few calls": ((lambda run, clock: times(run, clock, 2)[1],), "so few calls"),
        "you return": ((lambda run, clock: 3 * times(run, clock, 9)[1],), "you return"),
    },
    "front": {
        "other cost is not looked at": ((one_price,), "other cost is not looked at"),
        "more accuracy is better": ((upside_down,), "more accuracy is better"),
        "less cost is better": ((dear,), "less cost is better"),
        "both stay": ((no_twins,), "both stay"),
        "which another one beats": ((best_only,), "which another one beats"),
        "you leave out": ((lambda points: front(points)[:1],), "you leave out"),
        "some point is always": ((lambda points: [],), "some point is always"),
        "which is no name": (
            (lambda points: list(points.values()),),
            "which is no name",
        ),
        "return a list of names": ((lambda points: 3,), "return a list of names"),
    },
    "flawed": {
        "nothing to mend": (("abcd",), "nothing to mend"),
        "if luck fell otherwise": (("cd",), "if luck fell otherwise"),
        "the same effort": (("bd",), "the same effort"),
        "count the same": (("bc",), "count the same"),
        "none of a, b, c, d": (("be",), "e is none of a, b, c, d"),
        "nothing": (("",), "if luck fell otherwise"),
        "a number": ((3,), "3 is none of a, b, c, d"),
    },
}
