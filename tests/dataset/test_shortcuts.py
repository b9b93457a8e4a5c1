"""Balance and shortcuts: landmarks that can be told without a look are named, ordinary differences are not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landmark.dataset.inspection import inspect_data
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.dataset.inspection.shortcuts import Bias, find_biases

SIZES = [(640, 480), (480, 640), (800, 533), (1024, 768), (500, 333), (1280, 720)]


def make_photos(n_each: int = 40, n_landmarks: int = 6) -> list[PhotoHeader]:
    """Photos of all usual sizes under each landmark, in train and test."""
    rng = np.random.default_rng(0)
    photos = []
    for landmark in range(n_landmarks):
        for number in range(n_each):
            split = "test" if number % 4 == 0 else "train"
            path = Path(split) / f"{landmark}.Place" / f"{rng.integers(1 << 60):016x}.jpg"
            width, height = SIZES[rng.integers(len(SIZES))]
            photos.append(PhotoHeader(split, f"Place {landmark}", path, 10_000, width, height, "JPEG"))
    return photos


def of_kind(photos: list[PhotoHeader], kind: str) -> list[Bias]:
    return [bias for bias in find_biases(photos, Path()) if bias.kind == kind]


def test_ordinary_photos_have_no_biases() -> None:
    assert find_biases(make_photos(), Path()) == ()


def test_a_size_of_their_own_is_one_shortcut_of_several_landmarks() -> None:
    photos = [
        replace(photo, width_px=128, height_px=128) if photo.landmark in ("Place 1", "Place 4") else photo
        for photo in make_photos()
    ]
    [bias] = of_kind(photos, "shortcut")
    assert bias.landmarks == ("Place 1", "Place 4")
    assert bias.text.startswith("size 128 x 128 px, proportions 1:1: 100 % of the photos of Place 1, Place 4, and 0 %")
    assert {len(paths) for paths in bias.examples.values()} == {3}
    [told] = of_kind(photos, "headers tell")
    assert "alone predict the landmark of" in told.text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda photo: replace(photo, format="PNG"), "format PNG: 100 %"),
        (lambda photo: replace(photo, width_px=1000, height_px=500), "proportions 2:1"),
        (lambda photo: replace(photo, path=photo.path.with_name("DSC_1234.JPG")), "source DSC_0.jpg"),
        (lambda photo: replace(photo, path=photo.path.parent / "scraped" / photo.path.name), "source scraped/x.jpg"),
    ],
)
def test_every_trait_is_looked_at(change: object, text: str) -> None:
    photos = [change(photo) if photo.landmark == "Place 2" else photo for photo in make_photos()]  # type: ignore[operator]
    shortcuts = of_kind(photos, "shortcut")
    assert any(text in bias.text and bias.landmarks == ("Place 2",) for bias in shortcuts)


def test_what_most_landmarks_share_is_no_shortcut() -> None:
    photos = [
        replace(photo, format="PNG") if photo.landmark != "Place 0" else photo for photo in make_photos(n_landmarks=3)
    ]
    [bias] = of_kind(photos, "shortcut")
    assert bias.landmarks == ("Place 0",) and "format JPEG" in bias.text, "the odd one out is named, not the others"


def test_too_few_photos_and_imbalance() -> None:
    photos = [photo for photo in make_photos(400) if photo.landmark != "Place 3"] + [
        photo for photo in make_photos(20) if photo.landmark == "Place 3"
    ]
    [few] = of_kind(photos, "few photos")
    assert few.text == "Fewer than 20 photos in train: Place 3 (15)." and few.landmarks == ("Place 3",)
    [imbalance] = of_kind(photos, "imbalance")
    assert imbalance.landmarks[0] == "Place 3" and "Place 3 has 15" in imbalance.text
    missing = [photo for photo in make_photos() if photo.split == "train" or photo.landmark != "Place 1"]
    assert "Fewer than 5 photos in test: Place 1 (0)." in [bias.text for bias in of_kind(missing, "few photos")]


def test_the_squares_among_the_real_photos_are_found(shared: Path) -> None:
    inspection = inspect_data(shared / "data" / "landmarks", with_leaks=False)
    [bias] = [bias for bias in find_biases(inspection.photos, inspection.root) if bias.kind == "shortcut"]
    assert set(bias.landmarks) == {
        "Berlin Cathedral", "Casa Batllo", "Colosseum", "Hagia Sophia", "Hofburg", "Petronas Towers", "Rialto Bridge",
        "Museu Nacional d Art de Catalunya", "Pantheon Rome", "St Stephens Cathedral Vienna",
    }  # fmt: skip
    assert "size 128 x 128 px" in bias.text and bias.to_dict(str)["kind"] == "shortcut"
