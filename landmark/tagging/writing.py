"""Writes a proposal into the photo or into its sidecar, with the journal first; says of each photo what came of it."""

import os
import secrets
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import apply_edits, reverse_edits
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.sidecars import FolderNames
from landmark.metadata.writing import edit_photo, edit_sidecar
from landmark.tagging.album import TEMPORARY_PREFIX
from landmark.tagging.atomic_replace import check_writable, create, rewrite
from landmark.tagging.journal import Journal
from landmark.tagging.rows import TagRow


class Target(StrEnum):
    """Where places are written."""

    SIDECAR = "sidecar"
    PHOTO = "photo"


class PlaceWriter:
    """Writes rows: `writer(row, photo, names)` gives the row back with what was written, or why nothing was.

    Into the photo where that is asked for and possible without touching anything else in it; else into a sidecar.
    """

    def __init__(self, target: Target, journal: Journal) -> None:
        self.target, self.journal = target, journal
        journal.recover()

    def __call__(self, row: TagRow, photo: Path, names: FolderNames) -> TagRow:
        """Write one row's place. `names` are those in the photo's folder."""
        tag = make_tag(row)
        try:
            if self.target is Target.PHOTO:
                try:
                    self._into_photo(photo, tag)
                    return replace(row, written=Target.PHOTO.value)
                except NotWritableError as reason:
                    row = replace(row, warnings=(*row.warnings, f"a sidecar, since {reason}"))
            self._into_sidecar(photo, tag, names)
            return replace(row, written=Target.SIDECAR.value)
        except (TaggingError, NotWritableError) as error:
            return replace(row, error=str(error))
        except OSError as error:
            return replace(row, error=f"{photo}: {error.strerror or error}. Nothing was written.")

    def _into_photo(self, photo: Path, tag: PlaceTag) -> None:
        file = Path(os.path.realpath(photo))  # a link stays a link; the photo that it leads to is written
        before = check_writable(file)
        content = file.read_bytes()
        edits = edit_photo(content, tag)
        after = apply_edits(content, edits)
        temporary = beside(file)
        number = self.journal.begin(
            Path(os.path.abspath(photo)), file, temporary, content, after, reverse_edits(edits), tag.landmark
        )
        rewrite(file, after, temporary, before)
        self.journal.set_state(number, "written")

    def _into_sidecar(self, photo: Path, tag: PlaceTag, names: FolderNames) -> None:
        if names.has_twin(photo.name):
            raise TaggingError(
                f"{photo}: another photo's name differs only by upper and lower case, and on many disks their sidecars "
                "would be one. Nothing was written; rename one of them."
            )
        name = names.find(f"{photo.name}.xmp") or f"{photo.name}.xmp"
        file = Path(os.path.realpath(photo.with_name(name)))
        content, before = None, None
        if file.exists():
            before = check_writable(file)
            content = file.read_bytes()
        edits = edit_sidecar(content, tag)
        after = apply_edits(content or b"", edits)
        temporary = beside(file)
        number = self.journal.begin(
            Path(os.path.abspath(photo)), file, temporary, content, after, reverse_edits(edits), tag.landmark
        )
        if before is None:
            create(file, after, temporary)
        else:
            rewrite(file, after, temporary, before)
        self.journal.set_state(number, "written")


def make_tag(row: TagRow) -> PlaceTag:
    """What is written of a row that proposes a place."""
    assert row.landmark is not None and row.confidence is not None
    return PlaceTag(row.landmark, row.confidence, row.reason, row.coordinates, row.radius_km, row.countries)


def beside(file: Path) -> Path:
    """A name for the new content of a file while it is being written: in its folder, for a rename must not copy."""
    return file.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.part")
