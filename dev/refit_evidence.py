"""Fit the numbers of the judgement again, on simulated albums, and write landmark/data/evidence.json: `make refit`.

    python dev/refit_evidence.py            the albums of `SEEDS`, with the answers to validation photos

Album after album is tagged by the product's own code, with nothing else, with a track, and with GPS on every third
photo. What is heard of each photo is kept with the truth. One logistic regression gives the weights; positions near
other photos get the radius within which most were right.
"""

import argparse
import json
import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from albums.answers import load_pool  # noqa: E402
from albums.evidence_start import APART_KM, BEYOND_KM, GAPS_MIN, NEAR_GAPS_MIN, start_weights  # noqa: E402
from albums.files import write_album  # noqa: E402
from albums.making import Shot, make_album  # noqa: E402
from albums.parameters import Parameters  # noqa: E402
from albums.run import PooledPredictor  # noqa: E402

from landmark.core.files import write_json  # noqa: E402
from landmark.core.progress import track as with_progress  # noqa: E402
from landmark.geo.coordinates import distance_km  # noqa: E402
from landmark.geo.tracks.placing import TrackPosition  # noqa: E402
from landmark.metrics.logistic import fit_binary_logistic  # noqa: E402
from landmark.model.bundle import load_bundle  # noqa: E402
from landmark.tagging import AlbumTagging, Policy  # noqa: E402
from landmark.tagging.evidence.heard import Surroundings, hear  # noqa: E402
from landmark.tagging.evidence.nearby import near_candidates, nearest_of_each  # noqa: E402
from landmark.tagging.evidence.posterior import log_odds, weigh  # noqa: E402
from landmark.tagging.evidence.weights import FILE, SCHEMA_VERSION, EvidenceWeights, Source  # noqa: E402
from landmark.tagging.observation import Observation  # noqa: E402

SEEDS = range(1000, 1032)
CASES = ("nothing", "track", "gps")
TOLERANCE_KM = 1.0  # beyond its radius, a place is wrong
_LEAST = 0.002  # confidence; what is below stays there, and would fill the memory
_L2 = 3.0  # photos' worth by which each weight is drawn to where it starts
_ROW_WEIGHT = 0.25  # photos of one walk are not independent of each other
_LONGEST_MIN = max(NEAR_GAPS_MIN)
_RIGHT = 0.985  # of the places in a cell that the radius and 1 km must hold
_FEW = 40  # places in a cell, below which it proposes nothing
_LARGEST_KM = 5.0

Cell = tuple[str, int, int]
Floats = NDArray[np.float64]


@dataclass
class Samples:
    """What was heard of the photos of some albums, and what was right."""

    candidates: list[tuple[float, bool, list[tuple[Cell, float]]]] = field(default_factory=list)
    tracks: list[tuple[str, bool]] = field(default_factory=list)  # what the landmark says, and whether it was right
    near: list[tuple[str, float, float, float]] = field(default_factory=list)  # kind, gap, apart, error
    n_photos: int = 0


def start() -> EvidenceWeights:
    """Return the weights that the fit begins with."""
    from albums.evidence_start import start_file

    return EvidenceWeights.from_dict(start_file())


def collect(seed: int) -> Samples:
    """Return the samples of one album, tagged three times."""
    album, samples = make_album(seed, load_pool("valid")), Samples(n_photos=0)
    shots = {shot.path: shot for shot in album.shots}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LANDMARK_DATA"] = f"{scratch}/data"
        for case in CASES:
            written = write_album(album, Path(scratch) / case, Parameters().gps_share if case == "gps" else 0.0)
            tracks = (str(written.tracks),) if case == "track" and any(written.tracks.iterdir()) else ()
            predictor: Any = PooledPredictor(written.folder, json.loads(written.answers.read_text()))
            tagging = AlbumTagging(written.folder, predictor, Policy(propose_nearby_min=_LONGEST_MIN, tracks=tracks))
            listener = _Listener(tagging, shots, samples)
            tagging.on_heard = listener
            samples.n_photos += sum(1 for _ in tagging.rows())
    return samples


