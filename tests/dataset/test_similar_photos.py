"""The most similar training photos: the right ones, in order, from folders as users have them."""

from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from factories.bundle import make_bundle
from PIL import Image

from landmark.core.errors import DataError, PhotoError
from landmark.dataset import similar_photos
from landmark.dataset.similar_photos import find_similar
from landmark.model.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(make_bundle(tmp_path_factory.mktemp("model") / "colours"))


def colour_photo(*rgb: int) -> bytes:
    return made.encode(np.full((48, 64, 3), rgb, np.uint8), "PNG")


@pytest.mark.parametrize("inside", ["", "train"])
def test_they_are_found_in_the_order_of_their_similarity(predictor: Predictor, tmp_path: Path, inside: str) -> None:
    root = tmp_path / inside
    for number, red in enumerate((250, 190, 130, 70)):
        folder = root / ("0.Red_House" if number < 2 else "1.Dark_House")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(colour_photo(red, 60, 60))
    (root / "0.Red_House" / "notes.txt").write_text("Dear diary,")
    (root / "0.Red_House" / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    found = find_similar(predictor, colour_photo(250, 60, 60), tmp_path, count=3)
    assert [one.path.name for one in found] == ["0.png", "1.png", "2.png"]
    assert [one.landmark for one in found] == ["Red House", "Red House", "Dark House"]
    assert found[0].similarity == pytest.approx(1, abs=1e-3)
    assert found[0].similarity > found[1].similarity > found[2].similarity
    assert found[0].to_row() == {"photo": str(root / "0.Red_House/0.png"), "landmark": "Red House",
                                 "similarity": round(found[0].similarity, 4)}  # fmt: skip


def test_the_second_time_the_network_looks_at_nothing_but_what_is_new(predictor: Predictor, tmp_path: Path) -> None:
    class Counting:
        photos_at_once = 1
        n_photos = 0

        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            self.n_photos += len(images)
            return predictor.session.run(images)

    counting = Counting()
    model = make_bundle(tmp_path / "model", preprocessing=predictor.bundle.preprocessing.to_dict() | {"resize_px": 41})
    fresh = Predictor(model, counting)  # whose features nobody has computed before
    folder = tmp_path / "data" / "A"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"{number}.png").write_bytes(colour_photo(50 * number, 60, 60))
    first = find_similar(fresh, colour_photo(0, 60, 60), tmp_path / "data")
    assert counting.n_photos == 6 and len(first) == 5
    again = find_similar(fresh, colour_photo(0, 60, 60), tmp_path / "data")
    assert counting.n_photos == 7 and again == first, "only the photo itself"
    (folder / "new.png").write_bytes(colour_photo(0, 70, 60))
    (folder / "moved.png").write_bytes((folder / "0.png").read_bytes())
    found = find_similar(fresh, colour_photo(0, 60, 60), tmp_path / "data", count=3)
    assert counting.n_photos == 9
    assert {one.path.name for one in found} == {"0.png", "moved.png", "new.png"}


def test_more_photos_than_a_block(predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "A").mkdir()
    for number in range(7):
        (tmp_path / "A" / f"{number}.png").write_bytes(colour_photo(30 * number, 60, 60))
    whole = find_similar(predictor, colour_photo(100, 60, 60), tmp_path, count=4)
    monkeypatch.setattr(similar_photos, "BLOCK_PHOTOS", 3)
    found = find_similar(predictor, colour_photo(100, 60, 60), tmp_path, count=4)
    # A product of matrices may differ in the last digits with their sizes, by the processor.
    assert [one.similarity for one in found] == pytest.approx([one.similarity for one in whole], abs=1e-6)
    assert [(one.path, one.landmark) for one in found] == [(one.path, one.landmark) for one in whole]


def test_a_photo_or_folder_that_cannot_be_read_is_an_error(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "data" / "A").mkdir(parents=True)
    with pytest.raises(DataError, match="no landmarks found"):
        find_similar(predictor, colour_photo(1, 2, 3), tmp_path / "data")
    Image.new("RGB", (64, 48)).save(tmp_path / "data/A/a.png")
    with pytest.raises(PhotoError, match="text, not a photo"):
        find_similar(predictor, b"Dear diary,", tmp_path / "data")


@pytest.mark.slow
def test_real_photos_find_their_own_landmark(shared: Path) -> None:
    """What is most similar is mostly of the same landmark, and the second time takes no network."""
    data = shared / "data/few_shot"
    predictor = Predictor.load()
    right = 0
    folders = sorted(path for path in (data / "test").iterdir() if path.is_dir())
    for folder in folders:
        photo = min(folder.iterdir())
        [best] = find_similar(predictor, photo, data, count=1)
        right += best.path.parent.name == folder.name
    assert right > len(folders) / 2
