"""The findings of an examination as sections of a page, each with its photos, the worst first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from landmark.core.text import list_text
from landmark.dataset.inspection.duplicates import DuplicateGroup
from landmark.dataset.inspection.examination import Examination
from landmark.dataset.inspection.flaws import FAULTS, NO_FAULTS, Flaw, by_kind

_PHOTOS_SHOWN = 6  # of a group


# A sentence, and photos by the label that stands above them.
PhotoGroup = tuple[str, Mapping[str, Sequence[Path]]]


@dataclass(frozen=True)
class FindingSection:
    """One kind of finding: a heading, what it means, and the photos."""

    heading: str
    explanation: str
    groups: Sequence[PhotoGroup]


def finding_sections(examination: Examination) -> list[FindingSection]:
    """Return what was found: leaks, conflicting labels, broken photos, then what is less urgent."""
    leaks, conflicts, broken = examination.leaks, examination.conflicts, examination.broken
    repeated = [group for group in examination.duplicates if not group.is_leak and not group.is_conflict]
    biases = [(bias.text, bias.examples) for bias in examination.biases]
    sections = []
    if len(examination.inspection.splits) > 1:
        meaning = "The same photo is in several splits: the model is tested on photos that it has been trained on."
        sections.append(_section("Leaks between the splits", leaks, meaning, [_duplicates(examination, leaks)]))
    meaning = "The same photo is in the folders of several landmarks, of which at most one is right."
    sections.append(_section("Conflicting labels", conflicts, meaning, [_duplicates(examination, conflicts)]))
    sections.append(_section("Broken", broken, "", _flaws(examination, broken, FAULTS)))
    if examination.doubts is not None:
        sections.append(_doubts(examination))
    sections.append(_section("Balance and shortcuts", biases, "", biases))
    meaning = "The same photo several times under one landmark: it counts more than the other photos."
    sections.append(_section("Other duplicates", repeated, meaning, [_duplicates(examination, repeated)]))
    if unusual := examination.no_faults:
        sections.append(_section("Unusual, but no fault", unusual, "", _flaws(examination, unusual, NO_FAULTS)))
    return sections


def _section(heading: str, found: Sequence[object], explanation: str, groups: Sequence[PhotoGroup]) -> FindingSection:
    return FindingSection(f"{heading}: {len(found) or 'none'}", explanation, groups)


def _duplicates(examination: Examination, groups: Sequence[DuplicateGroup]) -> PhotoGroup:
    captions = {}
    for group in groups:
        names = list_text([examination.name_of(photo.path) for photo in group.photos], _PHOTOS_SHOWN, " = ")
        captions[f"{names} ({group.match})"] = [photo.path for photo in group.photos[:_PHOTOS_SHOWN]]
    return "", captions


def _doubts(examination: Examination) -> FindingSection:
    doubts = examination.doubts or ()
    meaning = (
        "Photos that look more like another landmark than like their own, to a classifier trained on the others, or "
        "like no other photo of theirs. The most doubtful label comes first. Many are right and merely hard to see."
    )
    captions = {
        f"{rank}. {doubt.photo.landmark}? {doubt.reason}: {examination.name_of(doubt.photo.path)}": [doubt.photo.path]
        for rank, doubt in enumerate(doubts, start=1)
    }
    return _section("Labels worth a look", doubts, meaning, [("", captions)])


def _flaws(examination: Examination, flaws: tuple[Flaw, ...], kinds: Iterable[str]) -> list[PhotoGroup]:
    return [
        (
            f"{kind.capitalize()}: {len(of_kind):,}",
            {flaw.why.replace(str(flaw.path), examination.name_of(flaw.path)): [flaw.path] for flaw in of_kind},
        )
        for kind, of_kind in by_kind(flaws, tuple(kinds))
    ]
