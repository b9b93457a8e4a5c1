"""Whether two files are one photo: yes for what people do to a photo, no for another photo of the same things."""

from collections.abc import Callable
from pathlib import Path

import pytest
from factories.scenes import add_bar, brighten, crop, draw_scene, save, scale
from PIL import Image

from landmark.core.errors import PhotoError
from landmark.dataset.inspection.overlap import SAME_PHOTO, overlap

CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "scaled": lambda picture: scale(picture, 0.5),
    "squeezed": lambda picture: picture.resize((128, 128)),
    "brightened": brighten,
    "with a bar below": add_bar,
    "cropped": lambda picture: crop(picture, 0.85),
    "grey": lambda picture: picture.convert("L"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_changed_photo_is_the_same(tmp_path: Path, change: str, seed: int) -> None:
    original = save(draw_scene(seed), tmp_path / "a.png")
    changed = save(CHANGES[change](draw_scene(seed)), tmp_path / "b.jpg", quality=60)
    assert overlap(original, changed) >= SAME_PHOTO
    assert overlap(changed, original) >= SAME_PHOTO


def test_another_photo_is_not(tmp_path: Path) -> None:
    paths = [save(draw_scene(seed), tmp_path / f"{seed}.jpg") for seed in range(6)]
    others = [overlap(first, second) for first in paths for second in paths if first != second]
    assert max(others) < 0.6


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"gone\.jpg"):
        overlap(save(draw_scene(1), tmp_path / "a.png"), tmp_path / "gone.jpg")
