"""How fast `landmark locate` is beside the ordinary timm/torchvision loop with the same network, in one run.

Two comparisons, whole processes, the two commands in turn so that a machine that slows down slows both:
one photo (wall time, peak memory), and a folder of photos (photos per second, and whether the answers agree).

    python benchmarks/locate_speed.py ../shared/data/landmarks/test

Needs the train extra for the loop that it compares with. `--model` names another bundle than the one that ships.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from landmark import load_bundle

Run = tuple[float, float, list[dict[str, Any]]]  # wall seconds, peak memory in MB, rows printed
LOOP = str(Path(__file__).with_name("timm_loop.py"))


def run(command: list[str]) -> Run:
    """Wall seconds, peak memory in MB of the largest process, and the rows printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{err.read().decode()}")
        out.seek(0)
        return wall_s, usage.ru_maxrss / 1024, [json.loads(line) for line in out.read().splitlines()]


def compare(ours: list[str], theirs: list[str], runs: int) -> dict[str, list[Run]]:
    """Both commands in turn, after one warm-up each that fills the file cache."""
    run(ours)
    run(theirs)
    measured: dict[str, list[Run]] = {"ours": [], "theirs": []}
    for _ in range(runs):
        measured["ours"].append(run(ours))
        measured["theirs"].append(run(theirs))
    return measured


def summary(measured: dict[str, list[Run]]) -> str:
    walls = {side: [wall_s for wall_s, _, _ in runs] for side, runs in measured.items()}
    ratios = [theirs / ours for ours, theirs in zip(walls["ours"], walls["theirs"], strict=True)]
    lines = [
        f"  {side:6}  wall {statistics.median(walls[side]):6.2f} s (from {min(walls[side]):.2f} to"
        f" {max(walls[side]):.2f})"
        f"  peak memory {max(memory for _, memory, _ in runs):5.0f} MB"
        for side, runs in measured.items()
    ]
    spread = f"from {min(ratios):.2f} to {max(ratios):.2f}"
    return "\n".join([*lines, f"  theirs / ours: {statistics.median(ratios):.2f} ({spread}, pair by pair)"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of JPEGs")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--count", type=int, default=500, help="photos in the folder comparison")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()

    bundle = load_bundle(args.model)
    landmark = [sys.executable, "-m", "landmark", "locate", "--json", "--model", str(bundle.path)]
    loop = [sys.executable, LOOP, str(bundle.path)]
    found = sorted(path.resolve() for path in args.photos.rglob("*.jpg"))
    found = found[:: max(1, len(found) // args.count)][: args.count]
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(found):
            (Path(folder) / f"{number:05}.jpg").symlink_to(path)
        one = str(Path(folder) / "00000.jpg")
        print(
            f"{bundle.name} {bundle.version}, {bundle.architecture['backbone']}, {len(os.sched_getaffinity(0))} cores"
        )
        print("one photo, new process, files in the cache")
        single = compare([*landmark, one], [*loop, one], args.runs)
        print(summary(single))
        print(f"a folder of {len(found)} photos, whole command")
        many = compare([*landmark, folder], [*loop, folder], args.runs)
        print(summary(many))
    report_rates(single, many, len(found))
    report_agreement(many["ours"][0][2], many["theirs"][0][2])


def report_rates(single: dict[str, list[Run]], many: dict[str, list[Run]], count: int) -> None:
    """Photos per second of the whole command, and without starting up: what it would be in a folder without end."""
    whole, running = {}, {}
    for side in ("ours", "theirs"):
        wall_s = statistics.median(wall for wall, _, _ in many[side])
        start_s = statistics.median(wall for wall, _, _ in single[side])
        whole[side], running[side] = count / wall_s, (count - 1) / (wall_s - start_s)
    for title, rates in (("photos/s, whole command", whole), ("photos/s, once started", running)):
        print(f"  {title}: ours {rates['ours']:.1f}, theirs {rates['theirs']:.1f}, ours / theirs "
              f"{rates['ours'] / rates['theirs']:.2f}")  # fmt: skip


def report_agreement(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    best = [row["candidates"][0] for row in ours]
    same = sum(mine["landmark"] == other["landmark"] for mine, other in zip(best, theirs, strict=True))
    differences = [abs(mine["confidence"] - other["confidence"]) for mine, other in zip(best, theirs, strict=True)]
    print(f"  same landmark: {same} of {len(ours)}; confidence differs by at most {max(differences):.4f}")


if __name__ == "__main__":
    main()
