"""A scorecard as files: a page to look at, with the photos that went wrong, and JSON for programs."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.errors import ConfigurationError, MissingPackageError
from landmark.core.files import atomic_write
from landmark.core.text import count_text, percent_text
from landmark.pages.rendering import render, write_page
from landmark.scoring.charts import reliability_figure, risk_figure
from landmark.scoring.measures import RISKS
from landmark.scoring.scorecard import Scorecard
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos
from landmark.scoring.text import difference_remark, points_text, reliability_remark

PAGE, DATA = "evaluation.html", "evaluation.json"
_TEMPLATE = Path(__file__).with_name("templates") / "scorecard.html"
_PAIRS_SHOWN, _PHOTOS_PER_PAIR = 24, 6
_PHOTOS_SHOWN = 18

_Photos = dict[str, list[Path]]  # by the label that stands above them


def write_scorecard(card: Scorecard, out: str | Path) -> tuple[Path, Path]:
    """Write `evaluation.html`, and `evaluation.json` with a row for each photo. Return the paths of the two.

    Example: `write_scorecard(score_bundle(Predictor.load(), "my_photos"), "evaluation")`.
    """
    written = Path(out) / PAGE, Path(out) / DATA
    write_page(written[0], _TEMPLATE, **_values(card))
    with atomic_write(written[1]) as file:
        # in ASCII, which can also hold a file's name whose bytes are no text
        file.write((json.dumps(card.to_dict(photos=True), indent=2) + "\n").encode("ascii"))
    return written


def scorecard_page(card: Scorecard) -> str:
    """Return the page: the scores, where they fail and with which photos, then confidence, negatives, leaks."""
    return render(_TEMPLATE, **_values(card))


def prepare_folder(out: str | Path) -> None:
    """Make the folder for `write_scorecard` before the work begins; raise `ConfigurationError` where it cannot be."""
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


def _values(card: Scorecard) -> dict[str, Any]:
    """Return what the template shows beside the scorecard itself; no charts where plotly is not installed."""
    folder, negatives = Path(card.data).resolve(), card.scored_negatives
    charts = None
    with suppress(MissingPackageError):  # the page says so
        charts = {
            "reliability": reliability_figure(card.reliability),
            "risk": risk_figure(card.risk_curves, card.answer_rate),
        }
    return {
        "card": card,
        "data": f"{folder.parent.name}/{folder.name}",
        "risks": RISKS,
        "charts": charts,
        "points": points_text,
        "difference_remark": difference_remark,
        "reliability_remark": reliability_remark,
        "only_one_right": _only_one_right(card),
        "confused": _confused(card),
        "wrong_places": _labelled(card, card.scored, card.scored.answered & ~card.scored.correct),
        "false_positives": _labelled(card, negatives, negatives.answered) if negatives else {},
        "leaks": count_text(len(card.leaks.photos), "test photo") if card.leaks else "",
        "leaking": card.leaks.photos[:_PHOTOS_SHOWN] if card.leaks else (),
    }


def _only_one_right(card: Scorecard) -> _Photos:
    """Return the photos on which one of two compared models alone is right."""
    if card.difference is None:
        return {}
    both = ((card.difference.model, card.difference.only_ours), (card.difference.against, card.difference.only_theirs))
    return {
        f"Only {name} is right: {count_text(len(photos), 'photo')}": list(photos[:_PHOTOS_SHOWN])
        for name, photos in both
        if photos
    }


def _confused(card: Scorecard) -> _Photos:
    """Return the most confident photos of the most frequent confusions."""
    index_of = {one.landmark: index for index, one in enumerate(card.landmarks)}
    photos = {}
    for pair in card.report.confusions[:_PAIRS_SHOWN]:
        chosen = (card.scored.labels == index_of[pair.landmark]) & (card.scored.best == index_of[pair.taken_for])
        label = f"{pair.landmark} taken for {pair.taken_for}: {count_text(pair.n_photos, 'photo')}"
        photos[label] = [card.scored.paths[index] for index in _most_confident(card.scored, chosen)[:_PHOTOS_PER_PAIR]]
    return photos


def _labelled(card: Scorecard, scored: ScoredPhotos, chosen: NDArray[np.bool_]) -> _Photos:
    """Return the most confident of the chosen photos, by what they were taken for and how confidently."""
    groups: _Photos = {}
    for index in _most_confident(scored, chosen)[:_PHOTOS_SHOWN]:
        shown, answer = scored.labels[index], card.landmarks[scored.best[index]].landmark
        label = answer if shown == NO_LANDMARK else f"{card.landmarks[shown].landmark} taken for {answer}"
        label += f", confidence {percent_text(scored.confidence[index], 0)}"
        groups.setdefault(label, []).append(scored.paths[index])
    return groups


def _most_confident(scored: ScoredPhotos, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the indices of the chosen photos, the most confident first."""
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(-scored.confidence[indices], kind="stable")]
