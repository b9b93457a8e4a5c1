"""Which place a landmark's name stands for: the table in the package, a user's own table, or the GPS of photos.

What a place is, and distances, are `geo`'s; reading GPS out of a photo is `metadata`'s.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from landmark.core.errors import DataError
from landmark.core.resources import DATA_DIR
from landmark.geo.coordinates import Coordinates, Place, distance_km, find_country, name_key

REQUIRED_COLUMNS = ("name", "latitude", "longitude", "radius_km")
OPTIONAL_COLUMNS = ("countries", "aliases")  # several values in a cell are separated by semicolons
_EXPECTED = f"Expected a CSV file in UTF-8 with the columns {', '.join(REQUIRED_COLUMNS)}"
MIN_RADIUS_KM = 0.1  # a phone's GPS is off by tens of metres, and photographers stand apart


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
        """The place of a landmark, by its name or an alias; None when it is not in the table."""
        return self._by_key.get(name_key(name))

    def nearest(self, coordinates: Coordinates) -> tuple[Place, float]:
        """The place whose centre is nearest, and how far that is in km. Raises `DataError` when no place has one.

        >>> place, away_km = builtin_gazetteer().nearest(Coordinates(41.9, 12.48))
        >>> place.name, round(away_km, 1)
        ('Trevi Fountain', 0.3)
        """
        centres = [(place, place.coordinates) for place in self._places if place.coordinates is not None]
        if not centres:
            raise DataError("No place of this gazetteer has coordinates. Expected at least one.")
        return min(((place, distance_km(coordinates, centre)) for place, centre in centres), key=lambda found: found[1])

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def builtin_gazetteer() -> Gazetteer:
    """The landmarks that the package knows the places of, read once.

    Coordinates are the middle of what visitors call by that name; the radius reaches its ends, so that the Great
    Wall's is long. Where a border runs through, or several countries claim the place, all of them are listed.

    >>> len(builtin_gazetteer()), builtin_gazetteer().find("Tour Eiffel").name
    (99, 'Eiffel Tower')
    """
    return read_places(DATA_DIR / "gazetteer.csv")


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
                beyond = list(filter(None, row.pop(None, [])))  # values without a column
                cells = {column: value.strip() for column, value in row.items()}
                if not any(cells.values()) and not beyond:
                    continue  # spreadsheets leave rows of commas behind
                try:
                    if beyond:
                        raise DataError(
                            f"more values than columns: {beyond}. Put a value with a comma in double quotes."
                        )
                    places.append(_place_of_row(cells))
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


def _place_of_row(cells: dict[str, str]) -> Place:
    def number(column: str) -> float:
        try:
            return float(cells[column])
        except ValueError:
            raise DataError(f"{column} {cells[column]!r}: expected a number like 48.8584.") from None

    def several(column: str) -> list[str]:
        return [value.strip() for value in cells.get(column, "").split(";") if value.strip()]

    return Place(
        name=cells["name"],
        coordinates=Coordinates(number("latitude"), number("longitude")),
        radius_km=number("radius_km") if cells["radius_km"] else None,
        countries=tuple(find_country(country) for country in several("countries")),
        aliases=tuple(several("aliases")),
    )


def place_from_photos(name: str, taken_at: Iterable[Coordinates]) -> Place | None:
    """The place of a landmark from the GPS of photos of it; None without any.

    Up to three photos in ten may have been taken, or tagged, somewhere else. The radius holds nine tenths of the
    others, in steps of 0.1 km. The country stays unknown.

    >>> at_home, at_the_tower = Coordinates(52.52, 13.40), Coordinates(48.8584, 2.2945)
    >>> place_from_photos("Eiffel Tower", [at_the_tower] * 7 + [at_home] * 3)
    Place(name='Eiffel Tower', coordinates=Coordinates(latitude=48.8584, longitude=2.2945), radius_km=0.1, \
countries=(), aliases=())
    """
    photos = list(taken_at)
    if not photos:
        return None
    rough = _geometric_median(photos)
    # With three outliers in ten, the median distance still belongs to a photo of the landmark, and three times as far
    # holds nearly all of these: the outliers' pull on the rough centre is gone from the second one.
    reach_km = 3 * max(MIN_RADIUS_KM, sorted(distance_km(rough, photo) for photo in photos)[len(photos) // 2])
    near = [photo for photo in photos if distance_km(rough, photo) <= reach_km]
    centre = _geometric_median(near)
    distances_km = sorted(distance_km(centre, photo) for photo in near)
    nine_tenths_km = distances_km[math.ceil(0.9 * len(near)) - 1]
    radius_km = max(MIN_RADIUS_KM, math.ceil(10 * nine_tenths_km) / 10)
    return Place(name, Coordinates(round(centre.latitude, 5), round(centre.longitude, 5)), radius_km)


def _geometric_median(points: Sequence[Coordinates]) -> Coordinates:
    """The point with the smallest sum of distances to all others: fewer than half of them cannot carry it away.

    Found as in Weiszfeld (1937), a mean whose weights are the inverse distances, taken again and again. Through the
    Earth and not on the map: so neither the antimeridian nor the poles are special.
    """
    vectors = [_vector(point) for point in points]
    middle = tuple(sorted(axis)[len(points) // 2] for axis in zip(*vectors, strict=True))
    for _ in range(100):
        weights = [1 / max(1e-9, math.dist(middle, vector)) for vector in vectors]  # 1e-9 of the Earth's radius: 6 mm
        total = sum(weights)
        before = middle
        middle = tuple(
            sum(weight * value for weight, value in zip(weights, axis, strict=True)) / total
            for axis in zip(*vectors, strict=True)
        )
        if math.dist(before, middle) < 1e-9:
            break
    x, y, z = middle
    return Coordinates(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))


def _vector(point: Coordinates) -> tuple[float, float, float]:
    """From the Earth's centre to a point on its surface, in Earth radii."""
    latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
    return math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)
