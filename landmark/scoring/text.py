"""A scorecard in words, for a terminal and for its page."""

from pathlib import Path

from landmark.core.text import probability_text, range_text
from landmark.pages.rendering import render
from landmark.scoring.difference import MeasuredDifference
from landmark.scoring.measures import Reliability
from landmark.scoring.report import first_lines, score_line
from landmark.scoring.scorecard import Scorecard


def scorecard_text(card: Scorecard) -> str:
    """Return all of it, in lines."""
    return render(
        Path(__file__).with_name("templates") / "scorecard.txt.jinja",
        card=card,
        line=score_line,
        first_lines=first_lines,
        points=points_text,
        difference_remark=difference_remark,
        reliability_remark=reliability_remark,
    ).rstrip()


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
    """Return a difference of fractions in percentage points.

    >>> points_text(0.0125)
    '+1.2'
    """
    return f"{100 * fraction:+.1f}"
