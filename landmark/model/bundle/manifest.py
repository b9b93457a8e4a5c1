"""What `landmark.json` says of a trained model: what it knows, how photos are prepared for it, how far to trust it.

The card is checked here and becomes a `Bundle`; finding, reading and writing its folder is `folder`'s.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.deprecation import renamed
from landmark.core.digests import sha256_file
from landmark.core.errors import BundleError, LandmarkError
from landmark.geo.place import Place
from landmark.metrics.calibration import Calibration
from landmark.metrics.ood import OodScorer
from landmark.photo.preprocessing import Preprocessing

SCHEMA_VERSION = 3  # 2: confidences may need familiarity.npz; 3: which holds examples instead of a covariance
CARD = "landmark.json"
NETWORK = "model.onnx"
WEIGHTS = "weights.safetensors"
OOD_FILE = "familiarity.npz"
README = "README.md"  # the card for people: in no list of files, for it may be edited

COPY_AGAIN = "Copy the whole folder again, or write it again with: landmark export"
_KEYS: dict[str, type] = {
    "name": str,
    "version": str,
    "architecture": dict,
    "categories": list,
    "places": list,
    "preprocessing": dict,
    "calibration": dict,
    "scores": dict,
    "training": dict,
    "pretraining": dict,
    "files": dict,
}
_KINDS: dict[type, str] = {str: "a text", dict: "an object", list: "a list"}


@dataclass(frozen=True, eq=False)
class Bundle:
    """A trained model on disk. `categories`, `places` and the network's outputs share one order."""

    path: Path
    name: str
    version: str
    architecture: dict[str, Any]  # backbone, n_classes, feature_dim and what the backbone needs to be built again
    categories: tuple[str, ...]
    places: tuple[Place | None, ...]  # None: a landmark whose place nobody told
    preprocessing: Preprocessing
    calibration: Calibration
    scores: dict[str, Any]
    training: dict[str, Any]
    pretraining: dict[str, Any]
    files: dict[str, str]  # name -> SHA-256

    @property
    def n_classes(self) -> int:
        """How many landmarks the network tells apart."""
        return len(self.categories)

    @property
    def feature_dim(self) -> int:
        """The length of the feature vector that the network gives for a photo."""
        return int(self.architecture["feature_dim"])

    @property
    def network_path(self) -> Path:
        """The ONNX file."""
        return self.path / NETWORK

    @cached_property
    def ood_scorer(self) -> OodScorer | None:
        """Return what tells known landmarks from everything else; None in a bundle that was calibrated without.

        Raises `BundleError` when its file was changed or does not fit.
        """
        if OOD_FILE not in self.files:
            return None
        path = check_file(self.path, OOD_FILE, self.files[OOD_FILE])
        return OodScorer.from_bytes(path.read_bytes(), feature_dim=self.feature_dim)

    familiarity = renamed("ood_scorer")

    def confidences(self, logits: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated confidences (N, C) of a network's logits (N, C) and features (N, D)."""
        known = self.ood_scorer.known_logits(features) if self.ood_scorer else None
        return self.calibration.confidences(logits, known)

    def weights_path(self) -> Path:
        """The weights to train on from, checked against the card at this moment: only training needs them.

        Raises `BundleError` when the bundle has none or they were changed.
        """
        if WEIGHTS not in self.files:
            raise BundleError(
                f"{self.path}: this bundle has no {WEIGHTS}, found {', '.join(sorted(self.files))}. "
                "It can answer, but training cannot start from it: take a bundle with weights."
            )
        return check_file(self.path, WEIGHTS, self.files[WEIGHTS])


def parse_card(folder: Path, card: dict[str, Any]) -> Bundle:
    """Check what `landmark.json` says and make it a `Bundle`; `folder` is where its files are or will be.

    Raises `BundleError` for a newer schema, missing keys, and values that do not fit together.
    """

    def refuse(found: str, expected: str, todo: str = COPY_AGAIN) -> BundleError:
        return BundleError(f"{folder / CARD}: {found}. Expected {expected}. {todo}")

    version = card.get("schema_version")
    if type(version) is not int or version < 1:
        raise refuse(f'"schema_version" is {version!r}', f"a number from 1 to {SCHEMA_VERSION}")
    if version > SCHEMA_VERSION:
        raise refuse(
            f"the bundle has schema version {version}",
            f"at most {SCHEMA_VERSION}, the newest that this version of landmark knows",
            "Update landmark, or use an older bundle",
        )
    missing = [key for key in _KEYS if key not in card]
    if missing:
        raise refuse(f"missing: {', '.join(missing)}", f"all of {', '.join(_KEYS)}")
    for key, kind in _KEYS.items():
        if not isinstance(card[key], kind):
            raise refuse(f'"{key}" is {shorten(card[key])}', _KINDS[kind])

    categories, places, architecture, files = (card[key] for key in ("categories", "places", "architecture", "files"))
    texts = all(isinstance(name, str) and name.strip() for name in categories)
    if not categories or not texts or len(set(categories)) < len(categories):
        raise refuse(f'"categories" is {shorten(categories)}', "the names of the landmarks, at least one, each once")
    if len(places) != len(categories):
        raise refuse(f"{len(places)} places for {len(categories)} categories", "one place, or null, per category")
    for key in ("n_classes", "feature_dim"):
        if type(architecture.get(key)) is not int or architecture[key] < 1:
            raise refuse(f'"architecture": "{key}" is {shorten(architecture.get(key))}', "a number from 1 up")
    if architecture["n_classes"] != len(categories):
        raise refuse(f"{architecture['n_classes']} classes for {len(categories)} categories", "equal numbers")
    if NETWORK not in files:
        raise refuse(f'"files" lists {shorten(sorted(files))}', f"{NETWORK} among them")
    for name, digest in files.items():
        # A card must not lead out of its folder.
        if name in ("", ".", "..", CARD) or "/" in name or "\\" in name or "\0" in name:
            raise refuse(f'"files" lists {name!r}', "plain names of files beside the card")
        if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise refuse(f'"files": {name} has {shorten(digest)}', "its SHA-256, 64 hexadecimal digits")

    try:
        key = "preprocessing"
        preprocessing = Preprocessing.from_dict(card[key])
        key = "calibration"
        calibration = Calibration.from_dict(card[key])
        key = "places"
        known_places = tuple(None if place is None else Place.from_dict(place) for place in places)
    except (LandmarkError, TypeError, ValueError, AttributeError) as error:
        raise refuse(f'"{key}" cannot be used ({error})', "what export writes") from error
    return Bundle(
        path=folder,
        name=card["name"],
        version=card["version"],
        architecture=architecture,
        categories=tuple(categories),
        places=known_places,
        preprocessing=preprocessing,
        calibration=calibration,
        scores=card["scores"],
        training=card["training"],
        pretraining=card["pretraining"],
        files=dict(files),
    )


def check_file(folder: Path, name: str, expected: str) -> Path:
    """The path of a bundle's file, after comparing its SHA-256 with the card's.

    Raises `BundleError` when they differ or the file cannot be read.
    """
    path = folder / name
    try:
        found = sha256_file(path)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). {COPY_AGAIN}") from error
    if found != expected:
        raise BundleError(
            f"{path}: found SHA-256 {found[:12]}…, expected {expected[:12]}… as {CARD} says. "
            f"The file was changed or copied only in part. {COPY_AGAIN}"
        )
    return path


def shorten(value: object) -> str:
    """A value for a sentence: as JSON, cut to one line's worth."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
