"""A report: its figures, how it prints, how it serialises."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from landmark.core.errors import LandmarkError
from landmark.dataset.categories import Categories
from landmark.metrics.intervals import macro_interval, wilson_interval
from landmark.scoring.report import Report, build_report

NAMES = ("Petra", "Taj Mahal", "Eiffel Tower", "Big Ben", "Colosseum", "Never Photographed")


def scores_for(*ranked: str) -> NDArray[np.float64]:
    """One photo a word: the first letters of the landmarks, the best first; the others share the last place."""
    table = np.zeros((len(ranked), len(NAMES)))
    for row, letters in zip(table, ranked, strict=True):
        for rank, letter in enumerate(letters):
            row[next(i for i, name in enumerate(NAMES) if name.startswith(letter))] = len(NAMES) - rank
    return table


@pytest.fixture
def report() -> Report:
    #   Petra: 3 of 4 right; Taj Mahal: 0 of 3; Eiffel Tower: 2 of 2; Big Ben: 1 of 1; Colosseum, Never: no photo
    scores = scores_for("PTE", "PTE", "PTE", "TPE", "PTE", "PET", "EPBCT", "EPB", "EPB", "BEP")
    return build_report(
        scores, [0, 0, 0, 0, 1, 1, 1, 2, 2, 3], NAMES, loss=0.25, unreadable=["a.jpg: empty file", "b.jpg: not a photo"]
    )


def test_figures_by_hand(report: Report) -> None:
    assert (report.n_photos, report.n_correct, report.accuracy) == (10, 6, 0.6)
    assert report.interval == wilson_interval(6, 10)
    assert report.macro_accuracy == pytest.approx((0.75 + 0 + 1 + 1) / 4)
    assert report.macro_interval == macro_interval([0, 0, 0, 1, 0, 0, 2, 2, 2, 3], [0, 0, 0, 0, 1, 1, 1, 2, 2, 3])
    assert (report.top_3, report.top_5) == (0.9, 1.0)
    assert report.loss == 0.25
    assert [(score.n_photos, score.n_correct) for score in report.per_landmark] == [
        (4, 3), (3, 0), (2, 2), (1, 1), (0, 0), (0, 0)
    ]  # fmt: skip
    assert [score.accuracy for score in report.per_landmark] == [0.75, 0.0, 1.0, 1.0, None, None]
    assert [(c.landmark, c.taken_for, c.n_photos) for c in report.confusions] == [
        ("Taj Mahal", "Petra", 2),
        ("Petra", "Taj Mahal", 1),
        ("Taj Mahal", "Eiffel Tower", 1),
    ]


def test_prints_what_matters(report: Report) -> None:
    assert str(report).splitlines() == [
        "10 photos of 4 landmarks",
        "  accuracy         60.0 %   (95 % interval 31.3 to 83.2; 6 of 10 right)",
        f"  macro accuracy   68.8 %   (95 % interval {100 * report.macro_interval[0]:.1f} to "
        f"{100 * report.macro_interval[1]:.1f}; every landmark counts the same)",
        "  among best 3     90.0 %   (95 % interval 70.0 to 100.0)",
        "  among best 5    100.0 %   (95 % interval 100.0 to 100.0)",
        "  loss             0.2500",
        "Hardest landmarks",
        "    0.0 %   Taj Mahal (0 of 3 right)",
        "   75.0 %   Petra (3 of 4 right)",
        "Most often confused",
        "      2 x   Taj Mahal taken for Petra",
        "      1 x   Petra taken for Taj Mahal",
        "      1 x   Taj Mahal taken for Eiffel Tower",
        "Left out, because they could not be read: 2 photos",
        "  a.jpg: empty file",
        "  b.jpg: not a photo",
    ]


def test_fits_on_one_screen() -> None:
    rng = np.random.default_rng(0)
    names = [f"Landmark {i}" for i in range(50)]
    report = build_report(rng.random((500, 50)), rng.integers(0, 50, 500), names, unreadable=["x.jpg"] * 100)
    lines = str(report).splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "  and 95 more"


def test_a_perfect_score_lists_no_mistakes() -> None:
    text = str(build_report(np.eye(3), [0, 1, 2], NAMES[:3]))
    assert "100.0 %" in text
    assert "Hardest" not in text
    assert "confused" not in text
    assert "loss" not in text


def test_serialises_to_plain_json(report: Report) -> None:
    values = report.to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values["interval"] == [*wilson_interval(6, 10)]
    assert values["per_landmark"][0] == {"landmark": "Petra", "n_photos": 4, "n_correct": 3, "accuracy": 0.75}
    assert values["per_landmark"][5]["accuracy"] is None
    assert values["confusions"][0] == {"landmark": "Taj Mahal", "taken_for": "Petra", "n_photos": 2}


def test_takes_categories_and_float32_logits() -> None:
    logits = np.array([[-1.0, -9.0], [-3.0, -0.1]], dtype=np.float32)
    assert build_report(logits, np.array([0, 1]), Categories(names=("Petra", "Taj Mahal"))).accuracy == 1.0


@pytest.mark.parametrize(
    ("scores", "labels"),
    [
        (np.zeros((0, 6)), np.zeros(0, dtype=int)),  # no photo
        (np.zeros((2, 5)), [0, 1]),  # another number of landmarks
        (np.zeros((2, 6)), [0]),
        (np.zeros((2, 6)), [0, 6]),
        (np.full((2, 6), np.nan), [0, 1]),  # what a diverged training leaves behind
    ],
)
def test_refuses_what_cannot_be_scored(scores: NDArray[np.float64], labels: list[int]) -> None:
    with pytest.raises(LandmarkError, match="Expected"):
        build_report(scores, labels, NAMES)
