"""One change of a file: its entry in the journal first, then the file itself, whole or not at all."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from landmark.core.errors import TaggingError
from landmark.metadata.edits import Edit, apply_edits, reverse_edits
from landmark.metadata.writing import SidecarStart
from landmark.metadata.written_fields import WrittenFields
from landmark.tagging.atomic_replace import atomic_remove, atomic_replace, temporary_path
from landmark.tagging.journal import Journal
from landmark.tagging.journal.entry import TAG


@dataclass(frozen=True)
class FileChanges:
    """Writes files of photos after their entries in the journal. `label` says in a few words what is written."""

    journal: Journal
    kind: str = TAG

    def replace(
        self,
        photo: Path,
        file: Path,
        old: tuple[os.stat_result | None, bytes | None],
        edits: Sequence[Edit],
        label: str,
        start: SidecarStart | None = None,
    ) -> bool:
        """Write the edited file of a photo; False where that changes nothing.

        `old` is its state and content, None for a new one; `start` what a sidecar took over from the photo. Raises
        `TaggingError`; the file is then as it was.
        """
        before, content = old
        after, temporary = apply_edits(content or b"", edits), temporary_path(file)
        if after == content:
            return False
        fields = None
        if self.kind == TAG:
            fields = WrittenFields.of_change(content, after, is_sidecar=file.suffix.lower() == ".xmp", start=start)
        number = self.journal.begin(
            Path(os.path.abspath(photo)), file, temporary, content, after, reverse_edits(edits), label,
            kind=self.kind, fields=fields,
        )  # fmt: skip
        try:
            atomic_replace(file, after, temporary, before)
        except TaggingError:
            self.journal.forget(number)
            raise
        self.journal.set_state(number, "written")
        return True

    def remove(self, photo: Path, file: Path, content: bytes, label: str) -> None:
        """Remove a sidecar of a photo, whose content is kept in the journal. Raises `TaggingError`; it then stays."""
        temporary = temporary_path(file)
        number = self.journal.begin(
            Path(os.path.abspath(photo)), file, temporary, content, None, [Edit(0, b"", content)], label,
            kind=self.kind, status=file.stat(),
        )  # fmt: skip
        try:
            atomic_remove(file, content, temporary)
        except TaggingError:
            self.journal.forget(number)
            raise
        self.journal.set_state(number, "written")
