"""What `landmark.json` says of a trained model: what it knows, how photos are prepared for it, how far to trust it.

The manifest is checked here and becomes a `Bundle`; `folder` finds, reads and writes the folder.
"""

import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landmark.core.deprecation import renamed
from landmark.core.digests import sha256_bytes, sha256_file
from landmark.core.directories import PACKAGE_DATA
from landmark.core.errors import BundleError, LandmarkError
from landmark.geo.place import Place
from landmark.metrics.calibration import Calibration
from landmark.metrics.ood import OodScorer
from landmark.photo.preprocessing import Preprocessing

SCHEMA_VERSION = 3  # 2: confidences may need familiarity.npz; 3: which holds examples instead of a covariance
MANIFEST = "landmark.json"
NETWORK = "model.onnx"
WEIGHTS = "weights.safetensors"
WEIGHTS_PACKAGE = "landmark_weights"  # holds those of the model that ships
OOD_FILE = "familiarity.npz"
README = "README.md"  # the model card: in no list of files, for it may be edited

COPY_AGAIN = "Copy the whole folder again, or write it again with: landmark export"
_WEIGHTS_OF_CHECKOUT = PACKAGE_DATA.parents[1] / "weights" / WEIGHTS_PACKAGE
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
    """A trained model, on disk or not written yet. `categories`, `places` and the network's outputs share one order."""

    path: Path
    manifest: dict[str, Any]  # the whole of landmark.json
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
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # of files that are not on disk yet

    @property
    def n_classes(self) -> int:
        """Return how many landmarks the network tells apart."""
        return len(self.categories)

    @property
    def feature_dim(self) -> int:
        """Return the length of the feature vector that the network gives for a photo."""
        return int(self.architecture["feature_dim"])

    @property
    def network_path(self) -> Path:
        """Return the path of the ONNX file."""
        return self.path / NETWORK

    @cached_property
    def ood_scorer(self) -> OodScorer | None:
        """Return what tells known landmarks from everything else; None in a bundle that was calibrated without.

        Raises `BundleError` when its file was changed or does not fit.
        """
        if OOD_FILE not in self.files:
            return None
        content = self.contents.get(OOD_FILE)
        if content is None:
            content = check_file(self.path, OOD_FILE, self.files[OOD_FILE]).read_bytes()
        return OodScorer.from_bytes(content, feature_dim=self.feature_dim)

    familiarity = renamed("ood_scorer")

    def confidences(self, logits: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return calibrated confidences (N, C) of a network's logits (N, C) and features (N, D)."""
        known = self.ood_scorer.known_logits(features) if self.ood_scorer else None
        return self.calibration.confidences(logits, known)

    def weights_path(self) -> Path:
        """Return the weights to train on from, after comparing their SHA-256 with the manifest's.

        Those of the model that ships are in the package landmark-weights. Raises `BundleError` when the bundle has
        none, they are not installed, or they were changed.
        """
        if WEIGHTS not in self.files:
            raise BundleError(
                f"{self.path}: this bundle has no {WEIGHTS}, found {', '.join(sorted(self.files))}. "
                "It can answer, but training cannot start from it: take a bundle with weights."
            )
        path = self.locate_file(WEIGHTS)
        if not path.is_file():
            raise BundleError(
                f"{path}: not there. The model answers photos without, but training cannot start from it. Expected the "
                "file, or for the model that ships the package landmark-weights: pip install ./weights in a checkout."
            )
        return check_file(path.parent, path.name, self.files[WEIGHTS])

    def locate_file(self, name: str) -> Path:
        """Return where a file of the bundle is: in its folder, or weights perhaps in the package landmark-weights."""
        path = self.path / name
        if name != WEIGHTS or path.is_file():
            return path
        found = importlib.util.find_spec(WEIGHTS_PACKAGE)
        folders = [Path(folder) for folder in (found.submodule_search_locations or ()) if found] if found else []
        elsewhere = (folder / f"{self.name}.safetensors" for folder in (*folders, _WEIGHTS_OF_CHECKOUT))
        return next((file for file in elsewhere if file.is_file()), path)

    def changed(
        self, entries: Mapping[str, Any], contents: Mapping[str, bytes] | None = None, *, path: Path | None = None
    ) -> "Bundle":
        """Return the bundle with other entries of its manifest and other files, perhaps elsewhere; nothing is written.

        It is of the newest schema: what knew the old one may not read it. Raises `BundleError` as `parse_manifest`.
        """
        made = {**self.contents, **(contents or {})}
        if path:
            made = {
                name: file.read_bytes()
                for name in self.files
                if name not in made and (file := self.locate_file(name)).is_file()
            } | made
        files = self.files | {name: sha256_bytes(content) for name, content in made.items()}
        manifest = plain_json({**self.manifest, **entries, "schema_version": SCHEMA_VERSION, "files": files})
        return parse_manifest(path or self.path, manifest, made)

    def with_calibration(self, calibration: Calibration, ood_scorer: bytes, scores: Mapping[str, Any]) -> "Bundle":
        """Return the bundle with another calibration, not written yet.

        `ood_scorer` is what `OodScorer.to_bytes` gives; `scores` replace those of negatives, which were of another
        threshold.
        """
        kept = {name: score for name, score in self.scores.items() if name != "not_landmarks"}
        entries = {"calibration": calibration.to_dict(), "scores": {**kept, **scores}}
        return self.changed(entries, {OOD_FILE: ood_scorer})


def parse_manifest(folder: Path, manifest: dict[str, Any], contents: Mapping[str, bytes] | None = None) -> Bundle:
    """Check what `landmark.json` says and make it a `Bundle`; `folder` is where its files are or will be.

    `contents` are those of its files that are not on disk yet. Raises `BundleError` for a newer schema, missing keys,
    and values that do not fit together.
    """
    try:
        _check_schema(manifest)
        _check_landmarks(manifest)
        _check_files(manifest["files"])
        values = _read_values(manifest)
    except _Invalid as reason:
        raise BundleError(f"{folder / MANIFEST}: {reason}") from reason.__cause__
    texts = ("name", "version", "architecture", "scores", "training", "pretraining", "files")
    return Bundle(
        path=folder,
        manifest=manifest,
        categories=tuple(manifest["categories"]),
        contents=contents or {},
        **{key: manifest[key] for key in texts},
        **values,
    )


class _Invalid(Exception):  # noqa: N818 - it is caught here
    """Something in a manifest that is not as it should be."""

    def __init__(self, found: str, expected: str, todo: str = COPY_AGAIN) -> None:
        super().__init__(f"{found}. Expected {expected}. {todo}")


def _check_schema(manifest: dict[str, Any]) -> None:
    version = manifest.get("schema_version")
    if type(version) is not int or version < 1:
        raise _Invalid(f'"schema_version" is {version!r}', f"a number from 1 to {SCHEMA_VERSION}")
    if version > SCHEMA_VERSION:
        raise _Invalid(
            f"the bundle has schema version {version}",
            f"at most {SCHEMA_VERSION}, the newest that this version of landmark knows",
            "Update landmark, or use an older bundle",
        )
    if missing := [key for key in _KEYS if key not in manifest]:
        raise _Invalid(f"missing: {', '.join(missing)}", f"all of {', '.join(_KEYS)}")
    for key, kind in _KEYS.items():
        if not isinstance(manifest[key], kind):
            raise _Invalid(f'"{key}" is {shorten(manifest[key])}', _KINDS[kind])


def _check_landmarks(manifest: dict[str, Any]) -> None:
    categories, places, architecture = (manifest[key] for key in ("categories", "places", "architecture"))
    texts = all(isinstance(name, str) and name.strip() for name in categories)
    if not categories or not texts or len(set(categories)) < len(categories):
        raise _Invalid(f'"categories" is {shorten(categories)}', "the names of the landmarks, at least one, each once")
    if len(places) != len(categories):
        raise _Invalid(f"{len(places)} places for {len(categories)} categories", "one place, or null, per category")
    for key in ("n_classes", "feature_dim"):
        if type(architecture.get(key)) is not int or architecture[key] < 1:
            raise _Invalid(f'"architecture": "{key}" is {shorten(architecture.get(key))}', "a number from 1 up")
    if architecture["n_classes"] != len(categories):
        raise _Invalid(f"{architecture['n_classes']} classes for {len(categories)} categories", "equal numbers")


def _check_files(files: dict[str, Any]) -> None:
    """Refuse names that would lead out of the bundle's folder."""
    if NETWORK not in files:
        raise _Invalid(f'"files" lists {shorten(sorted(files))}', f"{NETWORK} among them")
    for name, digest in files.items():
        if name in ("", ".", "..", MANIFEST) or "/" in name or "\\" in name or "\0" in name:
            raise _Invalid(f'"files" lists {name!r}', f"plain names of files beside {MANIFEST}")
        if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
            raise _Invalid(f'"files": {name} has {shorten(digest)}', "its SHA-256, 64 hexadecimal digits")


def _read_values(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return preprocessing, calibration and places as the classes that they are."""
    readers: dict[str, Callable[[Any], Any]] = {
        "preprocessing": Preprocessing.from_dict,
        "calibration": Calibration.from_dict,
        "places": lambda places: tuple(None if place is None else Place.from_dict(place) for place in places),
    }
    values = {}
    for key, read in readers.items():
        try:
            values[key] = read(manifest[key])
        except (LandmarkError, TypeError, ValueError, AttributeError) as error:
            raise _Invalid(f'"{key}" cannot be used ({error})', "what export writes") from error
    return values


def plain_json(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest as it will be read back: lists for tuples, and nothing that JSON cannot say, such as NaN."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(manifest, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BundleError(
            f"The manifest cannot be written as JSON ({error}). Expected plain numbers, texts, lists."
        ) from error
    return plain


def check_file(folder: Path, name: str, expected: str) -> Path:
    """Return the path of a bundle's file, after comparing its SHA-256 with the manifest's.

    Raises `BundleError` when they differ or the file cannot be read.
    """
    path = folder / name
    try:
        found = sha256_file(path)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). {COPY_AGAIN}") from error
    if found != expected:
        raise BundleError(
            f"{path}: found SHA-256 {found[:12]}…, expected {expected[:12]}… as {MANIFEST} says. "
            f"The file was changed or copied only in part. {COPY_AGAIN}"
        )
    return path


def shorten(value: object) -> str:
    """Return a value for a sentence: as JSON, cut to one line's worth."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
