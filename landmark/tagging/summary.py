"""The rows of an album counted: a line for all, and notes on what was left out."""

from collections import Counter
from collections.abc import Iterable, Iterator

from landmark.core.text import count_text
from landmark.tagging.rows import DECLINED, NOT_DECIDED, PROPOSED, Status, TagRow

_NAMED = 10  # of the skipped files; the others are counted

_WORDS = {
    Status.HAS_GPS: "had GPS",
    Status.SUSPECT: "of these suspect",
    Status.TAGGED: "tagged before",
    Status.RECOGNISED: "recognised",
    Status.RECOGNISED_WITH_NEIGHBOURS: "recognised with the help of nearby photos",
    Status.NEAR_OTHERS: "placed by nearby photos alone",
    Status.BY_HAND: "placed by hand",
    Status.DOUBTFUL: "doubtful",
    Status.UNKNOWN: "unknown",
    Status.UNREADABLE: "unreadable",
    Status.SKIPPED: "skipped",
}
_WHERE_ANY = (Status.NEAR_OTHERS, Status.BY_HAND, Status.DOUBTFUL)  # named only where there are some
_ALWAYS_COUNTED = tuple(status for status in tuple(_WORDS)[3:] if status not in _WHERE_ANY)
_ON_TRACK = "placed on a track"
_FROM_TAKEOUT = "with a position from Google Takeout"
_TARGETS = {"photo": ("the photo", "photos"), "sidecar": ("a sidecar", "sidecars")}  # one, or several


class Summary:
    """Count rows as they pass; where nothing is recognised, that is not counted either.

    >>> summary = Summary()
    >>> for name, status in (("a", Status.HAS_GPS), ("b", Status.UNKNOWN), ("c", Status.SUSPECT)):
    ...     summary.count(TagRow(name, status, ""))
    >>> print(summary)
    3 files: 2 had GPS (of these suspect: 1), 0 recognised, 0 recognised with the help of nearby photos, \
1 unknown, 0 unreadable, 0 skipped.
    """

    def __init__(self, *, recognises: bool = True) -> None:
        self.recognises = recognises
        self.statuses: Counter[Status] = Counter()
        self.written: Counter[str] = Counter()
        self.not_written = 0
        self.left: Counter[str] = Counter()  # proposals that were decided against, or not decided on
        self.skipped: list[str] = []

    def count(self, row: TagRow) -> None:
        """Count a row."""
        self.statuses[row.status] += 1
        if row.written:
            self.written[row.written] += 1
        if row.error and row.status not in (Status.UNREADABLE, Status.SKIPPED):
            self.not_written += 1
        self.left.update({DECLINED, NOT_DECIDED}.intersection(row.warnings))
        if row.status is Status.SKIPPED and len(self.skipped) < _NAMED:
            self.skipped.append(f"{row.photo}: {row.reason}")

    @property
    def proposed(self) -> int:
        """Return how many photos have a place that could be written."""
        return sum(self.statuses[status] for status in PROPOSED)

    @property
    def n_doubtful(self) -> int:
        """Return how many photos have a place that only a person may decide on."""
        return self.statuses[Status.DOUBTFUL]

    @property
    def n_unreadable(self) -> int:
        """Return how many photos could not be read."""
        return self.statuses[Status.UNREADABLE]

    def __str__(self) -> str:
        """Return one line for all rows."""
        return self.text()

    def text(self, *, with_zeros: bool = True) -> str:
        """Return one line for all rows, on a terminal without the kinds of which there are none.

        >>> summary = Summary()
        >>> summary.count(TagRow("a.jpg", Status.UNKNOWN, ""))
        >>> summary.text(with_zeros=False)
        '1 file: 1 unknown.'
        >>> Summary().text(with_zeros=False)
        'No photos found.'
        """
        if not (with_zeros or self.statuses):
            return "No photos found."
        parts = [f"{n:,} {words}" for n, words in self._counts() if n or with_zeros]
        line = f"{count_text(self.statuses.total(), 'file')}: {', '.join(parts)}."
        if self.written or self.not_written or self.left:
            where = ", ".join(f"{n:,} into {_TARGETS[kind][n > 1]}" for kind, n in sorted(self.written.items())) or "0"
            left = {"could not be written": self.not_written, "declined": self.left[DECLINED]}
            left["new since the review"] = self.left[NOT_DECIDED]
            line += f" Written: {where}" + "".join(f"; {why}: {n:,}" for why, n in left.items() if n) + "."
        return line

    def _counts(self) -> Iterator[tuple[int, str]]:
        """Yield the kinds of rows in the order of the line; some only where there are any."""
        count = self.statuses
        n_gps = count[Status.HAS_GPS] + count[Status.SUSPECT]
        suspect = f" ({_WORDS[Status.SUSPECT]}: {count[Status.SUSPECT]:,})" if count[Status.SUSPECT] else ""
        yield n_gps, f"{_WORDS[Status.HAS_GPS]}{suspect}"
        if count[Status.TAGGED]:
            yield count[Status.TAGGED], _WORDS[Status.TAGGED]
        if count[Status.ON_TRACK]:
            yield count[Status.ON_TRACK], _ON_TRACK
        if count[Status.FROM_TAKEOUT] or not self.recognises:
            yield count[Status.FROM_TAKEOUT], _FROM_TAKEOUT
        yield from ((count[status], _WORDS[status]) for status in _WHERE_ANY if count[status])
        counted = _ALWAYS_COUNTED if self.recognises else _ALWAYS_COUNTED[2:]  # without the recognised
        yield from ((count[status], _WORDS[status]) for status in counted)

    def notes(self, others: int, unreadable: Iterable[str]) -> list[str]:
        """Return notes on skipped files, other files and folders that could not be opened, a sentence each."""
        notes = list(unreadable)
        if self.skipped:
            more = self.statuses[Status.SKIPPED] - len(self.skipped)
            notes.append("Skipped " + "; ".join(self.skipped) + (f"; and {more:,} more." if more else "."))
        if others:
            kind = "file that is not a photo" if others == 1 else "files that are not photos"
            notes.append(f"Not looked at: {others:,} {kind}.")
        return notes
