"""A scorecard for a terminal: the report, and what confidence, places and negatives add to it."""

from landmark.core.text import count_text, percent_text, probability_text, range_text
from landmark.scoring.difference import MeasuredDifference, ModelDifference
from landmark.scoring.measures import Distances, Reliability
from landmark.scoring.negatives import Negatives
from landmark.scoring.report import first_lines, score_line
from landmark.scoring.scorecard import Leaks, Scorecard

_LEAKS_SHOWN = 3


def scorecard_text(card: Scorecard) -> str:
    """Return all of it, in lines."""
    lines = [str(card.report), "Answers"]
    lines.append(score_line("answered", card.answer_rate.share, remark=_answer_remark(card)))
    if card.distances:
        lines.append(_distance_line(card.distances))
    error = card.reliability.error
    lines.append(score_line("calibration", error, remark=f"error; {reliability_remark(card.reliability)}"))
    risk = card.risk_coverage.risk_at(0.9)
    lines.append(score_line("wrong at 90 %", risk, remark="of the most confident 90 % of answers"))
    if card.negatives:
        lines += _negative_lines(card.negatives)
    if card.leaks and card.leaks.photos:
        lines += _leak_lines(card.leaks)
    if card.difference:
        lines += _difference_lines(card.difference)
    return "\n".join(lines)


def reliability_remark(reliability: Reliability) -> str:
    """Return what the calibration error means."""
    return f"by chance {range_text(reliability.range)}: confidence is {reliability.verdict}"


def difference_remark(measure: MeasuredDifference) -> str:
    """Return whether a difference is more than chance, with the reason."""
    verdict = "more than chance" if measure.more_than_chance else "may well be chance"
    if measure.p is None:
        return f"{verdict} (the interval {'excludes' if measure.more_than_chance else 'includes'} 0)"
    return f"{verdict} ({probability_text(measure.p)}; {measure.n_only_ours} to {measure.n_only_theirs} photos)"


def points_text(fraction: float) -> str:
    """Return a difference of fractions in percentage points."""
    return f"{100 * fraction:+.1f}"


def _answer_remark(card: Scorecard) -> str:
    precision, threshold = card.answer_rate.precision, percent_text(card.threshold, 0)
    right = f"{percent_text(precision)} of the answers right; " if precision is not None else ""
    return f"{right}otherwise less than {threshold} confident"


def _distance_line(distances: Distances) -> str:
    first, *rest = zip(distances.limits_km, distances.best_candidates, strict=True)
    more = ", ".join(f"{percent_text(share)} within {limit:g} km" for limit, share in rest)
    return score_line(f"within {first[0]:g} km", first[1], remark=f"{more}; best candidates")


def _negative_lines(negatives: Negatives) -> list[str]:
    rate, interval = negatives.false_positive_rate, negatives.false_positive_interval
    return [
        f"With {count_text(negatives.n_photos, 'photo')} of anything else",
        score_line("false positive", rate, interval, "were given a place"),
        score_line("GAP", negatives.gap, negatives.gap_interval, "answers ranked by confidence"),
        score_line("AUROC", negatives.auroc, remark="a photo of a landmark has the higher confidence"),
    ]


def _leak_lines(leaks: Leaks) -> list[str]:
    lines = [f"Also among the training photos: {count_text(len(leaks.photos), 'photo')}"]
    lines += first_lines(leaks.photos, _LEAKS_SHOWN)
    if leaks.without:
        lines.append(score_line("accuracy", leaks.without.accuracy, leaks.without.interval, "without them"))
        macro, interval = leaks.without.macro_accuracy, leaks.without.macro_interval
        lines.append(score_line("macro accuracy", macro, interval, "without them"))
    return lines


def _difference_lines(difference: ModelDifference) -> list[str]:
    lines = [f"Compared with {difference.against}, on the same {count_text(difference.n_photos, 'photo')}, in points:"]
    for measure in difference.measures:
        low, high = map(points_text, measure.interval)
        lines.append(
            f"  {measure.measure}: {points_text(measure.difference)} "
            f"(95 % {low} to {high}), {difference_remark(measure)}"
        )
    return lines
