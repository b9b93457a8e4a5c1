"""A cleaned data set beside the original: what is kept, what is left out, what a person should look at, and why.

Originals are only read. What is wrong is found by `examination`; here it is decided what to do about each file.
"""

import csv
import io
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from landmark.core.errors import DataError
from landmark.core.files import atomic_write
from landmark.core.progress import track
from landmark.dataset.inspection.duplicates import DuplicateGroup
from landmark.dataset.inspection.examination import Examination
from landmark.dataset.inspection.photo_headers import PhotoHeader

JOURNAL, DATA, REVIEW = "journal.csv", "data", "review"
_BESIDE_THE_PHOTOS = ("places.csv", "categories.json")  # training reads them
_RANK_OF_SPLIT = {"train": 0, "valid": 1, "all": 1, "test": 2}  # of a leak, the photo in the highest stays


class Decision(StrEnum):
    """What becomes of a file."""

    KEPT = "kept"
    LEFT_OUT = "left out"
    REVIEW = "review"  # set aside, for a person to decide
    KEPT_REVIEW = "kept, review"  # in doubt, and a test photo: without what is hard, a test would flatter


@dataclass(frozen=True)
class Verdict:
    """What becomes of a file, and why; `because_of` is the other photo where there is one."""

    path: Path
    decision: Decision
    reason: str = ""
    because_of: Path | None = None


def decide(examination: Examination) -> tuple[Verdict, ...]:
    """Return a verdict for each file of a data set, by path.

    Broken files are left out. Of the photos of a duplicate group one stays: it stands in test rather than in valid,
    in valid rather than in train, so that what is tested was not trained on; then it is the largest. Where the group
    stands under several landmarks, none is kept in train, since it is not known which is right. Suspect labels are set
    aside; those of test photos are only named.
    """
    verdicts: dict[Path, Verdict] = {
        flaw.path: Verdict(flaw.path, Decision.LEFT_OUT, flaw.kind) for flaw in examination.broken
    }
    for group in examination.duplicates:
        for verdict in _decide_group(group, verdicts):
            verdicts.setdefault(verdict.path, verdict)
    for doubt in examination.suspects:
        verdicts.setdefault(doubt.photo.path, _to_review(doubt.photo, f"label in doubt: {doubt.reason}"))
    for photo in examination.inspection.photos:
        verdicts.setdefault(photo.path, Verdict(photo.path, Decision.KEPT))
    return tuple(sorted(verdicts.values(), key=lambda verdict: str(verdict.path)))


def write_cleaned(
    examination: Examination, out: str | Path, *, copy: bool = True
) -> tuple[Counter[Decision], list[Path]]:
    """Write what `decide` says to a folder, and count the decisions; returns the files and folders that were written.

    `journal.csv` names every file with its decision and the reason; `kept.txt`, `left-out.txt` and `review.txt` are
    lists of paths under the data folder. With `copy`, `data/` is the cleaned data set, to train on, and `review/` holds
    what was set aside, at the same paths: what turns out right is moved into `data/`. Stopped work resumes.

    Raises `DataError` when the folder lies within the data, or holds anything that would have to be deleted.

    Example: `write_cleaned(examine_data("my_photos"), "cleaned")`.
    """
    target, root = Path(out), examination.inspection.root
    _refuse_to_mix(target, root)
    verdicts = decide(examination)
    written = [target / JOURNAL, *(target / name for name in _LISTS)]
    if copy:
        folders = {Decision.KEPT: DATA, Decision.KEPT_REVIEW: DATA, Decision.REVIEW: REVIEW}
        wanted = {
            target / folders[verdict.decision] / verdict.path.relative_to(root): verdict.path
            for verdict in verdicts
            if verdict.decision in folders
        }
        wanted |= {target / DATA / name: root / name for name in _BESIDE_THE_PHOTOS if (root / name).is_file()}
        _refuse_to_lose(target, wanted)
        for place, path in track(wanted.items(), "Copying", total=len(wanted)):
            _copy(path, place)
        written += [folder for folder in (target / DATA, target / REVIEW) if folder.is_dir()]
    for name, decisions in _LISTS.items():
        paths = (examination.name_of(verdict.path) for verdict in verdicts if verdict.decision in decisions)
        _write_text(target / name, "".join(f"{path}\n" for path in paths))
    _write_text(target / JOURNAL, _journal(examination, verdicts))
    return Counter(verdict.decision for verdict in verdicts), written


