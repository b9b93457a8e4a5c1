"""Fits what tells known landmarks from everything else: from features of training and validation photos and of others.

Photos of unknown landmarks are not at hand, so they are imagined: a validation photo is one as soon as its own landmark
is taken away. Which photos are training, validation or anything else is the caller's; what is fitted, `familiarity`'s.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landmark.metrics.logistic import fit_two_kinds
from landmark.metrics.ood import ROWS, Familiarity, log_kernel_mean, squared_distances, unit_length

MAX_AXES = 64  # in which landmarks differ: there is one less than landmarks, and of hundreds the first tell nearly all
MAX_EXAMPLES = 20_000  # of training photos, 2.5 MB with so many axes: of more, evenly many of each landmark
NEIGHBOURS = 20  # a validation photo's distance to so manieth example is what counts as near; but no more than half of
# the photos of an ordinary landmark, or those of others would be among them, and near would be everywhere
WIDTH = 0.165  # of that distance squared; wider ones favour landmarks with many photos, narrower ones tell less
# How many photos an album holds of landmarks that the model does not know, and of anything else, to each of one that it
# knows. The more, the less a doubt between two of its own landmarks counts beside the one whether it is any of them.
OF_OTHER_LANDMARKS = 3.0
OF_ANYTHING_ELSE = 2.0
# Where no photos of anything else are at hand: from what inwardness on both are as likely, and how fast that turns, in
# deviations of validation photos. With three networks and 3 to 322 photos a landmark, half of 400 photos of anything
# else lay more than 2.4 to 2.8 below the median of validation photos, and all but one in twenty more than 1.7 to 2.0.
USUAL_INWARDNESS, USUAL_WEIGHT = -1.7, 4.0
USUAL_SPREAD, AS_GOOD_AS = 0.3, 10  # of inwardness; it counts like so many validation photos, for a few tell little
FOLDS = 5
RIDGE = 0.6  # of the mean square of a feature: 200 photos of anything else do not fix a thousand weights
PULL = 1e-3  # towards 0, of the few weights: only so much that separable photos do not make them endless

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Fitted(NamedTuple):
    """What was fitted, and the log-odds that it gives the photos that made it, each judged by weights of others."""

    familiarity: Familiarity
    valid: Floats  # (N,)
    others: Floats  # (M,), empty where there were none


def fit_familiarity(
    train: NDArray[np.float32],
    train_labels: Labels,
    valid: NDArray[np.float32],
    valid_labels: Labels,
    others: NDArray[np.float32] | None = None,
) -> Fitted:
    """The familiarity of features (N, D) of training and validation photos, and of photos of anything else, if any.

    The examples are training photos. The weights come from validation photos, which the network did not learn by heart;
    each photo's likeness is judged by weights that other photos made (5-fold). Without photos of anything else, those
    are held for such that lie as far outside the directions of landmarks as such photos usually do.
    """
    units, mine = unit_length(train), unit_length(valid)
    kept = _spread_out(train_labels)
    blank = _blank(units, train_labels, kept, mine)
    density = blank.log_density(valid)
    # A photo of an unknown landmark: one whose own landmark has no examples. Of one landmark alone, nothing is told.
    hidden = valid_labels[:, None] == train_labels[kept]
    imagined = log_kernel_mean(blank.along(mine), blank.examples, float(blank.width), hidden)
    strangers = (density if hidden.all() else imagined)[:, None]
    found = replace(blank, against_landmarks=_logistic(density[:, None], strangers, OF_OTHER_LANDMARKS))
    if others is None:
        found = replace(found, against_others=_usual_others(found.inwardness(valid)))
        return Fitted(found, found.known_logits(valid), np.empty(0))

    some_train = units[:: max(1, len(units) // (2 * len(valid)))]  # without them validation photos are too few
    alien = unit_length(others)
    likeness = _likeness_by_others(mine, alien, some_train)
    of_valid = density, blank.inwardness(valid), likeness[0]
    of_others = blank.log_density(others), blank.inwardness(others), likeness[1]
    against_others = _logistic(np.column_stack(of_valid), np.column_stack(of_others), OF_ANYTHING_ELSE)
    other = _direction(np.concatenate([mine, some_train]), alien).astype(np.float32)
    found = replace(found, other=other, against_others=against_others)
    return Fitted(found, found.weigh(*of_valid), found.weigh(*of_others))


def _blank(units: Floats, labels: Labels, kept: NDArray[np.int64], mine: Floats) -> Familiarity:
    """All but the weights: the axes, the examples along them, and how near is near for validation photos."""
    dim = units.shape[1]
    centres = np.stack([units[labels == index].mean(axis=0) for index in np.unique(labels)])
    middle = centres.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centres - middle, full_matrices=False)
    axes = directions[: min(MAX_AXES, int((lengths > 1e-6).sum()))].T
    arrays = (middle, axes, (units[kept] - middle) @ axes, np.array(1.0), np.zeros(dim + 1), np.zeros(2), np.zeros(4))
    found = Familiarity(*(np.asarray(array, np.float32) for array in arrays))
    near = min(NEIGHBOURS, max(1, int(np.median(np.unique(labels[kept], return_counts=True)[1])) // 2))
    width = WIDTH * np.median(_how_near(found.along(mine), found.examples.astype(np.float64), near))
    return replace(found, width=np.array(max(width, 1e-6), np.float32))


def _how_near(points: Floats, examples: Floats, near: int) -> Floats:
    """The squared distance from each point to its `near`-th example: (N, K), (M, K) -> (N,)."""
    pieces = (points[start : start + ROWS] for start in range(0, len(points), ROWS))
    return np.concatenate(
        [np.partition(squared_distances(piece, examples), near - 1, axis=1)[:, near - 1] for piece in pieces]
    )


def _usual_others(inwardness: Floats) -> NDArray[np.float32]:
    """The weights against anything else by the inwardness of validation photos (N,) alone: (3 + 1,)."""
    n_photos = len(inwardness)
    variance = (n_photos * inwardness.var() + AS_GOOD_AS * USUAL_SPREAD**2) / (n_photos + AS_GOOD_AS)
    weight = USUAL_WEIGHT / float(np.sqrt(variance))
    turns_at = USUAL_INWARDNESS - 0.5 / np.sqrt(n_photos)  # the median of so few photos is off itself
    bias = -weight * np.median(inwardness) - USUAL_WEIGHT * turns_at - np.log(OF_ANYTHING_ELSE)
    return np.array([0.0, weight, 0.0, bias], np.float32)


def _spread_out(labels: Labels) -> NDArray[np.int64]:
    """Which photos are examples: all, or where they are too many, the first of each landmark, evenly many."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels)) - starts  # which of its landmark's photos it is
    return np.sort(np.argsort(rank, kind="stable")[:MAX_EXAMPLES])


