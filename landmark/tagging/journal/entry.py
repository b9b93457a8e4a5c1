"""An entry of the journal: one file that was written, made or removed, and how that is taken back."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from landmark.metadata.edits import Edit, unpack
from landmark.metadata.written_fields import WrittenFields

TAG, UNTAG = "tag", "untag"  # kinds of entries
CLEAN = "clean"  # of a sidecar whose place went into the photo


@dataclass(frozen=True)
class Entry:
    """One file that was written: the photo itself, or its sidecar, which `created` says was made for it.

    `removed` is true of a sidecar that was removed; `mtime_ns` and `mode` are what it had. `fields` are what was added,
    where that is known. `copy_of` is the entry of which the file is a copy that somebody made.
    """

    number: int
    photo: Path
    file: Path
    temporary: Path
    created: bool
    sha256_before: str
    sha256_after: str
    back: tuple[Edit, ...]
    state: str
    run: int | None = None
    kind: str = TAG
    removed: bool = False
    mtime_ns: int | None = None
    mode: int | None = None
    fields: WrittenFields = field(default_factory=WrittenFields)
    copy_of: int | None = None

    COLUMNS = (
        "number, photo, file, temporary, created, sha256_before, sha256_after, back, state, run, kind, removed,"
        " mtime_ns, mode, fields, copy_of"
    )

    @classmethod
    def of_row(cls, row: tuple[Any, ...]) -> Self:
        """Return the entry that a row of the journal holds, its columns in the order of `COLUMNS`."""
        number, *paths, created, before, after, back, state, run, kind, removed, mtime_ns, mode, fields, copy_of = row
        photo, file, temporary = (Path(os.fsdecode(path)) for path in paths)
        return cls(
            number, photo, file, temporary, bool(created), before, after, tuple(unpack(back)), state, run, kind,
            bool(removed), mtime_ns, mode, WrittenFields.from_json(fields), copy_of,
        )  # fmt: skip

    @property
    def is_sidecar(self) -> bool:
        """Return whether the file is a sidecar, and not the photo."""
        return self.file.suffix.lower() == ".xmp"

    @property
    def swapped(self) -> Path:
        """Return the name under which what was in the file's place may stand for a moment."""
        return self.temporary.with_suffix(".new")
