"""What a test finds out: from photos of colours, whose answers can be foretold, and from real ones."""

import json
import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from factories.bundle import CATEGORIES, make_bundle, make_photo

from landmark.core.errors import DataError
from landmark.geo.coordinates import distance_km
from landmark.metrics.calibration import Calibration
from landmark.metrics.ranking import global_average_precision
from landmark.metrics.reliability import expected_calibration_error
from landmark.model.bundle import Bundle, load_bundle
from landmark.model.predictor import Predictor
from landmark.scoring import score_bundle
from landmark.scoring.measures import Reliability
from landmark.scoring.scorecard import Scorecard, make_scorecard
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos
from landmark.scoring.text import scorecard_text

TAJ, NIAGARA, HOUSE = range(3)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("made") / "model")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Train and test of three landmarks; one Taj Mahal is green, and one test photo is a training photo."""
    for index, name in enumerate(CATEGORIES):
        folder = f"{index}.{name.replace(' ', '_')}"
        make_photo(tmp_path / "data/train" / folder / "0.png", name)
        for number in range(2):
            # each of another size: photos of one colour would otherwise be the same file
            make_photo(tmp_path / "data/test" / folder / f"{number}.png", name, (65 + number, 50))
    make_photo(tmp_path / "data/test/0.Taj_Mahal/wrong.png", "Niagara Falls", (70, 50))
    make_photo(tmp_path / "data/test/1.Niagara_Falls/leak.png", "Niagara Falls")
    return tmp_path / "data"


def answers(bundle: Bundle, labels: list[int], confidences: list[list[float]], threshold: float = 0.6) -> ScoredPhotos:
    """The answers to made-up photos, as the bundle's threshold has them."""
    table = np.array(confidences)
    paths = tuple(Path(f"{number}.jpg") for number in range(len(labels)))
    return ScoredPhotos(paths, np.array(labels), table, table.max(axis=1) >= threshold)


@pytest.fixture
def by_hand(bundle: Bundle) -> Scorecard:
    scored = answers(
        bundle,
        [TAJ, TAJ, TAJ, NIAGARA, NIAGARA, HOUSE],
        [[0.9, 0.05, 0.05], [0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.1, 0.7, 0.2], [0.0, 0.3, 0.65], [0.1, 0.1, 0.8]],
    )
    negatives = answers(
        bundle, [NO_LANDMARK] * 4, [[0.2, 0.1, 0.1], [0.75, 0.1, 0.1], [0.1, 0.2, 0.3], [0.1, 0.1, 0.1]]
    )
    return make_scorecard(bundle, "photos", scored, negatives=negatives, leaking=[Path("0.jpg"), Path("gone.jpg")])


def test_answers_by_hand(by_hand: Scorecard) -> None:
    assert by_hand.report.accuracy == pytest.approx(4 / 6)
    assert (by_hand.answer_rate.n_answered, by_hand.answer_rate.n_right) == (5, 3)
    assert by_hand.answer_rate.precision == pytest.approx(3 / 5)
    rows = {one.landmark: one for one in by_hand.landmarks}
    taj, niagara, house = (rows[name] for name in CATEGORIES)
    assert (taj.n_photos, taj.n_correct, taj.n_right_places, taj.n_wrong_places, taj.n_named_wrongly) == (3, 2, 1, 1, 1)
    assert (niagara.n_correct, niagara.n_right_places, niagara.n_wrong_places, niagara.n_named_wrongly) == (1, 1, 1, 1)
    assert (house.n_correct, house.n_right_places, house.n_wrong_places, house.n_named_wrongly) == (1, 1, 0, 1)
    assert [one.landmark for one in by_hand.worst_landmarks] == ["Niagara Falls", "Taj Mahal", "Grandmother's House"]


def test_distances_by_hand(by_hand: Scorecard, bundle: Bundle) -> None:
    """Three photos of the Taj Mahal, of which one is taken for Niagara; two of Niagara, one taken for the house."""
    taj, niagara = bundle.places[TAJ], bundle.places[NIAGARA]
    assert taj and niagara and taj.coordinates and niagara.coordinates
    assert distance_km(taj.coordinates, niagara.coordinates) > 11_000
    distances = by_hand.distances
    assert distances is not None
    assert (distances.n_photos, distances.n_answered, distances.n_without_place) == (5, 4, 1)
    assert distances.best_candidates == (3 / 5,) * 3
    assert distances.answered == (2 / 4,) * 3