def _likeness_by_others(mine: Floats, alien: Floats, some_train: Floats) -> tuple[Floats, Floats]:
    """How little photos look like anything else, validation photos and those, each judged by what the rest made."""
    found = np.empty(len(mine)), np.empty(len(alien))
    for fold in range(FOLDS):
        judged = [np.arange(len(rows)) % FOLDS == fold for rows in (mine, alien)]
        direction = _direction(np.concatenate([mine[~judged[0]], some_train]), alien[~judged[1]])
        for row, photos, mask in zip(found, (mine, alien), judged, strict=True):
            row[mask] = photos[mask] @ direction[:-1] + direction[-1]
    return found


def _direction(known: Floats, others: Floats) -> Floats:
    """Ridge regression on 1 and -1, both kinds weighing the same: weights and bias (D + 1,), high for known photos."""
    rows = np.column_stack([np.concatenate([known, others]), np.ones(len(known) + len(others))])
    target = np.concatenate([np.ones(len(known)), -np.ones(len(others))])
    weighted = rows * _balance(len(known), len(others))[:, None]
    square = weighted.T @ rows
    inner = np.arange(len(square) - 1)
    square[inner, inner] += RIDGE * np.trace(square[:-1, :-1]) / len(inner)
    return np.asarray(np.linalg.solve(square, weighted.T @ target))


def _logistic(known: Floats, others: Floats, times: float) -> NDArray[np.float32]:
    """Logistic regression: (N, S), (M, S) -> (S + 1,), bias last. Of the others there are `times` as many."""
    rows = np.concatenate([known, others])
    middle, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    rows = np.column_stack([(rows - middle) / spread, np.ones(len(rows))])
    truth, weights = np.repeat([1.0, 0.0], [len(known), len(others)]), _balance(len(known), len(others))
    pull = np.append(np.full(rows.shape[1] - 1, PULL), 1e-9)
    found = fit_two_kinds(rows, truth, weights, pull, np.zeros(len(pull)))
    bias = found[-1] - (found[:-1] * middle / spread).sum() - np.log(times)
    return np.append(found[:-1] / spread, bias).astype(np.float32)


def _balance(n_known: int, n_others: int) -> Floats:
    return np.repeat([0.5 / n_known, 0.5 / n_others], [n_known, n_others])
