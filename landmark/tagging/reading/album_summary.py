"""An album at a glance, for a terminal: a table of places, then what is broken or in doubt by name."""

from collections.abc import Callable, Sequence
from datetime import date

from landmark.core.noted import Noted, NotedWarnings
from landmark.core.terminal import cut_text, display_width
from landmark.core.text import count_text, one_line, text_table
from landmark.tagging.reading.places import Places, PlaceSummary
from landmark.tagging.reading.row_lines import without_path
from landmark.tagging.rows import DECLINED, NOT_DECIDED, Status, TagRow

_MOST_PLACES = 30  # in the table; the others are counted
_LEAST_PLACE = 12  # columns
_COUNTS: dict[str, Callable[[PlaceSummary], int]] = {
    "new": lambda place: place.n_new,
    "had GPS": lambda place: place.n_gps,
    "tagged": lambda place: place.n_tagged,
    "suspect": lambda place: place.n_suspect,
    "doubtful": lambda place: place.n_doubtful,
}


class AlbumSummary:
    """Count rows as they pass, and tell what a person should know of them.

    >>> summary = AlbumSummary()
    >>> summary.add(TagRow("a.jpg", Status.RECOGNISED, "recognised 97 %", landmark="Taj Mahal"))
    >>> summary.lines(80)
    ['place      photos  new', 'Taj Mahal       1    1']
    """

    def __init__(self) -> None:
        self.places = Places()
        self.suspect, self.doubtful, self.unreadable, self.not_written = Noted(), Noted(), Noted(), Noted()
        self.warnings = NotedWarnings()

    def add(self, row: TagRow) -> None:
        """Count a row."""
        self.places.add(row)
        error = without_path(row.error or "", row.photo)
        if row.status is Status.UNREADABLE:
            self.unreadable.add(row.photo, error)
        elif row.error:
            self.not_written.add(row.photo, error)
        if row.status is Status.SUSPECT:
            self.suspect.add(row.photo, row.reason)
        if row.status is Status.DOUBTFUL:
            what = f"{row.landmark}, {row.reason}" if row.landmark else row.reason  # on a track there may be none
            self.doubtful.add(row.photo, "; ".join([what, *row.against]))
        for warning in row.warnings:
            if warning not in (DECLINED, NOT_DECIDED):  # which are counted
                self.warnings.add(row.photo, warning)

    def lines(self, columns: int) -> list[str]:
        """Return the summary as lines of so many columns at most."""
        blocks = [
            places_table(self.places.most_first(), columns),
            self.suspect.lines("GPS that does not fit what the photo shows", columns),
            self.doubtful.lines("Doubtful, for you to decide", columns),
            self.unreadable.lines("Could not be read", columns),
            self.not_written.lines("Could not be written", columns),
            self.warnings.lines(columns),
        ]
        return [line for block in blocks if block for line in ["", *block]][1:]


def places_table(places: Sequence[PlaceSummary], columns: int, at_most: int = _MOST_PLACES) -> list[str]:
    """Return places as a table of so many columns at most; [] for none.

    Where it is too wide, days are left out, then regions; then names are cut. Counts that are all 0 have no column.
    """
    if not places:
        return []
    shown, rest = places[:at_most], places[at_most:]
    tables = [_table(shown, lambda place: place.label, has_days) for has_days in (True, False)]
    tables.append(_table(shown, lambda place: ", ".join(filter(None, [place.name, place.country])), has_days=False))
    lines = next((lines for lines in map(text_table, tables) if _width(lines) <= columns), None)
    if lines is None:
        longest = max(display_width(row[0]) for row in tables[-1])
        room = max(longest - (_width(text_table(tables[-1])) - columns), _LEAST_PLACE)
        lines = text_table([[cut_text(row[0], room), *row[1:]] for row in tables[-1]])
    if rest:
        photos = count_text(sum(place.n_photos for place in rest), "photo")
        lines.append(f"and {count_text(len(rest), 'place')} more, with {photos}")
    return [cut_text(line, columns) for line in lines]


def _table(places: Sequence[PlaceSummary], label: Callable[[PlaceSummary], str], has_days: bool) -> list[list[str]]:
    counts = {name: count for name, count in _COUNTS.items() if any(map(count, places))}
    has_days = has_days and any(place.days for place in places)
    rows = [["place", "photos", *(["days", "taken"] if has_days else []), *counts]]
    for place in places:
        days = [f"{len(place.days):,}" if place.days else "", days_text(place.days)] if has_days else []
        numbers = (count(place) for count in counts.values())
        rows.append([one_line(label(place)), f"{place.n_photos:,}", *days, *(f"{n:,}" if n else "" for n in numbers)])
    return rows


def _width(lines: Sequence[str]) -> int:
    return max(map(display_width, lines))


def days_text(days: set[date]) -> str:
    """Return the first and the last of some days, as short as they allow; nothing for none.

    >>> days_text({date(2024, 5, 6)}), days_text({date(2024, 5, 6), date(2024, 5, 9)})
    ('2024-05-06', '2024-05-06 to 09')
    >>> days_text({date(2024, 5, 6), date(2024, 6, 1)}), days_text({date(2019, 5, 6), date(2024, 6, 1)})
    ('2024-05-06 to 06-01', '2019 to 2024')
    """
    if not days:
        return ""
    first, last = min(days), max(days)
    if first == last:
        return first.isoformat()
    if first.year != last.year:
        return f"{first.year} to {last.year}"
    same = 8 if first.month == last.month else 5  # letters of 2024-05- and of 2024-
    return f"{first.isoformat()} to {last.isoformat()[same:]}"
