"""Fits the OOD scorer on features of training and validation photos, and of negatives (photos of no landmark) if any.

Photos of unknown landmarks are not at hand, so they are simulated: a validation photo is one as soon as its own
landmark leaves the support set. The caller says which photos are training, validation and negatives.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landmark.metrics.logistic import fit_binary_logistic
from landmark.metrics.ood import BLOCK_ROWS, OodScorer, log_kernel_mean, squared_distances, unit_length

MAX_DIMS = 64  # of the subspace: there is one less than landmarks, and of hundreds the first separate nearly all
MAX_SUPPORT = 20_000  # training photos, 2.5 MB in so many dimensions: of more, evenly many of each landmark
# A validation photo's distance to its k-th nearest neighbour in the support set is what counts as near; k is at most
# half of the photos of an ordinary landmark, or those of other landmarks would be among them and near be everywhere.
K_NEAREST = 20
BANDWIDTH = 0.165  # of that distance squared; a larger one favours landmarks with many photos, a smaller one blurs less
# How many photos of unknown landmarks, and how many negatives, an album holds to each of a known landmark. The more,
# the less a doubt between two known landmarks counts beside the doubt whether it is any of them.
UNKNOWN_PRIOR = 3.0
NEGATIVE_PRIOR = 2.0
# Without negatives: the ViM score at which a landmark and a negative are as likely, and how fast that turns, in
# standard deviations of validation photos. With three networks and 3 to 322 photos a landmark, half of 400
# negatives lay more than 2.4 to 2.8 below the median of validation photos, and 19 of 20 more than 1.7 to 2.0.
DEFAULT_TURN, DEFAULT_WEIGHT = -1.7, 4.0
PRIOR_SPREAD, PRIOR_PHOTOS = 0.3, 10  # of the ViM score; it counts like so many validation photos, for few say little
N_FOLDS = 5
RIDGE = 0.6  # of the mean square of a feature: 200 negatives do not determine a thousand weights
L2_STRENGTH = 1e-3  # of the few weights: only so much that separable photos do not make them endless

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Fitted(NamedTuple):
    """The scorer, and the log-odds of the photos that fitted it, each judged by weights that it did not fit."""

    scorer: OodScorer
    valid: Floats  # (N,)
    negatives: Floats  # (M,), empty where there were none


def fit_ood_scorer(
    train: NDArray[np.float32],
    train_labels: Labels,
    valid: NDArray[np.float32],
    valid_labels: Labels,
    negatives: NDArray[np.float32] | None = None,
) -> Fitted:
    """Fit the OOD scorer on features (N, D) of training and validation photos, and of negatives, if there are any.

    The support set are training photos. The weights come from validation photos, which the network did not memorise;
    the probe's score of each is that of a probe fitted on other photos (5-fold). Without negatives, such are assumed as
    lie as far outside the subspace as negatives usually do.
    """
    train_units, valid_units = unit_length(train), unit_length(valid)
    support = select_support(train_labels)
    scorer = _fit_density(train_units, train_labels, support, valid_units)
    density = scorer.log_density(valid)
    # A simulated unknown landmark has nothing in the support set. Of one landmark alone, nothing can be simulated.
    hidden = valid_labels[:, None] == train_labels[support]
    simulated = log_kernel_mean(scorer.project(valid_units), scorer.support_set, float(scorer.bandwidth), hidden)
    unknown = (density if hidden.all() else simulated)[:, None]
    scorer = replace(scorer, unknown_weights=_fit_weights(density[:, None], unknown, UNKNOWN_PRIOR))
    if negatives is None:
        scorer = replace(scorer, negative_weights=_default_negative_weights(scorer.vim_score(valid)))
        return Fitted(scorer, scorer.known_logits(valid), np.empty(0))

    some_train = train_units[:: max(1, len(train_units) // (2 * len(valid)))]  # validation photos alone are too few
    negative_units = unit_length(negatives)
    probe_scores = _cross_validated_probe(valid_units, negative_units, some_train)
    of_valid = density, scorer.vim_score(valid), probe_scores[0]
    of_negatives = scorer.log_density(negatives), scorer.vim_score(negatives), probe_scores[1]
    weights = _fit_weights(np.column_stack(of_valid), np.column_stack(of_negatives), NEGATIVE_PRIOR)
    probe = _fit_probe(np.concatenate([valid_units, some_train]), negative_units).astype(np.float32)
    scorer = replace(scorer, probe=probe, negative_weights=weights)
    return Fitted(scorer, scorer.combine(*of_valid), scorer.combine(*of_negatives))


def select_support(labels: Labels) -> NDArray[np.int64]:
    """Return which photos make the support set: all, or where they are too many, the first, evenly many a landmark.

    >>> select_support(np.array([0, 0, 1])).tolist()
    [0, 1, 2]
    """
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], labels[order])
    rank = np.empty(len(labels), np.int64)
    rank[order] = np.arange(len(labels)) - starts  # the how manieth of its landmark's photos it is
    return np.sort(np.argsort(rank, kind="stable")[:MAX_SUPPORT])


def _fit_density(units: Floats, labels: Labels, support: NDArray[np.int64], valid_units: Floats) -> OodScorer:
    """Fit all but the weights: the subspace, the support set in it, and the bandwidth of its kernel."""
    dim = units.shape[1]
    means = np.stack([units[labels == index].mean(axis=0) for index in np.unique(labels)])
    centroid = means.mean(axis=0)
    _, lengths, directions = np.linalg.svd(means - centroid, full_matrices=False)
    subspace = directions[: min(MAX_DIMS, int((lengths > 1e-6).sum()))].T
    support_set = (units[support] - centroid) @ subspace
    arrays = (centroid, subspace, support_set, np.array(1.0), np.zeros(dim + 1), np.zeros(2), np.zeros(4))
    scorer = OodScorer(*(np.asarray(array, np.float32) for array in arrays))
    k = min(K_NEAREST, max(1, int(np.median(np.unique(labels[support], return_counts=True)[1])) // 2))
    points, known = scorer.project(valid_units), scorer.support_set.astype(np.float64)
    blocks = (points[start : start + BLOCK_ROWS] for start in range(0, len(points), BLOCK_ROWS))
    nearest = [np.partition(squared_distances(block, known), k - 1, axis=1)[:, k - 1] for block in blocks]
    bandwidth = BANDWIDTH * np.median(np.concatenate(nearest))
    return replace(scorer, bandwidth=np.array(max(bandwidth, 1e-6), np.float32))


def _default_negative_weights(vim_scores: Floats) -> NDArray[np.float32]:
    """Return the weights against negatives by the ViM scores of validation photos (N,) alone: (3 + 1,)."""
    n_photos = len(vim_scores)
    variance = (n_photos * vim_scores.var() + PRIOR_PHOTOS * PRIOR_SPREAD**2) / (n_photos + PRIOR_PHOTOS)
    weight = DEFAULT_WEIGHT / float(np.sqrt(variance))
    turn = DEFAULT_TURN - 0.5 / np.sqrt(n_photos)  # the median of so few photos is off itself
    bias = -weight * np.median(vim_scores) - DEFAULT_WEIGHT * turn - np.log(NEGATIVE_PRIOR)
    return np.array([0.0, weight, 0.0, bias], np.float32)


def _cross_validated_probe(valid: Floats, negatives: Floats, some_train: Floats) -> tuple[Floats, Floats]:
    """Return the probe's scores of validation photos and of negatives, each by a probe that was fitted on the rest."""
    found = np.empty(len(valid)), np.empty(len(negatives))
    for fold in range(N_FOLDS):
        held_out = [np.arange(len(rows)) % N_FOLDS == fold for rows in (valid, negatives)]
        probe = _fit_probe(np.concatenate([valid[~held_out[0]], some_train]), negatives[~held_out[1]])
        for scores, photos, mask in zip(found, (valid, negatives), held_out, strict=True):
            scores[mask] = photos[mask] @ probe[:-1] + probe[-1]
    return found


