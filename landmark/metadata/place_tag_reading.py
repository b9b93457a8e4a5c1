"""What this program wrote into a sidecar, read back as what it was: so it can be written elsewhere."""

from contextlib import suppress

from landmark.core.errors import DataError
from landmark.core.unchecked import as_fraction
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import Country, find_country
from landmark.geo.place_names import PlaceNames
from landmark.metadata.own_mark import own_method
from landmark.metadata.place_tag import PlaceTag, PositionMethod
from landmark.metadata.positions import Position, parse_angle, read_position
from landmark.metadata.removing.spans import Element, parse_elements
from landmark.metadata.written_fields import WrittenFields
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import XmpError, parse_xmp

_NAMES = {
    "location": "Iptc4xmpCore:Location",
    "city": "photoshop:City",
    "state": "photoshop:State",
    "country": "photoshop:Country",
    "country_code": "Iptc4xmpCore:CountryCode",
}


def read_place_tag(packet: bytes, fields: WrittenFields) -> PlaceTag | None:
    """Return the tag that a sidecar holds; None where it holds none, or a position that a person has corrected.

    `fields` are what the journal knows of it: names of towns are ours only by these.

    >>> read_place_tag(b"<x/>", WrittenFields()) is None
    True
    """
    try:
        values, rdf = parse_xmp(packet).values, parse_elements(packet)
    except XmpError:
        return None
    reading, landmark = read_xmp(packet), values.get("landmark:Name") or None
    marks = [reading.own_mark] if reading.own_mark else []
    method = own_method(reading.coordinates, marks) if reading.coordinates else None
    if method is None and not reading.has_own_names:
        return None
    shown = next((one for one in rdf.find("rdf:li") if _shows(one, landmark)), None)
    written = {unit: values[name] for unit, name in _NAMES.items() if name in fields.properties and name in values}
    names = PlaceNames(**written) if written else None
    is_keyword = bool(names and {names.city, names.state, names.country} & {*fields.items.get("dc:subject", ())})
    error_m = as_fraction(values.get("exif:GPSHPositioningError", ""))
    confidence = as_fraction(values.get("landmark:Confidence", ""))
    return PlaceTag(
        landmark,
        confidence if 0 <= confidence <= 1 else None,
        values.get("landmark:Reason", ""),
        reading.coordinates,
        error_m / 1000 if error_m > 0 else None,
        _countries(shown),
        method or PositionMethod.RECOGNITION,
        names=names,
        landmark_coordinates=_coordinates(shown),
        keyword_names=names if is_keyword else None,
    )


def _shows(element: Element, landmark: str | None) -> bool:
    return any(text.text == landmark for name in element.find("Iptc4xmpExt:LocationName") for text in name.all())


def _texts(element: Element | None, name: str) -> list[str]:
    return [one.text for one in element.find(name)] if element else []


def _countries(shown: Element | None) -> tuple[Country, ...]:
    texts = _texts(shown, "Iptc4xmpExt:CountryCode")
    texts = texts or [name for text in _texts(shown, "Iptc4xmpExt:CountryName") for name in text.split(" / ")]
    found = []
    for text in texts:
        with suppress(DataError):
            found.append(find_country(text))
    return tuple(found)


def _coordinates(shown: Element | None) -> Coordinates | None:
    angles = [parse_angle(text) for name in ("Latitude", "Longitude") for text in _texts(shown, f"exif:GPS{name}")]
    if len(angles) != 2:
        return None
    found = read_position(angles[0], angles[1], datum="", status="")
    return found.coordinates if isinstance(found, Position) else None