_LISTS = {
    "kept.txt": (Decision.KEPT, Decision.KEPT_REVIEW),
    "left-out.txt": (Decision.LEFT_OUT,),
    "review.txt": (Decision.REVIEW, Decision.KEPT_REVIEW),
}


def _decide_group(group: DuplicateGroup, decided: Mapping[Path, Verdict]) -> Iterator[Verdict]:
    """Yield a verdict for each photo of a group but the one that stays."""
    whole = [photo for photo in group.photos if photo.path not in decided]
    if not whole:
        return
    stays = max(whole, key=lambda photo: _RANK_OF_SPLIT[photo.split])  # in a split the first, which is the best
    conflict = f"conflicting labels: the same photo under {' and '.join(group.landmarks)}"
    if group.is_conflict:
        yield _to_review(stays, conflict)
    for photo in whole:
        if photo is stays:
            continue
        if photo.split != stays.split:
            yield Verdict(photo.path, Decision.LEFT_OUT, f"leak: also in {stays.split} ({group.match})", stays.path)
        elif group.is_conflict and photo.landmark != stays.landmark:
            yield _to_review(photo, conflict, stays.path)
        else:
            yield Verdict(photo.path, Decision.LEFT_OUT, f"duplicate ({group.match})", stays.path)


def _to_review(photo: PhotoHeader, reason: str, because_of: Path | None = None) -> Verdict:
    decision = Decision.KEPT_REVIEW if photo.split == "test" else Decision.REVIEW
    return Verdict(photo.path, decision, reason, because_of)


def _refuse_to_mix(target: Path, root: Path) -> None:
    """Raise `DataError` for a folder within the originals, around them, or with somebody's other files."""
    inside, holder = target.resolve(), root.resolve()
    if inside == holder or inside.is_relative_to(holder) or holder.is_relative_to(inside):
        raise DataError(f"{target}: lies in {root}, or around it. Expected a folder apart from the originals.")
    if target.exists() and not target.is_dir():
        raise DataError(f"{target}: found a file. Expected a free path, or a folder of an earlier cleaning.")
    if target.is_dir():
        ours = {JOURNAL, DATA, REVIEW, *_LISTS}
        others = sorted(entry.name for entry in target.iterdir() if not _is_leftover(entry) and entry.name not in ours)
        if others:
            raise _occupied(target, "other files", others)


def _refuse_to_lose(target: Path, wanted: Mapping[Path, Path]) -> None:
    """Raise `DataError` for files of an earlier cleaning or of the user, which this one would have to delete."""
    folders = [folder for folder in (target / DATA, target / REVIEW) if folder.is_dir()]
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if not path.is_dir())
    others = [str(path.relative_to(target)) for path in files if path not in wanted and not _is_leftover(path)]
    if others:
        raise _occupied(target, "files that this cleaning leaves out", others)


def _is_leftover(path: Path) -> bool:
    """Return whether a file is left over from a copy that was stopped."""
    return path.name.startswith(".") and path.name.endswith(".part")


def _occupied(target: Path, what: str, names: Sequence[str]) -> DataError:
    return DataError(
        f"{target}: found a folder with {what} ({', '.join(names[:3])}). Expected a free path, or a folder where the "
        "same cleaning was stopped. Choose another path."
    )


def _copy(path: Path, place: Path) -> None:
    """Copy a photo, whole or not at all, with its times; one that is there already is not copied again."""
    status = path.stat()
    if place.exists():
        there = place.stat()
        if (there.st_size, there.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
            return
    with path.open("rb") as source, atomic_write(place) as file:
        shutil.copyfileobj(source, file)
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def _journal(examination: Examination, verdicts: Sequence[Verdict]) -> str:
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["path", "decision", "reason", "because_of"])
    for verdict in verdicts:
        other = examination.name_of(verdict.because_of) if verdict.because_of else ""
        rows.writerow([examination.name_of(verdict.path), verdict.decision, verdict.reason, other])
    return file.getvalue()


def _write_text(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(os.fsencode(text))  # a name may hold bytes that are no text


def summarise(counts: Mapping[Decision, int], written: Iterable[Path]) -> str:
    """Return what was decided and written, in two lines.

    >>> print(summarise({Decision.KEPT: 1200, Decision.LEFT_OUT: 3}, [Path("cleaned/journal.csv")]))
    1,200 kept, 3 left out
    Wrote cleaned/journal.csv
    """
    decided = ", ".join(f"{counts[decision]:,} {decision}" for decision in Decision if counts.get(decision))
    return f"{decided}\nWrote {', '.join(str(path) for path in written)}"
