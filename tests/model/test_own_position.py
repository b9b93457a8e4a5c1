"""A photo's own position: how far a recognised landmark may be from it before it is suspect."""

import pytest

from landmark.geo.coordinates import Coordinates, point_between
from landmark.geo.place import Place
from landmark.metadata.merging import PhotoMetadata
from landmark.model.own_position import SUSPECT_KM, OwnPosition

BERLIN, PETRA = Coordinates(52.5163, 13.3777), Coordinates(30.3285, 35.4444)


def test_the_position_of_metadata_and_its_source() -> None:
    assert OwnPosition.of_metadata(PhotoMetadata(BERLIN, "EXIF")) == OwnPosition(BERLIN, "EXIF")
    assert OwnPosition.of_metadata(PhotoMetadata(BERLIN, "a.jpg.xmp", recognised=True)) == OwnPosition(
        BERLIN, "a.jpg.xmp", recognised=True
    )
    assert OwnPosition.of_metadata(PhotoMetadata(recognised=True)) is None


@pytest.mark.parametrize("radius_km", [None, 3.0, 40.0])
def test_suspect_from_25_km_beyond_the_landmarks_edge(radius_km: float | None) -> None:
    place = Place("Petra", PETRA, radius_km)
    edge_km = (radius_km or 0.0) + SUSPECT_KM
    to_berlin_km = OwnPosition(BERLIN, "EXIF").distance_km(place) or 0.0
    assert to_berlin_km == pytest.approx(3_051, abs=1)
    for metres, is_suspect in ((-10, False), (10, True)):
        at = point_between(PETRA, BERLIN, (edge_km + metres / 1000) / to_berlin_km)
        assert OwnPosition(at, "EXIF").is_suspect(place) is is_suspect, metres


def test_nothing_to_compare_with_is_not_suspect() -> None:
    own = OwnPosition(BERLIN, "EXIF")
    assert own.distance_km(None) is None and not own.is_suspect(None)
    nowhere = Place("My House", None, None)
    assert own.distance_km(nowhere) is None and not own.is_suspect(nowhere)


def test_a_position_that_this_program_wrote_is_no_evidence() -> None:
    assert not OwnPosition(BERLIN, "EXIF", recognised=True).is_suspect(Place("Petra", PETRA, 3))


def test_the_words() -> None:
    said = OwnPosition(BERLIN, "a.jpg.xmp").suspicion(Place("Petra", PETRA, 3), 0.998)
    assert said == "its GPS from a.jpg.xmp is 3,051 km away from the recognised Petra (> 99 %)"