class _Listener:
    """Adds what each photo is judged by to samples."""

    def __init__(self, tagging: AlbumTagging, shots: dict[str, Shot], samples: Samples) -> None:
        self.tagging, self.shots, self.samples, self.weights = tagging, shots, samples, start()

    def __call__(self, one: Observation, around: Surroundings) -> None:
        shot = self.shots[one.path.as_posix()]
        heard = hear(around, Policy.neighbours_min)
        for candidate in one.answer.candidates:
            place = self.tagging.places.get(candidate.landmark)
            if place is None or place.coordinates is None or candidate.confidence < _LEAST:
                continue
            right = distance_km(place.coordinates, shot.stood_at) <= (place.radius_km or 0) + TOLERANCE_KM
            cells = [(_cell(found), found.scale) for found in weigh(place, heard, self.weights)]
            self.samples.candidates.append((log_odds(candidate.confidence), right, cells))
        if around.on_track:
            self._add_track(one, shot, around.on_track)
            return
        for near in near_candidates(list(nearest_of_each(around.nearby)), _LONGEST_MIN, self.weights):
            error_km = distance_km(near.coordinates, shot.stood_at) - near.own_km
            self.samples.near.append((near.kind, near.gap_min, near.apart_km, error_km))

    def _add_track(self, one: Observation, shot: Shot, track: TrackPosition) -> None:
        right = distance_km(track.coordinates, shot.stood_at) <= track.radius_km + TOLERANCE_KM
        best = one.answer.candidates[0]
        place = self.tagging.places.get(best.landmark)
        says = "alone"
        if best.confidence >= self.tagging.threshold and place and place.coordinates:
            beyond_km = distance_km(place.coordinates, track.coordinates) - (place.radius_km or 0) - track.radius_km
            says = "contradicts" if beyond_km > self.tagging.policy.suspect_km else "agrees"
        self.samples.tracks.append((says, right))


def _cell(found: Any) -> Cell:
    """Return which weight counted."""
    if found.source is Source.LANDMARK:
        return found.source, int(found.gap_min), int(found.beyond_km)
    row = int(np.searchsorted(GAPS_MIN, found.gap_min)) if found.source is Source.GPS else 0
    return found.source, row, int(np.searchsorted(BEYOND_KM, found.beyond_km))


def fit_weights(samples: Samples) -> tuple[list[float], dict[str, list[list[float]]], Floats]:
    """Return slope and offset, the weights, and the log-odds of all candidates that something is heard of."""
    guess = start_weights()
    cells = [cell for source in guess for cell in _cells(source, guess[source])]
    index = {cell: number + 2 for number, cell in enumerate(cells)}
    heard = [one for one in samples.candidates if one[2]]
    rows = np.zeros((len(heard), len(cells) + 2))
    for number, (odds, _, evidence) in enumerate(heard):
        rows[number, :2] = odds, 1.0
        for cell, scale in evidence:
            rows[number, index[cell]] += scale
    truth = np.array([right for _, right, _ in heard], float)
    towards = np.array([1.0, 0.0, *(guess[source][row][column] for source, row, column in cells)])
    strength = np.full(len(towards), _L2)
    found = fit_binary_logistic(rows, truth, np.full(len(heard), _ROW_WEIGHT), strength, towards)
    counts = np.abs(rows).sum(axis=0)
    weights: dict[str, list[list[float]]] = {}
    for source, table in guess.items():
        numbers = [[index[source, row, column] for column in range(len(one))] for row, one in enumerate(table)]
        weights[source] = [_falling(found[row], counts[row]) for row in numbers]
    final = np.array([*found[:2], *(weights[source][row][column] for source, row, column in cells)])
    return [round(float(one), 3) for one in found[:2]], weights, rows @ final


def _cells(source: str, table: Sequence[Sequence[float]]) -> list[Cell]:
    return [(source, row, column) for row, one in enumerate(table) for column in range(len(one))]


def _falling(values: Floats, counts: Floats) -> list[float]:
    """Return values that never rise, by pooling neighbours that do."""
    blocks: list[list[float]] = []  # mean, weight, length
    for value, count in zip(values, counts + 1.0, strict=True):
        blocks.append([value, count, 1])
        while len(blocks) > 1 and blocks[-1][0] > blocks[-2][0]:
            (mean, weight, length), before = blocks.pop(), blocks[-1]
            total = weight + before[1]
            before[:] = [(mean * weight + before[0] * before[1]) / total, total, before[2] + length]
    return [round(mean, 2) for mean, _, length in blocks for _ in range(int(length))]


