"""Fits what tells known landmarks from everything else: from features of training and validation photos and of others.

Photos of unknown landmarks are not at hand, so they are imagined: a validation photo is one as soon as its own landmark
is taken away. Which photos are training, validation or anything else is the caller's; what is fitted, `familiarity`'s.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landmark.calibration.familiarity import Familiarity, as_nearness, unit_length
from landmark.calibration.logistic import fit_two_kinds

N_AXES = 256  # of 1,280 directions: as good as all of them, at a fifth of the size
FOLDS = 5
RIDGE = 0.6  # of the mean square of a feature: 200 photos of anything else do not fix a thousand weights
PULL = 1e-3  # towards 0, of the few weights: only so much that separable photos do not make them endless

Floats = NDArray[np.float64]


class Fitted(NamedTuple):
    """What was fitted, and the log-odds that it gives the photos that made it, each judged by weights of others."""

    familiarity: Familiarity
    valid: Floats  # (N,)
    others: Floats  # (M,), empty where there were none


def fit_familiarity(
    train: NDArray[np.float32],
    train_labels: NDArray[np.int64],
    valid: NDArray[np.float32],
    valid_labels: NDArray[np.int64],
    others: NDArray[np.float32] | None = None,
) -> Fitted:
    """The familiarity of features (N, D) of training and validation photos, and of photos of anything else, if any.

    The centres are those of the training photos. The weights come from validation photos, which the network did not
    learn by heart; each photo's likeness is judged by weights that other photos made (5-fold).
    """
    n_classes, dim = int(train_labels.max()) + 1, train.shape[1]
    units = unit_length(train)
    centres = np.stack([_mean(units[train_labels == index], dim) for index in range(n_classes)])
    axes, spreads, rest = _main_axes(units - centres[train_labels])
    arrays = (centres, axes, spreads, rest, np.zeros(dim + 1), np.zeros(2), np.zeros(3))
    blank = Familiarity(*(np.asarray(array, np.float32) for array in arrays))
    distances = blank.distances(valid)
    imagined = distances.copy()
    imagined[np.arange(len(imagined)), valid_labels] = np.inf
    known = as_nearness(distances)
    nearest_other = as_nearness(imagined)[:, None] if n_classes > 1 else known[:, None]  # of one alone, nothing is told
    against_landmarks = _logistic(known[:, None], nearest_other)
    if others is None:
        found = replace(blank, against_landmarks=against_landmarks)
        return Fitted(found, found.known_logits(valid), np.empty(0))

    some_train = units[:: max(1, len(units) // (2 * len(valid)))]  # without them validation photos are too few
    mine, alien = unit_length(valid), unit_length(others)
    likeness = np.empty(len(mine)), np.empty(len(alien))
    for fold in range(FOLDS):
        judged = [np.arange(len(rows)) % FOLDS == fold for rows in (mine, alien)]
        direction = _direction(np.concatenate([mine[~judged[0]], some_train]), alien[~judged[1]])
        for row, photos, mask in zip(likeness, (mine, alien), judged, strict=True):
            row[mask] = photos[mask] @ direction[:-1] + direction[-1]
    alien_nearness = blank.nearness(others)
    against_others = _logistic(np.column_stack([known, likeness[0]]), np.column_stack([alien_nearness, likeness[1]]))
    other = _direction(np.concatenate([mine, some_train]), alien).astype(np.float32)
    found = replace(blank, other=other, against_landmarks=against_landmarks, against_others=against_others)
    return Fitted(found, found.weigh(known, likeness[0]), found.weigh(alien_nearness, likeness[1]))


def _mean(rows: Floats, dim: int) -> Floats:
    return np.asarray(rows.mean(axis=0)) if len(rows) else np.zeros(dim)


def _main_axes(differences: Floats) -> tuple[Floats, Floats, float]:
    """The axes of most variance (D, K), their variances above the rest's (K,), and the rest's."""
    values, vectors = np.linalg.eigh(differences.T @ differences / len(differences))
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    n_axes = min(N_AXES, len(values) - 1, len(differences) - 1)
    rest = max(float(values[n_axes:].mean()), 1e-9)
    return vectors[:, :n_axes], np.asarray(values[:n_axes]), rest


def _direction(known: Floats, others: Floats) -> Floats:
    """Ridge regression on 1 and -1, both kinds weighing the same: weights and bias (D + 1,), high for known photos."""
    rows = np.column_stack([np.concatenate([known, others]), np.ones(len(known) + len(others))])
    target = np.concatenate([np.ones(len(known)), -np.ones(len(others))])
    weighted = rows * _balance(len(known), len(others))[:, None]
    square = weighted.T @ rows
    inner = np.arange(len(square) - 1)
    square[inner, inner] += RIDGE * np.trace(square[:-1, :-1]) / len(inner)
    return np.asarray(np.linalg.solve(square, weighted.T @ target))


def _logistic(known: Floats, others: Floats) -> NDArray[np.float32]:
    """Logistic regression, both kinds weighing the same: (N, S), (M, S) -> (S + 1,), bias last."""
    rows = np.concatenate([known, others])
    middle, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    rows = np.column_stack([(rows - middle) / spread, np.ones(len(rows))])
    truth, weights = np.repeat([1.0, 0.0], [len(known), len(others)]), _balance(len(known), len(others))
    pull = np.append(np.full(rows.shape[1] - 1, PULL), 1e-9)
    found = fit_two_kinds(rows, truth, weights, pull, np.zeros(len(pull)))
    return np.append(found[:-1] / spread, found[-1] - (found[:-1] * middle / spread).sum()).astype(np.float32)


def _balance(n_known: int, n_others: int) -> Floats:
    return np.repeat([0.5 / n_known, 0.5 / n_others], [n_known, n_others])
