"""Which files and folders below a root are not a person's photos: hidden ones, bins, thumbnails, photo libraries.

One rule for all that walks folders; `discovery` walks. A folder or file that a person names is never tested.
"""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from landmark.core.errors import ConfigurationError
from landmark.core.text import count_text, fold_name, list_text, one_line

_NAMED = 5  # names in a note; the others are counted

# What systems, disk stations and photo programs keep beside photos: bins, snapshots, thumbnails, older copies.
# fmt: off
_FOLDERS = frozenset({
    "@eadir", "@recycle", "@recently-snapshot", "@tmp", "@sharebin", "#recycle", "#snapshot", "~snapshot",
    "@__thumb", "$recycle.bin", "recycler", "system volume information", "lost+found", "lost.dir",
    "network trash folder", "temporary items", "__macosx", "ipod photo cache", "apple tv photo cache",
    "photo booth library", "[originals]", "thmbnl", "files_trashbin", "files_versions",
})
# Folders that a Mac shows as a file, and Lightroom's: their photos belong to the program, with previews among them.
_PACKAGES = (
    ".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary", ".migratedaplibrary", ".apvault",
    ".photoboothlibrary", ".lrdata", ".lrcat-data", ".lrlibrary", ".cocatalog", ".imovielibrary", ".fcpbundle", ".app",
)
# fmt: on
_COPIES = ("_original", "_exiftool_tmp")  # exiftool: a.jpg_original is a.jpg before it was written
TEMPORARY_PREFIX = ".landmark-"  # of our files that will be renamed to photos; a stopped run leaves one
_NEVER_PHOTOS = ("._", TEMPORARY_PREFIX)  # the first: a Mac's notes on foreign disks

_ANY_FOLDERS = "(?:/[^/]+)*"

Reason = Literal["hidden", "never", "excluded"]  # never: also where hidden files are looked at


@dataclass(frozen=True)
class IgnoreRules:
    """What is left out below a root; `exclude` are patterns of names or of ends of paths, letters in either case.

    `*.png` and `raw` are names, `raw/` is a folder's name, `Holiday/raw` the end of a path, `/disk/raw` a whole path.
    `*` and `?` stand for anything but a slash, `**` for any folders. Raises `ConfigurationError` for an empty pattern.

    >>> rules = IgnoreRules(exclude=("*.png", "Holiday/raw"))
    >>> [rules.reason("/disk/Holiday", name, name == "raw", ()) for name in ("a.jpg", "A.PNG", "raw", ".b.jpg")]
    [None, 'excluded', 'excluded', 'hidden']
    """

    include_hidden: bool = False
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in self.exclude:
            if not pattern.strip("./\\ "):
                raise ConfigurationError(
                    f"--exclude is {pattern!r}. Expected the name or the end of a path of what is to be left out, such "
                    "as raw, *.png or Holiday/raw."
                )

    def reason(self, folder: str, name: str, is_folder: bool, names: Collection[str]) -> Reason | None:
        """Return why an entry of a folder, an absolute path, is left out, or None; `names` are all in that folder."""
        if name.startswith(_NEVER_PHOTOS):
            return "never"
        if not self.include_hidden and is_hidden(name, is_folder, names):
            return "hidden"
        if not self.exclude:
            return None
        path = "/" + _comparable(os.path.join(folder, name)).removeprefix("/") + "/" * is_folder
        return "excluded" if any(pattern.fullmatch(path) for pattern in self._patterns) else None

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [_compile(pattern) for pattern in self.exclude]


DEFAULT_RULES = IgnoreRules()


