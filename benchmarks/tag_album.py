"""An album of 300 mixed photos through `landmark tag` as a person would: tag, write, read back, undo, compare.

    python benchmarks/tag_album.py ../shared/data [--keep FOLDER]

Photos of landmarks that the model knows, of landmarks that it does not, and of anything else, in all formats, without
metadata. exiftool gives them cameras, times and, to a third, GPS; where each was taken is remembered, so that what is
proposed can be counted as right or wrong. Needs exiftool; exiv2 reads back too where it is there.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from landmark.geo.coordinates import Coordinates, distance_km
from landmark.geo.countries import name_key
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.geo.place import Place
from landmark.model.bundle import load_bundle

KNOWN, UNKNOWN, ANYTHING = 6, 3, 2  # photos of one visit: of its landmark, of another one nearby, of anything else
VISITS = 27
ALBUM = 300
FORMATS = ("JPEG", "JPEG", "JPEG", "JPEG", "JPEG", "HEIC", "PNG", "WEBP", "TIFF", "AVIF")
SUFFIXES = {"JPEG": ".jpg", "HEIC": ".heic", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "AVIF": ".avif"}
FAR_KM = 25.0  # a place this far from where the photo was taken, beyond the landmark's edge, is wrong


@dataclass(frozen=True)
class Shot:
    """A photo of the album: where it comes from, where and when it was taken, whether it has GPS."""

    source: Path
    name: str
    format_name: str
    at: Coordinates
    taken: datetime
    camera: str
    gps: bool


def plan(data: Path, rng: random.Random) -> list[Shot]:
    """Visits to landmarks, a day apart: photos of each, with photos of other things between them."""
    places = {name_key(name): place for name, place in zip(*_known(), strict=True) if place and place.coordinates}
    folders = [folder for folder in sorted((data / "landmarks/test").iterdir()) if folder.is_dir()]
    others = sorted((data / "few_shot/test").rglob("*.jpg"))
    anything = sorted((data / "not_landmarks").glob("*.jpg"))
    rng.shuffle(others)
    rng.shuffle(anything)
    shots: list[Shot] = []
    day = datetime(2023, 4, 1, 9)
    for folder in folders:
        place = places.get(name_key(folder.name.partition(".")[2]))
        if place is None or place.coordinates is None:
            continue
        pictures = sorted(folder.glob("*.jpg"))
        chosen = rng.sample(pictures, min(KNOWN, len(pictures)))
        visit = chosen + [others.pop() for _ in range(UNKNOWN) if others] + [anything.pop() for _ in range(ANYTHING)]
        rng.shuffle(visit)
        camera = rng.choice(("NIKON COOLPIX P6000", "Pixel 7", "Canon EOS 600D"))
        for number, source in enumerate(visit):
            at = Coordinates(place.coordinates.latitude + rng.gauss(0, 0.003),
                             place.coordinates.longitude + rng.gauss(0, 0.003))  # fmt: skip
            taken = day + timedelta(minutes=number * rng.uniform(2, 9))
            shots.append(Shot(source, f"IMG_{len(shots):04}", FORMATS[len(shots) % len(FORMATS)], at, taken, camera,
                              rng.random() < 1 / 3))  # fmt: skip
        day += timedelta(days=1)
    return shots[:ALBUM]


def _known() -> tuple[list[str], list[Place | None]]:
    bundle = load_bundle()
    return list(bundle.categories), list(bundle.places)


def make(folder: Path, shots: list[Shot]) -> None:
    """Write the photos, and let exiftool put in what cameras would have."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    arguments: list[str] = []
    for shot in shots:
        path = folder / f"{shot.taken:%Y-%m-%d}" / f"{shot.name}{SUFFIXES[shot.format_name]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if shot.format_name == "JPEG":
            shutil.copyfile(shot.source, path)
        else:
            with Image.open(shot.source) as picture:
                picture.convert("RGB").save(path, "HEIF" if shot.format_name == "HEIC" else shot.format_name)
        make_name, _, model = shot.camera.partition(" ")
        arguments += [f"-EXIF:Make={make_name}", f"-EXIF:Model={model}",
                      f"-EXIF:DateTimeOriginal={shot.taken:%Y:%m:%d %H:%M:%S}"]  # fmt: skip
        if shot.gps:
            arguments += [f"-EXIF:GPSLatitude={abs(shot.at.latitude)}", f"-EXIF:GPSLongitude={abs(shot.at.longitude)}",
                          f"-EXIF:GPSLatitudeRef={'N' if shot.at.latitude >= 0 else 'S'}",
                          f"-EXIF:GPSLongitudeRef={'E' if shot.at.longitude >= 0 else 'W'}"]  # fmt: skip
        arguments += [str(path), "-execute"]
    common = ["exiftool", "-@", "-", "-common_args", "-overwrite_original", "-q"]
    subprocess.run(common, input="\n".join(arguments), text=True, check=True)


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(*arguments: str | Path) -> tuple[float, list[dict[str, Any]], str]:
    """Seconds, rows, and the last line of notes."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "landmark", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    wall_s = time.perf_counter() - start
    if result.returncode not in (0, 1):
        sys.exit(result.stderr)
    notes = result.stderr.splitlines()
    return (
        wall_s,
        [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")],
        (notes or [""])[-1],
    )


def judge(rows: list[dict[str, Any]], shots: dict[str, Shot]) -> Counter[str]:
    """How many proposals of each kind are right: the photo was taken at the landmark."""
    found: Counter[str] = Counter()
    gazetteer = builtin_gazetteer()
    for row in rows:
        if not row["status"].startswith("recognised"):
            continue
        place = gazetteer.find(row["landmark"])
        assert place and place.coordinates
        apart_km = distance_km(place.coordinates, shots[Path(row["photo"]).stem].at) - (place.radius_km or 0)
        found[f"{row['status']}, {'right' if apart_km <= FAR_KM else 'wrong'}"] += 1
    return found


def read_back(folder: Path, rows: list[dict[str, Any]]) -> None:
    """exiftool and exiv2 read the position of each photo that was written into."""
    written = [row for row in rows if row["written"] == "photo" and row["latitude"] is not None]
    paths = [row["photo"] for row in written]
    result = subprocess.run(["exiftool", "-j", "-n", "-GPSLatitude", "-GPSLongitude", *paths], capture_output=True)
    found = json.loads(result.stdout)
    same = sum(abs(tags["GPSLatitude"] - row["latitude"]) < 1e-6 and abs(tags["GPSLongitude"] - row["longitude"]) < 1e-6
               for tags, row in zip(found, written, strict=True))  # fmt: skip
    print(f"  exiftool reads the position written: {same} of {len(written)}")
    if shutil.which("exiv2"):
        readable = [path for path in paths if not path.endswith((".heic", ".avif"))]  # not by all builds of exiv2
        lines = [subprocess.run(["exiv2", "-g", "Exif.GPSInfo.GPSLatitude$", "-Pv", path], capture_output=True).stdout
                 for path in readable]  # fmt: skip
        print(f"  exiv2 reads a position: {sum(bool(line.strip()) for line in lines)} of {len(readable)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--keep", type=Path, default=None, help="where to leave the album; default: nowhere")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["LANDMARK_DATA"] = f"{scratch}/data"
        folder = args.keep or Path(scratch) / "album"
        shots = plan(args.data, random.Random(7))
        make(folder, shots)
        by_name = {shot.name: shot for shot in shots}
        before = hashes(folder)
        print(f"{len(shots)} photos, {sum(shot.gps for shot in shots)} with GPS, "
              f"{dict(Counter(shot.format_name for shot in shots))}")  # fmt: skip
        run("locate", folder, "--json")  # fills the file cache
        locate_s, _, _ = run("locate", folder, "--json")
        first_s, rows, summary = run("tag", folder, "--json")
        print(f"locate {locate_s:.1f} s, tag {first_s:.1f} s\n  {summary}\n  {dict(judge(rows, by_name))}")
        again_s, alone, _ = run("tag", folder, "--json", "--neighbours", "0")
        print(f"without neighbours, nothing looked at again: {again_s:.1f} s\n  {dict(judge(alone, by_name))}")
        page_s, _, _ = run("tag", folder, "--page", f"{scratch}/page.html")
        print(f"with the page: {page_s:.1f} s, {Path(f'{scratch}/page.html').stat().st_size / 1e6:.1f} MB")
        write_s, written, summary = run("tag", folder, "--write", "photo", "--json")
        print(f"written in {write_s:.1f} s\n  {summary}")
        read_back(folder, written)
        journal = Path(scratch) / "data/journal.sqlite3"
        n_changed = sum(before[name] != digest for name, digest in hashes(folder).items() if name in before)
        print(f"  {n_changed} photos changed, {len(hashes(folder)) - len(before)} sidecars; "
              f"the journal takes {journal.stat().st_size / 1e3:.0f} kB")  # fmt: skip
        undo_s, _, summary = run("undo", folder)
        print(f"undone in {undo_s:.1f} s: {summary}\n  all bytes as before: {hashes(folder) == before}")


if __name__ == "__main__":
    main()
