"""What is in a data folder, as a value that prints well and serialises: photos by split and landmark, sizes, formats.

Headers are read by `photo_headers`, `findings` warns of what is odd, `figures` and `page` show it.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

import numpy as np

from landmark.core.deprecation import renamed
from landmark.core.errors import DataError
from landmark.core.text import count_text, one_line, percent_text, text_table
from landmark.dataset.inspection.findings import find_leaks, find_warnings, leak_sentence
from landmark.dataset.inspection.flaws import NOT_A_PHOTO, Flaw
from landmark.dataset.inspection.photo_headers import PhotoHeader, read_headers
from landmark.dataset.split_folders import find_splits, read_splits
from landmark.photo.ignore_rules import DEFAULT_RULES, NOTHING_IGNORED, Ignored, IgnoreRules

_LANDMARKS_SHOWN = 40  # all of them up to here; of more the largest and the smallest
_EXTREMES_SHOWN = 5
_FILES_SHOWN = 10


@dataclass(frozen=True)
class SummaryStatistics:
    """How a number is spread over the photos; 5 % of them do not exceed `quantile_05`."""

    minimum: float
    quantile_05: float
    quantile_25: float
    median: float
    quantile_75: float
    quantile_95: float
    maximum: float
    mean: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Compute the statistics of at least one value.

        >>> spread = SummaryStatistics.of([1, 2, 3, 4, 10])
        >>> spread.minimum, spread.median, spread.mean, spread.maximum
        (1.0, 3.0, 4.0, 10.0)
        """
        array = np.fromiter(values, dtype=np.float64)
        quantiles = np.quantile(array, (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)).tolist()
        return cls(*[*quantiles, float(array.mean())])


