"""A Google Takeout made on the spot: names of photos and of their JSON files as Google makes them."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SUFFIX = ".supplemental-metadata"


@dataclass(frozen=True)
class TakenOut:
    """A photo of a Takeout, its edited copy if it has one, and its JSON, with the title in it."""

    photo: str
    json: str
    title: str
    copy: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What is taken out: a title, the word of an edited copy, and whether its JSON is named without the extension."""

    title: str
    word: str | None = None
    without_extension: bool = False


def take_out(wanted: Iterable[Wanted], suffix: str = SUFFIX) -> list[TakenOut]:
    """Name photos and JSON files as Google does; photos of one name get numbers, and so do JSON files of one name."""
    photos: set[str] = set()
    jsons: set[str] = set()
    found = []
    for one in wanted:
        safe = re.sub(r"[^\w .()~+-]", "_", one.title)
        stem, extension = os.path.splitext(safe)
        named = stem if one.without_extension else safe
        number = 0
        while True:
            mark = f"({number})" if number else ""
            photo = f"{cut(stem, 51 - len(extension))}{mark}{extension}"
            beside = f"{cut(named + suffix, 46)}{mark}.json"
            if photo.casefold() not in photos and beside.casefold() not in jsons:
                break
            number += 1
        copy = None
        if one.word is not None:
            copy = f"{cut(f'{stem}-{one.word}', 51 - len(extension))}{mark}{extension}"
            copy = None if copy.casefold() in photos | {photo.casefold()} else copy
        photos |= {photo.casefold(), (copy or photo).casefold()}
        jsons.add(beside.casefold())
        found.append(TakenOut(photo, beside, stem if one.without_extension else one.title, copy))
    return found


def cut(text: str, units: int) -> str:
    """Cut after so many UTF-16 units; of a character that would be halved the whole is kept."""
    while len(text.encode("utf-16-le")) // 2 > units + 1 or (
        len(text.encode("utf-16-le")) // 2 > units and ord(text[-1]) < 0x10000
    ):
        text = text[:-1]
    return text


def takeout_json(title: str, at: tuple[float, float] = (0.0, 0.0), timestamp: str = "1224684519", **more: Any) -> str:
    """The JSON of a photo."""
    place = {"latitude": at[0], "longitude": at[1], "altitude": 0.0}
    return json.dumps(
        {"title": title, "photoTakenTime": {"timestamp": timestamp}, "geoData": place, "geoDataExif": place} | more
    )
