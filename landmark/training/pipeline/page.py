"""The page of the networks that `landmark train` compared: `training.html`."""

from pathlib import Path

from landmark.core.text import percent_text, range_text
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.pages.figures.confusion import confusion_figure
from landmark.pages.figures.curves import learning_curves
from landmark.pages.rendering import write_page
from landmark.scoring.report import Report
from landmark.training.pipeline.candidates import Comparison
from landmark.training.pipeline.finetuning import Candidate


def write_comparison(path: Path, comparison: Comparison, split: Split) -> Path:
    """Write the networks compared on validation, the chosen one on test with its confusions, and how each learned."""
    counts = ", ".join(f"{count:,} {part}" for part, count in split.counts().items())
    best, test = comparison.best, comparison.made.test
    shown, scored_on = (test, "test") if test else (best.valid, "validation")
    return write_page(
        path,
        _TEMPLATE,
        title=f"Networks for {comparison.made.bundle.name}",
        lead=f"{len(split.categories)} landmarks; photos: {counts}. Chosen on validation: {best.kind}.",
        compared=[_HEADER, *map(_row, comparison.candidates)],
        scored_on=scored_on,
        scores=[["", "accuracy", "95 % interval", "macro accuracy"], [scored_on, *_accuracies(shown)]],
        confusion=confusion_figure(shown.confusion_matrix(), [score.landmark for score in shown.per_landmark]),
        chosen=best.kind,
        learning=[(learning_curves(one.run.metrics.to_dict()), _curves_of(one)) for one in comparison.candidates],
    )


def _curves_of(candidate: Candidate) -> str:
    """Return the network, and which of several trainings it was, where one network took several."""
    if candidate.best_epoch:
        return candidate.kind
    return f"{candidate.kind}: the last of its trainings, of {backbone_names(candidate.recipe.backbone)[-1]}"


_TEMPLATE = Path(__file__).with_name("templates") / "comparison.html"
_HEADER = ["network", "backbone", "parameters", "epochs", "kept", "accuracy", "95 % interval", "macro accuracy"]


def _row(candidate: Candidate) -> list[str]:
    return [
        candidate.kind,
        candidate.recipe.backbone,
        f"{candidate.n_parameters / 1e6:.1f} M",
        str(candidate.recipe.epochs),
        str(candidate.best_epoch or "of each its best"),
        *_accuracies(candidate.valid),
    ]


def _accuracies(report: Report) -> list[str]:
    return [percent_text(report.accuracy), range_text(report.interval), percent_text(report.macro_accuracy)]
