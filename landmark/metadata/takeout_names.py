"""How a Google Takeout names a photo and its JSON, so that each can be recognised by the name of the other.

A photo is called after its title, within 51 characters; its JSON after the title and `.supplemental-metadata`, within
46 and before `.json`. A number in brackets tells photos of the same name apart and is never cut: it stands before the
photo's extension and at the end of the JSON's name. Characters are counted in units of UTF-16.
"""

import html
import os
import re
import unicodedata
from collections.abc import Iterator

from landmark.core.text import fold_name
from landmark.metadata.formats.signatures import (
    MOVIE_SUFFIXES,
    OTHER_VIDEO_SUFFIXES,
    PHOTO_SUFFIXES,
    RAW_SUFFIXES,
    SUFFIXES,
)

SUFFIX = ".supplemental-metadata"
JSON_UNITS = 46  # of a JSON's name, without number and .json
PHOTO_UNITS = 51  # of a photo's name, without number
VIDEOS = MOVIE_SUFFIXES | OTHER_VIDEO_SUFFIXES | {".mp", ".mv"}  # the last two: of motion photos
MEDIA = PHOTO_SUFFIXES | RAW_SUFFIXES | VIDEOS
Key = tuple[str, str]  # a folded name, and the number in brackets, or ""

_NUMBERED = re.compile(r"(.+)\((\d{1,9})\)$", re.DOTALL)
_WORD = re.compile(r"(.+)-([^\W\d_][^\d_.()/\\-]*)$", re.DOTALL)  # -edited, -ha editado, in any letters
_REPLACED = "_?\ufffd"
_NOT_PLAIN = re.compile(r"[^0-9a-z.() \-]+")
_MAX_WORDS = 3  # of copies of copies, such as -EFFECTS-edited


def n_units(text: str) -> int:
    """Count the UTF-16 units of a text: most letters are one, an emoji is two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, units: int) -> set[str]:
    """Return how a text may begin that is cut after so many UTF-16 units: several ways where that halves a character.

    >>> cut("abcdef", 4), sorted(cut("ab\U0001f600", 3))
    ({'abcd'}, ['ab', 'ab?', 'ab_', 'ab\ufffd', 'ab\U0001f600'])
    """
    if text.isascii():
        return {text[:units]}
    data = text.encode("utf-16-le", "surrogatepass")
    head, rest = data[: 2 * units], data[2 * units :]
    if rest and 0xD8 <= head[-1] < 0xDC and 0xDC <= rest[1] < 0xE0:
        before = head[:-2].decode("utf-16-le", "surrogatepass")
        whole = (head + rest[:2]).decode("utf-16-le", "surrogatepass")
        return {before, before + "?", before + "_", before + "\ufffd", whole}
    return {head.decode("utf-16-le", "surrogatepass")}


def json_bases(name: str) -> list[Key]:
    """Return whose JSON this may be: names, maybe cut or without extension, each with the number of its photo.

    >>> json_bases("Pier.JPG.supple(1).json")
    [('Pier.JPG.supple(1)', ''), ('Pier.JPG.supple', '1'), ('Pier.JPG', '1')]
    """
    found: list[Key] = []
    for base, number in _numberings(name[: -len(".json")]):
        found.append((base, number))
        before, dot, end = base.rpartition(".")
        if dot and before and SUFFIX[1:].startswith(end.casefold()):
            found += [(stem, number or other) for stem, other in _numberings(before) if not (number and other)]
    return list(dict.fromkeys(found))


def photo_titles(name: str) -> list[Key]:
    """Return what the title of a photo may be, and its number: a number in its name may be its own.

    >>> photo_titles("Pier(1).JPG")
    [('Pier(1).JPG', ''), ('Pier.JPG', '1')]
    """
    stem, extension = os.path.splitext(name)
    numbered = [(found[1] + extension, found[2])] if (found := _NUMBERED.match(stem)) else []
    if numbered and n_units(name) > PHOTO_UNITS + 1:  # only a number that was added is beyond the limit
        return numbered
    return [(name, ""), *numbered]


def full_keys(title: str, number: str) -> list[Key]:
    """Return the key of a JSON that holds the photo's whole title."""
    return [(fold_name(title), number)]


def part_keys(title: str, number: str) -> set[Key]:
    """Return the keys of a JSON that holds a part of the title: without the extension, or as much as its limit allows.

    The limit may have been counted in decomposed letters.

    >>> part_keys("Lunch.jpg", "1")
    {('lunch', '1')}
    """
    stem, extension = os.path.splitext(title)
    found = {fold_name(stem)} if extension else set()
    for form in {title} if title.isascii() else {unicodedata.normalize(one, title) for one in ("NFC", "NFD")}:
        if n_units(form) > JSON_UNITS:
            found |= {fold_name(head) for head in cut(form, JSON_UNITS)}
    return {(name, number) for name in found}


def originals(name: str) -> Iterator[str]:
    """Yield what the original of an edited copy may be called: without `-edited` in any language, cut or not.

    >>> list(originals("Pier-bearbeitet(1).jpg")), list(originals("IMG-20200101-WA0001.jpg"))
    (['Pier(1).jpg'], [])
    """
    stem, extension = os.path.splitext(name)
    number = ""
    if (found := _NUMBERED.match(stem)) and "-" in found[1]:
        stem, number = found[1], f"({found[2]})"
    if stem.endswith("-") and n_units(stem + extension) in (PHOTO_UNITS, PHOTO_UNITS + 1):  # all of the word was cut
        yield f"{stem[:-1]}{number}{extension}"
    for _ in range(_MAX_WORDS):
        if not (found := _WORD.match(stem)):
            return
        stem = found[1]
        yield f"{stem}{number}{extension}"


