"""The row of a photo whose place a person gave."""

from dataclasses import replace

from landmark.metadata.place_tag import PositionMethod
from landmark.tagging.decision import WIDE_KM
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.rows import BY_HAND, Status, TagRow

PLACEABLE = frozenset(
    {
        Status.RECOGNISED,
        Status.RECOGNISED_WITH_NEIGHBOURS,
        Status.ON_TRACK,
        Status.NEAR_OTHERS,
        Status.DOUBTFUL,
        Status.UNKNOWN,
    }
)  # without a position of their own, which is never replaced


def place_by_hand(row: TagRow, choice: Choice, places: KnownPlaces, *, wide: bool = False) -> TagRow:
    """Return the row with the place that a person gave; unchanged where the photo has one, or none was given.

    A landmark wider than 5 km gives its names alone, unless `wide`.

    >>> row = place_by_hand(TagRow("a.jpg", Status.UNKNOWN, ""), Choice(True, "", "Petra"), KnownPlaces())
    >>> row.status.value, row.landmark, row.confidence, row.reason
    ('by_hand', 'Petra', None, 'decided by a person')
    """
    if row.status not in PLACEABLE or not (choice.write and choice.by_hand):
        return row
    place = places.find(choice.landmark) if choice.landmark else None
    if choice.landmark and place is None:
        return replace(row, error=f"{row.photo}: a person decided on {choice.landmark}, whose place is not known here.")
    placed = replace(
        row,
        status=Status.BY_HAND,
        method=PositionMethod.BY_HAND,
        reason="decided by a person",
        landmark=place.name if place else None,
        confidence=None,
        belief=None,
        probability=None,
        place=place,
        coordinates=choice.coordinates,
        position_from=BY_HAND if choice.coordinates else None,
        position_radius_km=None,
        distance_km=None,
    )
    if place is None:
        return placed
    if place.coordinates is None:
        return replace(placed, reason=f"{placed.reason}; its place is not known: names only")
    if 2 * (place.radius_km or 0) > WIDE_KM and not wide:
        return replace(placed, reason=f"{placed.reason}; {2 * (place.radius_km or 0):g} km wide: names only")
    return replace(placed, coordinates=place.coordinates)
