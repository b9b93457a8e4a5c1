"""OOD scorer: photos of unknown landmarks and negatives score below known ones by their features."""

import io
from dataclasses import replace

import numpy as np
import pytest

from landmark.core.errors import BundleError
from landmark.metrics import ood_fit
from landmark.metrics.ood import LOWEST_LOG_DENSITY, OodScorer, log_kernel_mean
from landmark.metrics.ood_fit import fit_ood_scorer
from landmark.metrics.ranking import auroc

N_CLASSES, DIM = 6, 40


def features(n_photos: int, seed: int, *, centres: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features around the centres of `N_CLASSES` landmarks; another number makes those of other landmarks."""
    middles = np.random.default_rng(centres).normal(0, 1, (N_CLASSES, DIM)) + 2
    random = np.random.default_rng(seed + 1000)
    labels = np.arange(n_photos) % N_CLASSES
    return (middles[labels] + random.normal(0, 0.6, (n_photos, DIM))).astype(np.float32), labels


def objects(n_photos: int, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(0, 1, (n_photos, DIM)) + 1).astype(np.float32)


@pytest.fixture(scope="module")
def scorer() -> OodScorer:
    (train, train_labels), (valid, valid_labels) = features(240, 1), features(120, 2)
    return fit_ood_scorer(train, train_labels, valid, valid_labels, objects(80, 3)).scorer


def test_known_landmarks_score_above_unknown_ones_and_negatives(scorer: OodScorer) -> None:
    known, others = features(120, 4)[0], features(120, 5, centres=7)[0]
    assert auroc(scorer.known_logits(known), scorer.known_logits(others)) > 0.95
    assert auroc(scorer.known_logits(known), scorer.known_logits(objects(100, 6))) > 0.95
    assert np.median(scorer.known_logits(known)) > 0 > np.median(scorer.known_logits(others))


@pytest.mark.parametrize("n_of_each", [3, 5, 40])
def test_however_few_photos_a_landmark_has_between_landmarks_is_not_near(n_of_each: int) -> None:
    """Were the twentieth example what counts as near, of five photos a landmark it would be one of another."""
    (train, train_labels), (valid, valid_labels) = features(6 * n_of_each, 1), features(60, 2)
    fitted = fit_ood_scorer(train, train_labels, valid, valid_labels).scorer
    known = features(120, 4)[0]
    between = (known[:-1] + known[1:]) / 2
    assert auroc(fitted.log_density(known), fitted.log_density(between)) > 0.99
    assert auroc(fitted.known_logits(known), fitted.known_logits(between)) > 0.9


def test_without_negatives_the_vim_score_finds_them() -> None:
    (train, train_labels), (valid, valid_labels) = features(240, 1), features(120, 2)
    fitted = fit_ood_scorer(train, train_labels, valid, valid_labels).scorer
    known, anything = features(120, 4)[0], objects(100, 6)
    assert not fitted.probe.any(), "none of them was at hand"
    assert auroc(fitted.known_logits(known), fitted.known_logits(anything)) > 0.95
    nearness = replace(fitted, negative_weights=np.zeros(4, np.float32))
    lost = nearness.known_logits(known) - fitted.known_logits(known)
    gained = nearness.known_logits(anything) - fitted.known_logits(anything)
    assert (lost >= 0).all() and np.median(gained) > 5 * np.median(lost)


def test_without_negatives_density_finds_unknown_landmarks() -> None:
    (train, train_labels), (valid, valid_labels) = features(240, 1), features(120, 2)
    fitted = fit_ood_scorer(train, train_labels, valid, valid_labels)
    others = features(120, 5, centres=7)[0]
    assert auroc(fitted.valid, fitted.scorer.known_logits(others)) > 0.95
    assert fitted.negatives.size == 0


def test_the_odds_are_those_of_an_album_with_many_unknown_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    data = *features(240, 1), *features(120, 2), objects(80, 3)
    usual = fit_ood_scorer(*data).valid
    for kind in ("UNKNOWN_PRIOR", "NEGATIVE_PRIOR"):
        monkeypatch.setattr(ood_fit, kind, 7 * getattr(ood_fit, kind))
    assert fit_ood_scorer(*data).valid == pytest.approx(usual - np.log(7), abs=1e-3)


def test_density_and_inwardness_by_hand(scorer: OodScorer) -> None:
    photos = features(7, 8)[0].astype(np.float64)
    units = photos / np.linalg.norm(photos, axis=1, keepdims=True) - scorer.centroid
    along = units @ scorer.subspace.astype(np.float64)
    kernels = [
        [np.exp(-((photo - example) ** 2).sum() / (2 * float(scorer.bandwidth))) for example in scorer.support_set]
        for photo in along
    ]
    assert scorer.log_density(photos) == pytest.approx(np.log(np.mean(kernels, axis=1)), rel=1e-5)
    outside = units - along @ scorer.subspace.T
    assert scorer.vim_score(photos) == pytest.approx(-np.log((outside**2).sum(axis=1)), rel=1e-5)


def test_the_axes_are_those_in_which_landmarks_differ(scorer: OodScorer) -> None:
    assert scorer.subspace.shape == (DIM, N_CLASSES - 1)
    train, labels = features(240, 1)
    units = train / np.linalg.norm(train, axis=1, keepdims=True)
    centres = np.stack([units[labels == index].mean(axis=0) for index in range(N_CLASSES)]) - scorer.centroid
    assert centres @ scorer.subspace @ scorer.subspace.T == pytest.approx(centres, abs=1e-5)


def test_many_photos_are_looked_at_in_pieces_and_examples_can_be_hidden() -> None:
    random = np.random.default_rng(0)
    points, examples = random.normal(size=(600, 3)), random.normal(size=(50, 3))
    hidden = random.random((600, 50)) < 0.5
    hidden[7] = True
    found = log_kernel_mean(points, examples, 0.5, hidden)
    alone = [log_kernel_mean(points[row : row + 1], examples, 0.5, hidden[row : row + 1])[0] for row in range(600)]
    assert found == pytest.approx(alone) and found[7] == LOWEST_LOG_DENSITY
    of_the_rest = log_kernel_mean(points, examples[~hidden[0]], 0.5)[0]
    assert of_the_rest + np.log((~hidden[0]).mean()) == pytest.approx(found[0])


def test_examples_are_bounded_and_as_many_of_each_landmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ood_fit, "MAX_SUPPORT", 30)
    monkeypatch.setattr(ood_fit, "MAX_DIMS", 3)
    (train, labels), (valid, valid_labels) = features(240, 1), features(120, 2)
    more = np.concatenate([train, train[labels == 0]]), np.concatenate([labels, labels[labels == 0]])
    found = fit_ood_scorer(*more, valid, valid_labels).scorer
    assert found.support_set.shape == (30, 3)
    kept = ood_fit.select_support(more[1])
    assert np.bincount(more[1][kept]).tolist() == [5] * N_CLASSES


def test_a_photo_is_judged_alone_as_in_a_batch_and_whatever_its_features_length(scorer: OodScorer) -> None:
    photos = features(20, 9)[0]
    together = scorer.known_logits(photos)
    assert [scorer.known_logits(3 * photo)[0] for photo in photos] == pytest.approx(together, abs=1e-6)


def test_it_survives_the_disk(scorer: OodScorer) -> None:
    read = OodScorer.from_bytes(scorer.to_bytes(), feature_dim=DIM)
    photos = features(30, 10)[0]
    assert read.known_logits(photos) == pytest.approx(scorer.known_logits(photos), abs=0.05)  # 16 bits


def test_what_is_damaged_or_another_models_is_refused(scorer: OodScorer) -> None:
    content = scorer.to_bytes()
    with pytest.raises(BundleError, match="Expected"):
        OodScorer.from_bytes(content, feature_dim=DIM + 1)
    with pytest.raises(BundleError, match="damaged"):
        OodScorer.from_bytes(content[: len(content) // 2], feature_dim=DIM)
    none = np.zeros((0, N_CLASSES - 1))
    for odd in (
        {"support_set": np.array(1.0)},
        {"support_set": none},
        {"bandwidth": np.array(0.0)},
        {"centroid": none},
    ):
        with pytest.raises(BundleError, match="Expected"):
            OodScorer.from_bytes(replace(scorer, **odd).to_bytes(), feature_dim=DIM)
    bomb = replace(scorer, support_set=np.zeros((12_000_000, N_CLASSES - 1), np.float16)).to_bytes()
    assert len(bomb) < 1_000_000
    with pytest.raises(BundleError, match="at most 100,000,000 expected"):
        OodScorer.from_bytes(bomb, feature_dim=DIM)
    pickled = io.BytesIO()
    np.savez(pickled, middle=np.array([print], dtype=object))  # would run code if it were believed
    with pytest.raises(BundleError, match="damaged"):
        OodScorer.from_bytes(pickled.getvalue(), feature_dim=DIM)


@pytest.mark.parametrize("n_classes", [1, 2])
def test_few_photos_are_enough_for_something(n_classes: int) -> None:
    photos = features(6, 11)[0]
    labels = np.arange(6) % n_classes
    fitted = fit_ood_scorer(photos, labels, photos[:2], labels[:2], objects(2, 12))
    assert np.isfinite(fitted.scorer.known_logits(photos)).all()


@pytest.mark.parametrize("n_valid", [1, 2, 4])
def test_a_handful_of_validation_photos_do_not_make_it_refuse_its_own(n_valid: int) -> None:
    """The spread of so few is mostly far too small, and their median off."""
    refused = []
    for seed in range(40):
        (train, train_labels), (valid, valid_labels) = features(18, seed), features(n_valid, seed + 500)
        fitted = fit_ood_scorer(train, train_labels, valid, valid_labels).scorer
        own = features(30, seed + 900)[0]
        rows = np.column_stack([fitted.log_density(own), fitted.vim_score(own), np.zeros(30), np.ones(30)])
        refused.append((rows @ fitted.negative_weights < 0).mean())
        back = OodScorer.from_bytes(fitted.to_bytes(), feature_dim=DIM)
        assert back.known_logits(valid) == pytest.approx(fitted.known_logits(valid), abs=0.1)
    assert np.mean(refused) < 0.1


def test_validation_photos_that_are_all_alike_are_no_knifes_edge() -> None:
    (train, train_labels), (valid, valid_labels) = features(60, 1), features(12, 2)
    fitted = fit_ood_scorer(train, train_labels, np.repeat(valid[:1], 12, axis=0), valid_labels).scorer
    assert 0 < fitted.negative_weights[1] < 50
