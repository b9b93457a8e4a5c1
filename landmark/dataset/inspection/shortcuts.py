"""What a model could learn instead of the landmarks, and what it cannot learn: shortcuts, and too few photos.

Where all photos of ten landmarks are squares of 128 px and no others are, the size predicts the landmark, in training
and in its test, and nowhere else. Only headers and names are looked at.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landmark.core.text import list_text, percent_text
from landmark.dataset.inspection.photo_headers import PhotoHeader

MIN_PHOTOS = {"train": 20, "all": 30, "valid": 5, "test": 5}  # of a landmark; a flat folder is split 60-20-20
MAX_IMBALANCE = 10  # the largest landmark to the smallest, in training
_MOST, _FEW = 2 / 3, 1 / 5  # of a landmark's photos have a trait, and of those of the other landmarks
_MIN_TO_COMPARE = 10  # photos of a landmark: of fewer, all are alike by chance
_MIN_GAIN = 0.1  # by which headers predict the landmark better than guessing the largest
_EXAMPLES = 3
_NAMED = 10  # landmarks in a sentence
_PROPORTIONS = {"1:1": 1, "5:4": 1.25, "4:3": 4 / 3, "3:2": 1.5, "16:9": 16 / 9, "2:1": 2.0}
_TOLERANCE = 0.03


@dataclass(frozen=True)
class Bias:
    """A way in which landmarks are not alike; `text` says it in a sentence, and the examples show it."""

    kind: str  # "few photos", "imbalance", "shortcut" or "headers tell"
    text: str
    landmarks: tuple[str, ...]
    examples: Mapping[str, tuple[Path, ...]]  # landmark -> some of its photos

    def to_dict(self, name_of: Callable[[Path], str]) -> dict[str, Any]:
        """Return plain JSON values; `name_of` turns a path into what it is called."""
        examples = {name: [name_of(path) for path in paths] for name, paths in self.examples.items()}
        return {"kind": self.kind, "text": self.text, "landmarks": list(self.landmarks), "examples": examples}


def find_biases(photos: Sequence[PhotoHeader], root: Path) -> tuple[Bias, ...]:
    """Find landmarks with too few photos, and traits that predict the landmark without a look at the photo.

    A trait (size, proportions, format, or source: the folder and the pattern of the name) is a shortcut when two thirds
    of the photos of some landmarks have it, at most half of all landmarks, and at most a fifth of the photos elsewhere.

    Example: `find_biases(inspection.photos, inspection.root)`.
    """
    by_landmark: defaultdict[str, list[PhotoHeader]] = defaultdict(list)
    for photo in photos:
        by_landmark[photo.landmark].append(photo)
    return (*_few_photos(by_landmark), *_imbalance(by_landmark), *_shortcuts(by_landmark, root),
            *_headers_tell(photos, root))  # fmt: skip


def _few_photos(by_landmark: Mapping[str, list[PhotoHeader]]) -> Iterator[Bias]:
    splits = dict.fromkeys(photo.split for photos in by_landmark.values() for photo in photos)
    for split in splits:
        of_split = {name: [photo for photo in photos if photo.split == split] for name, photos in by_landmark.items()}
        few = sorted((len(own), name) for name, own in of_split.items() if len(own) < MIN_PHOTOS[split])
        if few:
            names = tuple(name for _, name in few)
            listed = list_text([f"{name} ({n_photos})" for n_photos, name in few], _NAMED)
            text = f"Fewer than {MIN_PHOTOS[split]} photos in {split}: {listed}."
            yield Bias("few photos", text, names, _examples(of_split, names))


def _imbalance(by_landmark: Mapping[str, list[PhotoHeader]]) -> Iterator[Bias]:
    trained = {name: [photo for photo in photos if photo.split in ("train", "all")]
               for name, photos in by_landmark.items()}  # fmt: skip
    counts = sorted((len(photos), name) for name, photos in trained.items() if photos)
    if counts and counts[-1][0] > MAX_IMBALANCE * counts[0][0]:
        (least, smallest), (most, largest) = counts[0], counts[-1]
        text = f"{largest} has {most:,} photos to learn from, {smallest} has {least:,}. Weigh them, or look for more."
        yield Bias("imbalance", text, (smallest, largest), _examples(trained, (smallest, largest)))


def _shortcuts(by_landmark: Mapping[str, list[PhotoHeader]], root: Path) -> Iterator[Bias]:
    compared = {name: photos for name, photos in by_landmark.items() if len(photos) >= _MIN_TO_COMPARE}
    found: dict[tuple[str, ...], list[tuple[str, float, float]]] = {}
    for trait, trait_of in _TRAITS.items():
        counts = {name: Counter(trait_of(photo, root) for photo in photos) for name, photos in compared.items()}
        for value in dict.fromkeys(value for counter in counts.values() for value in counter):
            shares = {name: counter[value] / counter.total() for name, counter in counts.items()}
            marked = tuple(name for name, share in shares.items() if share >= _MOST)
            others = [shares[name] for name in shares if name not in marked]
            elsewhere = sum(others) / len(others) if others else 1.0
            if marked and len(marked) <= len(compared) / 2 and elsewhere <= _FEW:
                own = sum(shares[name] for name in marked) / len(marked)
                found.setdefault(marked, []).append((f"{trait} {value}", own, elsewhere))
    for marked, traits in found.items():
        what = ", ".join(name for name, _, _ in traits)
        own, elsewhere = min(own for _, own, _ in traits), max(other for _, _, other in traits)
        text = (
            f"{what}: {percent_text(own, 0)} of the photos of {', '.join(marked)}, and {percent_text(elsewhere, 0)} "
            "elsewhere. A model can learn that instead of the landmark."
        )
        yield Bias("shortcut", text, marked, _examples(compared, marked))


def _headers_tell(photos: Sequence[PhotoHeader], root: Path) -> Iterator[Bias]:
    """Yield a bias where a photo's landmark is mostly that of most others with its header and name."""
    known, asked = photos[::2], photos[1::2]
    counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for photo in known:
        counts[_key(photo, root)][photo.landmark] += 1
    overall = Counter(photo.landmark for photo in known)
    if not asked:
        return
    largest = overall.most_common(1)[0][0]
    guesses = [counts.get(_key(photo, root), overall).most_common(1)[0][0] for photo in asked]
    share_right = sum(guess == photo.landmark for guess, photo in zip(guesses, asked, strict=True)) / len(asked)
    guessed = sum(photo.landmark == largest for photo in asked) / len(asked)
    if len(overall) > 1 and share_right - guessed >= _MIN_GAIN:
        text = (
            f"Size, proportions, format and name alone predict the landmark of {percent_text(share_right, 0)} of the "
            f"photos; always saying {largest} is right for {percent_text(guessed, 0)}."
        )
        yield Bias("headers tell", text, (), {})