def _fit_probe(known: Floats, negatives: Floats) -> Floats:
    """Fit ridge regression on 1 and -1, both classes weighing the same: weights and bias (D + 1,)."""
    rows = np.column_stack([np.concatenate([known, negatives]), np.ones(len(known) + len(negatives))])
    target = np.concatenate([np.ones(len(known)), -np.ones(len(negatives))])
    weighted = rows * _balanced(len(known), len(negatives))[:, None]
    square = weighted.T @ rows
    inner = np.arange(len(square) - 1)
    square[inner, inner] += RIDGE * np.trace(square[:-1, :-1]) / len(inner)
    return np.asarray(np.linalg.solve(square, weighted.T @ target))


def _fit_weights(known: Floats, unlike: Floats, prior: float) -> NDArray[np.float32]:
    """Fit logistic regression on scores (N, S), (M, S) -> (S + 1,), bias last; `prior` times as many are unlike."""
    rows = np.concatenate([known, unlike])
    mean, deviation = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    rows = np.column_stack([(rows - mean) / deviation, np.ones(len(rows))])
    truth, weights = np.repeat([1.0, 0.0], [len(known), len(unlike)]), _balanced(len(known), len(unlike))
    l2_strength = np.append(np.full(rows.shape[1] - 1, L2_STRENGTH), 1e-9)
    found = fit_binary_logistic(rows, truth, weights, l2_strength, np.zeros(len(l2_strength)))
    bias = found[-1] - (found[:-1] * mean / deviation).sum() - np.log(prior)
    return np.append(found[:-1] / deviation, bias).astype(np.float32)


def _balanced(n_known: int, n_negatives: int) -> Floats:
    return np.repeat([0.5 / n_known, 0.5 / n_negatives], [n_known, n_negatives])
