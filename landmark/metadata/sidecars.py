"""The sidecars of a photo: XMP sidecars, and the JSON of a Google Takeout.

`photo.jpg.xmp` is how digiKam, darktable and immich name a sidecar, `photo.xmp` how Lightroom does. A Takeout's JSON is
named after its photo, within 51 characters, and with numbers where one would not expect them.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_TAKEOUT_NAME_LENGTH = 51 - len(".json")
_SUFFIX = ".supplemental-metadata"
_NUMBERED = re.compile(r"(.*)(\(\d+\))(\.[^.]*)$")
_EDITED = re.compile(
    r"(.*)-(edited|bearbeitet|modifié|editado|modificato|bewerkt|edytowane|編集済み)(\(\d+\))?(\.[^.]*)$"
)


class FolderNames:
    """The names in one folder; sidecars can be asked for in any case, a name written exactly so goes before others."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact = frozenset(names)
        self._sidecars: dict[str, str] = {}
        for name in sorted(self._exact, reverse=True):
            if name[-4:].lower() in (".xmp", "json"):
                self._sidecars[name.casefold()] = name
        all_lower = all(name == name.casefold() for name in self._exact)  # then there are no twins to count
        folded = Counter(() if all_lower else map(str.casefold, self._exact))
        self._twins = frozenset(name for name, count in folded.items() if count > 1)

    def find(self, name: str) -> str | None:
        """Return the name of a sidecar as it stands in the folder, or None.

        >>> FolderNames(["A.JPG.XMP"]).find("A.jpg.xmp")
        'A.JPG.XMP'
        """
        return name if name in self._exact else self._sidecars.get(name.casefold())

    def has_twin(self, name: str) -> bool:
        """Return whether another name differs from this one only by upper and lower case: on many disks they are one.

        >>> FolderNames(["a.jpg", "A.JPG"]).has_twin("a.jpg"), FolderNames(["a.jpg"]).has_twin("a.jpg")
        (True, False)
        """
        return name.casefold() in self._twins


def list_folder(folder: Path) -> FolderNames:
    """Return the names in a folder; none where it cannot be read."""
    try:
        return FolderNames(os.listdir(folder))
    except OSError:
        return FolderNames([])


def find_sidecars(name: str, names: FolderNames) -> list[str]:
    """Return the names of a photo's XMP sidecars, the more exact one first.

    >>> find_sidecars("a.jpg", FolderNames(["a.jpg", "a.xmp", "a.jpg.xmp", "b.xmp"]))
    ['a.jpg.xmp', 'a.xmp']
    """
    found = (names.find(f"{name}.xmp"), names.find(f"{os.path.splitext(name)[0]}.xmp"))
    return list(dict.fromkeys(one for one in found if one is not None and one != name))


def find_takeout(name: str, names: FolderNames) -> str | None:
    """Return the name of a photo's Takeout JSON, or None.

    >>> names = FolderNames(["a.jpg.json", "b.jpg.supplemental-metadata.json", "c.jpg(1).json", "d.jpg.json"])
    >>> [find_takeout(name, names) for name in ("a.jpg", "b.jpg", "c(1).jpg", "d-edited.jpg", "e.jpg")]
    ['a.jpg.json', 'b.jpg.supplemental-metadata.json', 'c.jpg(1).json', 'd.jpg.json', None]
    """
    for candidate in _takeout_names(name):
        if (found := names.find(candidate)) is not None:
            return found
    if edited := _EDITED.match(name):
        return find_takeout(f"{edited[1]}{edited[3] or ''}{edited[4]}", names)
    return None


def _takeout_names(name: str) -> list[str]:
    """Return how the JSON of a photo of this name may be called, the likeliest first."""
    title, number = name, ""
    if numbered := _NUMBERED.match(name):
        title, number = numbered[1] + numbered[3], numbered[2]
    found = [f"{name}.json", f"{name}{_SUFFIX}.json"]
    # the name and as much of the suffix as fits, then the number
    for whole in (title, title + _SUFFIX):
        found.append(f"{whole[:_TAKEOUT_NAME_LENGTH]}{number}.json")
    # .supplemental-metadata is shortened to whatever fits, such as .supplem.json or .s.json
    found.append(f"{os.path.splitext(title)[0][:_TAKEOUT_NAME_LENGTH]}{number}.json")
    return list(dict.fromkeys(found))
