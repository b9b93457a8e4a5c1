"""One server process with threads beside several: photos a second, CPU time of a photo, and p99, in short turns.

    python benchmarks/serve_workers.py ../shared/data/landmarks/test -- "--workers 2" "--workers 1"

starts a server with each of these arguments and loads them in turn for two seconds each, so that whatever else the
machine does meets them alike. It prints the medians, and those of the ratios to the first.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import time
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

from serve_load import Client, form, load, percentile, server


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """Return the CPU time of a server's processes so far."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in (process.pid, *children)]
    return sum(int(one[11]) + int(one[12]) for one in stats) / os.sysconf("SC_CLK_TCK")


async def measure(photos: list[Path], variants: list[str], turns: int, clients: int, seconds: float) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(server(variant.split())) for variant in variants]
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the servers keep all cores
        sides = []
        for port, process in servers:
            requests, client = cycle([form(photo, f"127.0.0.1:{port}") for photo in photos]), Client("127.0.0.1", port)
            await load(client, requests, 1, seconds)
            sides.append((client, requests, process))
        figures: list[list[tuple[float, float, float]]] = [[] for _ in variants]
        for _ in range(turns):
            for (client, requests, process), found in zip(sides, figures, strict=True):
                start, cpu_before = time.perf_counter(), cpu_s(process)
                replies = await load(client, requests, clients, seconds)
                answered = replies.seconds.get(200, [seconds])
                cpu_ms = 1e3 * (cpu_s(process) - cpu_before) / len(answered)
                found.append((len(answered) / (time.perf_counter() - start), cpu_ms, 1e3 * percentile(answered, 99)))
    for variant, found in zip(variants, figures, strict=True):
        rate, cpu_ms, p99_ms = map(statistics.median, zip(*found, strict=True))
        ratios = [
            [mine / first for mine, first in zip(*pair, strict=True)] for pair in zip(found, figures[0], strict=True)
        ]
        shares = " ".join(f"{statistics.median(column):.2f}" for column in zip(*ratios, strict=True))
        print(f"{variant}: {rate:.1f} photos/s, {cpu_ms:.1f} ms CPU a photo, p99 {p99_ms:.0f} ms; ratios {shares}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of JPEGs")
    parser.add_argument("variants", nargs="+", help="arguments of landmark serve, one text for each server")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn")
    args = parser.parse_args()
    photos = sorted(args.photos.rglob("*.jpg"))
    asyncio.run(measure(photos[:: max(1, len(photos) // 400)], args.variants, args.turns, args.clients, args.seconds))


if __name__ == "__main__":
    main()