def json_forms(title: str) -> set[str]:
    """Return how the JSON of a title may be called, without number and suffix."""
    return {title, os.path.splitext(title)[0], *(cut(title, JSON_UNITS) if n_units(title) > JSON_UNITS else ())}


def skeletons(text: str) -> set[str]:
    """Return a name with one `_` for letters and signs that may have been replaced by it, to look similar names up.

    >>> skeletons("Tom & Jerry.jpg") & skeletons("tom _ jerry.JPG")
    {'tom _ jerry.jpg'}
    """
    forms = {text} if text.isascii() else {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    return {_NOT_PLAIN.sub("_", form.lower()) for form in forms}


def is_same_but_replaced(one: str, other: str) -> bool:
    """Return whether two names are the same but for letters and signs that are replaced by `_` in one of them.

    A letter may have become one `_`, or one for each of its bytes.

    >>> is_same_but_replaced("B_r.jpg", "B\u00e4r.jpg"), is_same_but_replaced("B\u00f6r.jpg", "B\u00e4r.jpg")
    (True, False)
    """
    if not any(sign in one or sign in other for sign in _REPLACED):
        return fold_name(one) == fold_name(other)
    forms = [[unicodedata.normalize(form, text.lower()) for form in ("NFC", "NFD")] for text in (one, other)]
    return any(
        _is_same_by_units(a, b, encoding)
        for a in forms[0]
        for b in forms[1]
        for encoding in ("utf-32", "utf-16", "utf-8")
    )


def fits_title(photo: str, json_name: str, title: str) -> bool | None:
    """Return whether a photo can be the one of a title; None where the title does not even fit its JSON.

    >>> fits_title("Lunch.png", "Lunch.json", "Lunch.png"), fits_title("Lunch.jpg", "Lunch.json", "Lunch.png")
    (True, False)
    >>> fits_title("Lunch.jpg", "Lunch.json", "In Paris") is None
    True
    """
    variants = {title, html.unescape(title)}
    if any(title_names(photo, variant) for variant in variants):
        return True
    bases = {fold_name(base) for base, _ in json_bases(json_name)}
    named = {form for variant in variants for form in map(fold_name, json_forms(variant))}
    if bases & named or any(is_same_but_replaced(base, form) for base in bases for form in named):
        return False
    return None


def title_names(photo: str, title: str, number: str | None = None) -> bool:
    """Return whether a photo of this title may be called so; with a number, only if that is the photo's.

    >>> title_names("In_Rome(1).jpg", "In?Rome.jpg"), title_names("In_Rome(1).jpg", "In?Rome.jpg", number="")
    (True, False)
    """
    for name, own_number in photo_titles(photo):
        stem, suffix = os.path.splitext(name)
        for wanted, extension in {split_title(title), (title, "")}:  # St. Moritz.MP may have no extension
            if (extension and not _same_extension(suffix, extension)) or number not in (None, own_number):
                continue
            stems = {wanted, *cut(wanted, PHOTO_UNITS - n_units(suffix))}
            if any(fold_name(stem) == fold_name(one) or is_same_but_replaced(stem, one) for one in stems):
                return True
    return False


def title_forms(title: str) -> set[str]:
    """Return how a photo of a title may be called, apart from its number: cut, and without extension if it has none."""
    found = set()
    for text in (title, html.unescape(title)):
        stem, extension = split_title(text)
        found |= {stem + extension, *(head + extension for head in cut(stem, PHOTO_UNITS - len(extension)))}
    return found


def json_number(name: str) -> str | None:
    """Return the number of the photo that a JSON is of; None where its name was cut, so that the number may be its own.

    >>> json_number("a.jpg(1).json"), json_number("a.jpg.supplemental-metadata.json")
    ('1', '')
    """
    whole, *rest = json_bases(name)
    if any(n_units(base) >= JSON_UNITS - 1 for base, _ in (whole, *rest)):
        return None
    return next((number for _, number in rest if number), "")


def split_title(title: str) -> tuple[str, str]:
    """Return a title without its extension, and that: titles need not have one, and may hold other dots.

    >>> split_title("St. Moritz"), split_title("a.b.JPG")
    (('St. Moritz', ''), ('a.b', '.JPG'))
    """
    stem, extension = os.path.splitext(title)
    return (stem, extension) if extension.lower() in MEDIA else (title, "")


def _is_same_by_units(one: str, other: str, encoding: str) -> bool:
    units = [[sign for sign in text for _ in range(_length(sign, encoding))] for text in (one, other)]
    return len(units[0]) == len(units[1]) and all(
        a == b or (a in _REPLACED and _NOT_PLAIN.match(b)) or (b in _REPLACED and _NOT_PLAIN.match(a))
        for a, b in zip(*units, strict=True)
    )


def _length(sign: str, encoding: str) -> int:
    if sign.isascii() or encoding == "utf-32":
        return 1
    return len(sign.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else n_units(sign)


def _same_extension(one: str, other: str) -> bool:
    pair = {one.lower(), other.lower()}
    return len(pair) == 1 or any(pair <= set(suffixes) for suffixes in SUFFIXES.values())


def _numberings(base: str) -> list[Key]:
    """Return a name as it is, and without a number at its end."""
    found = _NUMBERED.match(base)
    return [(base, ""), (found[1], found[2])] if found else [(base, "")]
