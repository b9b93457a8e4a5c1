"""What is wrong with a data set, as a value that prints well and serialises: broken photos, duplicates, leaks, labels.

Where `contents` reads headers, here every photo is decoded. `findings_page` shows the findings,
`cleaning` acts on them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.text import one_line
from landmark.dataset.inspection.contents import Inspection, inspect_data
from landmark.dataset.inspection.duplicates import DuplicateGroup, find_duplicates
from landmark.dataset.inspection.flaws import (
    ANIMATED,
    BLANK,
    FAULTS,
    NO_FAULTS,
    TOO_SMALL,
    TRUNCATED,
    UNREADABLE,
    Flaw,
    by_kind,
    wrong_extension,
)
from landmark.dataset.inspection.label_doubts import LabelDoubt, find_label_doubts
from landmark.dataset.inspection.photo_headers import PhotoHeader
from landmark.dataset.inspection.photo_scans import PhotoScan, scan_photos
from landmark.dataset.inspection.shortcuts import Bias, find_biases
from landmark.model.describer import photo_features
from landmark.model.predictor import Predictor
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules

MIN_SIDE_PX = 64  # of the short side; icons and previews are smaller
LABELS_UP_TO = 20_000  # photos whose labels are judged unasked: about five minutes on two cores
_SHOWN = 5  # of each sort, in the text


@dataclass(frozen=True)
class Examination:
    """What was found; each finding names its photos."""

    inspection: Inspection
    broken: tuple[Flaw, ...]  # by kind and path
    no_faults: tuple[Flaw, ...]  # odd, and used like any other photo
    duplicates: tuple[DuplicateGroup, ...]  # the largest groups first
    doubts: tuple[LabelDoubt, ...] | None = None  # the least believed label first; None where labels were not judged
    biases: tuple[Bias, ...] = ()  # landmarks with too few photos, and traits that predict them without a look

    @property
    def leaks(self) -> tuple[DuplicateGroup, ...]:
        """Return the duplicates that stand in several splits."""
        return tuple(group for group in self.duplicates if group.is_leak)

    @property
    def conflicts(self) -> tuple[DuplicateGroup, ...]:
        """Return the duplicates that stand under several landmarks."""
        return tuple(group for group in self.duplicates if group.is_conflict)

    @property
    def suspects(self) -> tuple[LabelDoubt, ...]:
        """Return the doubts that a person should look at before the photos are trained on."""
        return tuple(doubt for doubt in self.doubts or () if doubt.is_suspect)

    @property
    def is_faulty(self) -> bool:
        """Return whether photos are broken or leak between the splits: it should not be trained on as it is."""
        return bool(self.broken or self.leaks)

    def name_of(self, path: Path) -> str:
        """Return what a photo is called: its path as seen from the root."""
        root = self.inspection.root
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def to_dict(self, *, photos: bool = False) -> dict[str, Any]:
        """Return plain JSON values: the inspection's, and the findings; with `photos` also a row for each photo."""
        return {
            **self.inspection.to_dict(photos=photos),
            "n_leaks": len(self.leaks),
            "n_conflicting_labels": len(self.conflicts),
            "broken": [flaw.to_dict(self.name_of) for flaw in self.broken],
            "no_faults": [flaw.to_dict(self.name_of) for flaw in self.no_faults],
            "duplicates": [group.to_dict(self.name_of) for group in self.duplicates],
            "biases": [bias.to_dict(self.name_of) for bias in self.biases],
            "label_doubts": None if self.doubts is None else [doubt.to_dict(self.name_of) for doubt in self.doubts],
        }

    def __str__(self) -> str:
        lines = [str(self.inspection), ""]
        for heading, details in self.sections():
            lines += [heading, *(one_line(f"  {detail}") for detail in _first(details))]
        return "\n".join(lines)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the findings as headings, each with its details."""
        found = _counts(self.broken, FAULTS)
        yield f"Broken: {found or 'none'}", [str(flaw) for flaw in self.broken]
        if self.no_faults:
            yield f"Odd and no fault: {_counts(self.no_faults, NO_FAULTS)}", []
        extra = sum(len(group.photos) - 1 for group in self.duplicates)
        kinds = Counter(str(group.match) for group in self.duplicates)
        of_kinds = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
        yield (f"Duplicates: {len(self.duplicates):,} groups ({of_kinds}), {extra:,} photos more than different ones"
               if self.duplicates else "Duplicates: none"), []  # fmt: skip
        if len(self.inspection.splits) > 1:
            yield f"Leaks between the splits: {len(self.leaks) or 'none'}", self._named(self.leaks)
        yield f"Conflicting labels: {len(self.conflicts) or 'none'}", self._named(self.conflicts)
        if self.doubts is None:
            yield "Labels: not judged (--labels)", []
        else:
            some = f"{len(self.doubts):,}, of them {len(self.suspects):,} before training" if self.doubts else "none"
            named = [f"{self.name_of(doubt.photo.path)} {doubt.reason}" for doubt in self.doubts]
            yield f"Labels worth a look: {some}", named
        yield f"Balance and shortcuts: {len(self.biases) or 'none'}", [bias.text for bias in self.biases]

    def _named(self, groups: Sequence[DuplicateGroup]) -> list[str]:
        return [
            f"{' = '.join(self.name_of(photo.path) for photo in group.photos)}  ({group.match})" for group in groups
        ]


def examine_data(
    root: str | Path,
    *,
    labels: bool | None = None,
    predictor: Predictor | None = None,
    rules: IgnoreRules = DEFAULT_RULES,
) -> Examination:
    """Look at every photo of a data folder: is it whole, is it there more than once, does it show what its label says?

    Decodes thousands of photos a minute on each core, and remembers what it has seen: the same photos are not decoded
    again, nor after a stop. `labels` says whether to judge them, which takes features of every photo, by the model that
    ships or by another `predictor`, whatever its landmarks; the features also find duplicates that a hash does not.
    Unasked, it is done for up to 20,000 photos. Raises `DataError` as `inspect_data` does.

    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp()) / "0.Taj_Mahal"
    >>> folder.mkdir()
    >>> Image.radial_gradient("L").save(folder / "a.png")
    >>> Image.radial_gradient("L").save(folder / "b.bmp")
    >>> [group] = examine_data(folder.parent, labels=False).duplicates
    >>> str(group.match), len(group.photos)
    ('same pixels', 2)
    """
    inspection = inspect_data(root, with_leaks=False, rules=rules)
    photos = inspection.photos
    scans = list(scan_photos([photo.path for photo in photos]))
    broken = [*inspection.unreadable, *_faults(photos, scans)]
    ordered = sorted(broken, key=lambda flaw: (FAULTS.index(flaw.kind), str(flaw.path)))
    features = None
    if labels or (labels is None and len(photos) <= LABELS_UP_TO):
        digests = ["" if scan.error else scan.sha256 for scan in scans]
        features = photo_features([photo.path for photo in photos], digests, predictor or Predictor.load())
    duplicates = find_duplicates(photos, scans, features)
    doubts = None if features is None else find_label_doubts(photos, features, duplicates)
    biases = find_biases(photos, inspection.root)
    return Examination(inspection, tuple(ordered), tuple(_oddities(photos, scans)), duplicates, doubts, biases)


def _faults(photos: Sequence[PhotoHeader], scans: Sequence[PhotoScan]) -> Iterator[Flaw]:
    for photo, scan in zip(photos, scans, strict=True):
        path = photo.path
        if scan.error:
            yield Flaw(UNREADABLE, path, f"{path}: {scan.error}")
        elif scan.truncated:
            yield Flaw(TRUNCATED, path, f"{path}: {scan.truncated}. Expected a whole photo; copy or download it again.")
        elif min(photo.width_px, photo.height_px) < MIN_SIDE_PX:
            size = f"{photo.width_px:,} x {photo.height_px:,} px"
            yield Flaw(TOO_SMALL, path, f"{path}: {size}. Expected a short side of {MIN_SIDE_PX} px at least.")
        elif scan.perceptual_hash is None:
            yield Flaw(BLANK, path, f"{path}: one colour all over. Expected a photo.")


def _oddities(photos: Sequence[PhotoHeader], scans: Sequence[PhotoScan]) -> Iterator[Flaw]:
    for photo, scan in zip(photos, scans, strict=True):
        if flaw := wrong_extension(photo.path, photo.format):
            yield flaw
        if scan.animated:
            yield Flaw(ANIMATED, photo.path, f"{photo.path}: it moves; its first picture is what is used.")


def _counts(flaws: tuple[Flaw, ...], kinds: tuple[str, ...]) -> str:
    """Return how many flaws of each kind, such as "2 truncated, 1 blank"; empty where there are none."""
    return ", ".join(f"{len(of_kind):,} {kind}" for kind, of_kind in by_kind(flaws, kinds))


def _first(details: list[str]) -> list[str]:
    rest = len(details) - _SHOWN
    return [*details[:_SHOWN], f"and {rest:,} more"] if rest > 1 else details
