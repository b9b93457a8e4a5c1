"""Measures the model that ships and tells it in docs/evaluation.md: its tables, its two charts, docs/evaluation.json.

    python benchmarks/evaluation.py [--data ../shared/data/landmarks] [--not-landmarks ../shared/data/not_landmarks]

To be run again when another model ships. Of the photos of anything else the second half counts: on the first half the
refusal was fitted.
"""

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from landmark.core.files import atomic_write, write_json
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos
from landmark.scoring import score_bundle
from landmark.scoring.charts import reliability_figure, risk_figure
from landmark.scoring.negatives import Negatives
from landmark.scoring.scorecard import Scorecard
from landmark.scoring.text import scorecard_text

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?<=<!-- made by benchmarks/evaluation.py -->\n).*?(?=<!-- until here -->)", re.DOTALL)


def main() -> None:
    """Score, and write the three."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/landmarks")
    parser.add_argument("--not-landmarks", type=Path, default=ROOT.parent / "shared/data/not_landmarks")
    args = parser.parse_args()
    card, all_negatives = measure(args.data, args.not_landmarks)
    values = told(card, all_negatives)
    write_json(DOCS / "evaluation.json", values)
    draw(card)
    page = DOCS / "evaluation.md"
    with atomic_write(page) as file:
        file.write(BLOCK.sub(lambda _: tables(values), page.read_text(encoding="utf-8")).encode())
    print(scorecard_text(card))


def measure(data: Path, not_landmarks: Path) -> tuple[Scorecard, Negatives]:
    """The scorecard on the test photos and the second half of the negatives, and what all of them give."""
    card = score_bundle(Predictor.load(), data, not_landmarks=not_landmarks)
    photos = find_photos(not_landmarks).photos
    unseen = set(photos[len(photos) // 2 :])
    assert card.negatives is not None and card.scored_negatives is not None
    half = card.scored_negatives.select(np.array([path in unseen for path in card.scored_negatives.paths], dtype=bool))
    return replace(card, negatives=Negatives.of(card.scored, half), scored_negatives=half), card.negatives


def told(card: Scorecard, all_negatives: Negatives) -> dict[str, Any]:
    """What is kept in docs/evaluation.json: figures, no paths of photos."""
    values = card.to_dict()
    values["all_not_landmarks"] = {"n_photos": all_negatives.n_photos, "gap": all_negatives.gap,
                                   "gap_interval": list(all_negatives.gap_interval)}  # fmt: skip
    values["data"] = Path(card.data).name
    values["leaks"].pop("photos", None)
    for curve in (values["risk_coverage"], values["not_landmarks"]["risk_coverage_mixed"]):
        del curve["curve"]
    return values


def draw(card: Scorecard) -> None:
    """The charts, beside the other pictures of the documents."""
    for name, figure in (
        ("reliability", reliability_figure(card.reliability)),
        ("risk-coverage", risk_figure(card.risk_curves, card.answer_rate)),
    ):
        with atomic_write(DOCS / f"images/{name}.svg") as file:
            file.write(figure.to_image(format="svg"))


def tables(values: dict[str, Any]) -> str:
    """The figures as Markdown."""
    negatives, leaks, distances = values["not_landmarks"], values["leaks"], values["distances"]
    all_negatives = values["all_not_landmarks"]
    answered, calibration, risk = values["answered"], values["calibration"], values["risk_coverage"]
    without, bootstrap, mixed = leaks["without"], values["bootstrap_intervals"], negatives["calibration_mixed"]
    rows = [
        ["accuracy", share(values["accuracy"]), span(bootstrap["accuracy"])],
        ["macro accuracy", share(values["macro_accuracy"]), span(bootstrap["macro_accuracy"])],
        ["among the best 3", share(values["top_3"]), span(bootstrap["top_3"])],
        ["among the best 5", share(values["top_5"]), span(bootstrap["top_5"])],
        [f"accuracy without {leaks['n_photos']} photos that are also training photos", share(without["accuracy"]),
         span(without["interval"])],
        ["answered", share(answered["share"]), span(answered["interval"])],
        ["right among the answers", share(answered["precision"]), span(answered["precision_interval"])],
        *(
            [f"within {limit:g} km: best candidates; places given", f"{share(best)}; {share(given)}", ""]
            for limit, best, given in zip(
                distances["limits_km"], distances["best_candidates"], distances["answered"], strict=True
            )
        ),
        ["calibration error", share(calibration["error"]), f"by chance {span(calibration['range'])}"],
        *(
            [f"wrong among the most confident {100 * float(coverage):g} %", share(wrong), ""]
            for coverage, wrong in risk["risk_at_coverage"].items()
        ),
        *(
            [f"can be answered with {100 * float(wrong):g} % wrong", share(coverage), ""]
            for wrong, coverage in risk["coverage_at_risk"].items()
        ),
        [f"GAP with {negatives['n_photos']} photos of anything else", share(negatives["gap"]),
         span(negatives["gap_interval"])],
        ["GAP of the answers alone", share(negatives["gap_answered"]), ""],
        [f"GAP with all {all_negatives['n_photos']}, half of which fitted the threshold", share(all_negatives["gap"]),
         span(all_negatives["gap_interval"])],
        ["false-positive rate: photos of anything else that are given a place", share(negatives["false_places"]),
         span(negatives["false_places_interval"])],
        ["AUROC", share(negatives["auroc"]), ""],
        ["calibration error of both kinds together", share(mixed["error"]), f"by chance {span(mixed['range'])}"],
    ]  # fmt: skip
    heading = [f"{values['model']}, {values['n_photos']} test photos", "", "95 % interval"]
    lines = [heading, ["---"] * 3, *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"\n{table}\n\n{verdict(calibration)}\n\n"


def verdict(calibration: dict[str, Any]) -> str:
    beyond = "no more than" if calibration["by_chance"] else "more than"
    sure, right = share(calibration["mean_confidence"]), share(calibration["accuracy"])
    return (
        f"On photos of its landmarks alone it is **{calibration['verdict']}** (its calibration error is {beyond} "
        f"chance gives): a mean\nconfidence of {sure}, an accuracy of {right}."
    )


def share(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def span(interval: list[float]) -> str:
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


if __name__ == "__main__":
    main()
