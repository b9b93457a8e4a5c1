"""A scorecard as files: a page to look at, with the photos that went wrong, and JSON for programs."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landmark.files import replacing
from landmark.model_difference import ModelDifference
from landmark.scorecard import Scorecard
from landmark.scorecard_charts import reliability_chart, risk_chart
from landmark.scorecard_parts import RISKS, OtherPhotos, Reliability
from landmark.scorecard_text import difference_remark, points_text, reliability_remark
from landmark.scored_photos import NO_LANDMARK, ScoredPhotos
from landmark.webpage import Page
from landmark.wording import count_text, percent_text, range_text

PAGE, DATA = "evaluation.html", "evaluation.json"
_PAIRS_SHOWN, _PHOTOS_PER_PAIR = 24, 6
_PHOTOS_SHOWN = 18
_LANDMARK_COLUMNS = [
    *("landmark", "mostly taken for", "photos", "accuracy", "95 % interval"),
    *("right place", "wrong place", "no place", "named wrongly"),
]


def write_scorecard(card: Scorecard, out: str | Path) -> tuple[Path, Path]:
    """Write `evaluation.html`, and `evaluation.json` with a row for each photo. Returns the paths of the two.

    Example: `write_scorecard(score_bundle(Predictor.load(), "my_photos"), "evaluation")`.
    """
    written = Path(out) / PAGE, Path(out) / DATA
    scorecard_page(card).write(written[0])
    with replacing(written[1]) as file:
        # in ASCII, which can also tell of a file whose name holds bytes that are no text
        file.write((json.dumps(card.to_dict(photos=True), indent=2) + "\n").encode("ascii"))
    return written


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
    _add_landmarks(page, card)
    _add_confusions(page, card)
    _add_sure_mistakes(page, card)
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
    report, intervals = card.report, card.bootstrap
    rows = [
        ("accuracy", report.accuracy, intervals["accuracy"]),
        ("macro accuracy (every landmark counts the same)", report.macro_accuracy, intervals["macro_accuracy"]),
        ("the landmark is among the best 3", report.top_3, intervals["top_3"]),
        ("the landmark is among the best 5", report.top_5, intervals["top_5"]),
    ]
    page.add_section("Scores")
    page.add_table(
        [["", "share", "95 % interval"], *([name, _percent(value), range_text(span)] for name, value, span in rows)],
        caption=f"Intervals by bootstrap; that of the accuracy by Wilson's formula: {range_text(report.interval)} %.",
    )
    page.add_table(_answer_table(card), caption="What becomes of the photos")
    if card.distances:
        _add_distances(page, card)


def _answer_table(card: Scorecard) -> list[list[str]]:
    answering = card.answering
    n_wrong = answering.n_answered - answering.n_right
    counts = [
        ("the right place", answering.n_right),
        ("a wrong place", n_wrong),
        (f"no place: less than {_percent(card.threshold)} sure", answering.n_photos - answering.n_answered),
    ]
    rows = [[name, f"{count:,}", _percent(count / answering.n_photos)] for name, count in counts]
    return [["answer", "photos", "share"], *rows]


def _add_distances(page: Page, card: Scorecard) -> None:
    distances = card.distances
    assert distances is not None
    heading = ["", *(f"within {limit:g} km" for limit in distances.limits_km)]
    rows = [[f"best candidates, {distances.n_photos:,} photos", *map(_percent, distances.best_candidates)]]
    if distances.answered:
        rows.append([f"places given, {distances.n_answered:,} photos", *map(_percent, distances.answered)])
    caption = "How far the place of the answer lies from that of the landmark shown"
    if distances.n_without_place:
        caption += f"; without {count_text(distances.n_without_place, 'photo')} of landmarks that have no place"
    page.add_table([heading, *rows], caption=caption)


def _add_difference(page: Page, difference: ModelDifference) -> None:
    page.add_section(f"Against {difference.against}")
    page.add_table(
        [
            ["", difference.model, difference.against, "difference", "95 % interval", "by chance?"],
            *(
                [
                    measure.measure,
                    _percent(measure.ours),
                    _percent(measure.theirs),
                    points_text(measure.difference),
                    " to ".join(map(points_text, measure.interval)),
                    difference_remark(measure),
                ]
                for measure in difference.measures
            ),
        ],
        caption=f"The same {count_text(difference.n_photos, 'photo')}; intervals by paired bootstrap, p by McNemar's "
        "exact test over the photos on which one of the two alone is so",
    )
    shown = {
        f"Right with {name} alone: {count_text(len(photos), 'photo')}": photos[:_PHOTOS_SHOWN]
        for name, photos in ((difference.model, difference.only_ours), (difference.against, difference.only_theirs))
        if photos
    }
    page.add_photos(shown)


def _add_landmarks(page: Page, card: Scorecard) -> None:
    mostly: dict[str, str] = {}
    for confusion in card.report.confusions:  # the most frequent first
        mostly.setdefault(confusion.landmark, f"{confusion.taken_for} ({confusion.n_photos})")
    page.add_section("Landmarks, the worst first")
    page.add_table(
        [
            _LANDMARK_COLUMNS,
            *(
                [
                    one.landmark,
                    mostly.get(one.landmark, ""),
                    f"{one.n_photos:,}",
                    _percent(one.n_correct / one.n_photos),
                    range_text(one.interval or (0, 1)),
                    f"{one.n_right_places:,}",
                    f"{one.n_wrong_places:,}",
                    f"{one.n_photos - one.n_right_places - one.n_wrong_places:,}",
                    f"{one.n_named_wrongly:,}",
                ]
                for one in card.worst_landmarks
            ),
        ],
        caption="Named wrongly: photos of something else that got this landmark's place",
    )


def _add_confusions(page: Page, card: Scorecard) -> None:
    if not card.report.confusions:
        return
    names = [one.landmark for one in card.landmarks]
    index_of = {name: index for index, name in enumerate(names)}
    page.add_section("What is taken for what")
    photos = {}
    for pair in card.report.confusions[:_PAIRS_SHOWN]:
        chosen = (card.scored.labels == index_of[pair.landmark]) & (card.scored.best == index_of[pair.taken_for])
        label = f"{pair.landmark} taken for {pair.taken_for}: {count_text(pair.n_photos, 'photo')}"
        photos[label] = _surest(card.scored, chosen, _PHOTOS_PER_PAIR)
    if len(card.report.confusions) > _PAIRS_SHOWN:
        page.add_text(f"The {_PAIRS_SHOWN} most frequent of {len(card.report.confusions)} pairs.")
    page.add_photos(photos)


def _add_sure_mistakes(page: Page, card: Scorecard) -> None:
    wrong = card.scored.answered & ~card.scored.correct
    if not wrong.any():
        return
    page.add_section("Wrong places given")
    page.add_text("The surest first. Where the model is this sure, look at the photo: its folder may be the wrong one.")
    names = [one.landmark for one in card.landmarks]
    page.add_photos(_labelled(card.scored, wrong, names))


def _add_confidence(page: Page, card: Scorecard) -> None:
    page.add_section("Confidence")
    page.add_chart(reliability_chart(card.reliability), caption="Above the line it is right more often than it says")
    page.add_text(
        f"Calibration error: {_percent(card.reliability.error)}. {reliability_remark(card.reliability).capitalize()}. "
        "What chance gives is simulated: a model that is right exactly as often as it says, on as many photos."
    )
    page.add_table(_bin_table(card.reliability), caption="About equally many photos in each")
    curves = [("photos of its landmarks", card.risk_coverage)]
    if card.others:
        curves.append((f"with {count_text(card.others.n_photos, 'photo')} of anything else", card.others.risk_coverage))
    page.add_chart(risk_chart(curves, card.answering), caption="What is wrong, if only the surest answers are given")
    page.add_table(
        [
            ["at most so many wrong answers", *(f"answered, {name}" for name, _ in curves)],
            *([_percent(risk), *(_percent(curve.coverage_at(risk)) for _, curve in curves)] for risk in RISKS),
        ],
        caption="How many photos can be answered: "
        + "; ".join(f"mean risk over all coverages {_percent(curve.area)} ({name})" for name, curve in curves),
    )


def _bin_table(reliability: Reliability) -> list[list[str]]:
    rows = [
        [_percent(part.confidence), _percent(part.accuracy), range_text(part.interval), f"{part.n_photos:,}"]
        for part in reliability.bins
    ]
    return [["how sure", "right", "95 % interval", "photos"], *rows]


def _add_others(page: Page, card: Scorecard, others: OtherPhotos, scored: ScoredPhotos) -> None:
    page.add_section("Photos of anything else")
    page.add_table(
        [
            [f"{count_text(others.n_photos, 'photo')}", "value", "95 % interval"],
            ["get a place, all of them a false one", _percent(others.false_places),
             range_text(others.false_places_interval)],
            ["GAP (µAP) of the best candidates, mixed with the photos of landmarks", _percent(others.gap),
             range_text(others.gap_interval)],
            ["GAP of the places given: what is refused is no answer", _percent(others.gap_answered), ""],
            ["AUROC: how often a photo of a landmark is the surer one", _percent(others.auroc), ""],
            ["calibration error of both kinds together", _percent(others.reliability.error),
             f"{range_text(others.reliability.range)} if perfect"],
        ],
        caption="GAP: one ranking of all answers by confidence, by the definition of Google Landmarks v2",
    )  # fmt: skip
    if scored.answered.any():
        page.add_text("Those that got a place, the surest first:")
        page.add_photos(_labelled(scored, scored.answered, [one.landmark for one in card.landmarks]))


def _add_leaks(page: Page, card: Scorecard) -> None:
    page.add_section("Photos that it was trained on")
    if card.leaks is None:
        page.add_text("Not known: there is no train/ beside the test photos to compare with.")
        return
    if not card.leaks.photos:
        page.add_text("None: no test photo is byte for byte a training photo.")
        return
    page.add_text(
        f"{count_text(len(card.leaks.photos), 'test photo')} of {card.report.n_photos:,} may have been trained on. "
        "Of these it may remember the answer."
    )
    with_and_without = [("all test photos", card.report)]
    if card.leaks.without:
        with_and_without.append(("without them", card.leaks.without))
    page.add_table(
        [
            ["", "photos", "accuracy", "95 % interval", "macro accuracy", "95 % interval", "best 3", "best 5"],
            *(
                [name, f"{report.n_photos:,}", _percent(report.accuracy), range_text(report.interval),
                 _percent(report.macro_accuracy), range_text(report.macro_interval), _percent(report.top_3),
                 _percent(report.top_5)]
                for name, report in with_and_without
            ),
        ]
    )  # fmt: skip
    page.add_photos({f"{count_text(len(card.leaks.photos), 'photo')}": card.leaks.photos[:_PHOTOS_SHOWN]})


def _surest(scored: ScoredPhotos, chosen: NDArray[np.bool_], n_most: int) -> list[Path]:
    return [scored.paths[index] for index in _by_confidence(scored, chosen)[:n_most]]


def _labelled(scored: ScoredPhotos, chosen: NDArray[np.bool_], names: Sequence[str]) -> dict[str, list[Path]]:
    """The surest of the chosen photos, by what they were taken for and how surely."""
    groups: dict[str, list[Path]] = {}
    for index in _by_confidence(scored, chosen)[:_PHOTOS_SHOWN]:
        sure = f"{scored.confidence[index]:.0%}".replace("%", " %")
        shown, answer = scored.labels[index], names[scored.best[index]]
        label = answer if shown == NO_LANDMARK else f"{names[shown]} taken for {answer}"
        groups.setdefault(f"{label}, {sure} sure", []).append(scored.paths[index])
    return groups


def _by_confidence(scored: ScoredPhotos, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The indices of the chosen photos, the surest first."""
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(-scored.confidence[indices], kind="stable")]


def _percent(fraction: float) -> str:
    return percent_text(fraction).strip()
