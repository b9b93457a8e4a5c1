"""The findings of an examination on a page, each with its photos, the worst first."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from landmark.dataset.inspection.duplicates import DuplicateGroup
from landmark.dataset.inspection.examination import Examination
from landmark.dataset.inspection.flaws import FAULTS, NO_FAULTS, Flaw, by_kind
from landmark.pages.page import Page

_SIDE_PX = 160  # of a thumbnail, about 6 kB
_FINDINGS_SHOWN = 200  # in a section: a page of 20 MB still opens
_PHOTOS_SHOWN = 6  # of a group


def add_findings(page: Page, examination: Examination) -> None:
    """Add what was found to a page: leaks, conflicting labels, broken photos, then what is less urgent."""
    leaks, conflicts = examination.leaks, examination.conflicts
    others = tuple(group for group in examination.duplicates if not group.is_leak and not group.is_conflict)
    if len(examination.inspection.splits) > 1:
        page.add_section(f"Leaks between the splits: {len(leaks) or 'none'}")
        page.add_text("The same photo in several splits: what a model is tested on, it has been trained on.")
        _add_groups(page, examination, leaks)
    page.add_section(f"Conflicting labels: {len(conflicts) or 'none'}")
    page.add_text("The same photo under several landmarks, of which at most one is right.")
    _add_groups(page, examination, conflicts)
    page.add_section(f"Broken: {len(examination.broken) or 'none'}")
    _add_flaws(page, examination, examination.broken, FAULTS)
    if examination.doubts is not None:
        _add_doubts(page, examination)
    page.add_section(f"Balance and shortcuts: {len(examination.biases) or 'none'}")
    for bias in examination.biases:
        page.add_text(bias.text)
        _add_photos(page, bias.examples)
    page.add_section(f"Other duplicates: {len(others) or 'none'}")
    page.add_text("The same photo several times under one landmark: it weighs more than the others.")
    _add_groups(page, examination, others)
    if examination.no_faults:
        page.add_section(f"Odd, and no fault: {len(examination.no_faults):,}")
        _add_flaws(page, examination, examination.no_faults, NO_FAULTS)


def _add_groups(page: Page, examination: Examination, groups: Sequence[DuplicateGroup]) -> None:
    captions = {}
    for group in groups:
        names = " = ".join(examination.name_of(photo.path) for photo in group.photos[:_PHOTOS_SHOWN])
        more = f" and {len(group.photos) - _PHOTOS_SHOWN:,} more" * (len(group.photos) > _PHOTOS_SHOWN)
        captions[f"{names}{more} ({group.match})"] = [photo.path for photo in group.photos[:_PHOTOS_SHOWN]]
    _add_photos(page, captions)


def _add_doubts(page: Page, examination: Examination) -> None:
    doubts = examination.doubts or ()
    page.add_section(f"Labels worth a look: {len(doubts) or 'none'}")
    page.add_text(
        "Photos that look more like another landmark than like their own, to a classifier trained on the others, or "
        "like no other photo of theirs. The least believed label comes first. Many are right and merely hard to tell."
    )
    captions = {
        f"{rank}. {doubt.photo.landmark}? {doubt.reason}: {examination.name_of(doubt.photo.path)}": [doubt.photo.path]
        for rank, doubt in enumerate(doubts, start=1)
    }
    _add_photos(page, captions)


def _add_flaws(page: Page, examination: Examination, flaws: tuple[Flaw, ...], kinds: Iterable[str]) -> None:
    for kind, of_kind in by_kind(flaws, tuple(kinds)):
        page.add_text(f"{kind.capitalize()}: {len(of_kind):,}")
        named = {flaw.why.replace(str(flaw.path), examination.name_of(flaw.path)): [flaw.path] for flaw in of_kind}
        _add_photos(page, named)


def _add_photos(page: Page, photos: Mapping[str, Sequence[Path]]) -> None:
    """The first of many, and a word about the others."""
    if not photos:
        return
    page.add_photos(dict(list(photos.items())[:_FINDINGS_SHOWN]), side_px=_SIDE_PX)
    if len(photos) > _FINDINGS_SHOWN:
        page.add_text(f"and {len(photos) - _FINDINGS_SHOWN:,} more: inspection.json lists all.")
