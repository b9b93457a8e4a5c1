"""The keywords that a photo has, in whatever list: a list that is made must hold them, or it would hide them.

Programs read the first list that they find and no other: immich TagsList before hierarchicalSubject before IPTC,
darktable hierarchicalSubject before dc:subject, digiKam TagsList before all others.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from landmark.metadata.blocks import MetadataBlocks
from landmark.metadata.formats.tiff import Tiff, TiffError
from landmark.metadata.iptc import iptc_texts
from landmark.metadata.xmp_tree import XmpError, XmpTree, parse_xmp

SUBJECT, HIERARCHICAL_SUBJECT, TAGS_LIST = "dc:subject", "lr:hierarchicalSubject", "digiKam:TagsList"
LISTS = (SUBJECT, HIERARCHICAL_SUBJECT, TAGS_LIST)  # that are written
# Lists of paths from the topmost keyword down, and what stands between two.
_SEPARATORS = {
    TAGS_LIST: "/",
    HIERARCHICAL_SUBJECT: "|",
    "MicrosoftPhoto:LastKeywordXMP": "/",
    "mediapro:CatalogSets": "|",
}
_IPTC_KEYWORDS, _WINDOWS_KEYWORDS = 25, 0x9C9E
_OTHER = {"/": "|", "|": "/"}  # for a separator within a name


@dataclass(frozen=True)
class Keywords:
    """Plain keywords, and paths of such as stand below others, from the topmost one down."""

    words: tuple[str, ...] = ()
    paths: tuple[tuple[str, ...], ...] = ()

    def __add__(self, other: "Keywords") -> "Keywords":
        return Keywords((*self.words, *other.words), (*self.paths, *other.paths))

    def for_list(self, name: str) -> list[str]:
        """Return the entries with which a new list begins, each once; a word that is part of a path needs none.

        >>> keywords = Keywords(("Crete", "boat"), (("Greece", "Crete"), ("km/h",)))
        >>> keywords.for_list(TAGS_LIST), keywords.for_list(SUBJECT)
        (['Greece/Crete', 'km|h', 'boat'], ['Crete', 'boat', 'km/h'])
        """
        if name == SUBJECT:
            return list(dict.fromkeys((*self.words, *(path[-1] for path in self.paths))))
        separator = _SEPARATORS[name]
        paths = [separator.join(one.replace(separator, _OTHER[separator]) for one in path) for path in self.paths]
        parts = {one for path in self.paths for one in path}
        return list(dict.fromkeys((*paths, *(word for word in self.words if word not in parts))))


NO_KEYWORDS = Keywords()


def keywords_of(tree: XmpTree) -> Keywords:
    """Return the keywords of all lists in XMP."""
    paths = (
        tuple(filter(None, map(str.strip, text.split(separator))))
        for name, separator in _SEPARATORS.items()
        for text in tree.items.get(name, ())
    )
    return Keywords(_filled(tree.items.get(SUBJECT, ())), tuple(filter(None, paths)))


def read_keywords(blocks: MetadataBlocks) -> Keywords:
    """Return the keywords inside a photo: of XMP, of IPTC, and those that Windows keeps in EXIF. Raises nothing."""
    found = Keywords(_filled((*iptc_texts(blocks.iptc or b"").get(_IPTC_KEYWORDS, ()), *_of_windows(blocks.exif))))
    try:
        return keywords_of(parse_xmp(blocks.xmp)) + found if blocks.xmp else found
    except XmpError:
        return found


def _of_windows(exif: bytes | None) -> list[str]:
    """Return keywords that stand in the first directory of EXIF, as one text in UTF-16."""
    try:
        tiff = Tiff(exif or b"")
    except TiffError:
        return []
    entry = tiff.first.find(_WINDOWS_KEYWORDS)
    value = (tiff.bytes(entry) if entry else None) or b""
    return value.decode("utf-16-le", "ignore").split("\0")[0].split(";")


def _filled(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, texts)))
