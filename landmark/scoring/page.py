"""A scorecard as files: a page to look at, with the photos that went wrong, and JSON for programs."""

import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError
from landmark.core.files import atomic_write
from landmark.core.text import count_text, percent_text, range_text
from landmark.pages.page import Page
from landmark.scoring.charts import reliability_chart, risk_chart
from landmark.scoring.difference import ModelDifference
from landmark.scoring.others import OtherPhotos
from landmark.scoring.scorecard import Scorecard
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos
from landmark.scoring.tables import (
    answer_table,
    bin_table,
    coverage_table,
    difference_table,
    distance_table,
    landmark_table,
    leak_table,
    other_table,
    score_table,
)
from landmark.scoring.text import reliability_remark

PAGE, DATA = "evaluation.html", "evaluation.json"
_PAIRS_SHOWN, _PHOTOS_PER_PAIR = 24, 6
_PHOTOS_SHOWN = 18


def write_scorecard(card: Scorecard, out: str | Path) -> tuple[Path, Path]:
    """Write `evaluation.html`, and `evaluation.json` with a row for each photo. Returns the paths of the two.

    Example: `write_scorecard(score_bundle(Predictor.load(), "my_photos"), "evaluation")`.
    """
    written = Path(out) / PAGE, Path(out) / DATA
    scorecard_page(card).write(written[0])
    with atomic_write(written[1]) as file:
        # in ASCII, which can also tell of a file whose name holds bytes that are no text
        file.write((json.dumps(card.to_dict(photos=True), indent=2) + "\n").encode("ascii"))
    return written


def prepare_folder(out: str | Path) -> None:
    """Make the folder for `write_scorecard` before the work begins; raises `ConfigurationError` where it cannot be."""
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{out}: no folder can be made there ({error.strerror}). Expected a folder, or a path that is free."
        ) from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"{out}: this folder cannot be written to. Expected one that can; check its permissions."
        )


def scorecard_page(card: Scorecard) -> Page:
    """The page: the scores, where they fail and with which photos, then confidence, other photos, leaks."""
    n_landmarks = len(card.worst_landmarks)
    page = Page(
        f"How well {card.model} recognises {Path(card.data).resolve().parent.name}/{Path(card.data).name}",
        f"{count_text(card.report.n_photos, 'photo')} of {count_text(n_landmarks, 'landmark')}. "
        "Best candidates count, whether the model was sure enough to give a place or not, unless it says otherwise.",
    )
    _add_scores(page, card)
    if card.difference:
        _add_difference(page, card.difference)
    page.add_section("Landmarks, the worst first")
    page.add_table(
        landmark_table(card), caption="Named wrongly: photos of something else that got this landmark's place"
    )
    _add_confusions(page, card)
    _add_wrong_places(page, card)
    _add_confidence(page, card)
    if card.others and card.scored_others:
        _add_others(page, card, card.others, card.scored_others)
    _add_leaks(page, card)
    if card.unreadable:
        page.add_section("Photos that could not be read")
        page.add_text("They are left out of everything above.")
        page.add_list(card.unreadable)
    return page


def _add_scores(page: Page, card: Scorecard) -> None:
    page.add_section("Scores")
    wilson = range_text(card.report.interval)
    page.add_table(
        score_table(card), caption=f"Intervals by bootstrap; that of the accuracy by Wilson's formula: {wilson} %"
    )
    page.add_table(answer_table(card), caption="What becomes of the photos")
    if card.distances:
        caption = "How far the place of the answer lies from that of the landmark shown"
        if card.distances.n_without_place:
            left_out = count_text(card.distances.n_without_place, "photo")
            caption += f"; without {left_out} of landmarks that have no place"
        page.add_table(distance_table(card.distances), caption=caption)


def _add_difference(page: Page, difference: ModelDifference) -> None:
    page.add_section(f"Against {difference.against}")
    page.add_table(
        difference_table(difference),
        caption=f"The same {count_text(difference.n_photos, 'photo')}; intervals by paired bootstrap, p by McNemar's "
        "exact test over the photos on which one of the two alone is so",
    )
    both = ((difference.model, difference.only_ours), (difference.against, difference.only_theirs))
    page.add_photos(
        {
            f"Right with {name} alone: {count_text(len(photos), 'photo')}": photos[:_PHOTOS_SHOWN]
            for name, photos in both
            if photos
        }
    )


