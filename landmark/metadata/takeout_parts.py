"""The parts of a large Google Takeout, unpacked side by side: a photo may lie in one and its JSON in another."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = re.compile(r"takeout(?![a-z])", re.IGNORECASE)
_STAMP = re.compile(r"\d{8}T\d{6}Z")  # of the export, the same in all of its parts
_MOST_SIBLINGS = 1000  # folders that are looked at, where a Takeout was unpacked among many


def takeout_root(folder: Path) -> Path | None:
    """Return the innermost folder above a photo that is named like a Takeout, or None.

    >>> takeout_root(Path("/a/Takeout 2/Google Photos/Rome")).name
    'Takeout 2'
    """
    return next((one for one in (folder, *folder.parents) if _ROOT.match(one.name)), None)


def sibling_parts(folder: Path) -> list[Path]:
    """Return the same folder in the other parts of its Takeout.

    Parts are named alike but for numbers: `Takeout` and `Takeout 2`, `takeout-20240601T090000Z-001` and `-002`.
    """
    folder = Path(os.path.abspath(folder))
    if (root := takeout_root(folder)) is None:
        return []
    inner = folder.relative_to(root)
    found: list[Path] = []
    for part in _named_alike(root):
        found += [part / inner, part / "Takeout" / inner]
    for part in _named_alike(root.parent):
        found += [part / root.name / inner, *([part / inner] if _ROOT.match(part.name) else [])]
    return [path for path in dict.fromkeys(found) if path != folder and os.path.isdir(path)]


def _named_alike(part: Path) -> Iterator[Path]:
    """Yield the other folders beside a part whose names differ from its own in numbers only, sorted by name."""
    letters, stamp = _letters_and_stamp(part.name)
    if not part.name or not (_ROOT.match(part.name) or re.search(r"\d", part.name)):
        return
    try:
        with os.scandir(part.parent) as found:
            names = sorted(entry.name for entry in found if entry.name != part.name and entry.is_dir())
    except OSError:
        return
    for name in names[:_MOST_SIBLINGS]:
        other_letters, other_stamp = _letters_and_stamp(name)
        if other_letters == letters and (stamp == other_stamp or not (stamp and other_stamp)):
            yield part.parent / name


def _letters_and_stamp(name: str) -> tuple[str, str]:
    stamp = _STAMP.search(name)
    letters = re.sub(r"[\d\W_]+", "", _STAMP.sub("", name)).casefold()
    return letters, stamp[0] if stamp else ""