@dataclass(frozen=True)
class Inspection:
    """What is in a data folder; at least one photo. The tables are rows of text, the first of them the heading."""

    root: Path
    splits: tuple[str, ...]  # those of train, valid and test that exist, or "all"
    landmarks: tuple[str, ...]  # in the order of their indices; those that train lacks come last
    photos: tuple[PhotoHeader, ...]  # by split, landmark and path
    unreadable: tuple[Flaw, ...] = ()  # files that should be photos, each with the reason why they cannot be opened
    n_not_photos: int = 0  # other files
    findings: tuple[str, ...] = ()  # warnings about the folder, a sentence each
    leaks: tuple[tuple[Path, ...], ...] = ()  # groups of files that are one, byte for byte, in several splits
    ignored: Ignored = NOTHING_IGNORED  # what was not looked at

    parts, photos_per_part = renamed("splits"), renamed("photos_per_split")
    part_table, spreads = renamed("split_table"), renamed("statistics")

    @property
    def is_faulty(self) -> bool:
        """Return whether files cannot be opened, or stand in several splits: it should not be trained on as it is."""
        return bool(self.unreadable or self.leaks)

    def headline(self) -> str:
        """Return the whole in a line, such as "3,974 photos of 29 landmarks"."""
        return f"{count_text(len(self.photos), 'photo')} of {count_text(len(self.landmarks), 'landmark')}"

    def photos_per_split(self) -> dict[str, int]:
        """Return how many photos each split holds."""
        counts = Counter(photo.split for photo in self.photos)
        return {split: counts[split] for split in self.splits}

    def photos_per_landmark(self) -> dict[str, dict[str, int]]:
        """Return how many photos each landmark has in each split, those with most photos first."""
        counts = Counter((photo.landmark, photo.split) for photo in self.photos)
        table = {name: {split: counts[name, split] for split in self.splits} for name in self.landmarks}
        return dict(sorted(table.items(), key=lambda row: -sum(row[1].values())))

    def photos_per_format(self) -> dict[str, int]:
        """Return how many photos have each format, the most frequent first."""
        return dict(Counter(photo.format for photo in self.photos).most_common())

    def statistics(self) -> dict[str, SummaryStatistics]:
        """Return the statistics of file sizes in bytes, and of widths and heights in px."""
        columns = ("n_bytes", "width_px", "height_px")
        return {column: SummaryStatistics.of(getattr(photo, column) for photo in self.photos) for column in columns}

    def split_table(self) -> list[list[str]]:
        """Return photos of each split, their share in percent, and how they are distributed over the landmarks."""
        total = len(self.photos)
        per_landmark = self.photos_per_landmark().values()
        rows = [["split", "photos", "share", "smallest landmark", "median landmark", "largest landmark"]]
        for split, n_photos in self.photos_per_split().items():
            counts = [row[split] for row in per_landmark]
            rows.append([split, f"{n_photos:,}", percent_text(n_photos / total), *_extremes(counts)])
        return [
            *rows,
            ["total", f"{total:,}", percent_text(1), *_extremes([sum(row.values()) for row in per_landmark])],
        ]

    def landmark_table(self) -> list[list[str]]:
        """Return photos of each landmark by split, and their share in percent; those with most photos first."""
        rows = [["landmark", *self.splits, "total", "share"]]
        for landmark, counts in self.photos_per_landmark().items():
            total = sum(counts.values())
            numbers = (f"{count:,}" for count in (*counts.values(), total))
            rows.append([landmark, *numbers, percent_text(total / len(self.photos))])
        return rows

    def size_table(self) -> list[list[str]]:
        """Return file sizes in kB, widths and heights in px: extremes, mean and quantiles."""
        spreads = {column: asdict(spread).values() for column, spread in self.statistics().items()}
        return [
            ["size", "minimum", "5 %", "25 %", "median", "75 %", "95 %", "maximum", "mean"],
            ["file, kB", *(f"{n_bytes / 1000:,.1f}" for n_bytes in spreads["n_bytes"])],
            ["width, px", *(f"{width_px:,.0f}" for width_px in spreads["width_px"])],
            ["height, px", *(f"{height_px:,.0f}" for height_px in spreads["height_px"])],
        ]

    def format_table(self) -> list[list[str]]:
        """Return the photos of each format, and their share in percent."""
        rows = [[name, f"{n:,}", percent_text(n / len(self.photos))] for name, n in self.photos_per_format().items()]
        return [["format", "photos", "share"], *rows]

    def to_dict(self, *, photos: bool = False) -> dict[str, Any]:
        """Return plain JSON values; with `photos` also a row for each photo, its path as seen from the root."""
        per_landmark = self.photos_per_landmark()
        totals = [{"landmark": name, "n_photos": sum(counts.values())} for name, counts in per_landmark.items()]
        found = {
            "data": str(self.root),
            "n_photos": len(self.photos),
            "n_landmarks": len(self.landmarks),
            "parts": {
                split: {"n_photos": n, "share": n / len(self.photos)} for split, n in self.photos_per_split().items()
            },
            "photos_per_landmark": per_landmark,
            "largest_landmark": totals[0],
            "smallest_landmark": totals[-1],
            "formats": self.photos_per_format(),
            **{column: asdict(spread) for column, spread in self.statistics().items()},
            "unreadable": [flaw.why for flaw in self.unreadable],
            "n_leaks": len(self.leaks),
            "n_not_photos": self.n_not_photos,
            "findings": list(self.findings),
            "ignored": self.ignored.to_dict(),
        }
        rows = [photo.to_dict(self.root) for photo in self.photos]
        return {**found, "photos": rows} if photos else found

    def __str__(self) -> str:
        lines = [f"{self.headline()} in {self.root}", ""]
        for table in (self.split_table(), _abridge(self.landmark_table()), self.size_table(), self.format_table()):
            lines += [*(f"  {line}" for line in text_table(table)), ""]
        if self.unreadable:
            lines.append(f"Cannot be opened as photos: {count_text(len(self.unreadable), 'file')}")
            lines += [one_line(f"  {flaw}") for flaw in self.unreadable[:_FILES_SHOWN]]
            if len(self.unreadable) > _FILES_SHOWN:
                lines.append(f"  and {len(self.unreadable) - _FILES_SHOWN:,} more")
        if self.n_not_photos:
            lines.append(f"Not photos, and left out: {count_text(self.n_not_photos, 'file')}")
        lines += [note for note in [self.ignored.note()] if note]
        lines += [one_line(f"! {finding}") for finding in self.findings]
        return "\n".join(lines).rstrip()


