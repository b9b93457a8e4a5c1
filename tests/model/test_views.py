"""Several looks at a photo: which they are, that their mean is the answer, and that no photo feels another's."""

from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from factories.bundle import COLOURS, FEATURE_DIM, make_bundle, make_card, make_photo

from landmark.model.bundle import NETWORK, write_bundle
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos
from landmark.photo.preprocessing import Preprocessing
from landmark.photo.views import one_look, several_looks


def test_the_looks_are_the_photo_its_mirror_image_and_closer() -> None:
    preprocessing = Preprocessing(resize_px=40, crop_px=32)
    pixels = made.scene(120, 80)
    looks = several_looks(preprocessing, pixels)
    assert looks.shape == (3, 3, 32, 32) and looks.dtype == np.float32
    assert (looks[0] == preprocessing(pixels)).all() and (looks[:1] == one_look(preprocessing, pixels)).all()
    assert (looks[1] == looks[0][:, :, ::-1]).all()
    assert (looks[2] == Preprocessing(resize_px=44, crop_px=32)(pixels)).all()


def test_scores_are_the_mean_of_the_looks(tmp_path: Path) -> None:
    class Lopsided:
        """Sees the left half of an image only."""

        photos_at_once = 1

        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            left = images[:, :, :, : images.shape[3] // 2].mean(axis=(2, 3))
            return left, np.repeat(left[:, :1], FEATURE_DIM, axis=1)

    predictor = Predictor(write_bundle(tmp_path / "model", make_card(), {NETWORK: b"not run"}), Lopsided())
    photo = made.encode(made.scene(), "PNG")
    looks = several_looks(predictor.bundle.preprocessing, made.scene())
    expected = Lopsided().run(looks)
    scores = predictor.scores([photo], careful=True)
    assert scores.logits == pytest.approx(expected[0].mean(axis=0, keepdims=True))
    assert scores.features == pytest.approx(expected[1].mean(axis=0, keepdims=True))
    assert not np.allclose(scores.logits, predictor.scores([photo]).logits)


def test_careful_answers_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    predictor = Predictor(make_bundle(tmp_path / "model"))
    photos = [make_photo(tmp_path / f"{number}.png", shows) for number, shows in enumerate(list(COLOURS) * 5)]
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    among_others = predictor.locate([photos[0], tmp_path / "broken.jpg", *photos[1:]], careful=True)
    assert among_others.pop(1).error
    assert among_others == [predictor.locate([photo], careful=True)[0] for photo in photos]
    assert [answer.landmark for answer in among_others] == list(COLOURS) * 5


def test_careful_answers_on_real_photos(shared: Path) -> None:
    photos = find_photos(shared / "data/landmarks/test").photos[::80]
    predictor = Predictor.load()
    careful = predictor.locate(photos, careful=True)
    assert careful[3] == predictor.locate([photos[3]], careful=True)[0]
    plain = predictor.locate(photos)
    assert careful != plain
    same = [one.candidates[0].landmark == other.candidates[0].landmark
            for one, other in zip(careful, plain, strict=True)]  # fmt: skip
    assert sum(same) >= len(same) - 2