def test_nearby_landmarks_are_wrong_but_not_far(bundle: Bundle) -> None:
    taj = bundle.places[TAJ]
    assert taj and taj.coordinates
    fort = replace(taj, name="Agra Fort", coordinates=replace(taj.coordinates, longitude=78.0211))  # 2.1 km
    delhi = replace(taj, name="Red Fort", coordinates=replace(taj.coordinates, latitude=28.6562))  # 165 km
    near = replace(bundle, places=(taj, fort, delhi))
    scored = answers(near, [TAJ] * 4, [[0.9, 0, 0], [0, 0.9, 0], [0, 0, 0.9], [0, 0.3, 0.2]])
    distances = make_scorecard(near, "photos", scored).distances
    assert distances is not None and distances.best_candidates == (1 / 4, 3 / 4, 4 / 4)
    assert distances.answered == (1 / 3, 2 / 3, 3 / 3)


def test_without_places_and_without_answers_there_is_nothing_to_say(bundle: Bundle) -> None:
    nowhere = replace(bundle, places=(None, None, None))
    card = make_scorecard(nowhere, "photos", answers(nowhere, [TAJ, TAJ], [[0.2, 0.1, 0.1], [0.3, 0.1, 0.1]]))
    assert card.distances is None and card.negatives is None and card.leaks is None and card.difference is None
    assert card.answer_rate.precision is None and card.answer_rate.share == 0.0
    assert "answered          0.0 %" in scorecard_text(card)
    json.dumps(card.to_dict(photos=True), allow_nan=False)


def test_confidence_by_hand(by_hand: Scorecard) -> None:
    confidence, correct = [0.9, 0.5, 0.8, 0.7, 0.65, 0.8], [1, 1, 0, 1, 0, 1]
    assert by_hand.reliability.error == expected_calibration_error(confidence, correct)
    assert by_hand.reliability.mean_confidence == pytest.approx(np.mean(confidence))
    assert by_hand.risk_coverage.risk_at(0.5) == pytest.approx(1 / 3)
    assert by_hand.negatives is not None
    assert by_hand.negatives.risk_coverage.risk[-1] == pytest.approx(6 / 10), "anything else is never right"


@pytest.mark.parametrize(
    ("right_of_sure", "right_of_unsure", "verdict"),
    [(90, 60, "honest"), (60, 30, "too sure"), (100, 100, "not sure enough"),
     (60, 95, "too sure of some answers, not sure enough of others")],
)  # fmt: skip
def test_what_is_said_of_confidence(right_of_sure: int, right_of_unsure: int, verdict: str) -> None:
    confidence = np.repeat([0.9, 0.6], 100)
    correct = np.concatenate([np.arange(100) < right_of_sure, np.arange(100) < right_of_unsure])
    reliability = Reliability.of(confidence, correct)
    assert reliability.verdict == verdict
    assert reliability.by_chance == (verdict == "honest")


def test_photos_of_anything_else_by_hand(by_hand: Scorecard) -> None:
    negatives = by_hand.negatives
    assert negatives is not None
    assert (negatives.n_photos, negatives.n_false_positives, negatives.false_positive_rate) == (4, 1, 0.25)
    # 0.9 right; 0.8 right and wrong, together; 0.75 nothing shown; 0.7 right; 0.65 wrong; 0.5 right; 0.3, 0.2, 0.1
    assert negatives.gap == pytest.approx((1 / 1 + 2 / 3 + 3 / 5 + 4 / 7) / 6)
    assert negatives.gap_answered == pytest.approx((1 / 1 + 2 / 3 + 3 / 5) / 6)
    assert negatives.gap_interval[0] < negatives.gap < negatives.gap_interval[1]
    assert negatives.auroc == pytest.approx((6 * 4 - 3) / 24)  # 0.75 is above 0.7, 0.65 and 0.5


def test_leaks_are_told_and_scores_given_without_them(by_hand: Scorecard) -> None:
    leaks = by_hand.leaks
    assert leaks is not None and leaks.photos == (Path("0.jpg"),)
    assert leaks.without is not None and (leaks.without.n_correct, leaks.without.n_photos) == (3, 5)