def _key(photo: PhotoHeader, root: Path) -> tuple[str, ...]:
    return tuple(trait_of(photo, root) for trait_of in _TRAITS.values())


def _examples(by_landmark: Mapping[str, list[PhotoHeader]], names: Sequence[str]) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(photo.path for photo in by_landmark[name][:_EXAMPLES]) for name in names}


def _proportions(photo: PhotoHeader) -> str:
    """Return width to height, by name where it is a usual one.

    >>> header = PhotoHeader("train", "Petra", Path("a.jpg"), 1, 768, 1024, "JPEG")
    >>> _proportions(header)
    '3:4'
    """
    aspect = photo.width_px / photo.height_px
    for name, usual in _PROPORTIONS.items():
        if abs(max(aspect, 1 / aspect) / usual - 1) <= _TOLERANCE:
            return name if aspect >= 1 else ":".join(reversed(name.split(":")))
    return "other wide" if aspect > 1 else "other high"


def _source(photo: PhotoHeader, root: Path) -> str:
    """Return where a photo seems to come from: the folder within its landmark's, and the pattern of its name.

    >>> def source(path: str) -> str:
    ...     return _source(PhotoHeader("train", "Petra", Path(path), 1, 1, 1, "JPEG"), Path())
    >>> source("train/0.Petra/IMG_2034.JPG"), source("train/0.Petra/flickr/09b1cd00deadbeef.jpg")
    ('IMG_0.jpg', 'flickr/x.jpg')
    """
    within = photo.path.relative_to(root) if photo.path.is_relative_to(root) else photo.path
    folders = within.parts[2 if photo.split != "all" else 1 : -1]
    pattern = re.sub(r"(?=[0-9a-f]*\d)[0-9a-f]{8,}", "x", within.stem, flags=re.IGNORECASE)
    return "/".join([*folders, re.sub(r"\d+", "0", pattern) + within.suffix.lower()])


_TRAITS: dict[str, Callable[[PhotoHeader, Path], str]] = {
    "size": lambda photo, _: f"{photo.width_px} x {photo.height_px} px",
    "proportions": lambda photo, _: _proportions(photo),
    "format": lambda photo, _: photo.format,
    "source": _source,
}
