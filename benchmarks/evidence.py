"""How right and how sure places are on simulated albums: recognition alone, an earlier build, and this one, in one run.

    python benchmarks/evidence.py              the first table and the calibration: test photos, seeds never fitted on
    python benchmarks/evidence.py --vary       the second table: each parameter of the albums halved and doubled
    python benchmarks/evidence.py --clocks     the third: albums whose clocks say nothing
    python benchmarks/evidence.py --pool synthetic --albums 2       a look, without ../shared

What is given to the albums, and what is right: docs/evidence.md.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from albums import wrong_evidence
from albums.answers import Pool, load_pool
from albums.builds import BEFORE, tag_albums
from albums.comparing import ALONE, CASES, NOTHING, PROPOSES, Bench, Case, make_albums
from albums.files import WrittenAlbum
from albums.measuring import (
    N_BINS,
    PROPOSED,
    Belief,
    Placed,
    answer_rate,
    calibration,
    error_km,
    share_off,
)
from albums.parameters import NAMES, Parameters
from albums.sites import known_sites

from landmark.model.bundle import load_bundle
from landmark.tagging import Policy

SEEDS = (9001, 9002)
ALBUMS_PER_SEED = 16
VARIED_ALBUMS_PER_SEED = 4
CLOCK_SEEDS = 20
WIDE_KM = 5.0  # wider landmarks get no position by default
_AT_ONCE = 5  # settings of the second table


def first_table(pool: Pool, seeds: Sequence[int], per_seed: int) -> None:
    """Print the first table and the calibration."""
    can_propose = any(field.name == PROPOSES[0][0] for field in fields(Policy))
    albums = make_albums(seeds, per_seed, pool, Parameters())
    results: dict[Case, list[Placed]] = {}
    beliefs: dict[Case, list[Belief]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), albums, Parameters().gps_share)
        for case in CASES if can_propose else CASES[:-1]:
            results[case], beliefs[case] = bench.run(case)
            print(f"{case.name}, {case.given}: done", file=sys.stderr)
    n_photos = sum(len(album.shots) for album in albums)
    print(f"{len(albums)} albums, {n_photos:,} photos, seeds {', '.join(map(str, seeds))}\n\n{_table(results)}")
    for case, found in beliefs.items():
        if found:
            print(f"\n{case.name}, {case.given}: {len(found):,} candidates\n\n{_calibration_table(found)}")
            likeliest = sorted(found, key=lambda one: one.probability)[-len(found) // N_BINS :]
            print(f"\nThe last bin alone, {len(likeliest):,} candidates:\n\n{_calibration_table(likeliest)}")


def _table(results: Mapping[Case, Sequence[Placed]]) -> str:
    lines = [
        "| | album has | photos without GPS | placed by default | in all | of these right | median, 90th percentile | "
        "by default off by more than radius + 1 km |\n|---|---|---|---|---|---|---|---|"
    ]
    for case, placed in results.items():
        n_default, n_right = (sum(getattr(one, name) for one in placed) for name in ("is_by_default", "is_right"))
        n_placed = sum(one.error_km is not None for one in placed)
        median_km, high_km = error_km(placed)
        lines.append(
            f"| {case.name} | {case.given} | {len(placed):,} | {n_default:,} | {n_placed:,}: "
            f"{answer_rate(placed)} | {n_right:,} | "
            f"{median_km:.2f}, {high_km:.2f} km | {share_off(placed)} |"
        )
    return "\n".join(lines)


def _calibration_table(beliefs: Sequence[Belief]) -> str:
    bins = calibration(beliefs)
    lines = ["| believed | right (95 %) | points apart |", "|---|---|---|"]
    for one in bins:
        lines.append(f"| {100 * one.believed:.2f} % | {one.right} | {100 * one.gap:+.1f} |")
    return "\n".join([*lines, "", f"Farthest apart: {_farthest(beliefs)} points"])


def _farthest(beliefs: Sequence[Belief]) -> str:
    return f"{max(abs(100 * one.gap) for one in calibration(beliefs)):.1f}" if beliefs else "-"


def second_table(pool: Pool, seeds: Sequence[int], per_seed: int) -> None:
    """Print what becomes of the main figures where each parameter is halved or doubled."""
    print(
        "| parameter | times | photos without GPS | placed | times as many as alone | median, 90th percentile | "
        "by default off | calibration, points |\n|---|---|---|---|---|---|---|---|"
    )
    settings = [("", 1.0), *((name, factor) for name in NAMES for factor in (0.5, 2.0))]
    for batch in (settings[start : start + _AT_ONCE] for start in range(0, len(settings), _AT_ONCE)):
        with tempfile.TemporaryDirectory() as scratch:
            benches = [_varied_bench(Path(scratch), *one, make_albums_of=(seeds, per_seed, pool)) for one in batch]
            jobs = [job for bench in benches for job in bench.jobs(CASES[-1])]
            rows = iter(tag_albums("this", jobs, Path(scratch)))  # together, since each process takes a second to start
            for (name, factor), bench in zip(batch, benches, strict=True):
                placed, beliefs = bench.judged(CASES[-1], [next(rows) for _ in bench.albums])
                print(_varied_row(name, factor, bench, placed, beliefs), flush=True)


def _varied_bench(scratch: Path, name: str, factor: float, make_albums_of: tuple[Sequence[int], int, Pool]) -> Bench:
    parameters = Parameters().scaled(name, factor) if name else Parameters()
    folder = scratch / f"{name}-{factor:g}"
    return Bench(folder, make_albums(*make_albums_of, parameters), parameters.gps_share)


def _varied_row(name: str, factor: float, bench: Bench, placed: Sequence[Placed], beliefs: Sequence[Belief]) -> str:
    threshold = load_bundle().calibration.threshold
    sites = {site.landmark for site in known_sites() if 2 * site.radius_km <= WIDE_KM}
    without_gps = {(number, shot.path): shot.answer[0] for number, album in enumerate(bench.albums)
                   for shot in album.shots if shot.path not in bench.written[True][number].with_gps}  # fmt: skip
    n_alone = sum(confidence >= threshold and name in sites for name, confidence in without_gps.values())
    n_placed = sum(one.error_km is not None for one in placed)
    median_km, high_km = error_km(placed)
    rate = f"{100 * answer_rate(placed).value:.0f} %"
    cells = [f"`{name}`" if name else "none", f"{factor:g}", f"{len(placed):,}", rate,
             f"{n_placed / max(1, n_alone):.1f}", f"{median_km:.2f}, {high_km:.2f} km", str(share_off(placed)),
             _farthest(beliefs)]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def clocks_table(n_seeds: int = CLOCK_SEEDS) -> None:
    """Print how many landmarks are right on albums whose clocks say nothing."""
    print("| | photos | right alone | right before | right now | right alone, and lost |\n|---|---|---|---|---|---|")
    total = np.zeros(5, int)
    for kind, make in wrong_evidence.ALBUMS.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            albums = [wrong_evidence.write(make(random.Random(f"{kind}, judged {seed}")), folder / str(seed) / "photos")
                      for seed in range(n_seeds)]  # fmt: skip
            alone, before, now = (_right_landmarks(Case(build, NOTHING, policy), albums, folder)
                                  for build, policy in ((BEFORE, ALONE), (BEFORE, ()), ("this", ())))  # fmt: skip
        counts = [sum(len(one.shows) for one in albums), len(alone), len(before), len(now), len(alone - now)]
        total += counts
        print(f"| {kind} | " + " | ".join(map(str, counts)) + " |", flush=True)
    print("| all | " + " | ".join(map(str, total)) + " |")


def _right_landmarks(case: Case, albums: Sequence[wrong_evidence.WrittenPhotos], scratch: Path) -> set[tuple[int, str]]:
    """Return the photos for which the landmark that they show is proposed: number of the album, and name."""
    written = [(WrittenAlbum(one.folder, one.folder, one.write_answers(), frozenset()), dict(case.policy))
               for one in albums]  # fmt: skip
    return {
        (number, row["photo"])
        for number, rows in enumerate(tag_albums(case.build, written, scratch))
        for row in rows
        if row["status"] in PROPOSED and row["landmark"] and row["landmark"] == albums[number].shows[row["photo"]]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", choices=("test", "valid", "synthetic"), default="test", help="the photos' answers")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--albums", type=int, help="how many of each seed")
    parser.add_argument("--vary", action="store_true", help="print the second table")
    parser.add_argument("--clocks", action="store_true", help="print the third table")
    args = parser.parse_args()
    if args.clocks:
        clocks_table()
    elif args.vary:
        second_table(load_pool(args.pool), args.seeds, args.albums or VARIED_ALBUMS_PER_SEED)
    else:
        first_table(load_pool(args.pool), args.seeds, args.albums or ALBUMS_PER_SEED)


if __name__ == "__main__":
    main()
