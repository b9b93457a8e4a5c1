"""`landmark serve` under load: idle times, photos a second beside `landmark locate`, and four times what it can do.

    python benchmarks/serve_load.py ../shared/data/landmarks/test

starts a server on a free port of this machine, keeps to one core itself, and ends within two minutes. Requests come at
their times whether earlier ones are answered or not, and are timed from when they were due. One photo a request.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

GIVE_UP_S = 10.0
REFUSED_WAIT_S = 0.1  # before a client that was refused asks again


@dataclass
class Replies:
    """What came back: for each HTTP status (0: none) the seconds that replies took."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, seconds: float) -> None:
        self.seconds.setdefault(status, []).append(seconds)

    def line(self, status: int) -> str:
        times = sorted(self.seconds.get(status, []))
        if not times:
            return f"{status}: none"
        middle, p99 = times[len(times) // 2], percentile(times, 99)
        shown = (("median", middle), ("p99", p99), ("most", times[-1]))
        return f"{status}: {len(times):6}  " + "  ".join(f"{name} {1e3 * value:6.1f} ms" for name, value in shown)


def percentile(times: list[float], percent: float) -> float:
    times = sorted(times)
    return times[min(len(times) - 1, int(len(times) * percent / 100))]


class Client:
    """Asks over connections that stay open, as many as it takes."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.n_open = 0

    async def ask(self, request: bytes, due: float, replies: Replies) -> int:
        try:
            async with asyncio.timeout(GIVE_UP_S):
                status = await self._ask(request)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status = 0
        replies.add(status, time.perf_counter() - due)
        return status

    async def _ask(self, request: bytes) -> int:
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof():  # the server closes what has had nothing to ask for some seconds
                break
        else:
            self.n_open += 1
            reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in head:
            writer.close()
        else:
            self.idle.append((reader, writer))
        return int(head[9:12])


async def one_after_the_other(client: Client, requests: Iterator[bytes], count: int) -> Replies:
    replies = Replies()
    for _ in range(count):
        await client.ask(next(requests), time.perf_counter(), replies)
    return replies


async def load(client: Client, requests: Iterator[bytes], clients: int, seconds: float) -> Replies:
    """Keep so many clients asking for so long, again at once, or a moment after a refusal."""
    replies, end = Replies(), time.perf_counter() + seconds

    async def ask_on() -> None:
        while time.perf_counter() < end:
            if await client.ask(next(requests), time.perf_counter(), replies) == 503:
                await asyncio.sleep(REFUSED_WAIT_S)

    await asyncio.gather(*(ask_on() for _ in range(clients)))
    return replies


async def at_a_rate(client: Client, requests: Iterator[bytes], per_second: float, seconds: float) -> Replies:
    replies, tasks, start = Replies(), set(), time.perf_counter()
    for number in range(int(per_second * seconds)):
        due = start + number / per_second
        if (wait_s := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait_s)
        task = asyncio.create_task(client.ask(next(requests), due, replies))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return replies


def form(photo: Path, host: str) -> bytes:
    """A whole HTTP request with a photo in its form."""
    body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    body += photo.read_bytes() + b"\r\n--x--\r\n"
    head = f"POST /v1/locate HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def server(arguments: list[str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`landmark serve` on a free port: the port, and its process."""
    command = [sys.executable, "-m", "landmark", "serve", "--port", "0", *arguments]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
        assert process.stdout is not None
        said = process.stdout.readline().decode()
        print(f"{said.strip()}\nready after {time.perf_counter() - start:.2f} s")
        try:
            yield int(re.findall(r"http://127\.0\.0\.1:(\d+)", said)[0]), process
        finally:
            process.terminate()


def resident_mb(process: subprocess.Popen[bytes]) -> float:
    """Memory of the server processes together."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    found = [re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in (process.pid, *children)]
    return sum(int(one[1]) for one in found if one) / 1024


async def watch_memory(process: subprocess.Popen[bytes], memory_mb: list[float], every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        memory_mb.append(resident_mb(process))


def locate_rate(photos: list[Path], model: list[str]) -> float:
    """Photos a second of `landmark locate`, its start taken off."""

    def run(count: int) -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "landmark", "locate", "--json", *model, *map(str, photos[:count])]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return (len(photos) - 1) / (run(len(photos)) - run(1))


async def measure(args: argparse.Namespace, photos: list[Path], model: list[str]) -> dict[str, float]:
    print(f"landmark locate: {(locate := locate_rate(photos, model)):.1f} photos/s")
    with server(["--deadline", str(args.deadline), *model, *args.serve]) as (port, process):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the server keeps all cores
        host = f"127.0.0.1:{port}"
        requests, client = cycle([form(photo, host) for photo in photos]), Client("127.0.0.1", port)
        await one_after_the_other(client, requests, 50)
        idle = await one_after_the_other(client, requests, args.idle)
        print(f"idle, one after the other\n  {idle.line(200)}")
        replies = await load(client, requests, args.clients, args.capacity_s)
        rate = len(replies.seconds.get(200, [])) / args.capacity_s
        share = f"{100 * rate / locate:.0f} % of landmark locate"
        print(f"capacity with {args.clients} clients: {rate:.1f} photos/s, {share}")
        memory_mb = [resident_mb(process)]
        watching = asyncio.create_task(watch_memory(process, memory_mb, args.seconds / 6))
        overload = await at_a_rate(client, requests, args.times * rate, args.seconds)
        watching.cancel()
        memory_mb.append(resident_mb(process))
        n_requests = sum(map(len, overload.seconds.values()))
        print(f"{args.times:g} times that for {args.seconds:g} s, {client.n_open} connections")
        for status in sorted(overload.seconds):
            print(f"  {overload.line(status)}")
        steps = " ".join(f"{one:.0f}" for one in memory_mb)
        print(f"memory in MB before, meanwhile, and after {n_requests:,} requests: {steps}")
        return {
            "locate_per_s": locate,
            "serve_per_s": rate,
            "idle_p99_ms": 1e3 * percentile(idle.seconds[200], 99),
            "overload_p99_ms": 1e3 * percentile(overload.seconds[200], 99),
            "refused_p99_ms": 1e3 * percentile(overload.seconds.get(503, [0.0]), 99),
            "refused_most_ms": 1e3 * max(overload.seconds.get(503, [0.0])),
            "memory_growth_mb": memory_mb[-1] - memory_mb[0],
            "memory_growth_second_half_mb": memory_mb[-1] - memory_mb[len(memory_mb) // 2],
            "requests": n_requests,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of JPEGs")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--count", type=int, default=400, help="photos taken from the folder")
    parser.add_argument("--idle", type=int, default=200, help="requests of the idle server")
    parser.add_argument("--clients", type=int, default=6, help="that find out what it can do")
    parser.add_argument("--capacity-s", type=float, default=10.0)
    parser.add_argument("--times", type=float, default=4.0, help="what it can do, in the overload")
    parser.add_argument("--seconds", type=float, default=60.0, help="of overload")
    parser.add_argument("--deadline", type=float, default=0.5)
    parser.add_argument("serve", nargs="*", help="further arguments of landmark serve, after --")
    args = parser.parse_args()

    found = sorted(args.photos.rglob("*.jpg"))
    found = found[:: max(1, len(found) // args.count)][: args.count]
    model = ["--model", str(args.model)] if args.model else []
    print(f"{len(found)} photos, {len(os.sched_getaffinity(0))} cores")
    print(json.dumps(asyncio.run(measure(args, found, model))))


if __name__ == "__main__":
    main()
