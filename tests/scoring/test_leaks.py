"""Leaks: a test photo that was trained on is told, also where it was saved anew; what merely looks alike is not."""

from pathlib import Path

import pytest
from factories.scenes import add_bar, draw_scene, save, scale
from PIL import Image

from landmark.scoring.leaks import find_leaks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four scenes to train on, and four others to test."""
    for seed in range(8):
        part = "train" if seed < 4 else "test"
        save(draw_scene(seed), tmp_path / part / "Petra" / f"{seed}.png")
    return tmp_path


def leaks_of(data: Path) -> set[str]:
    found = find_leaks(sorted((data / "test").rglob("*.*")), [data / "train"])
    return {path.relative_to(data / "test").as_posix() for path in found}


def test_other_photos_are_no_leaks(data: Path) -> None:
    assert leaks_of(data) == set()


def test_the_same_file_and_the_same_photo_saved_anew_are(data: Path) -> None:
    trained, tested = data / "train" / "Petra", data / "test" / "Petra"
    (tested / "file.png").write_bytes((trained / "0.png").read_bytes())
    save(scale(Image.open(trained / "1.png"), 0.5), tested / "small.jpg", quality=70)
    save(add_bar(Image.open(trained / "2.png")), data / "test" / "Rialto" / "marked.jpg")
    assert leaks_of(data) == {"Petra/file.png", "Petra/small.jpg", "Rialto/marked.jpg"}


def test_a_photo_that_is_twice_in_test_is_none(data: Path) -> None:
    tested = data / "test" / "Petra"
    (tested / "again.png").write_bytes((tested / "4.png").read_bytes())
    assert leaks_of(data) == set()


def test_what_cannot_be_read_is_passed_over(data: Path) -> None:
    (data / "test" / "Petra" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (data / "train" / "Petra" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nor here")
    assert leaks_of(data) == set()


def test_on_the_shared_photos(shared: Path) -> None:
    """The planted file, and one photo that is there in two versions."""
    landmarks = shared / "data" / "landmarks"
    found = find_leaks(sorted((landmarks / "test").rglob("*.jpg")), [landmarks / "train"])
    assert {path.parent.name for path in found} == {"09.Forbidden_City", "14.Haleakala_National_Park"}