def fit_right(samples: Samples, heard_odds: Floats) -> dict[str, list[float]]:
    """Return offset and slope from the log-odds of a belief to those of the position being right."""
    alone = [(odds, right) for odds, right, evidence in samples.candidates if not evidence]
    with_evidence = list(zip(heard_odds, (right for _, right, cells in samples.candidates if cells), strict=True))
    found = {}
    for name, pairs in (("alone", alone), ("with_evidence", with_evidence)):
        likely = np.array([(1.0, odds, right) for odds, right in pairs if odds > 0])
        towards, strength = np.array([0.0, 1.0]), np.array([1.0, 1.0])
        fitted = fit_binary_logistic(likely[:, :2], likely[:, 2], np.full(len(likely), _ROW_WEIGHT), strength, towards)
        found[name] = [round(float(one), 3) for one in fitted]
    return found


def fit_tracks(samples: Samples) -> dict[str, float]:
    """Return how often the position of a track was right, by what the landmark says."""
    found = {}
    for says in ("agrees", "alone", "contradicts"):
        right = [one for name, one in samples.tracks if name == says]
        found[says] = round((sum(right) + 1) / (len(right) + 2), 3)
    return found


def fit_near(samples: Samples) -> dict[str, list[list[list[float] | None]]]:
    """Return radius and probability of places near other photos, by gap and distance; None where they are too wrong."""
    found: dict[str, list[list[list[float] | None]]] = {}
    for kind in ("gps 1", "gps 2", "landmark 1", "landmark 2"):
        columns = len(APART_KM) if kind.endswith("2") else 1
        errors: list[list[list[float]]] = [[[] for _ in range(columns)] for _ in NEAR_GAPS_MIN]
        for name, gap_min, apart_km, error_km in samples.near:
            row, column = int(np.searchsorted(NEAR_GAPS_MIN, gap_min)), int(np.searchsorted(APART_KM, apart_km))
            if name == kind and row < len(NEAR_GAPS_MIN) and column < columns:
                errors[row][column].append(error_km)
        found[kind] = [[_near_cell(np.array(cell)) for cell in row] for row in errors]
    return found


def _near_cell(errors_km: Floats) -> list[float] | None:
    if len(errors_km) < _FEW:
        return None
    radius_km = max(0.1, float(np.quantile(errors_km, _RIGHT)) - TOLERANCE_KM + 0.1)
    radius_km = round(radius_km, 1 if radius_km < 2 else 0)
    if radius_km > _LARGEST_KM:
        return None
    right = int((errors_km <= radius_km + TOLERANCE_KM).sum())
    return [radius_km, round((right + 1) / (len(errors_km) + 2), 3)]


def fit(samples: Samples, seeds: Sequence[int]) -> dict[str, Any]:
    """Return the file."""
    (slope, offset), weights, heard_odds = fit_weights(samples)
    return {
        "schema_version": SCHEMA_VERSION,
        "slope": slope,
        "offset": offset,
        "gaps_min": GAPS_MIN,
        "beyond_km": BEYOND_KM,
        "weights": weights,
        "near_gaps_min": NEAR_GAPS_MIN,
        "apart_km": APART_KM,
        "near": fit_near(samples),
        "right": fit_right(samples, heard_odds),
        "track_right": fit_tracks(samples),
        "fitted_on": {
            "model": load_bundle().files["model.onnx"],
            "seeds": [seeds[0], seeds[-1]],
            "photos": samples.n_photos,
            "candidates": len(samples.candidates),
            "places_near_others": len(samples.near),
            "places_on_tracks": len(samples.tracks),
        },
    }


def samples_of(seeds: Sequence[int]) -> Samples:
    """Return the samples of all albums, in the order of their seeds."""
    whole = Samples()
    with ProcessPoolExecutor(2) as pool:
        for one in with_progress(pool.map(collect, seeds), "Albums", total=len(seeds), unit="albums"):
            for name, values in vars(one).items():
                setattr(whole, name, getattr(whole, name) + values)
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--albums", type=int, default=len(SEEDS), help="fewer for a look")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--samples", type=Path, help="keep what was heard here, or read it again")
    args = parser.parse_args()
    load_pool("valid")  # once, before the processes do
    seeds = SEEDS[: args.albums]
    if args.samples and args.samples.exists():
        samples = pickle.loads(args.samples.read_bytes())
    else:
        samples = samples_of(seeds)
        if args.samples:
            args.samples.write_bytes(pickle.dumps(samples))
    found = fit(samples, seeds)
    write_json(args.out, found)
    EvidenceWeights.from_dict(json.loads(args.out.read_text()))
    print(json.dumps({name: found[name] for name in ("slope", "offset", "right", "track_right", "fitted_on")}))


if __name__ == "__main__":
    main()
