"""Where a photo says it was taken: read from EXIF in every format, believed only when it can be true."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import photos as made
from PIL.TiffImagePlugin import IFDRational

from landmark.geo.coordinates import distance_km
from landmark.metadata.merging import read_coordinates

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # broken EXIF, once per kind

SYDNEY = (-33.856784, 151.215297)


def with_gps(tags: dict[int, Any], format_name: str = "JPEG") -> bytes:
    exif = made.exif(6, tags)
    return made.encode(made.scene(), format_name, exif=exif.tobytes() if format_name == "HEIC" else exif)


@pytest.mark.parametrize("format_name", ["JPEG", "MPO", "PNG", "WEBP", "TIFF", "HEIC", "AVIF"])
def test_every_format_that_has_exif(format_name: str) -> None:
    found = read_coordinates(with_gps(made.gps(*SYDNEY), format_name))
    assert found is not None
    assert found.latitude == pytest.approx(SYDNEY[0], abs=1e-6)
    assert found.longitude == pytest.approx(SYDNEY[1], abs=1e-6)


@pytest.mark.parametrize("latitude", [43.4, -43.4])
@pytest.mark.parametrize("longitude", [11.8, -11.8, 179.9999])
def test_the_letters_tell_the_hemisphere(latitude: float, longitude: float) -> None:
    found = read_coordinates(with_gps(made.gps(latitude, longitude)))
    assert found is not None
    assert [found.latitude, found.longitude] == pytest.approx([latitude, longitude])


def test_other_ways_to_write_the_same() -> None:
    expected = read_coordinates(with_gps(made.gps(43.5, 11.25)))
    for value, letter in (
        ((43.5,), "N"),
        ((43.0, 30.0), "N"),
        ((43.0, 30.0, 0.0), "n"),
        ((43.0, 29.0, 60.0), "N\0"),
    ):
        assert read_coordinates(with_gps(made.gps(43.5, 11.25) | {1: letter, 2: value})) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {1: None},  # without it, north and south are both possible
        {3: None},
        {1: "X"},
        {1: ""},
        {1: "E"},
        {2: None},
        {4: None},
        {2: (91.0, 0.0, 0.0)},
        {4: (180.0, 30.0, 0.0)},
        {2: (43.0, 61.0, 0.0)},
        {2: (43.0, 0.0, 75.0)},
        {2: (IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0))},
        {2: (43.0, 1.0, 2.0, 3.0)},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},  # a receiver without a fix
    ],
)
def test_what_cannot_be_true_is_not_believed(wrong: dict[int, Any]) -> None:
    tags = made.gps(43.5, 11.25) | wrong
    tags = {tag: value for tag, value in tags.items() if value is not None}
    assert read_coordinates(with_gps(tags)) is None
    assert read_coordinates(with_gps(made.gps(43.5, 11.25))) is not None


def test_on_the_equator_or_the_first_meridian_is_a_place() -> None:
    assert read_coordinates(with_gps(made.gps(0.0, 32.5))) is not None  # Uganda
    assert read_coordinates(with_gps(made.gps(51.4779, 0.0))) is not None  # Greenwich


def test_no_photo_and_no_position(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    (tmp_path / "folder.jpg").mkdir()
    sources: list[str | Path | bytes] = [make() for make in made.PLAIN.values()]
    sources += [b"", b"text", *(tmp_path / name for name in ("text.jpg", "folder.jpg", "missing.jpg"))]
    for source in [*sources, str(tmp_path / "missing.jpg")]:
        assert read_coordinates(source) is None


def test_a_path_is_as_good_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_gps(made.gps(*SYDNEY)))
    assert read_coordinates(path) == read_coordinates(str(path)) == read_coordinates(path.read_bytes()) is not None


def test_broken_exif_raises_nothing() -> None:
    rng = np.random.default_rng(0)
    good = made.exif(6, made.gps(*SYDNEY)).tobytes()
    for _ in range(300):
        exif = bytearray(good[: rng.integers(8, len(good) + 1)])
        for at in rng.integers(6, len(exif), rng.integers(1, 5)):
            exif[at] = rng.integers(256)
        found = read_coordinates(made.encode(made.scene(8, 8), "JPEG", exif=bytes(exif)))
        assert found is None or math.isfinite(found.latitude + found.longitude)


def test_real_photos_of_one_walk_lie_close_together(shared: Path) -> None:
    samples = shared / "data" / "exif_samples"
    found = [read_coordinates(path) for path in sorted((samples / "gps").iterdir())]
    assert len(found) == 9
    first = found[0]
    assert first is not None
    assert [first.latitude, first.longitude] == pytest.approx([43.4674, 11.8851], abs=1e-3)
    for other in found:
        assert other is not None and distance_km(first, other) < 1
    for path in (samples / "corrupted.jpg", *(samples / "invalid").iterdir(), *(samples / "orientation").iterdir()):
        assert read_coordinates(path) is None
