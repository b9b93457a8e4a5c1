"""Old names that work for one release and warn."""

import warnings
from typing import Any


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
