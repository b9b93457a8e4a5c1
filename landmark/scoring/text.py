"""A scorecard for a terminal: the report, and what confidence, places and other photos add to it."""

from landmark.core.text import count_text, interval_text, percent_text, probability_text, range_text
from landmark.scoring.difference import MeasuredDifference, ModelDifference
from landmark.scoring.others import OtherPhotos
from landmark.scoring.parts import Distances, Reliability
from landmark.scoring.scorecard import Leaks, Scorecard

_LEAKS_SHOWN = 3


def scorecard_text(card: Scorecard) -> str:
    """All of it, in lines."""
    lines = [str(card.report), "Answers"]
    lines.append(_line("get a place", card.answering.share, _answering_remark(card)))
    if card.distances:
        lines.append(_distance_line(card.distances))
    lines.append(
        _line("calibration", card.reliability.error, f"(off by so much; {reliability_remark(card.reliability)})")
    )
    lines.append(_line("wrong at 90 %", card.risk_coverage.risk_at(0.9), "(of the surest 90 % of answers)"))
    if card.others:
        lines += _other_lines(card.others)
    if card.leaks and card.leaks.photos:
        lines += _leak_lines(card.leaks)
    if card.difference:
        lines += _difference_lines(card.difference)
    return "\n".join(lines)


def reliability_remark(reliability: Reliability) -> str:
    """What the calibration error means."""
    return f"by chance {range_text(reliability.range)}: it is {reliability.verdict}"


def difference_remark(measure: MeasuredDifference) -> str:
    """Whether a difference is more than chance, with the reason."""
    verdict = "more than chance" if measure.more_than_chance else "may well be chance"
    if measure.p is None:
        return f"{verdict} (the interval {'leaves 0 out' if measure.more_than_chance else 'holds 0'})"
    return f"{verdict} ({probability_text(measure.p)}; {measure.n_only_ours} to {measure.n_only_theirs} photos)"


def points_text(fraction: float) -> str:
    """A difference of fractions in percentage points."""
    return f"{100 * fraction:+.1f}"


def _line(name: str, fraction: float, remark: str) -> str:
    return f"  {name:14}  {percent_text(fraction):>7}   {remark}"


def _answering_remark(card: Scorecard) -> str:
    precision = card.answering.precision
    right = f"{percent_text(precision)} of them the right one; " if precision is not None else ""
    return f"({right}the others fall short of {percent_text(card.threshold, 0)} sure)"


def _distance_line(distances: Distances) -> str:
    first, *rest = zip(distances.limits_km, distances.best_candidates, strict=True)
    more = ", ".join(f"{percent_text(share)} within {limit:g} km" for limit, share in rest)
    return _line(f"within {first[0]:g} km", first[1], f"({more}; best candidates)")


def _other_lines(others: OtherPhotos) -> list[str]:
    return [
        f"With {count_text(others.n_photos, 'photo')} of anything else",
        _line("get a place", others.false_places, f"({interval_text(others.false_places_interval)}; all are false)"),
        _line("GAP", others.gap, f"({interval_text(others.gap_interval)}; answers ranked by confidence)"),
        _line("AUROC", others.auroc, "(a photo of a landmark is the surer one)"),
    ]


def _leak_lines(leaks: Leaks) -> list[str]:
    lines = [f"Also among the training photos: {count_text(len(leaks.photos), 'photo')}"]
    lines += [f"  {path}" for path in leaks.photos[:_LEAKS_SHOWN]]
    if len(leaks.photos) > _LEAKS_SHOWN:
        lines.append(f"  and {len(leaks.photos) - _LEAKS_SHOWN} more")
    if leaks.without:
        lines.append(_line("accuracy", leaks.without.accuracy, f"({interval_text(leaks.without.interval)}; without)"))
        macro = f"({interval_text(leaks.without.macro_interval)}; without)"
        lines.append(_line("macro accuracy", leaks.without.macro_accuracy, macro))
    return lines


def _difference_lines(difference: ModelDifference) -> list[str]:
    lines = [f"Against {difference.against}, on the same {count_text(difference.n_photos, 'photo')}, in points:"]
    for measure in difference.measures:
        low, high = measure.interval
        lines.append(
            f"  {measure.measure}: {points_text(measure.difference)} "
            f"(95 % {points_text(low)} to {points_text(high)}), {difference_remark(measure)}"
        )
    return lines
