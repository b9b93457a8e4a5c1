"""The sidecars of a photo: XMP sidecars, and the JSON of a Google Takeout.

`photo.jpg.xmp` is how digiKam, darktable and immich name a sidecar, `photo.xmp` how Lightroom does, which says in it
whether it is of photo.cr2 or of photo.jpg. Names with composed and decomposed letters are the same.
"""

import os
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from landmark.core.text import fold_name
from landmark.metadata.takeout_folder import TakeoutFolder
from landmark.metadata.takeout_matching import TakeoutMatch
from landmark.metadata.xmp_tree import XmpError, parse_xmp

_MAX_BYTES = 16_000_000


class FolderNames:
    """The names in one folder; sidecars can be asked for in any case, a name written exactly so goes before others.

    `folder` is where the names are, for what is told by other folders or inside a file.
    """

    def __init__(self, names: Iterable[str], folder: Path | None = None) -> None:
        self._exact = set(names)
        self._folder = folder
        self._sidecars: dict[str, str] = {}
        for name in sorted(self._exact, reverse=True):
            if name[-4:].lower() == ".xmp":
                self._sidecars[fold_name(name)] = name
        all_lower = all(name == fold_name(name) for name in self._exact)  # then there are no twins to count
        folded = Counter(() if all_lower else map(fold_name, self._exact))
        self._twins = frozenset(name for name, count in folded.items() if count > 1)

    @cached_property
    def takeout(self) -> TakeoutFolder:
        """The JSON files of a Takeout among the names, matched when they are first asked for."""
        return TakeoutFolder(self._exact, self._folder)

    def add(self, name: str) -> None:
        """Add a sidecar that was written since."""
        self._exact.add(name)
        self._sidecars.setdefault(fold_name(name), name)

    def remove(self, name: str) -> None:
        """Take out a sidecar that was removed since."""
        self._exact.discard(name)
        self._sidecars = {folded: one for folded, one in self._sidecars.items() if one != name}

    def find(self, name: str) -> str | None:
        """Return the name of a sidecar as it stands in the folder, or None.

        >>> FolderNames(["A.JPG.XMP"]).find("A.jpg.xmp")
        'A.JPG.XMP'
        """
        return name if name in self._exact else self._sidecars.get(fold_name(name))

    def has_twin(self, name: str) -> bool:
        """Return whether another name differs only by case or composed letters: on many disks they are one.

        >>> FolderNames(["a.jpg", "A.JPG"]).has_twin("a.jpg"), FolderNames(["a.jpg"]).has_twin("a.jpg")
        (True, False)
        """
        return fold_name(name) in self._twins


def list_folder(folder: Path) -> FolderNames:
    """Return the names in a folder; none where it cannot be read."""
    try:
        return FolderNames(os.listdir(folder), folder)
    except OSError:
        return FolderNames([])


def find_sidecars(name: str, names: FolderNames) -> list[str]:
    """Return the names of a photo's XMP sidecars, the more exact one first.

    >>> find_sidecars("a.jpg", FolderNames(["a.jpg", "a.xmp", "a.jpg.xmp", "b.xmp"]))
    ['a.jpg.xmp', 'a.xmp']
    """
    found = (names.find(f"{name}.xmp"), names.find(f"{os.path.splitext(name)[0]}.xmp"))
    return list(dict.fromkeys(one for one in found if one is not None and one != name))


def read_other_sidecar(photo: Path, sidecar: str, names: FolderNames) -> bytes | None:
    """Return the content of photo.xmp, which some programs do not read any more beside a photo.jpg.xmp; or None."""
    for other in find_sidecars(photo.name, names):
        path = photo.with_name(other)
        if other != sidecar and path.is_file() and path.stat().st_size <= _MAX_BYTES:
            content = path.read_bytes()
            return content if belongs_to(content, other, photo.name) else None
    return None


def find_takeout(name: str, names: FolderNames) -> TakeoutMatch:
    """Return the Takeout JSON files of a photo: names in its folder, or whole paths in another part of the Takeout.

    >>> names = FolderNames(["b.jpg", "b.jpg.supplemental-metadata.json", "c(1).jpg", "c.jpg(1).json", "b-edited.jpg"])
    >>> [find_takeout(name, names).files for name in ("c(1).jpg", "b-edited.jpg", "e.jpg")]
    [('c.jpg(1).json',), ('b.jpg.supplemental-metadata.json',), ()]
    """
    return names.takeout.find(name)


def belongs_to(packet: bytes, sidecar: str, photo: str) -> bool:
    """Return whether a sidecar is a photo's: `P1.xmp` may say that it is of P1.cr2, and then it is not of P1.jpg.

    >>> inside = "<Description xmlns:p='http://ns.adobe.com/photoshop/1.0/' p:SidecarForExtension='CR2'/>"
    >>> packet = f"<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{inside}</RDF>".encode()
    >>> belongs_to(packet, "P1.xmp", "P1.cr2"), belongs_to(packet, "P1.xmp", "P1.jpg")
    (True, False)
    """
    if fold_name(sidecar) == fold_name(f"{photo}.xmp") and os.path.splitext(photo)[1]:
        return True
    try:
        extension = parse_xmp(packet).values.get("photoshop:SidecarForExtension", "").strip(" .").casefold()
    except XmpError:
        return True
    return extension in ("", os.path.splitext(photo)[1][1:].casefold())
