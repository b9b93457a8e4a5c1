"""The names of a row's position: what they are, and which of them may be written, since names that are there stay."""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from landmark.core.errors import DataError
from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.countries import find_country, name_key
from landmark.geo.place import Place
from landmark.geo.place_names import PlaceNames
from landmark.tagging.decision import WIDE_KM
from landmark.tagging.rows import Status, TagRow

_LARGEST_FIRST = ("country", "state", "city", "location")
_NOT_WRITTEN = frozenset({Status.SUSPECT, Status.DOUBTFUL, Status.UNREADABLE, Status.SKIPPED})


def with_names(row: TagRow, landmarks: Iterable[Place] = ()) -> TagRow:
    """Return a row with the names of its known or proposed position; at sea there are none.

    The site is the recognised landmark where it stands there, else the nearest of `landmarks` that reaches so far.
    """
    at = row.located
    if at is None:
        return row
    from landmark.geo.regions import name_position  # an album without positions need not wait for it

    names = replace(name_position(at), location=_site(row, at, landmarks))
    return replace(row, names=names) if names else row


def _site(row: TagRow, at: Coordinates, landmarks: Iterable[Place]) -> str:
    if row.landmark and row.place and _away_km(row.place, at) <= (row.place.radius_km or 0):
        return row.landmark
    # a wall of thousands of km or a national park is no site, unless it is seen
    sites = [(_away_km(place, at), place) for place in landmarks if 2 * (place.radius_km or 0) <= WIDE_KM]
    reached = [(away_km, place.name) for away_km, place in sites if away_km <= (place.radius_km or 0)]
    return min(reached, default=(0.0, ""))[1]


def _away_km(place: Place, at: Coordinates) -> float:
    return distance_km(place.coordinates, at) if place.coordinates else math.inf


def names_to_write(row: TagRow) -> PlaceNames | None:
    """Return the names that a photo lacks; None where there is nothing to add, or its position is in doubt.

    Nothing is written over. Where a larger unit that is there is another one, the smaller ones are not ours to fill in.

    >>> agra = PlaceNames(city="Agra", state="Uttar Pradesh", country="India", country_code="IN")
    >>> names_to_write(TagRow("a.jpg", Status.HAS_GPS, "", names=agra, known_names=PlaceNames(state="Goa"))).city
    ''
    """
    if row.names is None or row.status in _NOT_WRITTEN:
        return None
    there = row.known_names or PlaceNames()
    lacking = {}
    for unit in _LARGEST_FIRST:
        found, ours = getattr(there, unit), getattr(row.names, unit)
        if unit == "country":
            if not _is_country(there, row.names):
                return None
            lacking["country_code"] = "" if there.country_code else row.names.country_code
        elif found and name_key(found) != name_key(ours):
            break
        lacking[unit] = "" if found else ours
    names = PlaceNames(**lacking)
    return names if names else None


def is_to_write(row: TagRow, *, with_names: bool) -> bool:
    """Return whether there is something to write of a row: the place that it proposes, or names if asked for."""
    return row.proposed or (with_names and names_to_write(row) is not None)


def with_known(names: PlaceNames, known: PlaceNames | None) -> PlaceNames:
    """Return names that are to be written together with those that are there.

    >>> with_known(PlaceNames(city="Agra"), PlaceNames(country="India"))
    PlaceNames(location='', city='Agra', state='', country='India', country_code='')
    """
    return replace(names, **{unit: text for unit, text in vars(known).items() if text}) if known else names


def _is_country(there: PlaceNames, ours: PlaceNames) -> bool:
    """Return whether the country that is there, if any, is ours, by its code or its name.

    One of the two may be in a form that is not known here, such as another language; where both are, it is not ours.
    """
    given = [text for text in (there.country, there.country_code) if text]
    known = set()
    for text in given:
        with suppress(DataError):
            known.add(find_country(text).code)
    return known == {ours.country_code} or not given
