"""Use landmark as a person would, on an album of 500 mixed files whose places are known: tag, review, write, take back.

    python benchmarks/mixed_album.py [../shared/data] [--keep FOLDER]

The album: `albums/mixed.py`. Decisions are those of a person who knows where each photo was taken. Needs exiftool.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from albums.mixed import File, make_mixed_album

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.tagging.policy import Policy
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.decisions import Decisions
from landmark.tagging.rows import PROPOSED
from landmark.tagging.writing import Target

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE_KM = 1.0  # beyond its radius, a place is wrong
N_RATED = 5  # photos that get a rating from another program after they were written

Row = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how long it took."""

    seconds: float
    status: int
    rows: list[Row]
    last: str

    def __str__(self) -> str:
        """Return time, exit status and the summary."""
        return f"{self.seconds:.1f} s, ends with {self.status}\n  {self.last}"


def landmark(*arguments: str | Path) -> Ran:
    """Run the command of this checkout."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "landmark", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip() and not line.startswith("{")]
    return Ran(time.perf_counter() - start, done.returncode, rows, lines[-1] if lines else "")


def is_right(row: Row, file: File) -> bool:
    """Return whether a row's landmark is what is in the picture, or its position where the camera stood."""
    if row["landmark"]:
        return bool(row["landmark"] == file.shows)
    if row["latitude"] is None:
        return False
    apart_km = distance_km(Coordinates(row["latitude"], row["longitude"]), file.stood_at)
    return apart_km <= float(row["radius_km"]) + TOLERANCE_KM


def told(rows: Sequence[Row], files: Mapping[str, File]) -> str:
    """Return rows by status, proposals with how many are right."""
    count: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        count[row["status"]] += 1
        right[row["status"]] += row["status"] in PROPOSED and is_right(row, files[row["photo"]])
    return ", ".join(
        f"{n} {status}" + (f" ({right[status]} right)" if status in PROPOSED else "")
        for status, n in count.most_common()
    )


