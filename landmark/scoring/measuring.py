"""How well a bundle recognises the photos of a folder of landmarks, without PyTorch: `landmark test`.

Here the landmarks of a folder are matched with those of the bundle; `scorecard` does the measuring.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from landmark.core.errors import DataError
from landmark.dataset.folders import LandmarkFolder, read_folder
from landmark.dataset.split_folders import find_splits
from landmark.geo.countries import name_key
from landmark.model.bundle import Bundle
from landmark.model.predictor import Predictor
from landmark.photo.discovery import find_photos
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.scoring.difference import ModelDifference, compare_models
from landmark.scoring.leaks import find_leaks
from landmark.scoring.scorecard import Scorecard, make_scorecard, model_name
from landmark.scoring.scored_photos import NO_LANDMARK, ScoredPhotos, score_photos

logger = logging.getLogger(__name__)


def score_bundle(
    predictor: Predictor,
    data_folder: Path | str,
    *,
    not_landmarks: Path | str | None = None,
    against: Predictor | None = None,
    leaking: Iterable[Path] = (),
    rules: IgnoreRules = DEFAULT_RULES,
) -> Scorecard:
    """Locate every photo of a folder of landmarks and compare: its `test` folder where it has one, else itself.

    Landmarks are matched by name; case, accents, punctuation and numbers in front do not matter. Photos that cannot be
    read are left out and named in the report. Where `test` has `train` or `valid` beside it, test photos that are also
    among these, as the same file or a copy saved again, are reported, with the scores without them; `leaking` are
    further ones that the caller knows of.

    `not_landmarks` is a folder of photos of anything else, best of photos that the refusal was not fitted on. `against`
    is another model to be compared on the same photos. `rules` say which files and folders are left out; it is logged.

    A folder may lack landmarks of the bundle. Raises `DataError` when it has others, or none of the photos can be read.
    """
    data_folder = Path(data_folder)
    splits = find_splits(data_folder, rules).splits
    folder = read_folder(splits.get("test", data_folder), rules)
    if note := folder.ignored.note():
        logger.info(note)
    if against is not None:
        _match(folder, against.bundle)  # what does not fit fails before thousands of photos are read
    negative_paths = find_photos(not_landmarks, rules).photos if not_landmarks is not None else None
    if negative_paths is not None and not negative_paths:
        raise DataError(f"{not_landmarks}: no photos found. Expected photos of anything but the landmarks.")
    scored = _score_folder(predictor, folder)
    negatives = _score_negatives(predictor, negative_paths) if negative_paths else None
    return make_scorecard(
        predictor.bundle,
        str(folder.path),
        scored,
        negatives=negatives,
        leaking=_leaks(splits, folder, leaking, rules),
        difference=_difference(predictor.bundle, scored, negatives, against, folder) if against else None,
    )


def _score_folder(predictor: Predictor, folder: LandmarkFolder) -> ScoredPhotos:
    index_of = _match(folder, predictor.bundle)
    return score_photos(predictor, [photo.path for photo in folder.photos], [index_of[p.label] for p in folder.photos])


def _score_negatives(predictor: Predictor, paths: Sequence[Path]) -> ScoredPhotos:
    return score_photos(predictor, paths, [NO_LANDMARK] * len(paths), description="Scoring photos of anything else")


def _leaks(
    splits: Mapping[str, Path], folder: LandmarkFolder, known: Iterable[Path], rules: IgnoreRules
) -> frozenset[Path] | None:
    """Return the test photos that were trained on, as far as they can be found; None without training photos."""
    trained_on = [splits[split] for split in ("train", "valid") if split in splits and "test" in splits]
    known = {path.resolve() for path in known}  # whoever found them may have walked another way to the folder
    if not trained_on and not known:
        return None
    paths = [photo.path for photo in folder.photos]
    leaking = frozenset(path for path in paths if path.resolve() in known) if known else frozenset()
    return leaking | find_leaks(paths, trained_on, rules)


def _difference(
    bundle: Bundle, scored: ScoredPhotos, negatives: ScoredPhotos | None, against: Predictor, folder: LandmarkFolder
) -> ModelDifference:
    theirs = _score_folder(against, folder)
    both_negatives = (negatives, _score_negatives(against, negatives.paths)) if negatives else None
    return compare_models(_names(bundle, against.bundle), scored, theirs, both_negatives)


def _names(ours: Bundle, theirs: Bundle) -> tuple[str, str]:
    """Return what the models are called; with their folders, where that is the same."""
    names = model_name(ours), model_name(theirs)
    return names if names[0] != names[1] else (f"{names[0]} in {ours.path}", f"{names[1]} in {theirs.path}")


def _match(folder: LandmarkFolder, bundle: Bundle) -> list[int]:
    """Return for each category of the folder its index in the bundle."""
    in_bundle = {name_key(name): index for index, name in enumerate(bundle.categories)}
    unknown = [name for name in folder.categories if name_key(name) not in in_bundle]
    if unknown:
        in_folder = {name_key(name) for name in folder.categories}
        missing = [name for name in bundle.categories if name_key(name) not in in_folder]
        raise DataError(
            f"{folder.path} holds landmarks that the model {bundle.name} does not know: {', '.join(unknown)}. "
            f"Expected folders named after its landmarks; without a folder yet: {', '.join(missing) or 'none'}."
        )
    return [in_bundle[name_key(name)] for name in folder.categories]
