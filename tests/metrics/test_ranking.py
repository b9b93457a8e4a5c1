"""Global average precision: an example by hand, the definition word by word, and scikit-learn."""

import numpy as np
import pytest

from landmark.core.errors import LandmarkError
from landmark.metrics.ranking import auroc, global_average_precision, global_average_precision_interval


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# Ten photos. Ranked by confidence, the seven that got an answer:
#   0.95 right (1/1), 0.90 shows none, 0.80 right (2/3), 0.70 wrong, 0.60 right (3/5), 0.40 shows none, 0.30 right (4/7)
# The other three got no answer, though they show a landmark. Eight show a landmark in all.
CONFIDENCE = [0.30, 0.95, 0.90, 0.20, 0.70, 0.80, 0.10, 0.60, 0.40, 0.05]
CORRECT = [1, 1, 0, 1, 0, 1, 0, 1, 0, 0]
SHOWS = [1, 1, 0, 1, 1, 1, 1, 1, 0, 1]
ANSWERED = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0]


def test_by_hand() -> None:
    by_hand = (1 / 1 + 2 / 3 + 3 / 5 + 4 / 7) / 8
    assert global_average_precision(CONFIDENCE, CORRECT, SHOWS, answered=ANSWERED) == pytest.approx(by_hand)
    # Answered after all, one of the three is right, at rank 8: (5/8); the two behind it are wrong.
    assert global_average_precision(CONFIDENCE, CORRECT, SHOWS) == pytest.approx((8 * by_hand + 5 / 8) / 8)


def test_what_the_definition_says_word_by_word() -> None:
    confidence, shows = rng().random(300), rng(1).random(300) < 0.6  # no ties
    correct, answered = shows & (rng(2).random(300) < 0.8), rng(3).random(300) < 0.9
    ranked = sorted((-c, r) for c, r, a in zip(confidence, correct, answered, strict=True) if a)
    n_right, total = 0, 0.0
    for rank, (_, right) in enumerate(ranked, start=1):
        n_right += right
        total += right * n_right / rank
    found = global_average_precision(confidence, correct, shows, answered=answered)
    assert found == pytest.approx(total / shows.sum())


def test_it_is_scikit_learns_average_precision_times_the_share_of_photos_that_are_right() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    confidence, shows = rng().integers(0, 30, 400) / 30, rng(1).random(400) < 0.6  # many ties
    correct = shows & (rng(2).random(400) < confidence)
    expected = metrics.average_precision_score(correct, confidence) * correct.sum() / shows.sum()
    assert global_average_precision(confidence, correct, shows) == pytest.approx(expected)
    assert auroc(confidence[shows], confidence[~shows]) == pytest.approx(metrics.roc_auc_score(shows, confidence))


def test_the_order_of_the_photos_does_not_matter() -> None:
    confidence, shows = np.repeat([0.9, 0.5, 0.1], 20), rng(1).random(60) < 0.6
    correct = shows & (rng(2).random(60) < 0.7)
    order = rng(3).permutation(60)
    assert global_average_precision(confidence, correct, shows) == pytest.approx(
        global_average_precision(confidence[order], correct[order], shows[order])
    )


def test_negatives_cost_only_where_their_confidence_is_higher() -> None:
    landmarks = [0.9, 0.8], [1, 1], [1, 1]
    assert global_average_precision(*landmarks) == 1.0
    below = [*landmarks[0], 0.1], [1, 1, 0], [1, 1, 0]
    above = [*landmarks[0], 0.95], [1, 1, 0], [1, 1, 0]
    assert global_average_precision(*below) == 1.0
    assert global_average_precision(*above) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert global_average_precision(*above, answered=[1, 1, 0]) == 1.0, "refused"
    assert global_average_precision(*above, answered=[0, 0, 0]) == 0.0, "silence earns nothing"


def test_the_interval_against_drawing_photos() -> None:
    confidence, shows = rng().random(120), np.arange(120) < 80
    correct = shows & (rng(1).random(120) < confidence + 0.2)
    draw, values = rng(2), []
    for _ in range(1500):
        chosen = np.concatenate([draw.integers(0, 80, 80), draw.integers(80, 120, 40)])
        values.append(global_average_precision(confidence[chosen], correct[chosen], shows[chosen]))
    expected = np.quantile(values, [0.025, 0.975])
    assert global_average_precision_interval(confidence, correct, shows) == pytest.approx(expected, abs=0.015)


def test_what_cannot_be_ranked_is_an_error() -> None:
    with pytest.raises(LandmarkError, match="no photo that shows a landmark"):
        global_average_precision([0.5], [0], [0])
    with pytest.raises(LandmarkError, match="right answers to photos of no landmark"):
        global_average_precision([0.5, 0.4], [1, 1], [1, 0])
    with pytest.raises(LandmarkError, match="NaN"):
        global_average_precision([float("nan")], [1], [1])
    with pytest.raises(LandmarkError, match="Expected as many"):
        global_average_precision([0.5], [1, 0], [1, 1])
