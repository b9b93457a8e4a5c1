"""A place that an earlier run wrote into a sidecar, written into the photo: what people expect of `--write photo`."""

import os
from dataclasses import replace
from pathlib import Path

from landmark.metadata.blocks import NO_BLOCKS, NotWritableError
from landmark.metadata.edits import apply_edits
from landmark.metadata.merging import read_embedded
from landmark.metadata.own_mark import OwnMark, own_method
from landmark.metadata.people_wrote import holds_only
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.place_tag_reading import read_place_tag
from landmark.metadata.removing import is_empty, remove_from_sidecar
from landmark.metadata.sidecars import FolderNames, belongs_to, find_sidecars, read_other_sidecar
from landmark.metadata.writing import check_kind, edit_photo, read_photo_blocks, start_sidecar
from landmark.metadata.written_fields import WrittenFields
from landmark.tagging.atomic_replace import check_writable
from landmark.tagging.file_changes import FileChanges
from landmark.tagging.journal.entry import CLEAN
from landmark.tagging.rows import Status, TagRow


def is_to_move(row: TagRow) -> bool:
    """Return whether a photo may have a place that an earlier run wrote into a sidecar."""
    return row.status is Status.TAGGED or (row.known_from or "").lower().endswith(".xmp")


def move_to_photo(changes: FileChanges, row: TagRow, photo: Path, names: FolderNames) -> TagRow:
    """Write the place of ours in a sidecar into the photo; a sidecar that then holds nothing else goes.

    Returns the row with what was written, or why the place stays in the sidecar. Raises `TaggingError`.
    """
    for name in find_sidecars(photo.name, names):
        sidecar = Path(os.path.realpath(photo.with_name(name)))
        status, content = sidecar.stat(), sidecar.read_bytes()  # in this order: a change in between shows
        fields = known_fields(changes, sidecar)
        tag = read_place_tag(content, fields) if belongs_to(content, name, photo.name) else None
        if tag is None:
            continue
        try:
            start = sidecar_start_of(photo, name, names)  # of the photo as it was
            is_written = _write(changes, photo, tag)
            _clean(replace(changes, kind=CLEAN), photo, sidecar, (status, content), fields, tag, start)
        except NotWritableError as reason:
            return replace(row, warnings=(*row.warnings, f"its place stays in {name}, since {reason}"))
        if not os.path.lexists(sidecar):
            names.remove(name)
        return replace(row, written="photo") if is_written else row
    return row


def sidecar_start_of(photo: Path, name: str, names: FolderNames) -> bytes:
    """Return the packet with which a new sidecar of a photo, of this name, would begin; empty where it is gone."""
    blocks = read_photo_blocks(photo) if photo.is_file() else NO_BLOCKS
    return start_sidecar(blocks, read_other_sidecar(photo, name, names)).packet


def known_fields(changes: FileChanges, file: Path) -> WrittenFields:
    """Return what the journal knows to have been added to a file, and not taken back since."""
    fields = WrittenFields()
    for entry in reversed(changes.journal.entries_of(file)):
        fields = fields.joined(entry.fields)
    return fields


def _write(changes: FileChanges, photo: Path, tag: PlaceTag) -> bool:
    file = Path(os.path.realpath(photo))
    before = check_writable(file)
    with file.open("rb") as opened:
        check_kind(opened, file.name)
    content = file.read_bytes()
    inside = read_embedded(content)
    at = next((one.coordinates for one in inside if one.coordinates), None)
    marks = [one.own_mark for one in inside if one.own_mark]
    if (at and own_method(at, marks)) or (not at and any(one.has_own_names for one in inside)):
        return False  # it was stopped before the sidecar went
    return changes.replace(photo, file, (before, content), edit_photo(content, tag), tag.label)


def _clean(
    changes: FileChanges,
    photo: Path,
    sidecar: Path,
    old: tuple[os.stat_result, bytes],
    fields: WrittenFields,
    tag: PlaceTag,
    start: bytes,
) -> None:
    content = old[1]
    marks = [OwnMark(tag.method, tag.coordinates)] if tag.coordinates else []
    edits = remove_from_sidecar(content, fields, marks)
    check_writable(sidecar)
    left = apply_edits(content, edits)
    if is_empty(left) or (fields.made_xmp and holds_only(left, start)):
        changes.remove(photo, sidecar, content, tag.label)
    elif edits:
        changes.replace(photo, sidecar, old, edits, tag.label)
