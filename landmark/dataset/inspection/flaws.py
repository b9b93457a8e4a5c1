"""What is wrong with a single file of a data set, or unusual and no fault.

Headers show some of it (`photo_headers`), decoding the rest (`photo_scans`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from landmark.metadata.formats.signatures import SUFFIXES

# Faults, in the order in which they are listed; such a file teaches nothing, or something wrong.
UNREADABLE, NOT_A_PHOTO, TRUNCATED, TOO_SMALL, BLANK = "unreadable", "not a photo", "truncated", "too small", "blank"
FAULTS = (UNREADABLE, NOT_A_PHOTO, TRUNCATED, TOO_SMALL, BLANK)
# No faults: such a photo is used like any other.
WRONG_EXTENSION, ANIMATED = "wrong extension", "animated"
NO_FAULTS = (WRONG_EXTENSION, ANIMATED)


@dataclass(frozen=True)
class Flaw:
    """A file and what is the matter with it; `why` is a sentence that names the file."""

    kind: str
    path: Path
    why: str

    def __str__(self) -> str:
        return self.why

    def to_dict(self, name_of: Callable[[Path], str]) -> dict[str, str]:
        """Return plain JSON values; `name_of` turns a path into what it is called."""
        return {"kind": self.kind, "path": name_of(self.path), "why": self.why}


def wrong_extension(path: Path, format_name: str) -> Flaw | None:
    """Return the flaw of a photo whose name promises another format than its bytes have, or none at all.

    >>> print(wrong_extension(Path("a.jpg"), "AVIF"))
    a.jpg: this is an AVIF file. Expected the extension .avif.
    >>> wrong_extension(Path("a.JPG"), "JPEG") is None
    True
    """
    expected = SUFFIXES.get(format_name, ())
    if not expected or path.suffix.lower() in expected:
        return None
    article = "an" if format_name[0] in "A" else "a"
    why = f"{path}: this is {article} {format_name} file. Expected the extension {expected[0]}."
    return Flaw(WRONG_EXTENSION, path, why)


def by_kind(flaws: tuple[Flaw, ...], kinds: tuple[str, ...]) -> Iterator[tuple[str, list[Flaw]]]:
    """Return the flaws of each kind that there are, in the order of the kinds."""
    for kind in kinds:
        if of_kind := [flaw for flaw in flaws if flaw.kind == kind]:
            yield kind, of_kind
