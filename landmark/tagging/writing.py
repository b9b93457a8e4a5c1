"""Write a proposal into the photo or into its sidecar, after the journal; the row says what was written."""

import os
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import Edit
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.sidecars import FolderNames, belongs_to, read_other_sidecar
from landmark.metadata.writing import (
    SidecarStart,
    check_kind,
    edit_photo,
    edit_sidecar,
    read_photo_blocks,
    start_sidecar,
)
from landmark.tagging.atomic_replace import check_writable
from landmark.tagging.file_changes import FileChanges
from landmark.tagging.journal import Journal
from landmark.tagging.moving import is_to_move, move_to_photo
from landmark.tagging.naming import is_to_write, names_to_write, with_known
from landmark.tagging.rows import TagRow


class Target(StrEnum):
    """Where places are written."""

    SIDECAR = "sidecar"
    PHOTO = "photo"


class _NothingNew(Exception):  # noqa: N818 - it is no error
    """A file that holds already what would be written."""


class PlaceWriter:
    """Write rows: `writer(row, photo, names)` returns the row with what was written, or why nothing was.

    It writes into the photo where that is asked for and possible without touching anything else in it; else into a
    sidecar. What an earlier run wrote into a sidecar goes into the photo then.
    """

    def __init__(self, target: Target, journal: Journal, *, names: bool = False, keywords: bool = False) -> None:
        self.target, self.names, self.keywords = target, names, keywords
        self.changes = FileChanges(journal)
        journal.recover()

    def __call__(self, row: TagRow, photo: Path, names: FolderNames) -> TagRow:
        """Write one row's place. `names` are those in the photo's folder."""
        try:
            if self.target is Target.PHOTO and is_to_move(row):
                row = move_to_photo(self.changes, row, photo, names)
                if not is_to_write(row, with_names=self.names):
                    return row
            tag = make_tag(row, names=self.names, keywords=self.keywords)
            if self.target is Target.PHOTO:
                try:
                    self._write_photo(photo, tag)
                    return replace(row, written=Target.PHOTO.value)
                except NotWritableError as reason:
                    row = replace(row, warnings=(*row.warnings, f"a sidecar, since {reason}"))
            self._write_sidecar(photo, tag, names)
            return replace(row, written=Target.SIDECAR.value)
        except _NothingNew:
            return row
        except (TaggingError, NotWritableError) as error:
            return replace(row, error=str(error))
        except OSError as error:
            return replace(row, error=f"{photo}: {error.strerror or error}. Nothing was written.")

    def _write_photo(self, photo: Path, tag: PlaceTag) -> None:
        file = Path(os.path.realpath(photo))  # a link stays a link; the photo that it leads to is written
        before = check_writable(file)
        with file.open("rb") as opened:
            check_kind(opened, file.name)  # a film of gigabytes is not read
        content = file.read_bytes()
        self._replace(photo, file, (before, content), edit_photo(content, tag), tag)

    def _write_sidecar(self, photo: Path, tag: PlaceTag, names: FolderNames) -> None:
        if names.has_twin(photo.name):
            raise TaggingError(
                f"{photo}: another photo's name differs only by upper and lower case, and on many disks their sidecars "
                "would be one. Nothing was written; rename one of them."
            )
        name = names.find(f"{photo.name}.xmp") or f"{photo.name}.xmp"
        file = Path(os.path.realpath(photo.with_name(name)))
        before, content = (check_writable(file), file.read_bytes()) if file.exists() else (None, None)
        if content is not None and not belongs_to(content, name, photo.name):
            raise TaggingError(f"{photo}: {name} says that it is of another photo. Nothing was written; rename one.")
        start = start_sidecar(read_photo_blocks(photo), read_other_sidecar(photo, name, names), tag)
        self._replace(photo, file, (before, content), edit_sidecar(content, tag, start), tag, start)
        names.add(name)

    def _replace(
        self,
        photo: Path,
        file: Path,
        old: tuple[os.stat_result | None, bytes | None],
        edits: Sequence[Edit],
        tag: PlaceTag,
        start: SidecarStart | None = None,
    ) -> None:
        """Write the edited file. `old` is its state and content, None for a new one.

        Raises `_NothingNew` where it holds all of it: a property that is there and empty is not written over.
        """
        if not self.changes.replace(photo, file, old, edits, tag.label, start):
            raise _NothingNew


def make_tag(row: TagRow, *, names: bool = False, keywords: bool = False) -> PlaceTag:
    """Return what is written for a row: the place that it proposes, and the names of its position if asked for.

    Of a photo that has a position, only names are written, and the recognised landmark as what it shows.
    """
    lacking = names_to_write(row) if names else None
    keyword_names = with_known(lacking, row.known_names) if lacking and keywords else None
    stands_at = row.place.coordinates if row.place and (row.position_from or not row.proposed) else None
    if not row.proposed:
        return PlaceTag(
            countries=row.countries,
            names=lacking,
            landmark_coordinates=stands_at,
            shown=row.landmark if lacking else None,
            keyword_names=keyword_names,
        )
    confidence = row.confidence if row.landmark else None
    return PlaceTag(
        row.landmark,
        confidence,
        row.reason,
        row.coordinates,
        row.radius_km,
        row.countries,
        row.method,
        names=lacking,
        landmark_coordinates=stands_at,
        keyword_names=keyword_names,
    )