def test_where_all_photos_leak_no_score_is_left(bundle: Bundle) -> None:
    card = make_scorecard(bundle, "photos", answers(bundle, [TAJ], [[0.9, 0, 0]]), leaking=[Path("0.jpg")])
    assert card.leaks is not None and card.leaks.without is None
    assert card.to_dict()["leaks"]["without"] is None
    assert "Also among the training photos: 1 photo" in scorecard_text(card)


def test_a_folder_is_scored_as_the_predictor_answers(bundle: Bundle, data: Path, tmp_path: Path) -> None:
    make_photo(tmp_path / "negatives" / "deep" / "grey.png", None)
    make_photo(tmp_path / "negatives" / "red.png", "Taj Mahal")
    (tmp_path / "negatives" / "cut.png").write_bytes((tmp_path / "negatives" / "red.png").read_bytes()[:40])
    card = score_bundle(Predictor(bundle), data, not_landmarks=tmp_path / "negatives")
    assert (card.report.n_correct, card.report.n_photos) == (7, 8)
    for path, best, confidence, sure in zip(
        card.scored.paths, card.scored.best, card.scored.confidence, card.scored.answered, strict=True
    ):
        [answer] = Predictor(bundle).locate([path])
        assert answer.confidence == confidence and (answer.landmark is not None) == sure
        assert answer.candidates[0].landmark == CATEGORIES[best]
    assert card.leaks is not None and [path.name for path in card.leaks.photos] == ["leak.png"]
    assert card.leaks.without is not None and card.leaks.without.n_photos == 7
    assert card.negatives is not None and (card.negatives.n_photos, card.negatives.n_false_positives) == (2, 1)
    assert len(card.unreadable) == 1 and "cut.png" in card.unreadable[0]


def test_splits_of_other_names_are_scored_alike(bundle: Bundle, data: Path) -> None:
    for name, other in (("test", "Test"), ("train", "Training")):
        (data / name).rename(data / "moved")
        (data / "moved").rename(data / other)
    (data / "Test" / ".trash").mkdir()
    card = score_bundle(Predictor(bundle), data)
    assert card.report.n_photos == 8 and card.leaks is not None and card.leaks.photos[0].name == "leak.png"


def test_leaks_that_the_caller_knows_of_join_those_found(bundle: Bundle, data: Path, tmp_path: Path) -> None:
    known = next((data / "test").glob("2.*/0.png"))
    card = score_bundle(Predictor(bundle), data, leaking=[known])
    assert card.leaks is not None and {path.name for path in card.leaks.photos} == {"leak.png", "0.png"}
    alone = score_bundle(Predictor(bundle), data / "test", leaking=[Path(os.path.relpath(known))])
    assert alone.leaks is not None and alone.leaks.photos == (known,)
    assert score_bundle(Predictor(bundle), data / "test").leaks is None


def test_two_models_on_the_same_photos(bundle: Bundle, data: Path, tmp_path: Path) -> None:
    # the other one has its first two landmarks the wrong way round, and refuses nothing
    swapped = [CATEGORIES[1], CATEGORIES[0], CATEGORIES[2]]
    other = make_bundle(tmp_path / "swapped", categories=swapped, calibration=Calibration(threshold=0.0).to_dict())
    make_photo(tmp_path / "negatives" / "grey.png", None)
    ours = Predictor(bundle)
    difference = score_bundle(ours, data, against=Predictor(other), not_landmarks=tmp_path / "negatives").difference
    assert difference is not None and difference.n_photos == 8
    by_name = {measure.measure: measure for measure in difference.measures}
    accuracy = by_name["accuracy"]
    assert (accuracy.ours, accuracy.theirs) == (7 / 8, 3 / 8)
    assert (accuracy.n_only_ours, accuracy.n_only_theirs) == (5, 1)
    assert accuracy.p == pytest.approx(2 * 7 / 64) and not accuracy.more_than_chance
    assert accuracy.interval[0] < accuracy.difference < accuracy.interval[1]
    macro = by_name["macro accuracy"]
    assert macro.ours == pytest.approx((2 / 3 + 1 + 1) / 3) and macro.theirs == pytest.approx((1 / 3 + 0 + 1) / 3)
    assert macro.p is None
    assert by_name["place given to anything else"].theirs == 1.0
    assert [path.name for path in difference.only_theirs] == ["wrong.png"]
    names = {difference.model, difference.against}
    assert len(names) == 2 and all("colours, version 1" in name for name in names)