def _add_confusions(page: Page, card: Scorecard) -> None:
    if not card.report.confusions:
        return
    index_of = {one.landmark: index for index, one in enumerate(card.landmarks)}
    page.add_section("What is taken for what")
    photos = {}
    for pair in card.report.confusions[:_PAIRS_SHOWN]:
        chosen = (card.scored.labels == index_of[pair.landmark]) & (card.scored.best == index_of[pair.taken_for])
        label = f"{pair.landmark} taken for {pair.taken_for}: {count_text(pair.n_photos, 'photo')}"
        photos[label] = [card.scored.paths[index] for index in _surest(card.scored, chosen)[:_PHOTOS_PER_PAIR]]
    if len(card.report.confusions) > _PAIRS_SHOWN:
        page.add_text(f"The {_PAIRS_SHOWN} most frequent of {len(card.report.confusions)} pairs.")
    page.add_photos(photos)


def _add_wrong_places(page: Page, card: Scorecard) -> None:
    wrong = card.scored.answered & ~card.scored.correct
    if not wrong.any():
        return
    page.add_section("Wrong places given")
    page.add_text("The surest first. Where the model is this sure, look at the photo: its folder may be the wrong one.")
    page.add_photos(_labelled(card, card.scored, wrong))


def _add_confidence(page: Page, card: Scorecard) -> None:
    page.add_section("Confidence")
    page.add_chart(reliability_chart(card.reliability), caption="Above the line it is right more often than it says")
    page.add_text(
        f"Calibration error: {percent_text(card.reliability.error)}. "
        f"{reliability_remark(card.reliability).capitalize()}. What chance gives is simulated: a model that is right "
        "exactly as often as it says, on as many photos."
    )
    page.add_table(bin_table(card.reliability), caption="About equally many photos in each")
    page.add_chart(
        risk_chart(card.risk_curves, card.answering), caption="What is wrong, if only the surest answers are given"
    )
    page.add_table(coverage_table(card.risk_curves))


def _add_others(page: Page, card: Scorecard, others: OtherPhotos, scored: ScoredPhotos) -> None:
    page.add_section("Photos of anything else")
    page.add_table(
        other_table(others),
        caption=f"{count_text(others.n_photos, 'photo')}. GAP: one ranking of all answers by confidence, with the "
        "photos of landmarks, by the definition of Google Landmarks v2",
    )
    if scored.answered.any():
        page.add_text("Those that got a place, the surest first:")
        page.add_photos(_labelled(card, scored, scored.answered))


def _add_leaks(page: Page, card: Scorecard) -> None:
    page.add_section("Photos that it was trained on")
    if card.leaks is None:
        page.add_text("Not known: there is no train/ beside the test photos to compare with.")
    elif not card.leaks.photos:
        page.add_text("None: no test photo is a training photo, the same file or saved anew.")
    else:
        leaks = count_text(len(card.leaks.photos), "test photo")
        page.add_text(f"{leaks} of {card.report.n_photos:,} may have been trained on: it may remember the answer.")
        page.add_table(leak_table(card, card.leaks))
        page.add_photos({leaks: card.leaks.photos[:_PHOTOS_SHOWN]})


def _labelled(card: Scorecard, scored: ScoredPhotos, chosen: NDArray[np.bool_]) -> dict[str, list[Path]]:
    """The surest of the chosen photos, by what they were taken for and how surely."""
    groups: dict[str, list[Path]] = {}
    for index in _surest(scored, chosen)[:_PHOTOS_SHOWN]:
        shown, answer = scored.labels[index], card.landmarks[scored.best[index]].landmark
        label = answer if shown == NO_LANDMARK else f"{card.landmarks[shown].landmark} taken for {answer}"
        label += f", {percent_text(scored.confidence[index], 0)} sure"
        groups.setdefault(label, []).append(scored.paths[index])
    return groups


def _surest(scored: ScoredPhotos, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The indices of the chosen photos, the surest first."""
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(-scored.confidence[indices], kind="stable")]
