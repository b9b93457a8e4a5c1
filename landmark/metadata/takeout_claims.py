"""Which JSON files of a Google Takeout photos may claim whose names are not exactly theirs.

Letters may be replaced by `_`, or the title inside may be all that is left of a name.
"""

import html
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from os.path import splitext
from typing import TypeAlias, TypeVar

from landmark.metadata import takeout_names as naming
from landmark.metadata.takeout_names import Key, photo_titles

_MOST_ALIKE = 16  # names of one skeleton that are compared with each other
_Item = TypeVar("_Item")
Groups: TypeAlias = list[tuple[str, ...]]  # the JSON files that may be of one photo, by what its title may be


def few(names: Sequence[_Item]) -> Sequence[_Item]:
    """Return names that look alike; none where there are so many that they cannot be told apart, and take long."""
    return names if len(names) <= _MOST_ALIKE else ()


def claims_by_replaced_letters(photos: Collection[str], jsons: Collection[str]) -> dict[str, Groups]:
    """Return the claims of photos on JSON files whose names are the same but for letters replaced by `_`.

    >>> claims_by_replaced_letters(["B_r.jpg"], ["B\u00e4r.jpg.json", "Boar.jpg.json"])
    {'B_r.jpg': [('B\u00e4r.jpg.json',)]}
    """
    if not (photos and jsons):
        return {}
    alike: defaultdict[Key, list[tuple[str, str]]] = defaultdict(list)
    for name in jsons:
        for base, number in naming.json_bases(name):
            for skeleton in naming.skeletons(base):
                alike[skeleton, number].append((name, base))
    claims: dict[str, Groups] = {}
    for photo in photos:
        groups: dict[tuple[str, ...], None] = {}
        for title, number in photo_titles(photo):
            found = dict.fromkeys(
                name
                for form in naming.json_forms(title)
                for skeleton in naming.skeletons(form)
                for name, base in few(alike.get((skeleton, number), ()))
                if naming.is_same_but_replaced(form, base)
            )
            if found:
                groups[tuple(sorted(found, key=len, reverse=True))] = None
        if groups:
            claims[photo] = list(groups)
    return claims


def claims_by_titles(
    photos: Collection[str], jsons: Collection[str], title_of: Callable[[str], str | None]
) -> dict[str, Groups]:
    """Return the claims of photos that are named by the titles in JSON files.

    >>> claims_by_titles(["In_Rome.jpg"], ["x.json", "y.json"], {"x.json": "In?Rome.jpg", "y.json": "In Paris"}.get)
    {'In_Rome.jpg': [('x.json',)]}
    """
    if not (photos and jsons):
        return {}
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for photo in photos:
        texts = {text for title, _ in photo_titles(photo) for text in (title, splitext(title)[0])}
        for skeleton in {skeleton for text in texts for skeleton in naming.skeletons(text)}:
            alike[skeleton].append(photo)
    claims: defaultdict[str, Groups] = defaultdict(list)
    for name in jsons:
        if title := title_of(name):
            keys = {skeleton for text in naming.title_forms(title) for skeleton in naming.skeletons(text)}
            for photo in dict.fromkeys(one for key in keys for one in few(alike.get(key, ()))):
                if _is_named(photo, name, title):
                    claims[photo].append((name,))
    return dict(claims)


def _is_named(photo: str, name: str, title: str) -> bool:
    number = naming.json_number(name)
    return naming.title_names(photo, title, number) or naming.title_names(photo, html.unescape(title), number)
