"""The positions of a Google Takeout for photos that have none of their own: nothing is recognised, no model is loaded.

Each photo is read, decided and written before the next, so memory stays flat and a run that was stopped resumes.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from landmark.metadata.merging import PhotoMetadata, read_metadata
from landmark.metadata.place_tag import PositionMethod
from landmark.photo.discovery import identify_file, why_unopened
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.album import AlbumFile, AlbumWalk
from landmark.tagging.moving import is_to_move
from landmark.tagging.naming import is_to_write, with_names
from landmark.tagging.pipeline import Writer
from landmark.tagging.rows import Status, TagRow


class TakeoutTagging:
    """One run over a Takeout. `rows()` is the run itself; afterwards `walk.others` counts files that are no photos.

    Raises `PhotoError` where `album` is no folder.
    """

    def __init__(
        self,
        album: Path,
        write: Writer | None = None,
        rules: IgnoreRules = DEFAULT_RULES,
        *,
        writes_names: bool = False,
        moves_tags: bool = False,
    ) -> None:
        self.album, self.write = album, write
        self.writes_names, self.moves_tags = writes_names, moves_tags
        self.walk = AlbumWalk(album, rules)

    def rows(self) -> Iterator[TagRow]:
        """Yield the rows, folder by folder."""
        for file in self.walk.files_with_progress("Reading"):
            row = with_names(_row(file))
            is_wanted = is_to_write(row, with_names=self.writes_names) or (self.moves_tags and is_to_move(row))
            yield self.write(row, file.path, file.names) if self.write and is_wanted else row


def decide_by_takeout(photo: str, metadata: PhotoMetadata) -> TagRow:
    """Return the row of a photo: its own position is kept, that of its Takeout is proposed.

    >>> decide_by_takeout("a.jpg", PhotoMetadata()).reason
    'no position, neither of its own nor from a Takeout'
    """
    row = TagRow.of_metadata(photo, metadata)
    if row.status is Status.UNKNOWN:
        return replace(row, reason="no position, neither of its own nor from a Takeout")
    if row.status is Status.TAGGED or not metadata.from_takeout:
        return row
    return replace(
        row,
        status=Status.FROM_TAKEOUT,
        reason=f"its position in Google Photos, from {metadata.coordinates_from}",
        coordinates=metadata.coordinates,
        method=PositionMethod.TAKEOUT,
        position_from=metadata.coordinates_from,
    )


def _row(file: AlbumFile) -> TagRow:
    photo = str(file.path)
    if file.skipped:
        return TagRow(photo, Status.SKIPPED, file.skipped)
    error = file.error
    try:
        if not error and not identify_file(file.path):
            error = f"{photo}: this is no photo, whatever its name says; its first bytes are of no format that is read."
    except OSError as reason:
        error = why_unopened(file.path, reason)
    if error:
        return TagRow(photo, Status.UNREADABLE, "cannot be read", error=error)
    return decide_by_takeout(photo, read_metadata(file.path, file.names))