@dataclass(frozen=True)
class Ignored:
    """How much was left out by the rules; a folder counts once, whatever lies in it.

    >>> print(Ignored(n_folders=2, n_files=1, n_excluded=3, names=("@eaDir", ".dtrash", ".a.jpg")).note())
    Left out: 2 folders and 1 file, hidden or of the system or a photo library (@eaDir, .dtrash, .a.jpg), which \
--include-hidden looks at; 3 by --exclude.
    """

    n_folders: int = 0
    n_files: int = 0
    n_excluded: int = 0  # files and folders
    names: tuple[str, ...] = ()  # some that are hidden or of the system, each once
    n_never: int = 0  # of the folders and files, those that --include-hidden does not look at either

    def __add__(self, other: "Ignored") -> "Ignored":
        return Ignored(
            self.n_folders + other.n_folders,
            self.n_files + other.n_files,
            self.n_excluded + other.n_excluded,
            tuple(dict.fromkeys(self.names + other.names))[: _NAMED + 1],
            self.n_never + other.n_never,
        )

    def note(self) -> str:
        """Return what a person should know, in one line; empty where nothing was left out."""
        counts = ((self.n_folders, "folder"), (self.n_files, "file"))
        parts = []
        if hidden := " and ".join(count_text(count, noun) for count, noun in counts if count):
            named = one_line(list_text(self.names[:_NAMED], _NAMED)) + ", …" * (len(self.names) > _NAMED)
            if self.n_never == self.n_folders + self.n_files:
                parts.append(f"{hidden} of a kind that is never a photo ({named})")
            else:
                parts.append(
                    f"{hidden}, hidden or of the system or a photo library ({named}), which --include-hidden looks at"
                )
        if self.n_excluded:
            parts.append(f"{self.n_excluded:,} by --exclude")
        return f"Left out: {'; '.join(parts)}." if parts else ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "n_folders": self.n_folders,
            "n_files": self.n_files,
            "n_excluded": self.n_excluded,
            "names": list(self.names[:_NAMED]),
        }


NOTHING_IGNORED = Ignored()


def is_hidden(name: str, is_folder: bool, names: Collection[str] = ()) -> bool:
    """Return whether a name is hidden, or of the system or a photo program; `names` are those beside it.

    >>> [is_hidden(name, True) for name in (".thumbnails", "@EADIR", "Family.photoslibrary", "Originals")]
    [True, True, True, False]
    >>> is_hidden("a.jpg_original", False, ["a.jpg"]), is_hidden("a.jpg_original", False, [])
    (True, False)
    """
    if name.startswith("."):
        return True
    if is_folder:
        folded = name.casefold()
        return folded in _FOLDERS or folded.endswith(_PACKAGES)
    return any(name.endswith(suffix) and name.removesuffix(suffix) in names for suffix in _COPIES)


def _comparable(path: str) -> str:
    """Return a path to be compared: with slashes, its letters composed and in one case."""
    return fold_name(path.replace(os.sep, "/"))


def _compile(pattern: str) -> re.Pattern[str]:
    """Return what an absolute path must be, that of a folder with a slash at its end.

    >>> bool(_compile("a/**/cat*").fullmatch("/x/a/y/z/cat.jpg")), bool(_compile("raw/").fullmatch("/x/raw"))
    (True, False)
    """
    home = os.path.expanduser(pattern) if pattern.startswith("~/") else pattern
    is_up = ".." in _comparable(home).split("/")
    path = _comparable(os.path.abspath(home) if is_up else home)
    parts = [_translate(part) for part in path.split("/") if part not in ("", ".")]
    if parts[-1] == _ANY_FOLDERS:
        parts[-1] = "(?:/[^/]+)+"  # what lies in a folder, and not the folder itself
    start, end = "" if path.startswith("/") else ".*", "/" if pattern.endswith("/") else "/?"
    return re.compile(start + "".join(parts) + end, re.DOTALL)


def _translate(part: str) -> str:
    """Return one name of a pattern, and the slash before it, as a regular expression.

    >>> _translate("img_??*.jpg")
    '/img_[^/][^/][^/]*\\\\.jpg'
    """
    wild = {"*": "[^/]*", "?": "[^/]"}
    tokens = re.findall(r"\*+|.", part, re.DOTALL)
    return _ANY_FOLDERS if part == "**" else "/" + "".join(wild.get(one[:1], re.escape(one)) for one in tokens)
