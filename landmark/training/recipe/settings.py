"""One setting of a recipe: a dataclass field that says what it is for, where it belongs and which values it takes."""

import math
from collections.abc import Iterable
from dataclasses import Field, dataclass, field
from typing import Any, TypeVar, get_args, get_origin

from landmark.core.errors import ConfigurationError

Value = TypeVar("Value")

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True)
class Range:
    """The numbers that a setting takes. Infinity and what is not a number (TOML's inf and nan) are in none.

    >>> 0.5 in Range(0, 1), 1.0 in Range(0, below=1), 0 in Range(above=0), float("inf") in Range(0)
    (True, False, False, False)
    >>> str(Range(0, below=1))
    'at least 0 and below 1'
    """

    at_least: float = -math.inf
    at_most: float = math.inf
    above: float = -math.inf
    below: float = math.inf

    def __contains__(self, number: float) -> bool:
        return self.at_least <= number <= self.at_most and self.above < number < self.below

    def __str__(self) -> str:
        ends = {"at least": self.at_least, "above": self.above, "at most": self.at_most, "below": self.below}
        return " and ".join(f"{words} {end:g}" for words, end in ends.items() if math.isfinite(end))


def setting(default: Value, text: str, group: str, allowed: Range | tuple[str, ...] | None = None) -> Value:
    """Make a field of a recipe: its default, a sentence on what it is for, its group, and what it takes.

    >>> @dataclass
    ... class Tiny:
    ...     epochs: int = setting(12, "How often every photo is seen.", "Optimizer", Range(1))
    >>> Tiny()
    Tiny(epochs=12)
    """
    return field(default=default, metadata={"text": text, "group": group, "allowed": allowed})


def expected(item: "Field[Any]") -> str:
    """Return what a setting takes, in words.

    >>> import dataclasses, landmark
    >>> by_name = {item.name: expected(item) for item in dataclasses.fields(landmark.Recipe)}
    >>> by_name["epochs"], by_name["keep"], by_name["compile"]
    ('a whole number, at least 1', 'accuracy, loss or last', 'true or false')
    """
    allowed = item.metadata["allowed"]
    if isinstance(allowed, tuple):
        return f"{', '.join(allowed[:-1])} or {allowed[-1]}"
    kind = f"a list, each {_KINDS[part_type(item)]}" if is_list(item) else _KINDS[part_type(item)]
    return f"{kind}, {allowed}" if allowed else kind


def is_list(item: "Field[Any]") -> bool:
    """Return whether a setting takes several values."""
    return get_origin(item.type) is tuple


def part_type(item: "Field[Any]") -> Any:
    """Return the type of a setting's value; of its values, where it takes several."""
    return get_args(item.type)[0] if is_list(item) else item.type


def accepted(item: "Field[Any]", value: Any) -> Any:
    """Return the value as the recipe holds it: a whole number serves as a fraction, one value as a list.

    Raises `ConfigurationError` for a value that the setting does not take.
    """
    if not is_list(item):
        return _accepted_part(item, value, of=value)
    values = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    return tuple(_accepted_part(item, part, of=value) for part in values)


def _accepted_part(item: "Field[Any]", part: Any, *, of: Any) -> Any:
    wanted, allowed = part_type(item), item.metadata["allowed"]
    right_type = type(part) is wanted or (wanted is float and type(part) is int)
    if not right_type or (allowed is not None and part not in allowed):
        shown = list(of) if isinstance(of, tuple) else of  # as it is written in a file
        raise ConfigurationError(f"The setting {item.name!r} is {shown!r}. Expected {expected(item)}.")
    return wanted(part)
