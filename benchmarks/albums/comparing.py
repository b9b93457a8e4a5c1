"""What is compared: builds of the package, on albums with nothing else, a track, or GPS on every third photo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from albums.answers import Pool
from albums.builds import BEFORE, Rows, tag_albums
from albums.files import WrittenAlbum, write_album
from albums.making import Album, make_album
from albums.measuring import Belief, Placed, beliefs_of, placed_by
from albums.parameters import Parameters

NOTHING, TRACK, GPS = "nothing else", "a track", "GPS on every third"
NEARBY = f"{GPS}; nearby photos propose"
ALONE = (("neighbours_min", 0.0),)
PROPOSES = (("propose_nearby_min", 15.0),)


@dataclass(frozen=True)
class Case:
    """A row of the table: a build, what the album has, and the policy."""

    build: str
    given: str
    policy: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """Return the build in words."""
        if self.policy == ALONE:
            return "recognition alone"
        return "this build" if self.build == "this" else f"before ({self.build})"


CASES = [
    *(Case(BEFORE, given, ALONE) for given in (NOTHING, TRACK, GPS)),
    *(Case(BEFORE, given) for given in (NOTHING, TRACK, GPS)),
    *(Case("this", given) for given in (NOTHING, TRACK, GPS)),
    Case("this", NEARBY, PROPOSES),
]


class Bench:
    """Albums in a folder, written once with GPS and once without."""

    def __init__(self, folder: Path, albums: Sequence[Album], gps_share: float) -> None:
        self.folder, self.albums, self.gps_share = folder, albums, gps_share
        self.written: dict[bool, list[WrittenAlbum]] = {}

    def run(self, case: Case) -> tuple[list[Placed], list[Belief]]:
        """Tag all albums; returns the photos without GPS, and all candidates of those."""
        return self.judged(case, tag_albums(case.build, self.jobs(case), self.folder))

    def jobs(self, case: Case) -> list[tuple[WrittenAlbum, dict[str, Any]]]:
        """Return the written albums, each with its policy."""
        has_gps = case.given in (GPS, NEARBY)
        return [(one, _policy(case, one)) for one in self.written.get(has_gps) or self._write(has_gps)]

    def judged(self, case: Case, rows: Sequence[Rows]) -> tuple[list[Placed], list[Belief]]:
        """Return what rows make of the photos without GPS, and the candidates of those."""
        written = self.written[case.given in (GPS, NEARBY)]
        placed: list[Placed] = []
        beliefs: list[Belief] = []
        for number, album in enumerate(self.albums):
            shots = {shot.path: shot for shot in album.shots if shot.path not in written[number].with_gps}
            for row in rows[number]:
                if (shot := shots.get(row["photo"])) is not None:
                    placed.append(placed_by(row, shot, number))
                    beliefs += beliefs_of(row, shot, number)
        return placed, beliefs

    def _write(self, has_gps: bool) -> list[WrittenAlbum]:
        share, parent = (self.gps_share, self.folder / "gps") if has_gps else (0.0, self.folder / "plain")
        self.written[has_gps] = [write_album(album, parent / str(album.seed), share) for album in self.albums]
        return self.written[has_gps]


def _policy(case: Case, album: WrittenAlbum) -> dict[str, Any]:
    has_track = case.given == TRACK and any(album.tracks.iterdir())
    return dict(case.policy) | ({"tracks": [str(album.tracks)]} if has_track else {})


def make_albums(seeds: Iterable[int], per_seed: int, pool: Pool, parameters: Parameters) -> list[Album]:
    """Return the albums of each seed."""
    return [make_album(1000 * seed + number, pool, parameters) for seed in seeds for number in range(per_seed)]
