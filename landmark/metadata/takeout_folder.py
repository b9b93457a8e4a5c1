"""The Takeout JSON files of a folder's photos: matched by all names in it, and in the other parts of its Takeout."""

import os
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from landmark.metadata.takeout import read_title
from landmark.metadata.takeout_matching import TakeoutMatch, TakeoutMatching
from landmark.metadata.takeout_names import MEDIA
from landmark.metadata.takeout_parts import sibling_parts, takeout_root

_NOT_FOUND = "no JSON of this photo is here; if the Takeout came in several parts, unpack all of them side by side"


class TakeoutFolder:
    """The photos and JSON files of one folder. `folder` is where titles and other parts are looked for, if known."""

    def __init__(self, names: Collection[str], folder: Path | None = None) -> None:
        self._folder = folder
        self._own = _match(names, folder)
        self._jsons = frozenset(name for name in names if name.lower().endswith(".json"))

    def find(self, photo: str) -> TakeoutMatch:
        """Return the JSON files of a photo: names in its folder, or whole paths in another part.

        >>> TakeoutFolder(["a.jpg", "a.jpg.json", "b.jpg"]).find("a.jpg").files
        ('a.jpg.json',)
        """
        found = self._own.find(photo)
        if found.files or found.problem or not self._in_takeout:
            return found
        found = self._others.find(photo)
        if found.files or found.problem or not self._looks_like_one:
            return found
        return TakeoutMatch(lacks=_NOT_FOUND)

    def is_read(self, json: str) -> bool:
        """Return whether a JSON of the folder is read: as that of a photo, or of a Takeout, with whatever is in it."""
        return json in self._jsons and (self._in_takeout or json not in self._own.jsons)

    @cached_property
    def _depth(self) -> int | None:
        """How many folders below that of the Takeout this one is; None for one in no Takeout."""
        folder = Path(os.path.abspath(self._folder)) if self._folder else None
        root = takeout_root(folder) if folder else None
        return len(folder.relative_to(root).parts) if folder and root else None

    @property
    def _in_takeout(self) -> bool:
        return self._depth is not None

    @cached_property
    def _looks_like_one(self) -> bool:
        """Return whether more than a name speaks for a Takeout: photos lie in Takeout/Google Photos/Album."""
        return bool(self._jsons or self._others.parts or (self._depth or 0) >= 2)

    @cached_property
    def _others(self) -> "_OtherParts":
        return _OtherParts(self._own, sibling_parts(self._folder) if self._folder else [])


class _OtherParts:
    """What the other parts of a Takeout hold of one folder, as far as no photo there has it."""

    def __init__(self, own: TakeoutMatching, parts: Iterable[Path]) -> None:
        self.parts = [(path, _match(_listed(path), path)) for path in parts]
        self._folders = {name: path for path, matching in reversed(self.parts) for name in matching.jsons}
        photos = [*own.photos, *(photo for _, matching in self.parts for photo in matching.photos)]
        self._joined = TakeoutMatching(photos, self._folders, lambda name: read_title(self._folders[name] / name))

    def find(self, photo: str) -> TakeoutMatch:
        found = self._joined.find(photo)
        if found.files:
            return TakeoutMatch(tuple(str(self._folders[name] / name) for name in found.files))
        for path, matching in self.parts:  # the original of an edited copy may lie there with its JSON
            if (original := matching.find_original(photo)).files:
                return TakeoutMatch(tuple(str(path / name) for name in original.files))
        return found


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _match(names: Iterable[str], folder: Path | None) -> TakeoutMatching:
    photos, jsons = [], []
    for name in names:
        if name.startswith("._"):  # a Mac's notes on foreign disks
            continue
        suffix = os.path.splitext(name)[1].lower()
        if suffix == ".json":
            jsons.append(name)
        elif suffix in MEDIA or not suffix:
            photos.append(name)
    return TakeoutMatching(photos, jsons, lambda name: read_title(folder / name) if folder else None)
