"""The charts of a scorecard, as SVG."""

from collections.abc import Sequence

from landmark.core.text import percent_text
from landmark.metrics import RiskCoverage
from landmark.scoring.parts import Answering, Reliability
from landmark.scoring.svg import Series, draw_chart


def reliability_chart(reliability: Reliability) -> str:
    """How sure against how often right: a point for each bin, with its interval, and the line of honest confidence."""
    points = Series(
        "photos of its landmarks, with 95 % intervals",
        [(part.confidence, part.accuracy) for part in reliability.bins],
        intervals=[part.interval for part in reliability.bins],
        notes=[
            f"{percent_text(part.confidence)} sure, {percent_text(part.accuracy)} right of {part.n_photos:,} photos"
            for part in reliability.bins
        ],
        joined=False,
    )
    return draw_chart(
        [points],
        title="Reliability diagram",
        x_title="how sure",
        y_title="how often right",
        diagonal="honest confidence",
    )


def risk_chart(curves: Sequence[tuple[str, RiskCoverage]], answering: Answering) -> str:
    """Wrong answers against answers given, a curve for each kind of photos, and where the model's threshold stands."""
    series = [Series(name, list(zip(curve.coverage, curve.risk, strict=True)), steps=True) for name, curve in curves]
    if answering.precision is not None:
        share, risk = answering.share, 1 - answering.precision
        note = f"{percent_text(share)} answered, {percent_text(risk)} of them wrongly"
        series.append(Series("first curve at the model's threshold", [(share, risk)], notes=[note], joined=False))
    return draw_chart(
        series,
        title="Risk and coverage",
        x_title="answered, the surest first",
        y_title="wrong among the answers",
        y_highest=max(float(curve.risk.max()) for _, curve in curves),
    )
