"""The rows of an album as files for other programs: CSV, JSON lines, GeoJSON, KML, GPX, Parquet.

Each is written as rows come, so an album of any size needs no memory, and appears whole or not at all. The formats
for maps hold the photos whose place is known or proposed.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

from landmark.core.errors import ConfigurationError, require
from landmark.core.files import atomic_write
from landmark.core.text import json_text, xml_text
from landmark.core.times import FIRST_PHOTO_YEAR
from landmark.geo.coordinates import Coordinates
from landmark.tagging.rows import Status, TagRow

_BATCH_ROWS = 10_000
_POSITIONS = ("latitude", "longitude", "known_latitude", "known_longitude")
_NUMBERS = frozenset({"confidence", "belief", *_POSITIONS, "radius_km", "distance_km", "direction_deg", "probability"})

Add = Callable[[TagRow], None]
Format = Callable[[BinaryIO], AbstractContextManager[Add]]


class Outputs(ExitStack):
    """Several files that rows are written to. Raises `ConfigurationError` for an extension that is none of these.

    Example: `with Outputs([Path("places.kml")]) as outputs: outputs.add(row)`.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self.paths = paths
        self._adds: list[Add] = []
        for path in paths:
            if path.suffix.lower() not in _FORMATS:
                raise ConfigurationError(
                    f"{path}: found the extension {path.suffix!r}. Expected {', '.join(_FORMATS)}."
                )
            if path.suffix.lower() == ".parquet":
                require("pyarrow", "parquet")

    def __enter__(self) -> Self:
        for path in self.paths:
            file = self.enter_context(atomic_write(path))
            self._adds.append(self.enter_context(_FORMATS[path.suffix.lower()](file)))
        return self

    def add(self, row: TagRow) -> None:
        """Write a row to each file."""
        for add in self._adds:
            add(row)


def flat_row(row: TagRow) -> dict[str, Any]:
    """Return a row of plain cells: countries, warnings and objections in one text each, the best candidate by name.

    >>> flat_row(TagRow("a.jpg", Status.UNKNOWN, "no landmark I know"))["warnings"]
    ''
    """
    cells = row.to_row()
    candidates = cells.pop("candidates")
    cells["country"] = " / ".join(country.name for country in row.countries) or None
    for column in ("known_names", "names"):
        cells[column] = ", ".join(filter(None, cells[column].values())) if cells[column] else None
    cells["warnings"], cells["against"] = "; ".join(row.warnings), "; ".join(row.against)
    cells["best_candidate"] = candidates[0]["landmark"] if candidates else None
    return {key: _text(value) if isinstance(value, str) else value for key, value in cells.items()}


@contextmanager
def _csv(file: BinaryIO) -> Iterator[Add]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    columns = list(flat_row(TagRow("", Status.UNKNOWN, "")))
    table = csv.DictWriter(text, columns)
    table.writeheader()
    yield lambda row: table.writerow(flat_row(row))
    text.flush()
    text.detach()


@contextmanager
def _json_lines(file: BinaryIO) -> Iterator[Add]:
    yield lambda row: _write(file, json_text(row.to_row()) + "\n")


def _for_maps(head: str, entry: Callable[[TagRow, Coordinates], str], tail: str, between: str = "\n") -> Format:
    """Make a format for maps: an entry for each photo whose place is known or proposed."""

    @contextmanager
    def opened(file: BinaryIO) -> Iterator[Add]:
        before = head

        def add(row: TagRow) -> None:
            nonlocal before
            if row.located:
                _write(file, before + entry(row, row.located))
                before = between

        yield add
        _write(file, (head if before is head else "\n") + tail)

    return opened


def _geojson_entry(row: TagRow, at: Coordinates) -> str:
    point = {"type": "Point", "coordinates": [at.longitude, at.latitude]}
    return json.dumps({"type": "Feature", "geometry": point, "properties": flat_row(row)}, ensure_ascii=False)


def _kml_entry(row: TagRow, at: Coordinates) -> str:
    name, text = xml_text(Path(row.photo).name), xml_text(_description(row))
    time = _utc_text(row.taken)
    when = f"<TimeStamp><when>{time}</when></TimeStamp>" if time else ""
    status = f'<ExtendedData><Data name="status"><value>{row.status.value}</value></Data></ExtendedData>'
    point = f"<Point><coordinates>{at.longitude:.7f},{at.latitude:.7f}</coordinates></Point>"
    return f"<Placemark><name>{name}</name><description>{text}</description>{when}{status}{point}</Placemark>"


def _gpx_entry(row: TagRow, at: Coordinates) -> str:
    """Return a waypoint."""
    name, text = xml_text(Path(row.photo).name), xml_text(_description(row))
    time = _utc_text(row.taken)
    when = f"<time>{time}</time>" if time else ""
    inside = f"{when}<name>{name}</name><desc>{text}</desc><type>{row.status.value}</type>"
    return f'<wpt lat="{at.latitude:.7f}" lon="{at.longitude:.7f}">{inside}</wpt>'


def _utc_text(time: datetime | None) -> str:
    """Return a time as maps take it, which is in UTC; nothing for a camera's time without a zone, or one never set.

    >>> _utc_text(datetime.fromisoformat("2024-05-06T12:00:00+02:00")), _utc_text(datetime(2024, 5, 6, 12))
    ('2024-05-06T10:00:00Z', '')
    """
    if time is None or time.tzinfo is None or time.year < FIRST_PHOTO_YEAR:
        return ""
    try:
        return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    except OverflowError:  # after the year 9999
        return ""


@contextmanager
def _parquet(file: BinaryIO) -> Iterator[Add]:
    arrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    columns = list(flat_row(TagRow("", Status.UNKNOWN, "")))
    kinds = {column: arrow.float64() if column in _NUMBERS else arrow.string() for column in columns}
    schema = arrow.schema(list(kinds.items()))
    waiting: list[dict[str, Any]] = []
    with parquet.ParquetWriter(file, schema) as writer:

        def flush() -> None:
            if waiting:
                writer.write_table(arrow.Table.from_pylist(waiting, schema=schema))
                waiting.clear()

        def add(row: TagRow) -> None:
            waiting.append(flat_row(row))
            if len(waiting) >= _BATCH_ROWS:
                flush()

        yield add
        flush()


def _description(row: TagRow) -> str:
    return f"{row.landmark}: {row.reason}" if row.landmark else row.reason


def _write(file: BinaryIO, text: str) -> None:
    file.write(text.encode("utf-8", "replace"))  # a file's name may hold bytes that are no text


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode()


_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FORMATS: dict[str, Format] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".geojson": _for_maps('{"type": "FeatureCollection", "features": [\n', _geojson_entry, "]}\n", ",\n"),  # RFC 7946
    ".kml": _for_maps(
        f'{_XML}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n', _kml_entry, "</Document></kml>\n"
    ),
    ".gpx": _for_maps(
        f'{_XML}<gpx version="1.1" creator="landmark" xmlns="http://www.topografix.com/GPX/1/1">\n',
        _gpx_entry,
        "</gpx>\n",
    ),
    ".parquet": _parquet,
}
