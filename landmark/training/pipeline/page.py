"""What `landmark train` shows of the networks that it compared: `training.html`."""

from landmark.core.text import percent_text, range_text
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.pages.figures.confusion import confusion_figure
from landmark.pages.figures.curves import learning_curves
from landmark.pages.page import Page
from landmark.scoring.report import Report
from landmark.training.pipeline.candidates import Comparison, Contestant


def comparison_page(comparison: Comparison, split: Split) -> Page:
    """The networks side by side on validation, the picked one on test with what it confuses, and how each learned."""
    counts = ", ".join(f"{count:,} {part}" for part, count in split.counts().items())
    page = Page(
        f"Networks for {comparison.made.bundle.name}",
        f"{len(split.categories)} landmarks; photos: {counts}. Picked on validation: {comparison.best.kind}.",
    )
    page.add_section("Compared on validation")
    page.add_table([_HEADER, *map(_row, comparison.contestants)])
    shown, part = (comparison.made.test, "test") if comparison.made.test else (comparison.best.valid, "validation")
    page.add_section(f"The picked one on {part}")
    page.add_table([["", "accuracy", "95 % interval", "macro accuracy"], [part, *_accuracies(shown)]])
    page.add_figure(
        confusion_figure(shown.confusion_matrix(), [score.landmark for score in shown.per_landmark]),
        caption=f"Which landmark was taken for which, {part} photos of the network {comparison.best.kind}",
    )
    page.add_section("Learning curves")
    for contestant in comparison.contestants:
        page.add_figure(learning_curves(contestant.run.metrics.to_dict()), caption=_whose_curves(contestant))
    return page


def _whose_curves(contestant: Contestant) -> str:
    """The network, and of one that several trainings made, which of them it was."""
    if contestant.is_of_one_training:
        return contestant.kind
    return f"{contestant.kind}: the last of its trainings, of {backbone_names(contestant.recipe.backbone)[-1]}"


_HEADER = ["network", "backbone", "parameters", "epochs", "kept", "accuracy", "95 % interval", "macro accuracy"]


def _row(contestant: Contestant) -> list[str]:
    return [
        contestant.kind,
        contestant.recipe.backbone,
        f"{contestant.n_parameters / 1e6:.1f} M",
        str(contestant.recipe.epochs),
        str(contestant.run.metrics.best_epoch) if contestant.is_of_one_training else "of each its best",
        *_accuracies(contestant.valid),
    ]


def _accuracies(report: Report) -> list[str]:
    return [
        percent_text(report.accuracy),
        range_text(report.interval),
        percent_text(report.macro_accuracy),
    ]
