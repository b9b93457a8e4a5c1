"""Why an answer: the part that counts is found and mapped back to the photo, however the photo lies and was given."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from factories.bundle import COLOURS, make_bundle
from PIL import Image

from landmark.core.errors import ConfigurationError, PhotoError
from landmark.model.explanation import MARKED_SHARE, Explanation
from landmark.model.explanation.page import explanation_page, write_explanation
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos

GREY, RED, BLUE = COLOURS[None], COLOURS["Taj Mahal"], COLOURS["Grandmother's House"]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(make_bundle(tmp_path_factory.mktemp("model") / "colours"))


def red_in_corner(width: int = 96, height: int = 64) -> np.ndarray:
    """Grey, with the Taj Mahal's red in the upper right of the middle square: (H, W, 3)."""
    pixels = np.full((height, width, 3), GREY, np.uint8)
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    pixels[top : top + side // 2, left + side // 2 : left + side] = RED
    return pixels


def hottest_point(explanation: Explanation) -> tuple[float, float]:
    """Where the heat is greatest, in shares of the photo's width and height."""
    left, top, right, bottom = explanation.box
    row, column = np.unravel_index(explanation.heat.argmax(), explanation.heat.shape)
    side = explanation.heat.shape[0]
    height, width = explanation.photo.pixels.shape[:2]
    return (
        float(left + (column + 0.5) / side * (right - left)) / width,
        float(top + (row + 0.5) / side * (bottom - top)) / height,
    )


@pytest.mark.parametrize("size", [(96, 64), (64, 96), (64, 64), (400, 40)])
def test_the_part_that_counts_is_found_on_the_photo(predictor: Predictor, size: tuple[int, int]) -> None:
    explanation = predictor.explain(made.encode(red_in_corner(*size), "PNG"), landmark="Taj Mahal")
    width, height = size
    x, y = hottest_point(explanation)
    side = min(size)
    assert abs(x - (width / 2 + side / 4) / width) < 0.2 * side / width
    assert abs(y - (height / 2 - side / 4) / height) < 0.2 * side / height


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_photo_is_upright_first(predictor: Predictor, orientation: int) -> None:
    stored = Image.fromarray(made.stored_turned(red_in_corner(), orientation))
    turned = made.encode(stored, "JPEG", exif=made.exif(orientation), quality=95)
    x, y = hottest_point(predictor.explain(turned, landmark="Taj Mahal"))
    assert x == pytest.approx(0.5 + 16 / 96, abs=0.12) and y == pytest.approx(0.25, abs=0.15)


def test_confidence_falls_without_the_marked_part(predictor: Predictor) -> None:
    explanation = predictor.explain(made.encode(red_in_corner(), "PNG"), landmark="Taj Mahal")
    [answer] = predictor.locate([made.encode(red_in_corner(), "PNG")])
    # Computed in a batch of two, in which the last digits of a product of matrices may differ.
    assert explanation.candidate.confidence == pytest.approx(answer.candidates[0].confidence, abs=1e-6)
    assert explanation.confidence_without < explanation.candidate.confidence
    assert explanation.marked.mean() == pytest.approx(MARKED_SHARE, abs=0.01)


def test_any_candidate_can_be_explained_however_it_is_spelt(predictor: Predictor) -> None:
    pixels = red_in_corner()
    pixels[48:, 16:48] = BLUE  # lower left of the square
    photo = made.encode(pixels, "PNG")
    house = predictor.explain(photo, landmark="grandmothers house")
    assert house.candidate.landmark == "Grandmother's House"
    x, y = hottest_point(house)
    assert x < 0.5 < y
    with pytest.raises(ConfigurationError, match="Did you mean Taj Mahal"):
        predictor.explain(photo, landmark="Taj Mahl")


def test_the_words_say_what_the_answer_was(predictor: Predictor, tmp_path: Path) -> None:
    def heading(pixels: np.ndarray, landmark: str | None = None) -> str:
        return predictor.explain(made.encode(pixels, "PNG"), landmark=landmark).heading()

    red, grey = np.full((64, 96, 3), RED, np.uint8), np.full((64, 96, 3), GREY, np.uint8)
    assert heading(red).startswith("Taj Mahal, ") and heading(red).endswith("sure")
    assert heading(red, "Niagara Falls").endswith("(the answer is Taj Mahal)")
    assert heading(grey).startswith("No landmark I know; ")


def test_a_photo_that_cannot_be_read_is_an_error(predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such file"):
        predictor.explain(tmp_path / "gone.jpg")


def test_the_row_is_json(predictor: Predictor) -> None:
    row = predictor.explain(made.encode(red_in_corner(), "PNG")).to_row()
    assert json.loads(json.dumps(row)) == row
    assert row["explained"] == row["candidates"][0]["landmark"]
    assert row["box"] == pytest.approx([11 / 54, 2 / 36, 43 / 54, 34 / 36], abs=1e-4)  # resized to 54 x 36


def test_the_page_stands_for_itself(predictor: Predictor) -> None:
    page = explanation_page(predictor.explain(made.encode(red_in_corner(), "PNG"))).decode()
    assert page.count("data:image/") == 2 and "http" not in page.replace("http-equiv", "")


def test_writing_loses_nothing(predictor: Predictor, tmp_path: Path) -> None:
    photo = tmp_path / "red.png"
    data = made.encode(np.full((64, 96, 3), RED, np.uint8), "PNG")
    photo.write_bytes(data)
    explanation = predictor.explain(photo)
    both = write_explanation(explanation, tmp_path / "out")
    assert [path.name for path in both] == ["red.why.png", "red.why.html"]
    assert Image.open(io.BytesIO(both[0].read_bytes())).size[0] == 900
    assert write_explanation(explanation, tmp_path / "out") == both
    assert len(list((tmp_path / "out").iterdir())) == 2, "the same once more changes nothing"
    write_explanation(explanation, photo)  # a slip: the photo itself as the target
    assert (tmp_path / "red.1.png").read_bytes() == data


def test_blurring_the_hottest_fifth_of_real_photos_costs_more_than_another_fifth(shared: Path) -> None:
    """The full measurement is benchmarks/faithfulness.py."""
    from landmark.model.explanation.occlusion import hide

    predictor = Predictor.load()
    rng = np.random.default_rng(0)
    without, without_other = [], []
    for path in find_photos(shared / "data/landmarks/test").photos[40::220]:
        explanation = predictor.explain(path)
        image = predictor.bundle.preprocessing(explanation.photo.pixels)
        moved = np.roll(explanation.marked, rng.integers(60, 164, 2), axis=(0, 1))  # of the same shape, elsewhere
        index = predictor.bundle.categories.index(explanation.candidate.landmark)
        without_other.append(predictor.confidences(hide(image, moved)[None])[0, index])
        without.append(explanation.confidence_without)
    assert np.mean(without) < np.mean(without_other)
