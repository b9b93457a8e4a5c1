"""The row of a photo as lines of text: in full for a pipe, cut to the edge on a terminal."""

from landmark.core.terminal import Cell, cut_text, fit_cells, pad_text, photo_column
from landmark.core.text import confidence_text, one_line
from landmark.tagging.rows import Status, TagRow

PHOTO_WIDTH = 40  # of the first column where nothing is cut; longer names are printed in full
_STATUS_WIDTH = 10
_LANDMARK, _REASON, _NAMES = 2, 5, 6  # of the cells, those that are cut on a terminal
_LEAST_LANDMARK, _LEAST_REASON = 12, 15  # columns that stay; "recognised 97 %" has 15
_REASON_MATTERS = frozenset({Status.SUSPECT, Status.DOUBTFUL, Status.UNREADABLE})  # more than the names


def row_lines(row: TagRow, photo_width: int = 0, columns: int | None = None) -> list[str]:
    """Return a line for a photo, and one for each of its warnings and of what speaks against its place.

    Lines are cut to `columns` unless that is None: first the reason, and of the photo's path the beginning.

    >>> row_lines(TagRow("a.jpg", Status.UNKNOWN, "no landmark I know", warnings=("its GPS is 0, 0",)))
    ['a.jpg  unknown     no landmark I know', '  ! its GPS is 0, 0']
    """
    marked = [f"  - {why}" for why in row.against] + [f"  ! {warning}" for warning in row.warnings]
    if columns is None:
        line = "  ".join(filter(None, (cell.text for cell in _cells(row, photo_width))))
        return [one_line(line), *(one_line(f"{'':{photo_width}}{text}") for text in marked)]
    width = photo_column(columns) * 5 // 6  # there is more in such a line than in one of locate
    photo = cut_text(one_line(row.photo), width, keep_end=True)
    cells = [Cell(pad_text(photo, width)), *_cells(row, 0)[1:]]
    order = [_NAMES, _REASON] if row.status in _REASON_MATTERS or row.error else [_REASON, _NAMES]
    return [fit_cells(cells, columns, [*order, _LANDMARK]), *(cut_text(one_line(text), columns) for text in marked)]


def _cells(row: TagRow, photo_width: int) -> list[Cell]:
    """Return photo, status, landmark, position, how sure, reason, names, where it was written; "" for what is not."""
    status = "helped" if row.status is Status.RECOGNISED_WITH_NEIGHBOURS else row.status.value.replace("_", " ")
    has_landmark = row.proposed or row.status is Status.DOUBTFUL
    return [
        Cell(pad_text(one_line(row.photo), photo_width)),
        Cell(f"{status:{_STATUS_WIDTH}}"),
        Cell(one_line(row.landmark or "") if has_landmark else "", _LEAST_LANDMARK),
        Cell(_position_text(row)),
        Cell(_sure_text(row)),
        Cell(one_line(_reason_text(row)), 0 if _sure_text(row) else _LEAST_REASON),
        Cell(one_line(_names_text(row)), 0),
        Cell(f"-> {row.written}" if row.written else ""),
    ]


def _position_text(row: TagRow) -> str:
    at = row.coordinates if row.proposed else None
    return f"{at.latitude:.4f}, {at.longitude:.4f}" if at else ""


def _sure_text(row: TagRow) -> str:
    """Return how sure the position is by all that is known; where that is recognition alone, the reason says it."""
    is_recognition_alone = row.landmark is not None and row.belief == row.confidence
    if not row.proposed or row.probability is None or is_recognition_alone:
        return ""
    return f"{confidence_text(row.probability)} sure"


def _reason_text(row: TagRow) -> str:
    if not row.error:
        return row.reason
    error = without_path(row.error, row.photo)  # which stands in front of it already
    return f"{row.reason if row.status is Status.UNREADABLE else 'not written'}: {error}"


def _names_text(row: TagRow) -> str:
    if not row.names:
        return ""
    site = "" if row.proposed and row.names.location == row.landmark else row.names.location
    names = (site, row.names.city, row.names.state, row.names.country)
    return f"({', '.join(dict.fromkeys(filter(None, names)))})"


def without_path(error: str, photo: str) -> str:
    """Return a sentence without the path that it begins with, which is that of the photo, or its absolute one.

    >>> without_path("/disk/Holiday/a.jpg: read-only. Nothing was written.", "Holiday/a.jpg")
    'read-only. Nothing was written.'
    """
    before, found, reason = error.partition(f"{photo}: ")
    return reason if found and before[-1:] in ("", "/", "\\") else error
