"""What a person should know of many things: how many there are of a kind, and the first few by name with a reason."""

import re
from dataclasses import dataclass, field

from landmark.core.terminal import cut_text, display_width, wrap_text
from landmark.core.text import count_text, one_line

AT_MOST = 3  # that are named; the others are counted
_MOST_FILES = 10  # that are named under a reason
_MOST_KINDS = 1000  # of warnings that are told apart, which bounds the memory


@dataclass
class Noted:
    """Things of one kind: how many there are, and the first of them by name, each with a reason.

    >>> noted = Noted()
    >>> noted.add("a.jpg", "the file is empty")
    >>> noted.lines("Could not be read", 80)
    ['Could not be read: 1 photo', '  a.jpg: the file is empty']
    """

    thing: str = "photo"
    at_most: int = AT_MOST
    n: int = 0
    _kept: list[tuple[float, str, str]] = field(default_factory=list)

    def add(self, name: str, reason: str = "", rank: float = 0.0) -> None:
        """Count a thing, and keep it if it is one of the first, or of a higher rank than those."""
        self.n += 1
        if len(self._kept) < self.at_most or rank > self._kept[-1][0]:
            self._kept = sorted([*self._kept, (rank, name, reason)], key=lambda one: -one[0])[: self.at_most]

    @property
    def first(self) -> list[tuple[str, str]]:
        """Return those that are named, each with its reason."""
        return [(name, reason) for _, name, reason in self._kept]

    def lines(self, title: str, columns: int, after: str = "") -> list[str]:
        """Return a line with the number, and the first ones below it: names are cut, reasons wrapped. [] for none.

        `after` stands behind the number.
        """
        if not self.n:
            return []
        lines = wrap_text(f"{title}: {count_text(self.n, self.thing)}{after}", columns)
        for name, reason in self.first:
            lines += _named_lines(one_line(name), one_line(reason), columns)
        more = self.n - len(self.first)
        lines += [f"  and {more:,} more"] if more else []
        return [cut_text(line, columns) for line in lines]


def _named_lines(name: str, reason: str, columns: int) -> list[str]:
    whole = f"  {name}: {reason}" if reason else f"  {name}"
    if display_width(whole) <= columns:
        return [whole]
    return ["  " + cut_text(name, columns - 2, keep_end=True), *wrap_text(reason, columns, "    ")]


def _names_line(names: list[str], n: int, columns: int) -> str:
    """Return as many names as fit into a line, the first one cut if it has to be, and how many more there are."""
    for n_shown in range(len(names), 0, -1):
        tail = f" and {n - n_shown:,} more" if n > n_shown else ""
        line = ", ".join(names[:n_shown])
        if n_shown == 1:
            line = cut_text(line, columns - len(tail), keep_end=True)
        if display_width(line + tail) <= columns:
            return line + tail
    return ""


class NotedByReason:
    """Files that something holds of, those of one reason together: the reason whole, and the first files below it.

    >>> left = NotedByReason()
    >>> left.add("Holiday/a.jpg", "it is no longer there")
    >>> left.add("Holiday/b.jpg", "it is no longer there")
    >>> left.lines("Left alone", 80)
    ['Left alone: 2 files, it is no longer there', '  Holiday/a.jpg', '  Holiday/b.jpg']
    """

    def __init__(self) -> None:
        self._reasons: dict[str, Noted] = {}

    def add(self, name: str, reason: str) -> None:
        """Count a file under its reason."""
        self._reasons.setdefault(reason, Noted("file", at_most=_MOST_FILES)).add(name)

    def lines(self, title: str, columns: int) -> list[str]:
        """Return lines of so many columns at most, the most frequent reason first; [] for none."""
        shown = sorted(self._reasons.items(), key=lambda one: -one[1].n)
        return [line for reason, files in shown for line in files.lines(title, columns, after=f", {one_line(reason)}")]


class NotedWarnings:
    """Warnings of photos, those alike together: sentences that differ only in numbers are of one kind.

    >>> warnings = NotedWarnings()
    >>> warnings.add("a.jpg", "its GPS is 0, 0")
    >>> warnings.add("b.jpg", "its GPS is 91, 0")
    >>> warnings.lines(80)
    ['Warnings: 2', '  2 x its GPS is 0, 0', '    a.jpg, b.jpg']
    """

    def __init__(self, at_most: int = 5) -> None:
        self.at_most = at_most  # kinds that are shown; the others are counted
        self.n = 0
        self.kinds: dict[str, tuple[str, Noted]] = {}  # the first sentence of each kind, and the photos

    def add(self, name: str, warning: str) -> None:
        """Count a warning of a photo."""
        self.n += 1
        kind = re.sub(r"[\d.,:+-]+", "#", warning)
        if kind in self.kinds or len(self.kinds) < _MOST_KINDS:
            self.kinds.setdefault(kind, (warning, Noted()))[1].add(name)

    def lines(self, columns: int) -> list[str]:
        """Return the kinds, the most frequent first, each with its first photos; [] for none."""
        if not self.n:
            return []
        lines = [f"Warnings: {self.n:,}"]
        shown = sorted(self.kinds.values(), key=lambda kind: -kind[1].n)[: self.at_most]
        for warning, photos in shown:
            lines += wrap_text(f"{photos.n:,} x {one_line(warning)}", columns, "  ")
            lines.append("    " + _names_line([one_line(name) for name, _ in photos.first], photos.n, columns - 4))
        rest = self.n - sum(photos.n for _, photos in shown)
        lines += [f"  and {rest:,} of other kinds"] if rest else []
        return [cut_text(line, columns) for line in lines]