def by_device(rows: Sequence[Row], files: Mapping[str, File]) -> str:
    """Return a table: for each kind of file, how many have GPS, get a place, and are doubtful."""
    lines = ["| files | | have GPS | suspect | get a place | right | doubtful | show a landmark of the model, no GPS |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        file = files[row["photo"]]
        kind = file.device.name.rsplit("/", 1)[-1] + (", films" if file.path.endswith(".MOV") else "")
        kinds.setdefault(kind, []).append(row)
    for kind, found in kinds.items():
        placed = [row for row in found if row["status"] in PROPOSED]
        shown = sum(files[row["photo"]].shows is not None and row["known_latitude"] is None for row in found)
        cells = [len(found), sum(row["known_latitude"] is not None for row in found),
                 sum(row["status"] == "suspect" for row in found), len(placed),
                 sum(is_right(row, files[row["photo"]]) for row in placed),
                 sum(row["status"] == "doubtful" for row in found), shown]  # fmt: skip
        lines.append(f"| {kind} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def decide(album: Path, rows: Sequence[Row], files: Mapping[str, File], policy: Policy) -> tuple[Decisions, str]:
    """Decide as one who knows the truth: accept what is right, decline the rest, name what doubtful photos show."""
    choices: dict[str, Choice] = {}
    count: Counter[str] = Counter()
    for row in rows:
        name, file = row["photo"], files[row["photo"]]
        if row["status"] in PROPOSED:
            accepts = is_right(row, file)
            choices[name] = Choice(accepts, row["landmark"] or row["position_from"] or "")
            count["accepted" if accepts else "declined"] += 1
        elif row["status"] == "doubtful":
            choices[name] = Choice(file.shows is not None, row["landmark"] or "", landmark=file.shows)
            count["doubtful, and named" if file.shows else "doubtful, and declined"] += 1
    decisions = Decisions(album, Target.PHOTO, policy, None, choices)
    return decisions, ", ".join(f"{n} {what}" for what, n in count.items())


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def read_back(written: Sequence[Row]) -> str:
    """Return how many written positions exiftool finds, in photos or sidecars."""
    paths = [row["photo"] + (".xmp" if row["written"] == "sidecar" else "") for row in written if row["latitude"]]
    found = subprocess.run(["exiftool", "-j", "-n", "-GPSLatitude", *paths], capture_output=True, text=True)
    tags = json.loads(found.stdout or "[]")
    return f"{sum('GPSLatitude' in one for one in tags)} of {len(paths)}"


def use(folder: Path, data: Path, scratch: Path) -> None:
    """Do all of it, and tell."""
    album = folder / "Two years"
    files = {one.path: one for one in make_mixed_album(album, data)}
    before = hashes(album)
    print(f"{len(files)} files of the album, {len(before)} with the JSON of the Takeout; "
          f"{sum(one.shows is not None for one in files.values())} show a landmark of the model")  # fmt: skip

    def relative(rows: Sequence[Row]) -> list[Row]:
        return [row | {"photo": Path(row["photo"]).relative_to(album).as_posix()} for row in rows]

    looked = landmark("tag", album, "--json")
    rows = relative(looked.rows)
    print(f"\ntag: {looked}\n  {told(rows, files)}\n\n{by_device(rows, files)}")
    alone = landmark("tag", album, "--json", "--neighbours", "0")
    print(f"\nrecognition alone: {told(relative(alone.rows), files)}")
    near = landmark("tag", album, "--json", "--propose-nearby", "15min")
    print(f"nearby photos propose: {told(relative(near.rows), files)}")
    page = landmark("tag", album, "--page", scratch / "page.html")
    print(f"\nwith the page, {(scratch / 'page.html').stat().st_size / 1e6:.1f} MB: {page.seconds:.1f} s")

    decisions, decided = decide(album, rows, files, Policy())
    (scratch / "decisions.json").write_text(json.dumps(decisions.to_dict()))
    print(f"decided: {decided}")
    written = write(scratch / "decisions.json")
    print(f"undo: {landmark('undo', album)}\n  as before: {hashes(album) == before}")
    print(f"tag again: {landmark('tag', album, '--json').seconds:.1f} s")

    written = write(scratch / "decisions.json")
    rated = [row["photo"] for row in written if row["written"] == "photo"][:N_RATED]
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-XMP:Rating=5", *rated], check=True)
    moved = folder / "Moved" / "Album"
    moved.parent.mkdir()
    album.rename(moved)
    print(f"\n{N_RATED} rated by exiftool, and the album moved\nundo: {landmark('undo', moved)}")
    print(f"untag: {landmark('untag', moved)}")
    after = hashes(moved)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    is_rated = changed == {Path(one).relative_to(album).as_posix() for one in rated}
    print(f"files other than before: {len(changed)}, those that were rated: {is_rated}")
    again = landmark("tag", moved, "--json")
    print(f"tag again: {again}\nhistory: {landmark('history').last}")


def write(decisions: Path) -> list[Row]:
    """Apply decisions; returns the rows that were written."""
    ran = landmark("tag", "--apply", decisions, "--json")
    written = [row for row in ran.rows if row["written"]]
    targets = dict(Counter(row["written"] for row in written))
    print(f"\napply: {ran}\n  written: {targets}; exiftool reads {read_back(written)} positions")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=ROOT.parent / "shared" / "data")
    parser.add_argument("--keep", type=Path, help="where to leave the album; default: nowhere")
    args = parser.parse_args()
    if not args.data.is_dir() or not shutil.which("exiftool"):
        sys.exit(f"Expected the photos of {args.data}, and exiftool.")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LANDMARK_DATA"] = f"{scratch}/data"
        use(args.keep or Path(scratch) / "disk", args.data, Path(scratch))


if __name__ == "__main__":
    main()
