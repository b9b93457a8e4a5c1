"""Large photos: what they take is estimated, refused where there is too little, and shared between threads."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from factories.waiting import wait_until
from PIL import Image

from landmark.core.errors import PhotoError
from landmark.photo import Limits, memory, read_photo
from landmark.photo.memory import MemoryGate, turn_of_file
from landmark.photo.memory_needed import decoding_bytes
from landmark.photo.readers import open_reader

SIDE = 16_000
GIGABYTE = 10**9


def free(n_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: n_bytes)


def needed(data: bytes, format_name: str, *, draft_px: int | None = None, is_shrunk: bool = True) -> float:
    """Bytes per pixel."""
    image = open_reader(data, format_name)
    size = image.size
    if draft_px:
        image.draft(None, (draft_px, draft_px))
    return decoding_bytes(image, format_name, size, is_shrunk=is_shrunk) / (size[0] * size[1])


def test_a_jpeg_takes_little_and_a_progressive_one_its_coefficients() -> None:
    pixels = made.scene(1600, 1200)
    plain = made.encode(pixels, "JPEG")
    assert needed(plain, "JPEG", draft_px=150) == pytest.approx(4 / 64, abs=0.01)
    assert needed(made.encode(pixels, "JPEG", progressive=True), "JPEG", draft_px=150) == pytest.approx(3.2, abs=0.1)
    full = made.encode(pixels, "JPEG", progressive=True, subsampling=0)
    assert needed(full, "JPEG", draft_px=150) == pytest.approx(6.4, abs=0.1)


def test_other_formats_are_decoded_whole() -> None:
    pixels = Image.fromarray(made.scene(64, 48))
    assert needed(made.encode(pixels, "PNG"), "PNG") == needed(made.encode(pixels, "TIFF"), "TIFF") == 4
    assert needed(made.encode(pixels.convert("RGBA"), "PNG"), "PNG") == 13
    assert needed(made.encode(pixels.convert("P"), "PNG"), "PNG") == 5
    assert needed(made.encode(Image.fromarray(np.zeros((48, 64), np.uint16)), "PNG"), "PNG") == 8
    assert needed(made.encode(pixels, "HEIC"), "HEIC") > 7
    assert needed(made.encode(pixels, "PNG"), "PNG", is_shrunk=False) == 15


def test_tiles_larger_than_the_picture_count() -> None:
    image = open_reader(made.tiled_tiff(1600, 1600), "TIFF")
    assert decoding_bytes(image, "TIFF", image.size) == 1600 * 1600


def big_png(side: int = SIDE) -> bytes:
    """A PNG of very many grey pixels that is as large as a photo's file would be."""
    return made.png_bomb(side, side) + bytes(side * side // 200)


def test_without_a_limit_of_pixels_memory_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    free(GIGABYTE, monkeypatch)
    said = (
        r"a\.png: 16,000 x 16,000 px \(256\.0 megapixels\) take 1,280 MB of memory\. Expected at most 500 MB, half of"
    )
    with pytest.raises(PhotoError, match=said) as refused:
        read_photo(big_png(), name="a.png", short_side_px=100)
    assert "--max-megapixels 256" in str(refused.value) and "Limits(max_pixels=…)" in str(refused.value)
    monkeypatch.setattr(Image.Image, "reduce", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PhotoError, match=r"256\.0 megapixels\. Expected at most 100\.0;"):
        read_photo(big_png(), limits=Limits(max_pixels=100_000_000))


def test_where_there_is_memory_more_than_a_hundred_megapixels_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    free(64 * GIGABYTE, monkeypatch)
    file = io.BytesIO()
    Image.effect_noise((1000, 1000), 50).resize((10_400, 10_000), Image.Resampling.NEAREST).save(file, "JPEG")
    assert read_photo(file.getvalue(), short_side_px=100).original_size_px == (10_400, 10_000)


def test_a_small_file_of_very_many_pixels_is_a_bomb_however_much_memory_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free(1000 * GIGABYTE, monkeypatch)
    with pytest.raises(PhotoError, match=r"256\.0 megapixels, in 0\.0\d MB\. Expected at least 1\.3 MB of a photo"):
        read_photo(made.png_bomb(SIDE, SIDE), short_side_px=100)
    with pytest.raises(PhotoError, match=r"900\.0 megapixels\. Expected at most 500\.0"):
        read_photo(big_png(30_000), short_side_px=100)


def test_ordinary_photos_are_read_however_little_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    free(0, monkeypatch)
    assert MemoryGate().budget_bytes == 256_000_000
    data = made.encode(Image.new("RGB", (5000, 4000)), "PNG")
    assert read_photo(data, short_side_px=100).original_size_px == (5000, 4000)


def test_what_does_not_fit_together_comes_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    free(2 * GIGABYTE, monkeypatch)  # of which photos get a half
    gate, first_is_in, go_on, order = MemoryGate(), threading.Event(), threading.Event(), []

    def first() -> None:
        with gate.reserve(700_000_000):
            first_is_in.set()
            assert go_on.wait(60)
            order.append("first")

    def second() -> None:
        with gate.reserve(600_000_000):
            order.append("second")

    def small() -> None:
        with gate.reserve(200_000_000), gate.reserve(1000):
            order.append("small")

    with ThreadPoolExecutor(3) as threads:
        jobs = [threads.submit(first)]
        assert first_is_in.wait(60)
        jobs += [threads.submit(second), threads.submit(small)]
        wait_until(lambda: "small" in order)
        go_on.set()
        for job in jobs:
            job.result(60)
    assert order == ["small", "first", "second"]


def test_one_that_is_larger_than_the_budget_waits_to_be_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    free(GIGABYTE, monkeypatch)
    gate = MemoryGate()
    with gate.reserve(9 * GIGABYTE):  # as it was asked for, by megapixels
        pass
    with pytest.raises(ValueError, match="broken"), gate.reserve(GIGABYTE):
        raise ValueError("broken")
    with gate.reserve(9 * GIGABYTE):
        assert gate.budget_bytes == GIGABYTE // 2


def test_large_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif", "c.nef"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(70_000_000)
    (tmp_path / "d.tif").write_bytes(b"small")
    assert turn_of_file(tmp_path / "a.tif") is turn_of_file(str(tmp_path / "b.tif"))
    for other in (tmp_path / "c.nef", tmp_path / "d.tif", tmp_path / "no such file", b"bytes"):
        with turn_of_file(other), turn_of_file(other):
            pass
