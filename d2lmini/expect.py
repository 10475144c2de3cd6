"""What a function expects of its arguments: each check returns the value, or raises.

The error names the argument, the value, what is allowed and the next step. TypeError is
for another kind of thing, ValueError for a value that is out of range.
"""

import operator
from collections.abc import Callable
from numbers import Real


def whole(name: str, value: object, lowest: int = 1) -> int:
    """Return a whole number of `lowest` or more as an int.

    Integers of NumPy and PyTorch count; 5.0, "5" and True do not.
    """
    wanted = f"give a whole number, {lowest} or more"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r} ({type(value).__name__}); {wanted}")
    if number < lowest:
        raise ValueError(f"{name} is {number}; {wanted}")
    return number


def number(name: str, value: object, allowed: str, fits: Callable) -> float:
    """Return a number as a float if it fits; `allowed` says in words what does.

    number("momentum", 1.5, "from 0 up to, but not, 1", lambda x: 0 <= x < 1)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        kind = type(value).__name__
        raise TypeError(f"{name} is {value!r} ({kind}); give a number {allowed}")
    if not fits(value):
        raise ValueError(f"{name} is {value!r}; give a number {allowed}")
    return float(value)
