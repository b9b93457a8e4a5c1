"""Answers: what logits stand for, and the row that the command line prints."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.bundle import CATEGORIES, make_card

from landmark.geo.coordinates import Coordinates
from landmark.geo.place import Place
from landmark.model.answer import Answer, Candidate, LocateOptions, answer_from_scores
from landmark.model.answer_text import answer_text
from landmark.model.bundle import Bundle
from landmark.model.bundle.manifest import NETWORK, parse_manifest

ROW_KEYS = [
    "photo", "landmark", "confidence", "latitude", "longitude", "radius_km", "country",
    "candidates", "warnings", "error", "known_latitude", "known_longitude", "known_from", "distance_km", "suspect",
]  # fmt: skip


def answer_from_logits(
    photo: Any, logits: Any, bundle: Any, *, top: int = 5, warnings: Any = (), **asked: Any
) -> Answer:
    features = np.ones(bundle.feature_dim, np.float32)
    return answer_from_scores(photo, logits, features, bundle, LocateOptions(top, **asked), warnings)


@pytest.fixture
def bundle() -> Bundle:
    card = make_card(calibration={"temperature": 2.0, "threshold": 0.6, "unknown_logit": None})
    return parse_manifest(Path("model"), card | {"schema_version": 1, "files": {NETWORK: "0" * 64}})


def test_a_sure_answer_has_its_place(bundle: Bundle) -> None:
    answer = answer_from_logits("a.jpg", np.array([6, 0, 0], np.float32), bundle, top=2, warnings=["truncated"])
    expected = np.exp(3) / (np.exp(3) + 2)  # temperature 2
    assert (answer.photo, answer.landmark, answer.error) == ("a.jpg", "Taj Mahal", None)
    assert answer.confidence == pytest.approx(expected)
    assert [candidate.landmark for candidate in answer.candidates] == ["Taj Mahal", "Niagara Falls"]
    assert answer.candidates[0].confidence == answer.confidence
    assert (answer.coordinates, answer.radius_km) == (Coordinates(27.175, 78.0421), 0.5)
    assert [country.code for country in answer.countries] == ["IN"]
    assert answer.map_link and "27.175" in answer.map_link
    row = answer.to_row()
    assert list(row) == ROW_KEYS
    assert row["confidence"] == round(expected, 4) == row["candidates"][0]["confidence"]
    assert [row[key] for key in ("latitude", "longitude", "radius_km", "country")] == [27.175, 78.0421, 0.5, "India"]
    assert row["warnings"] == ["truncated"]
    assert json.loads(json.dumps(row)) == row


def test_below_the_threshold_there_is_no_landmark_and_no_place_but_candidates(bundle: Bundle) -> None:
    answer = answer_from_logits("a.jpg", np.array([0, 0.2, 0], np.float32), bundle, top=5)
    assert (answer.landmark, answer.place, answer.error) == (None, None, None)
    assert [candidate.landmark for candidate in answer.candidates] == ["Niagara Falls", "Taj Mahal", CATEGORIES[2]]
    assert answer.confidence == answer.candidates[0].confidence < 0.6
    assert sum(candidate.confidence for candidate in answer.candidates) == pytest.approx(1)
    assert (answer.coordinates, answer.radius_km, answer.countries, answer.map_link) == (None, None, (), None)
    row = answer.to_row()
    assert [row[key] for key in ("landmark", "latitude", "longitude", "radius_km", "country")] == [None] * 5
    assert row["confidence"] == row["candidates"][0]["confidence"]


def test_a_confidence_at_the_threshold_is_an_answer(bundle: Bundle) -> None:
    logits = np.array([3, 1, 0], np.float32)
    confidence = float(bundle.calibration.confidences(logits).max())
    for threshold, landmark in ((confidence, "Taj Mahal"), (np.nextafter(confidence, 1), None)):
        card = make_card(calibration={"temperature": 2.0, "threshold": float(threshold), "unknown_logit": None})
        edge = parse_manifest(Path("model"), card | {"schema_version": 1, "files": {NETWORK: "0" * 64}})
        assert answer_from_logits("a.jpg", logits, edge, top=1).landmark == landmark


def test_a_border_makes_a_list_of_countries(bundle: Bundle) -> None:
    row = answer_from_logits("a.jpg", np.array([0, 9, 0], np.float32), bundle, top=1).to_row()
    assert row["country"] == ["United States", "Canada"]


def test_a_landmark_without_a_place_is_still_an_answer(bundle: Bundle) -> None:
    answer = answer_from_logits("a.jpg", np.array([0, 0, 9], np.float32), bundle, top=1)
    assert answer.landmark == CATEGORIES[2]
    row = answer.to_row()
    assert [row[key] for key in ("latitude", "longitude", "radius_km", "country")] == [None] * 4


def test_an_unreadable_photo_is_a_row_of_nulls() -> None:
    row = Answer("a.jpg", None, None, (), None, error="a.jpg: no such file.").to_row()
    assert list(row) == ROW_KEYS
    assert (row.pop("photo"), row.pop("error")) == ("a.jpg", "a.jpg: no such file.")
    assert (row.pop("candidates"), row.pop("warnings")) == ([], [])
    assert row.pop("suspect") is False and set(row.values()) == {None}


def test_a_place_without_a_radius_is_shown_without_one() -> None:
    place = Place("My Bridge", Coordinates(48.1, 11.5), None)
    text = answer_text(Answer("a.jpg", "My Bridge", 0.97, (Candidate("My Bridge", 0.97),), place))
    assert "48.1000, 11.5000\n" in text and "within" not in text
