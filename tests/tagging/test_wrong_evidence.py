"""Evidence that is none: whatever clocks, scanners and editors write, nearby photos cost no right place.

The albums are seeded, with a stub for the network, and tagged twice: recognition alone, and with nearby photos.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from albums import wrong_evidence as wrong
from albums.run import PooledPredictor
from albums.wrong_evidence import NOON, SITES, Photo

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.tagging import AlbumTagging, Policy, TagRow

SEEDS = 5
MINUTE = timedelta(minutes=1)
ALONE = Policy(neighbours_min=0)


def tagged(written: wrong.WrittenPhotos, policy: Policy | None = None) -> dict[str, TagRow]:
    predictor = PooledPredictor(written.folder, written.answers)
    rows = AlbumTagging(written.folder, predictor, policy or Policy()).rows()  # type: ignore[arg-type]
    return {Path(row.photo).name: row for row in rows}


def right(written: wrong.WrittenPhotos, policy: Policy | None = None) -> set[str]:
    rows = tagged(written, policy)
    return {name for name, row in rows.items() if row.proposed and row.landmark and row.landmark == written.shows[name]}


def write(photos: Sequence[Photo], folder: Path) -> wrong.WrittenPhotos:
    return wrong.write(photos, folder / "album")


@pytest.mark.parametrize("kind", wrong.ALBUMS)
def test_clocks_that_say_nothing_cost_no_right_place(kind: str, tmp_path: Path) -> None:
    """On every album on its own, nearby photos leave no fewer right places than recognition alone gives."""
    fewer = {}
    for seed in range(SEEDS):
        written = write(wrong.ALBUMS[kind](random.Random(f"{kind} {seed}")), tmp_path / str(seed))
        alone, with_nearby = right(written, ALONE), right(written)
        assert alone, "an album of which nothing is recognised would prove nothing"
        if len(with_nearby) < len(alone):
            fewer[seed] = f"{len(alone)} alone, {len(with_nearby)} with nearby photos; lost: {alone - with_nearby}"
    assert not fewer


_TIMELESS = [kind for kind in wrong.ALBUMS if not kind.startswith(("twins", "satellite", "clock that"))]


@pytest.mark.parametrize("kind", _TIMELESS)
def test_gps_at_home_costs_no_right_place_where_clocks_say_nothing(kind: str, tmp_path: Path) -> None:
    """Beside photos with GPS of the same days: nobody knows whether these were taken then."""
    at_home = [replace(placed(24 * 60 * day), gps=Coordinates(52.0, 8.5)) for day in range(-7, 8)]
    written = write([*wrong.ALBUMS[kind](random.Random(kind)), *at_home], tmp_path)
    assert not right(written, ALONE) - right(written)


def test_two_phones_of_one_model_hide_no_sure_landmark(tmp_path: Path) -> None:
    """Above 99 %, and never "unknown": another phone of the model was in another country."""
    cities = (("Colosseum", "Taj Mahal"), ("Casa Batllo", "Angkor Wat"), ("Hofburg", "Petronas Towers"))
    photos = [
        photo(name, 0.995, 24 * 60 * day + 11 * number)
        for day, names in enumerate(cities)
        for number, name in enumerate(names)
    ]
    rows = tagged(write(photos, tmp_path))
    assert {row.landmark for row in rows.values()} == {name for names in cities for name in names}
    assert all(row.proposed for row in rows.values())


def photo(name: str, confidence: float, minutes: float) -> Photo:
    """A phone's photo that shows a landmark, without GPS."""
    time = NOON + timedelta(minutes=minutes)
    return Photo(name, ((name, confidence),), ("Google", "Pixel 7"), time, zone="+00:00")


def placed(minutes: float, name: str = "Colosseum") -> Photo:
    """A phone's photo with GPS at a landmark that it does not show."""
    return replace(photo(name, 0.02, minutes), gps=SITES[name], gps_time=NOON + timedelta(minutes=minutes))


def test_a_poster_among_surely_placed_photos_is_not_proposed(tmp_path: Path) -> None:
    """What the clocks do say must still count."""
    photos = [photo("Taj Mahal", 0.95, 17), *(placed(minutes) for minutes in range(0, 40, 4))]
    written = write(photos, tmp_path)
    assert tagged(written, ALONE)["IMG_0000.jpg"].proposed
    row = tagged(written)["IMG_0000.jpg"]
    assert not row.proposed
    assert row.candidates[0].landmark == "Taj Mahal"


def test_a_candidate_among_surely_placed_photos_is_confirmed(tmp_path: Path) -> None:
    photos = [photo("Colosseum", 0.6, 17), *(placed(minutes) for minutes in range(0, 40, 4))]
    written = write(photos, tmp_path)
    assert not tagged(written, ALONE)["IMG_0000.jpg"].proposed
    row = tagged(written)["IMG_0000.jpg"]
    assert row.proposed and row.landmark == "Colosseum"


def test_satellite_times_that_agree_on_a_plausible_lag_move_a_clock(tmp_path: Path) -> None:
    """A compact two hours ahead: its photos are compared with the phone's where they were really taken."""
    compact, ahead = ("Canon", "Canon PowerShot S95"), timedelta(hours=2)
    photos = [replace(photo("Colosseum", 0.6, 19), camera=compact, zone=None, original=NOON + 19 * MINUTE + ahead)]
    photos += [placed(minutes) for minutes in range(0, 40, 4)]
    for minutes in range(2, 38, 6):
        one = replace(placed(minutes), camera=compact, zone=None)
        photos.append(replace(one, original=NOON + minutes * MINUTE + ahead))
    row = tagged(write(photos, tmp_path))["IMG_0000.jpg"]
    assert row.proposed and row.landmark == "Colosseum"


def test_the_landmarks_of_these_albums_are_far_from_each_other() -> None:
    """Or they would not exclude each other."""
    apart = [distance_km(SITES[a], SITES[b]) > 300 for a in SITES for b in SITES if a != b]
    assert sum(apart) / len(apart) > 0.95
