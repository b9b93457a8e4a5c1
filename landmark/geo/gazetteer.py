"""The places of landmarks by name: the table in the package, or a user's own."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from landmark.core.directories import PACKAGE_DATA
from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country, name_key
from landmark.geo.place import Place

REQUIRED_COLUMNS = ("name", "latitude", "longitude", "radius_km")
OPTIONAL_COLUMNS = ("countries", "aliases")  # several values in a cell are separated by semicolons
_EXPECTED = f"Expected a CSV file in UTF-8 with the columns {', '.join(REQUIRED_COLUMNS)}"


class Gazetteer:
    """Places by name. Case, accents, punctuation, spaces and underscores do not matter, and aliases count as names.

    Raises `DataError` when one name or alias stands for two places.

    >>> gazetteer = Gazetteer([Place("Casa Batllo", Coordinates(41.3917, 2.1649), 0.1, aliases=("Casa dels ossos",))])
    >>> place = gazetteer.find("CASA_BATLLÓ")
    >>> place == gazetteer.find("casa dels ossos"), gazetteer.find("Casa Mila")
    (True, None)
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)
        self._by_key: dict[str, Place] = {}
        for place in self._places:
            for key in {name_key(name) for name in (place.name, *place.aliases)}:
                other = self._by_key.setdefault(key, place)
                if other is not place:
                    raise DataError(
                        f"{place.name!r} and {other.name!r} share a name or alias. Expected every name once: "
                        "accents, punctuation and case do not count as a difference."
                    )

    def find(self, name: str) -> Place | None:
        """Return the place of a landmark, by its name or an alias; None when it is not in the table."""
        return self._by_key.get(name_key(name))

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def builtin_gazetteer() -> Gazetteer:
    """Return the landmarks whose places the package knows, read once.

    Coordinates are the middle of what visitors call by that name; the radius reaches its ends, so that the Great
    Wall's is long. Where a border runs through, or several countries claim the place, all of them are listed.

    >>> len(builtin_gazetteer()), builtin_gazetteer().find("Tour Eiffel").name
    (99, 'Eiffel Tower')
    """
    return read_places(PACKAGE_DATA / "gazetteer.csv")


def read_places(path: str | Path) -> Gazetteer:
    """Read a table of places, a CSV file in UTF-8, e.g. the `places.csv` beside a user's photos.

    Its header names the columns, in any order: name, latitude, longitude, radius_km and, where wanted, countries
    (ISO codes or English names) and aliases. An empty radius is an unknown one. Several countries or aliases are
    separated by semicolons:

        name,latitude,longitude,radius_km,countries,aliases
        Niagara Falls,43.0799,-79.0747,1,US;CA,Chutes du Niagara

    Raises `DataError` with the line when a value cannot be used.
    """
    import csv  # only where a table is read: this module is imported by every command

    path = Path(path)
    places: list[Place] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # with the mark that spreadsheets put in front
            reader = csv.DictReader(file, restval="", strict=True)
            reader.fieldnames = [column.strip().lower() for column in reader.fieldnames or ()]
            _check_columns(reader.fieldnames)
            for row in reader:
                try:
                    places += _places_of_row(row)
                except DataError as error:
                    raise DataError(f"line {reader.line_num}: {error}") from error
        return Gazetteer(places)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}). {_EXPECTED}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: {error}. {_EXPECTED}. In a spreadsheet, save as CSV UTF-8.") from error


def _check_columns(found: Sequence[str]) -> None:
    missing = [column for column in REQUIRED_COLUMNS if column not in found]
    unknown = [column for column in found if column not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS]
    if missing or unknown:
        wrong = f"without {', '.join(missing)}" if missing else f"with the unknown {', '.join(unknown)}"
        raise DataError(
            f"found the columns {', '.join(found) or 'none'}, {wrong}. "
            f"{_EXPECTED} and, where wanted, {' and '.join(OPTIONAL_COLUMNS)}."
        )


def _places_of_row(row: dict[str | Any, Any]) -> list[Place]:
    """Return the place of a row; none for a row of commas, which spreadsheets leave behind."""
    beyond = list(filter(None, row.pop(None, [])))  # values without a column
    cells = {column: value.strip() for column, value in row.items()}
    if not any(cells.values()) and not beyond:
        return []
    if beyond:
        raise DataError(f"more values than columns: {beyond}. Put a value with a comma in double quotes.")

    def number(column: str) -> float:
        try:
            return float(cells[column])
        except ValueError:
            raise DataError(f"{column} {cells[column]!r}: expected a number like 48.8584.") from None

    countries, aliases = (
        list(filter(None, map(str.strip, cells.get(name, "").split(";")))) for name in OPTIONAL_COLUMNS
    )
    return [
        Place(
            name=cells["name"],
            coordinates=Coordinates(number("latitude"), number("longitude")),
            radius_km=number("radius_km") if cells["radius_km"] else None,
            countries=tuple(map(find_country, countries)),
            aliases=tuple(aliases),
        )
    ]
