"""Prediction sets: the promise holds, and an independent library makes the same sets."""

from typing import Any

import numpy as np
import pytest

from landmark.core.errors import ConfigurationError
from landmark.metrics.calibration import softmax
from landmark.metrics.conformal import (
    MOST_KEPT,
    compress_scores,
    conformal_threshold,
    nonconformity_scores,
    prediction_set,
)


def sampled(n_photos: int, seed: int, n_classes: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a network that is right as often as it says, and labels drawn from them."""
    random = np.random.default_rng(seed)
    probabilities = softmax(random.normal(0, 2.5, (n_photos, n_classes)))
    labels = np.array([random.choice(n_classes, p=row) for row in probabilities])
    return probabilities, labels


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_sets_hold_the_right_one_as_often_as_promised_even_where_the_network_is_far_too_sure(coverage: float) -> None:
    held = []
    for seed in range(20):
        (valid, valid_labels), (test, labels) = sampled(300, seed), sampled(500, seed + 100)
        valid, test = (rows**3 / (rows**3).sum(axis=1, keepdims=True) for rows in (valid, test))
        least = conformal_threshold(compress_scores(nonconformity_scores(valid, valid_labels)), coverage)
        held += [label in prediction_set(row, least) for row, label in zip(test, labels, strict=True)]
    assert np.mean(held) == pytest.approx(coverage, abs=0.015)


def test_an_independent_library_makes_the_same_sets() -> None:
    classification = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        """Hands on the probabilities that it is given as if they were photos."""

        def fit(self, photos: Any, labels: Any) -> "Known":
            self.classes_ = np.arange(photos.shape[1])
            return self

        def predict_proba(self, photos: Any) -> Any:
            return photos

        def predict(self, photos: Any) -> Any:
            return photos.argmax(axis=1)

    (valid, valid_labels), (test, _) = sampled(400, 1), sampled(200, 2)
    theirs = classification.SplitConformalClassifier(
        Known().fit(valid, valid_labels), confidence_level=0.9, conformity_score="lac", prefit=True
    )
    theirs.conformalize(valid, valid_labels)
    expected = theirs.predict_set(test)[1][:, :, 0]
    least = conformal_threshold(compress_scores(nonconformity_scores(valid, valid_labels)), 0.9)
    for row, mask in zip(test, expected, strict=True):
        found = prediction_set(row, least)
        if mask.any():  # theirs may be empty; ours names the likeliest
            assert sorted(found) == np.flatnonzero(mask).tolist()
        else:
            assert found.tolist() == [row.argmax()]


def test_of_many_photos_few_scores_are_kept_and_no_set_shrinks() -> None:
    probabilities, labels = sampled(7 * MOST_KEPT, 3)
    scores = nonconformity_scores(probabilities, labels)
    kept = compress_scores(scores)
    assert len(kept) == MOST_KEPT and list(kept) == sorted(kept)
    for coverage in (0.5, 0.9, 0.99):
        exact = 1 - np.sort(scores)[int(np.ceil((len(scores) + 1) * coverage)) - 1]
        assert conformal_threshold(kept, coverage) <= exact + 1e-6
        assert conformal_threshold(kept, coverage) == pytest.approx(exact, abs=0.02)


def test_what_cannot_be_promised_is_refused_or_holds_all() -> None:
    assert conformal_threshold([0.1] * 5, 0.95) == 0.0
    with pytest.raises(ConfigurationError, match="fraction"):
        conformal_threshold([0.1], 1.0)
    with pytest.raises(ConfigurationError, match="landmark export"):
        conformal_threshold([], 0.9)
