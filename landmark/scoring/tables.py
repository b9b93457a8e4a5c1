"""The tables of a scorecard, as rows of text of which the first is the heading."""

from collections.abc import Sequence

from landmark.core.text import percent_text, range_text
from landmark.metrics import RiskCoverage
from landmark.scoring.difference import ModelDifference
from landmark.scoring.others import OtherPhotos
from landmark.scoring.parts import RISKS, Distances, Reliability
from landmark.scoring.scorecard import Leaks, Scorecard
from landmark.scoring.text import difference_remark, points_text

Table = list[list[str]]


def score_table(card: Scorecard) -> Table:
    """The accuracies with their intervals."""
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


def answer_table(card: Scorecard) -> Table:
    """How many photos get the right place, a wrong one, or none."""
    answering = card.answering
    counts = [
        ("the right place", answering.n_right),
        ("a wrong place", answering.n_answered - answering.n_right),
        (f"no place: less than {percent_text(card.threshold)} sure", answering.n_photos - answering.n_answered),
    ]
    rows = [[name, f"{count:,}", percent_text(count / answering.n_photos)] for name, count in counts]
    return [["answer", "photos", "share"], *rows]


def distance_table(distances: Distances) -> Table:
    """The shares within each limit, of best candidates and of places given."""
    rows = [[f"best candidates, {distances.n_photos:,} photos", *map(percent_text, distances.best_candidates)]]
    if distances.answered:
        rows.append([f"places given, {distances.n_answered:,} photos", *map(percent_text, distances.answered)])
    return [["", *(f"within {limit:g} km" for limit in distances.limits_km)], *rows]


def difference_table(difference: ModelDifference) -> Table:
    """Each measure of both models, and whether they differ by more than chance."""
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
    return [["", difference.model, difference.against, "difference", "95 % interval", "by chance?"], *rows]


def landmark_table(card: Scorecard) -> Table:
    """A row for each landmark that has photos, the worst first."""
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


def bin_table(reliability: Reliability) -> Table:
    """The points of the reliability diagram."""
    rows = [
        [percent_text(part.confidence), percent_text(part.accuracy), range_text(part.interval), f"{part.n_photos:,}"]
        for part in reliability.bins
    ]
    return [["how sure", "right", "95 % interval", "photos"], *rows]


def coverage_table(curves: Sequence[tuple[str, RiskCoverage]]) -> Table:
    """How many photos can be answered at each risk, for each kind of photos, and the mean risk of each."""
    rows = [
        [f"at most {percent_text(risk)} wrong", *(percent_text(curve.coverage_at(risk)) for _, curve in curves)]
        for risk in RISKS
    ]
    mean_risks = ["mean risk over all coverages", *(percent_text(curve.area) for _, curve in curves)]
    return [["can be answered with", *(name for name, _ in curves)], *rows, mean_risks]


def other_table(others: OtherPhotos) -> Table:
    """What photos of anything else get, alone and mixed with photos of landmarks."""
    mixed = others.reliability
    return [
        ["", "value", "95 % interval"],
        [
            "get a place, all of them a false one",
            percent_text(others.false_places),
            range_text(others.false_places_interval),
        ],
        ["GAP (µAP) of the best candidates", percent_text(others.gap), range_text(others.gap_interval)],
        ["GAP of the places given: what is refused is no answer", percent_text(others.gap_answered), ""],
        ["AUROC: how often a photo of a landmark is the surer one", percent_text(others.auroc), ""],
        ["calibration error, mixed", percent_text(mixed.error), f"{range_text(mixed.range)} by chance"],
    ]


def leak_table(card: Scorecard, leaks: Leaks) -> Table:
    """The scores with and without the photos that were trained on."""
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
