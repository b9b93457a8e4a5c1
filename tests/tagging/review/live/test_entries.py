"""What the page shows, in which order; which pictures it keeps; and whom it asks for landmarks."""

import json
from datetime import datetime
from pathlib import Path

from factories.album import make_photo

from landmark.geo.coordinates import Coordinates
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.geo.place import Place
from landmark.tagging import Status, TagRow
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.review.live.entries import ReviewEntries
from landmark.tagging.review.live.pictures import Pictures

PETRA, TAJ = (builtin_gazetteer().find(name) for name in ("Petra", "Taj Mahal"))


def entries_of(*rows: TagRow) -> ReviewEntries:
    entries = ReviewEntries(Path("album"))
    for row in rows:
        entries.add(row)
    entries.finish()
    return entries


def row(name: str, status: Status, place: Place | None = None, belief: float | None = None, day: int = 1) -> TagRow:
    at = place.coordinates if place else None
    landmark = place.name if place else None
    taken = datetime(2024, 5, day)
    return TagRow(f"album/{name}", status, "", landmark, belief, belief, place, at, taken=taken)


def test_what_is_to_decide_comes_first_and_of_proposals_the_least_sure() -> None:
    entries = entries_of(
        row("gps.jpg", Status.HAS_GPS),
        row("suspect.jpg", Status.SUSPECT, TAJ, 0.9),
        row("later.jpg", Status.UNKNOWN, day=3),
        row("earlier.jpg", Status.UNKNOWN, day=2),
        row("sure.jpg", Status.RECOGNISED, PETRA, 0.99),
        row("taj.jpg", Status.RECOGNISED, TAJ, 0.95),
        row("less.jpg", Status.RECOGNISED, PETRA, 0.85),
        row("doubt.jpg", Status.DOUBTFUL, TAJ, 0.2),
        row("near.jpg", Status.NEAR_OTHERS),
        row("broken.jpg", Status.UNREADABLE),
        row("before.jpg", Status.TAGGED),
    )
    assert [one.photo for one in entries.entries] == [
        "doubt.jpg", "less.jpg", "sure.jpg", "taj.jpg", "near.jpg", "earlier.jpg", "later.jpg", "suspect.jpg"
    ]  # fmt: skip
    assert [(group.kind, group.title, group.first, group.count) for group in entries.groups] == [
        ("doubtful", "Doubtful", 0, 1),
        ("proposed", "Petra", 1, 2),
        ("proposed", "Taj Mahal", 3, 1),
        ("near_others", "Nearby photos alone", 4, 1),
        ("unknown", "Unknown", 5, 2),
        ("suspect", "GPS that does not fit", 7, 1),
    ]
    assert [one.accepted for one in entries.entries] == [False, True, True, True, False, False, False, False]


def test_an_album_without_anything_to_decide_on() -> None:
    assert entries_of().groups == [] and entries_of(row("a.jpg", Status.HAS_GPS)).entries == []


def test_names_that_are_no_text_and_what_speaks_against_are_shown() -> None:
    name = "falls-\udce9.jpg"
    one = TagRow(f"album/{name}", Status.DOUBTFUL, "recognised 99 %, and contradicted", "Petra", 0.99, against=("why",))
    shown = json.loads(entries_of(one).entries[0].shown)
    assert shown["name"] == name and shown["against"] == ["why"]


def test_pictures_are_kept_as_long_as_there_is_room(tmp_path: Path) -> None:
    photos = [make_photo(tmp_path / f"{number}.jpg", "Taj Mahal", size=(400, 300)) for number in range(3)]
    one = Pictures().thumbnail(photos[0])
    assert one is not None
    pictures = Pictures(max_bytes=2 * len(one))
    for photo in photos:
        assert pictures.thumbnail(photo)
    photos[2].unlink()
    assert pictures.thumbnail(photos[2]) is not None, "it is kept"
    photos[0].unlink()
    assert pictures.thumbnail(photos[0]) is None, "it had to go"
    assert pictures.picture(tmp_path / "never.jpg") is None


def test_of_two_places_of_one_name_the_models_is_meant() -> None:
    ours = Place("Taj Mahal", Coordinates(1, 2), 0.1, aliases=("Our Taj",))
    known = KnownPlaces([ours, Place("Grandmother's House", None, None)])
    assert known.find("taj_mahal") is known.find("our taj") is ours
    assert known.find("Petra") == PETRA and known.find("atlantis") is None
    assert known.names().count("Taj Mahal") == 1 and "Grandmother's House" in known.names()


def test_a_sure_position_on_a_track_stands_behind_less_sure_landmarks() -> None:
    at = Coordinates(48.8, 2.3)
    on_track = TagRow("album/a.jpg", Status.ON_TRACK, "", coordinates=at, position_from="hike.gpx", probability=0.98)
    found = entries_of(on_track, row("less.jpg", Status.RECOGNISED, PETRA, 0.85)).entries
    assert [one.photo for one in found] == ["less.jpg", "a.jpg"]
    assert json.loads(found[1].shown)["words"] == "98 %"
