"""How well single signals of models tell photos of their own landmarks from photos of landmarks that they do not know.

    python benchmarks/unknown_landmarks.py ../shared/data/landmarks ../shared/data/few_shot BUNDLE [BUNDLE ...]

AUROC of validation photos (held out as `--valid-ratio` and `--seed` say, which must be those of the training) against
all photos under the second folder: the softmax of the best candidate; the energy and the largest of the logits (W. Liu
et al., 2020); probe_score to the five nearest training photos (Y. Sun et al., 2022); the density of training photos and
what lies outside of their directions as the bundles have them; the sum of softmax and density, each divided by its
spread. Then what is shipped, and what a logistic regression of all could reach if it were fitted to the very photos it
is judged on; the mean of what is shipped over the landmarks, each against the unknown ones; and who gets a place at
several `--false-places`, with the known photos of landmarks with few training photos apart. None of this chooses a
threshold or a weight of a model.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landmark.dataset.splits import split_data
from landmark.fitting.calibrate import SPLITS, score_labelled
from landmark.metrics.calibration import softmax
from landmark.metrics.calibration_fit import fit_temperature
from landmark.metrics.logistic import fit_binary_logistic
from landmark.metrics.ood import unit_length
from landmark.metrics.ranking import auroc
from landmark.model.predictor import Predictor
from landmark.model.scored_photo import Scores
from landmark.photo.discovery import find_photos

NEAREST = 5
FALSE_PLACES = (0.0, 0.005, 0.01, 0.02)
FEW = 100  # training photos
Signals = dict[str, NDArray[np.float64]]


def signals(predictor: Predictor, scores: Scores, trained: NDArray[np.float64], temperature: float) -> Signals:
    """What a model says of photos, a number each; high for its own landmarks."""
    logits, units = scores.logits.astype(np.float64), unit_length(scores.features)
    log_best = np.log(softmax(logits / temperature).max(axis=1))
    scorer = predictor.bundle.ood_scorer
    found = {
        "softmax": log_best,
        "energy": np.logaddexp.reduce(logits, axis=1),
        "largest logit": logits.max(axis=1),
        "nearest photos": np.sort(units @ trained.T, axis=1)[:, -NEAREST:].mean(axis=1),
    }
    if scorer is not None:
        found["density"] = scorer.log_density(scores.features)
        found["vim_score"] = scorer.vim_score(scores.features)
        found["as shipped"] = predictor.bundle.confidences(scores.logits, scores.features).max(axis=1)
    return found


def best_mixture(known: Signals, unknown: Signals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A logistic regression of all signals on the photos that it is then judged on: no honest figure, a bound."""
    rows = [np.column_stack([one for name, one in found.items() if name != "as shipped"]) for found in (known, unknown)]
    both = np.concatenate(rows)
    both = np.column_stack([(both - both.mean(axis=0)) / both.std(axis=0), np.ones(len(both))])
    truth, weights = np.repeat([1.0, 0.0], [len(row) for row in rows]), np.full(len(both), 1 / len(both))
    found = fit_binary_logistic(both, truth, weights, np.full(both.shape[1], 1e-4), np.zeros(both.shape[1]))
    fitted = both @ found
    return fitted[: len(rows[0])], fitted[len(rows[0]) :]


def places_given(
    predictor: Predictor, known: Signals, right: NDArray[np.bool_], has_few: NDArray[np.bool_], unknown: Signals
) -> Iterator[str]:
    """Who gets a place, a line of a table for each share of false places that a user may ask for."""
    yield (
        "| `--false-places` | known that get a place | of these the right one | known of landmarks with few photos | "
        "of these the right one | unknown that get one |"
    )
    yield "|---|---|---|---|---|---|"
    for share in FALSE_PLACES:
        threshold = predictor.bundle.calibration.threshold_for(share)
        answered, misled = known["as shipped"] >= threshold, unknown["as shipped"] >= threshold
        of_few = answered[has_few].mean(), right[has_few & answered].mean()
        figures = (share, answered.mean(), right[answered].mean(), *of_few, misled.mean())
        yield "".join(f"| {figure:.1%} " for figure in figures) + "|"


def main() -> None:
    """A table for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("unknown", type=Path, help="photos of landmarks that none of the models knows")
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--valid-ratio", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    split = split_data(arguments.data, valid_ratio=arguments.valid_ratio, seed=arguments.seed)
    strangers = find_photos(arguments.unknown).photos
    for path in arguments.bundles:
        predictor = Predictor.load(path)
        scored = (score_labelled(predictor, split.photos[part], part) for part in SPLITS)
        (train, trained_labels), (valid, labels) = scored
        trained, temperature = unit_length(train.features), fit_temperature(valid.logits, labels)
        known = signals(predictor, valid, trained, temperature)
        unknown = signals(predictor, predictor.scores(strangers), trained, temperature)
        if "density" in known:
            spreads = {name: known[name].std() for name in ("softmax", "density")}
            for of in (known, unknown):
                of["softmax + density"] = sum(of[name] / spread for name, spread in spreads.items())
        right = valid.logits.argmax(axis=1) == labels
        print(f"{path}: {right.mean():.1%} of {len(right)} validation photos right; {len(strangers)} others")
        for name in known:
            print(f"  {name:24} {auroc(known[name], unknown[name]):.3f}")
        print(f"  {'fitted to these photos':24} {auroc(*best_mixture(known, unknown)):.3f}")
        if predictor.bundle.calibration.negative_confidences and "as shipped" in known:
            of_each = [auroc(known["as shipped"][labels == one], unknown["as shipped"]) for one in np.unique(labels)]
            print(f"  {'as shipped, of each':24} {np.mean(of_each):.3f}")
            has_few = np.bincount(trained_labels)[labels] < FEW
            print("", *places_given(predictor, known, right, has_few, unknown), sep="\n  ")


if __name__ == "__main__":
    main()
