"""The tables of a scorecard, as rows of text of which the first is the heading."""

from collections.abc import Sequence

from landmark.core.text import percent_text, range_text
from landmark.metrics.reliability import RiskCoverage
from landmark.scoring.difference import ModelDifference
from landmark.scoring.measures import RISKS, Distances, Reliability
from landmark.scoring.negatives import Negatives
from landmark.scoring.scorecard import Leaks, Scorecard
from landmark.scoring.text import difference_remark, points_text

Table = list[list[str]]


def scores(card: Scorecard) -> Table:
    """Return the accuracies with their intervals."""
    report, intervals = card.report, card.bootstrap
    rows = [
        ("accuracy", report.accuracy, intervals["accuracy"]),
        ("macro accuracy (every landmark counts the same)", report.macro_accuracy, intervals["macro_accuracy"]),
        ("the landmark is among the best 3", report.top_3, intervals["top_3"]),
        ("the landmark is among the best 5", report.top_5, intervals["top_5"]),
    ]
    return [
        ["", "share", "95 % interval"],
        *([name, percent_text(value), range_text(span)] for name, value, span in rows),
    ]


def answers(card: Scorecard) -> Table:
    """Return how many photos are given the right place, a wrong one, or none."""
    answer_rate = card.answer_rate
    counts = [
        ("the right place", answer_rate.n_right),
        ("a wrong place", answer_rate.n_answered - answer_rate.n_right),
        (f"no place: confidence below {percent_text(card.threshold)}", answer_rate.n_photos - answer_rate.n_answered),
    ]
    rows = [[name, f"{count:,}", percent_text(count / answer_rate.n_photos)] for name, count in counts]
    return [["answer", "photos", "share"], *rows]


def distances(distances: Distances) -> Table:
    """Return the shares within each limit, of best candidates and of places given."""
    rows = [[f"best candidates, {distances.n_photos:,} photos", *map(percent_text, distances.best_candidates)]]
    if distances.answered:
        rows.append([f"places given, {distances.n_answered:,} photos", *map(percent_text, distances.answered)])
    return [["", *(f"within {limit:g} km" for limit in distances.limits_km)], *rows]


def difference(difference: ModelDifference) -> Table:
    """Return each measure of both models, and whether they differ by more than chance."""
    rows = [
        [
            measure.measure,
            percent_text(measure.ours),
            percent_text(measure.theirs),
            points_text(measure.difference),
            " to ".join(map(points_text, measure.interval)),
            difference_remark(measure),
        ]
        for measure in difference.measures
    ]
    return [["", difference.model, difference.against, "difference", "95 % interval", "chance?"], *rows]


def landmarks(card: Scorecard) -> Table:
    """Return a row for each landmark that has photos, the worst first."""
    mostly: dict[str, str] = {}
    for confusion in card.report.confusions:  # the most frequent first
        mostly.setdefault(confusion.landmark, f"{confusion.taken_for} ({confusion.n_photos})")
    heading = [
        *("landmark", "mostly taken for", "photos", "accuracy", "95 % interval"),
        *("right place", "wrong place", "no place", "named wrongly"),
    ]
    rows = [
        [
            one.landmark,
            mostly.get(one.landmark, ""),
            f"{one.n_photos:,}",
            percent_text(one.n_correct / one.n_photos),
            range_text(one.interval or (0, 1)),
            f"{one.n_right_places:,}",
            f"{one.n_wrong_places:,}",
            f"{one.n_photos - one.n_right_places - one.n_wrong_places:,}",
            f"{one.n_named_wrongly:,}",
        ]
        for one in card.worst_landmarks
    ]
    return [heading, *rows]


def bins(reliability: Reliability) -> Table:
    """Return the points of the reliability diagram."""
    rows = [
        [percent_text(one.confidence), percent_text(one.accuracy), range_text(one.interval), f"{one.n_photos:,}"]
        for one in reliability.bins
    ]
    return [["confidence", "accuracy", "95 % interval", "photos"], *rows]


def coverage(curves: Sequence[tuple[str, RiskCoverage]]) -> Table:
    """Return how many photos can be answered at each risk, for each kind of photos, and the mean risk of each."""
    rows = [
        [f"at most {percent_text(risk)} wrong", *(percent_text(curve.coverage_at(risk)) for _, curve in curves)]
        for risk in RISKS
    ]
    mean_risks = ["mean risk over all coverages", *(percent_text(curve.area) for _, curve in curves)]
    return [["can be answered with", *(name for name, _ in curves)], *rows, mean_risks]


def negatives(found: Negatives) -> Table:
    """Return the scores of negatives, alone and mixed with photos of landmarks."""
    mixed = found.reliability
    return [
        ["", "value", "95 % interval"],
        [
            "false-positive rate: those that were given a place",
            percent_text(found.false_positive_rate),
            range_text(found.false_positive_interval),
        ],
        ["GAP (µAP) of the best candidates", percent_text(found.gap), range_text(found.gap_interval)],
        ["GAP of the places given: a refusal is no answer", percent_text(found.gap_answered), ""],
        ["AUROC: how often a photo of a landmark has the higher confidence", percent_text(found.auroc), ""],
        ["calibration error, mixed", percent_text(mixed.error), f"{range_text(mixed.range)} by chance"],
    ]


def leaks(card: Scorecard, leaks: Leaks) -> Table:
    """Return the scores with and without the photos that were trained on."""
    reports = [("all test photos", card.report), *([("without them", leaks.without)] if leaks.without else [])]
    rows = [
        [
            name,
            f"{report.n_photos:,}",
            *(percent_text(report.accuracy), range_text(report.interval)),
            *(percent_text(report.macro_accuracy), range_text(report.macro_interval)),
            *(percent_text(report.top_3), percent_text(report.top_5)),
        ]
        for name, report in reports
    ]
    return [["", "photos", "accuracy", "95 % interval", "macro accuracy", "95 % interval", "best 3", "best 5"], *rows]