def test_a_model_of_other_landmarks_cannot_be_compared(bundle: Bundle, data: Path, tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other", categories=["Petra", "Big Ben", "Colosseum"])
    with pytest.raises(DataError, match="does not know: Taj Mahal"):
        score_bundle(Predictor(bundle), data, against=Predictor(other))


def test_a_folder_without_photos_of_anything_else_is_refused_before_the_work(bundle: Bundle, data: Path) -> None:
    empty = data / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match=r"empty: no photos found\. Expected"):
        score_bundle(Predictor(bundle), data, not_landmarks=empty)


def test_it_serialises_to_plain_json_with_the_reports_keys(by_hand: Scorecard) -> None:
    values = by_hand.to_dict(photos=True)
    for key in ("n_photos", "n_correct", "accuracy", "interval", "macro_accuracy", "macro_interval", "top_3", "top_5",
                "loss", "per_landmark", "confusions", "unreadable"):  # fmt: skip
        assert key in values, "programs read it since the first version"
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert set(by_hand.report.to_dict()) <= set(values)
    for key, value in by_hand.report.to_dict().items():
        if key != "per_landmark":
            assert values[key] == value
    for row, old in zip(values["per_landmark"], by_hand.report.to_dict()["per_landmark"], strict=True):
        assert old.items() <= row.items()
    assert values["not_landmarks"]["false_places"] == 0.25
    assert values["photos"][4] == {
        "photo": "4.jpg",
        "landmark": "Niagara Falls",
        "answer": "Grandmother's House",
        "best_candidate": "Grandmother's House",
        "confidence": 0.65,
        "correct": False,
    }
    assert values["photos_of_anything_else"][0]["landmark"] is None
    assert values["photos_of_anything_else"][0]["answer"] is None
    assert "photos" not in by_hand.to_dict()


def test_it_prints_what_matters(by_hand: Scorecard) -> None:
    text = scorecard_text(by_hand)
    lines = text.splitlines()
    assert lines[: len(str(by_hand.report).splitlines())] == str(by_hand.report).splitlines()
    for part in ("answered         83.3 %   (60.0 % of the answers right; otherwise less than 60 % confident)",
                 "within 1 km", "calibration", "With 4 photos of anything else", "GAP", "  0.jpg"):  # fmt: skip
        assert part in text
    assert max(map(len, lines)) <= 100


@pytest.mark.slow
def test_the_shipped_model_on_real_photos(shared: Path, tmp_path: Path) -> None:
    """A fifth of the test photos, and the planted leak: figures agree with the definitions, row by row."""
    test = shared / "data/landmarks/test"
    for folder in sorted(test.iterdir()):
        (tmp_path / "data/test" / folder.name).mkdir(parents=True)
        photos = sorted(folder.iterdir())
        for photo in photos if "Haleakala" in folder.name else photos[::5]:
            (tmp_path / "data/test" / folder.name / photo.name).symlink_to(photo)
    (tmp_path / "data/train").symlink_to(shared / "data/landmarks/train")
    (tmp_path / "negatives").mkdir()
    for photo in sorted((shared / "data/not_landmarks").iterdir())[200::5]:
        (tmp_path / "negatives" / photo.name).symlink_to(photo)
    card = score_bundle(Predictor(load_bundle()), tmp_path / "data", not_landmarks=tmp_path / "negatives")
    assert card.leaks is not None and [path.parent.name for path in card.leaks.photos] == ["14.Haleakala_National_Park"]
    assert card.report.accuracy > 0.88
    assert card.negatives is not None and card.negatives.n_photos == 40
    rows = card.to_dict(photos=True)
    together = rows["photos"] + rows["photos_of_anything_else"]
    gap = global_average_precision(
        [row["confidence"] for row in together],
        [row["correct"] for row in together],
        [row["landmark"] is not None for row in together],
    )
    assert card.negatives.gap == pytest.approx(gap) and gap > 0.8
    assert card.distances is not None and card.distances.n_photos == card.report.n_photos
    assert math.isclose(card.distances.best_candidates[0], card.report.accuracy, abs_tol=0.02)
