"""Digests of photos: right, remembered while a file stays as it is, and never those of what it was before."""

import hashlib
import os
from pathlib import Path

import pytest

from landmark.core.digests import digest_photos


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg", "gone.jpg", "folder")]
    paths[0].write_bytes(b"first")
    paths[1].write_bytes(b"other")
    paths[3].mkdir()
    return paths


def test_they_are_of_the_bytes_in_order(photos: list[Path], tmp_path: Path) -> None:
    expected = [hashlib.sha256(data).hexdigest() for data in (b"first", b"other")]
    assert digest_photos(photos, folder=tmp_path / "cache") == [*expected, "", ""]


def test_the_second_time_no_file_is_read(photos: list[Path], tmp_path: Path) -> None:
    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} is read again")

    first = digest_photos(photos[:2], folder=tmp_path / "cache")
    assert digest_photos(photos[1::-1], folder=tmp_path / "cache", digest=refuse) == first[::-1]


def test_a_file_of_the_same_size_that_has_changed_is_read_again(photos: list[Path], tmp_path: Path) -> None:
    digest_photos(photos, folder=tmp_path / "cache")
    before = photos[0].stat()
    photos[0].write_bytes(b"FIRST")
    os.utime(photos[0], ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert digest_photos(photos, folder=tmp_path / "cache")[0] == hashlib.sha256(b"FIRST").hexdigest()


def test_without_a_place_to_remember_they_are_still_right(photos: list[Path], tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    assert digest_photos(photos[:1], folder=tmp_path / "a file") == [hashlib.sha256(b"first").hexdigest()]
