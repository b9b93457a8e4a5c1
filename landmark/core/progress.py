"""Progress on long work: a bar with speed and time left on a terminal, nothing when the output is piped."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TypeVar

Item = TypeVar("Item")


def track(
    items: Iterable[Item],
    description: str,
    *,
    total: int | Callable[[], int] | None = None,
    unit: str = "photos",
    count: Callable[[Item], int] = lambda item: 1,
) -> Iterator[Item]:
    """Hand on the items one by one, and show on standard error how far it is of `total`; each is worth `count` of it.

    A `total` that takes time to find is a function: it is asked only where somebody sees the bar.

    >>> list(track("ab", "Reading"))
    ['a', 'b']
    """
    if not sys.stderr.isatty() or os.environ.get("RANK", "0") != "0":  # of several processes one shows it
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
    )
    # rich hands what is printed meanwhile to its own stream, which would be lost to a pipe or a file
    progress = Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()
    )  # fmt: skip
    with progress:
        task = progress.add_task(description, total=total() if callable(total) else total, rate="")
        for item in items:
            if progress.tasks[0].remaining == count(item):  # whoever takes the last one need not come back
                progress.update(task, advance=count(item))
                progress.stop()
            yield item
            speed = progress.tasks[0].speed
            progress.update(task, advance=count(item), rate=f"{speed:.1f} {unit}/s" if speed else "")


def track_after_first(
    items: Iterable[Item], description: str, *, total: int | Callable[[], int] | None = None
) -> Iterator[Item]:
    """Hand on the items, with progress from the first one on: what comes before it may show its own.

    A `total` that is a function is asked after the first.
    """
    rest = iter(items)
    for first in rest:
        yield from track(chain([first], rest), description, total=total)