def inspect_data(root: str | Path, *, with_leaks: bool = True, rules: IgnoreRules = DEFAULT_RULES) -> Inspection:
    """Look at a folder with `train/` (and `valid/`, `test/`), or at a flat folder of landmarks as one split, "all".

    Only headers are read, not pixels: thousands of photos take seconds, and a photo that is cut short behind its header
    counts as a photo. Landmarks that differ between the splits are a finding, not an error. `with_leaks` also looks for
    files that are in several splits, byte for byte; `examination` finds more of them.

    Raises `DataError` when there is no such folder, or not one photo that can be opened.

    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp()) / "0.Taj_Mahal"
    >>> folder.mkdir()
    >>> Image.new("RGB", (64, 48)).save(folder / "a.png")
    >>> inspection = inspect_data(folder.parent)
    >>> inspection.photos_per_landmark(), inspection.photos_per_format()
    ({'Taj Mahal': {'all': 1}}, {'PNG': 1})
    """
    root = Path(root)
    found = find_splits(root, rules)
    folders = read_splits(found, rules)
    photos: list[PhotoHeader] = []
    unreadable: list[Flaw] = []
    n_not_photos = 0
    for split, folder in folders.items():
        headers, flaws = read_headers(folder, split)
        photos += headers
        unreadable += flaws
        n_not_photos += folder.n_skipped - sum(flaw.kind == NOT_A_PHOTO for flaw in flaws)
    if not photos:
        raise DataError(f"{root}: no photo can be opened ({unreadable[0]}). Expected at least one.")
    landmarks = tuple(dict.fromkeys(name for folder in folders.values() for name in folder.categories))
    leaks = find_leaks(folders) if with_leaks else ()
    findings = find_warnings(found, folders) + ((leak_sentence(root, leaks),) if leaks else ())
    ignored = sum((folder.ignored for folder in folders.values()), NOTHING_IGNORED)
    return Inspection(
        root, tuple(folders), landmarks, tuple(photos), tuple(unreadable), n_not_photos, findings, leaks, ignored
    )


def sample_photos(inspection: Inspection, *, per_landmark: int = 3, seed: int = 0) -> dict[str, list[Path]]:
    """Sample photos of each landmark, by landmark in the order of the indices; the same ones for the same seed.

    Example: `for landmark, paths in sample_photos(inspect_data("my_photos")).items(): ...`.
    """
    by_landmark: defaultdict[str, list[Path]] = defaultdict(list)
    for photo in inspection.photos:
        by_landmark[photo.landmark].append(photo.path)
    chosen = {}
    for landmark in inspection.landmarks:
        paths = by_landmark[landmark]
        chosen[landmark] = random.Random(f"{seed} {landmark}").sample(paths, min(per_landmark, len(paths)))
    return chosen


def _abridge(table: list[list[str]]) -> list[list[str]]:
    """Keep of very many landmarks those with most and those with fewest photos."""
    if len(table) - 1 <= _LANDMARKS_SHOWN:
        return table
    between = f"… {len(table) - 1 - 2 * _EXTREMES_SHOWN:,} more"
    return [*table[: 1 + _EXTREMES_SHOWN], [between, *[""] * (len(table[0]) - 1)], *table[-_EXTREMES_SHOWN:]]


def _extremes(counts: list[int]) -> list[str]:
    return [f"{min(counts):,}", f"{median(counts):,.5g}", f"{max(counts):,}"]
