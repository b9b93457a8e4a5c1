"""What was added to a photo or sidecar, field by field: it can be taken out when the file has changed since."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from landmark.geo.coordinates import Coordinates
from landmark.metadata.containers import read_blocks
from landmark.metadata.exif import read_exif
from landmark.metadata.keywords import LISTS, NO_KEYWORDS, Keywords, keywords_of, read_keywords
from landmark.metadata.writing import SidecarStart, read_photo_blocks
from landmark.metadata.xmp import read_xmp
from landmark.metadata.xmp_tree import XmpTree, parse_xmp


@dataclass(frozen=True)
class WrittenFields:
    """The position that was added, simple properties of XMP, and the entries that were added to its lists.

    `made_xmp` and `made_exif` are true where there was none before. `carried` are the keywords with which a list that
    was made begins: people's own, from other lists.
    """

    coordinates: Coordinates | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made_xmp: bool = False
    made_exif: bool = False
    carried: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of_change(
        cls, before: bytes | None, after: bytes | None, *, is_sidecar: bool, start: SidecarStart | None = None
    ) -> Self:
        """Compare a photo or a sidecar with what it was before; None is no file. Raises nothing.

        `start` is what a sidecar took over from its photo, which is not added.
        """
        made_xmp = before is None or _read(before, is_sidecar)[1] is None
        if start and before is None:
            before = start.packet
        old_at, old, had_exif = _read(before, is_sidecar)
        new_at, new, has_exif = _read(after, is_sidecar)
        made_exif = has_exif and not had_exif
        if new is None:
            return cls(None if old_at else new_at, made_exif=made_exif)
        there = old or XmpTree()
        properties = {name: text for name, text in new.values.items() if name not in there.values}
        items = {name: tuple(_without(found, there.items.get(name, []))) for name, found in new.items.items()}
        beside = start.keywords if start else _keywords_inside(before, is_sidecar)
        carried = {name: _carried(name, texts, there, beside) for name, texts in items.items()}
        added = {name: tuple(_without(list(texts), list(carried[name]))) for name, texts in items.items()}
        return cls(
            None if old_at else new_at,
            properties,
            {name: texts for name, texts in added.items() if texts},
            made_xmp,
            made_exif,
            {name: texts for name, texts in carried.items() if texts},
        )

    def to_json(self) -> str:
        """Return it as the journal keeps it."""
        at = [self.coordinates.latitude, self.coordinates.longitude] if self.coordinates else None
        plain = {"at": at, "properties": self.properties, "items": self.items, "made": [self.made_xmp, self.made_exif]}
        return json.dumps(plain | {"carried": self.carried}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """Read what `to_json` wrote; None, of journals that kept none, is nothing known.

        >>> fields = WrittenFields(None, {"landmark:Name": "Petra"}, {"dc:subject": ("Petra",)}, True)
        >>> WrittenFields.from_json(fields.to_json()) == fields
        True
        """
        if text is None:
            return cls()
        found = json.loads(text)
        at = Coordinates(*found["at"]) if found["at"] else None
        items, carried = (
            {name: tuple(texts) for name, texts in found.get(kind, {}).items()} for kind in ("items", "carried")
        )
        made_xmp, made_exif = found["made"]
        return cls(at, found["properties"], items, made_xmp, made_exif, carried)

    def joined(self, other: "WrittenFields") -> "WrittenFields":
        """Return the fields of two changes of one photo, the later one `other`."""
        items = {
            name: (*self.items.get(name, ()), *other.items.get(name, ()))
            for name in dict.fromkeys((*self.items, *other.items))
        }
        return WrittenFields(
            other.coordinates or self.coordinates,
            {**self.properties, **other.properties},
            items,
            self.made_xmp or other.made_xmp,
            self.made_exif or other.made_exif,
            {**self.carried, **other.carried},
        )


def _read(content: bytes | None, is_sidecar: bool) -> tuple[Coordinates | None, XmpTree | None, bool]:
    if content is None:
        return None, None, False
    try:
        if is_sidecar:
            return read_xmp(content).coordinates, parse_xmp(content), False
        _, blocks = read_blocks(io.BytesIO(content))
        at = read_exif(blocks.exif).coordinates if blocks.exif else None
        return at, parse_xmp(blocks.xmp) if blocks.xmp else None, bool(blocks.exif)
    except ValueError:
        return None, None, False


def _keywords_inside(photo: bytes | None, is_sidecar: bool) -> Keywords:
    return read_keywords(read_photo_blocks(photo)) if photo and not is_sidecar else NO_KEYWORDS


def _carried(name: str, texts: tuple[str, ...], old: XmpTree, beside: Keywords) -> tuple[str, ...]:
    """Return those entries of a list that were in other lists before it was made."""
    if name in old.items or name not in LISTS:
        return ()
    known = {*(keywords_of(old) + beside).for_list(name)}
    return tuple(text for text in texts if text in known)


def _without(texts: list[str], others: list[str]) -> list[str]:
    """Return texts without others, each as often as it is there."""
    left, others = [], list(others)
    for text in texts:
        if text in others:
            others.remove(text)
        else:
            left.append(text)
    return left
