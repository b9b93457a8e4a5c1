"""Old names that work for one release and warn."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def renamed(new: str) -> Any:
    """Return a property that gives what the attribute or method `new` gives, and warns that it is called so now.

    >>> class Inspection:
    ...     splits = ("train", "test")
    ...     parts = renamed("splits")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     print(Inspection().parts, caught[0].message)
    ('train', 'test') This is called splits now.
    """

    def get(owner: Any) -> Any:
        warnings.warn(f"This is called {new} now.", DeprecationWarning, stacklevel=2)
        return getattr(owner, new)

    return property(get)


def takes_old_arguments(**new_names: str | None) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return a decorator that accepts keyword arguments by their old names, and warns; None is one that is ignored.

    >>> @takes_old_arguments(part="split", careful=None)
    ... def read(split: str = "train") -> str:
    ...     return split
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     print(read(part="test", careful=True), *(str(one.message) for one in caught), sep=" | ")
    test | part is called split now. | careful is ignored: it brought nothing and will go.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def call(*arguments: _P.args, **named: _P.kwargs) -> _R:
            for old, new in new_names.items():
                if old not in named:
                    continue
                value = named.pop(old)
                if value is None:  # as if it had not been given
                    continue
                said = f"called {new} now." if new else "ignored: it brought nothing and will go."
                warnings.warn(f"{old} is {said}", DeprecationWarning, stacklevel=2)
                if new:
                    named[new] = value
            return function(*arguments, **named)

        return call

    return decorate
