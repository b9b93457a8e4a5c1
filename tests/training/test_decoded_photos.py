"""Decoded photos kept for all worker processes: what comes back, what finds no room, what a killed process leaves."""

import multiprocessing
import os
import signal
import time
from typing import Any

import numpy as np
import pytest

from landmark.core.errors import ConfigurationError
from landmark.training import decoded_photos
from landmark.training.decoded_photos import DecodedPhotos, affordable


def pixels_of(number: int, height: int = 60, width: int = 80) -> np.ndarray:
    """A photo that tells its number, with a side that does too, so that a mixed-up place or shape shows."""
    return np.random.default_rng(number).integers(0, 256, (height + number, width, 3), np.uint8)


def put_all(decoded: DecodedPhotos, numbers: Any, height: int = 60, width: int = 80) -> None:
    for number in numbers:
        decoded.put(number, pixels_of(number, height, width))


def test_what_was_put_comes_back_read_only() -> None:
    decoded = DecodedPhotos(3, megabytes=1)
    put_all(decoded, [2, 0])
    assert decoded.get(1) is None
    for number in (0, 2):
        found = decoded.get(number)
        assert np.array_equal(found, pixels_of(number)) and found.dtype == np.uint8
        with pytest.raises(ValueError, match="read-only"):
            found[0, 0, 0] = 1
    assert decoded.n_kept == 2


def test_what_finds_no_room_is_not_kept_and_smaller_photos_still_are() -> None:
    decoded = DecodedPhotos(3, megabytes=1)
    decoded.put(0, np.ones((500, 600, 3), np.uint8))  # 0.9 MB
    decoded.put(1, np.ones((300, 400, 3), np.uint8))  # 0.36 MB
    decoded.put(2, np.ones((100, 100, 3), np.uint8))  # 0.03 MB
    assert [decoded.get(number) is not None for number in range(3)] == [True, False, True]
    assert repr(decoded) == "DecodedPhotos(2 of 3 photos, 0.9 of 1 MB)"


def test_a_photo_that_is_kept_already_takes_no_second_room() -> None:
    decoded = DecodedPhotos(2, megabytes=1)
    for _ in range(5):
        decoded.put(0, np.ones((300, 400, 3), np.uint8))
    decoded.put(1, np.ones((300, 400, 3), np.uint8))
    assert decoded.n_kept == 2


@pytest.mark.parametrize(("n_photos", "megabytes"), [(0, 1), (3, 0), (0, 0)])
def test_no_photos_or_no_room_is_no_fault(n_photos: int, megabytes: int) -> None:
    decoded = DecodedPhotos(n_photos, megabytes)
    for number in range(n_photos):
        decoded.put(number, pixels_of(number))
        assert decoded.get(number) is None
    assert decoded.n_kept == 0


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"-1 MB. Expected 0 or more"):
        DecodedPhotos(3, megabytes=-1)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="only Linux has files in memory that have no name")
def test_memory_is_taken_as_photos_come_and_not_from_a_containers_small_shm() -> None:
    decoded = DecodedPhotos(10, megabytes=200)
    handle = decoded._file.fileno()
    assert os.readlink(f"/proc/self/fd/{handle}").startswith("/memfd:")
    before = os.fstat(handle).st_blocks * 512
    decoded.put(0, np.ones((1000, 2000, 3), np.uint8))  # 6 MB
    assert before <= 4096 and 6_000_000 <= os.fstat(handle).st_blocks * 512 <= 6_100_000


def test_more_than_half_of_the_memory_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_photos, "_memory_bytes", lambda: 10_000_000)
    with pytest.warns(UserWarning, match=r"6 MB were asked for .* 10 MB: keeping 5 MB"):
        decoded = DecodedPhotos(2, megabytes=6)
    assert repr(decoded) == "DecodedPhotos(0 of 2 photos, 0.0 of 5 MB)"
    assert affordable(5) == 5


@pytest.mark.parametrize(
    ("limit", "expected"), [("5000000\n", 5_000_000), ("max\n", None), ("9223372036854771712\n", None)]
)
def test_a_containers_limit_counts(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, limit: str, expected: int | None
) -> None:
    (tmp_path / "memory.max").write_text(limit)
    monkeypatch.setattr(decoded_photos, "_CONTAINER_LIMITS", (str(tmp_path / "memory.max"), str(tmp_path / "none")))
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert decoded_photos._memory_bytes() == (expected or machine)


@pytest.mark.parametrize("nameless_in_memory", [True, False])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_share_what_each_of_them_puts(
    method: str, nameless_in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless_in_memory:
        monkeypatch.delattr(os, "memfd_create", raising=False)  # as on macOS
    context = multiprocessing.get_context(method)
    decoded = DecodedPhotos(40, megabytes=3)
    # Both put all of them, from both ends: they meet, and some photos are put at once.
    workers = [context.Process(target=put_all, args=(decoded, numbers)) for numbers in (range(40), range(39, -1, -1))]
    for worker in workers:
        worker.start()
    put_all(decoded, range(10, 30))
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert all(np.array_equal(decoded.get(number), pixels_of(number)) for number in range(40))


def put_large_photos(decoded: DecodedPhotos, first: int) -> None:
    pixels = np.full((1000, 2000, 3), 7, np.uint8)  # 6 MB: most of the time is spent in the middle of copying
    for number in range(first, first + 20):
        decoded.put(number, pixels)


def test_a_process_that_is_killed_leaves_no_half_photo_and_keeps_nobody_waiting() -> None:
    decoded = DecodedPhotos(200, megabytes=600)
    for first in range(0, 100, 20):
        worker = multiprocessing.get_context("fork").Process(target=put_large_photos, args=(decoded, first))
        worker.start()
        before = decoded.n_kept
        while decoded.n_kept < before + 3 and worker.is_alive():
            time.sleep(0.0001)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    assert decoded.n_kept >= 10
    kept = [found for number in range(100) if (found := decoded.get(number)) is not None]
    assert len(kept) == decoded.n_kept and all(found.shape == (1000, 2000, 3) and found.all() for found in kept)
    put_all(decoded, [150])
    assert np.array_equal(decoded.get(150), pixels_of(150))


def test_a_process_that_dies_while_it_holds_the_lock_lets_it_go() -> None:
    decoded = DecodedPhotos(2, megabytes=1)

    def die_inside() -> None:
        with decoded._alone():
            os.kill(os.getpid(), signal.SIGKILL)

    worker = multiprocessing.get_context("fork").Process(target=die_inside)
    worker.start()
    worker.join()
    put_all(decoded, [1])
    assert np.array_equal(decoded.get(1), pixels_of(1))
