"""Values of files that nobody has checked, such as parts of JSON: of the kind that is expected, or else nothing."""

import math
from typing import Any


def as_number(value: object) -> float:
    """Return a number, also one in text; nan for anything else, and infinity for one that is too large.

    >>> as_number(12), as_number(" 1.5 "), as_number("north"), as_number(None), as_number(True), as_number(10**400)
    (12.0, 1.5, nan, nan, nan, inf)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def as_fraction(text: str) -> float:
    """Return a number, or a fraction such as 1937/10; nan for anything else, and for a fraction over zero.

    >>> as_fraction("1937/10"), as_fraction("12.5"), as_fraction("1/0"), as_fraction("")
    (193.7, 12.5, nan, nan)
    """
    above, slash, below = text.partition("/")
    divisor = as_number(below) if slash else 1.0
    return as_number(above) / divisor if divisor else math.nan


def as_dict(value: object) -> dict[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list of JSON; an empty one for anything else."""
    return value if isinstance(value, list) else []
