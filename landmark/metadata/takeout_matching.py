"""Which JSON of a Google Takeout belongs to which photo, decided over all names of a folder at once.

By the whole name first, then by one that was cut, that has no extension, that has letters replaced, and at last by the
titles in what is left. A JSON that may be of several photos goes to the one its title names, or to none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from os.path import splitext as _split

from landmark.core.text import compose_letters, fold_name
from landmark.metadata import takeout_names as naming
from landmark.metadata.takeout_claims import Groups, claims_by_replaced_letters, claims_by_titles, few
from landmark.metadata.takeout_names import VIDEOS, Key, photo_titles

_MOST_NAMED = 3  # in a problem


@dataclass(frozen=True)
class TakeoutMatch:
    """The JSON files of a photo, the newest form first; or none.

    `problem` is why one that could be its own is not taken, `lacks` that there should be one and is none.
    """

    files: tuple[str, ...] = ()
    problem: str | None = None
    lacks: str | None = None


class TakeoutMatching:
    """The photos and JSON files of one folder, matched. `title_of` reads the title in a JSON; few are asked for.

    >>> found = TakeoutMatching(["a.jpg", "a-edited.jpg"], ["a.jpg.supplemental-metadata.json"], lambda name: None)
    >>> found.find("a-edited.jpg").files
    ('a.jpg.supplemental-metadata.json',)
    """

    def __init__(
        self, photos: Iterable[str], jsons: Iterable[str], title_of: Callable[[str], str | None] = lambda _: None
    ) -> None:
        self._title_of = title_of
        self._titles: dict[str, str | None] = {}
        self._matches: dict[str, TakeoutMatch] = {}
        self._problems: dict[str, str] = {}
        self._refused: set[str] = set()  # of photos with a problem those that nothing further can help
        self.photos = dict.fromkeys(photos)  # those without a JSON, in their order
        self.jsons = dict.fromkeys(jsons)  # those without a photo
        self._by_stem: defaultdict[str, list[str]] = defaultdict(list)
        self._by_fold: defaultdict[str, list[str]] = defaultdict(list)
        self._by_key: defaultdict[Key, list[str]] = defaultdict(list)
        if not self.jsons:  # most albums are no Takeout
            return
        for photo in self.photos:
            self._by_fold[fold_name(photo)].append(photo)
        for name in self.jsons:
            for base, number in naming.json_bases(name):
                self._by_key[fold_name(base), number].append(name)
        for keys_of in (naming.full_keys, naming.part_keys):
            self._settle({photo: self._groups(photo, keys_of) for photo in self.photos}, keys_of is naming.full_keys)
        self._settle(claims_by_replaced_letters(self.photos, self.jsons), False)
        self._settle(claims_by_titles(self.photos, self.jsons, self._title), False)

    def find(self, photo: str) -> TakeoutMatch:
        """Return the match of a photo, or of its original where it is an edited copy or the film of a live photo."""
        if (found := self._matches.get(photo)) is not None:
            return found
        if photo not in self.photos and photo not in self._refused:  # a photo that is not named like one
            groups = self._groups(photo, naming.full_keys)
            return TakeoutMatch(groups[0] if len(groups) == 1 else ())
        found = self.find_original(photo) if photo not in self._refused else TakeoutMatch()
        return found if found.files else TakeoutMatch(problem=self._problems.get(photo, found.problem))

    def find_original(self, photo: str) -> TakeoutMatch:
        """Return the match of what a photo of this name would be a copy or a part of."""
        if not self._by_key:
            return TakeoutMatch()
        for original in naming.originals(photo):
            if (found := self._of_original(original)) is not None:
                return found
        if _is_video(photo):
            stills = [*self._of_stem(_split(photo)[0]), *self._of_stem(photo)]  # a .MP lies beside a .MP.jpg
            return self._one_of([still for still in stills if not self._is_film(still)])
        return self._lost_word(photo)

    def _groups(self, photo: str, keys_of: Callable[[str, str], Iterable[Key]]) -> Groups:
        groups: dict[tuple[str, ...], None] = {}
        for title, number in photo_titles(photo):
            found = [
                name for key in keys_of(title, number) for name in few(self._by_key.get(key, ())) if name in self.jsons
            ]
            literal = [name for name in found if _begins(name, title)]  # before those in other letters
            if found:
                groups[tuple(sorted(dict.fromkeys(literal or found), key=len, reverse=True))] = None
        return list(groups)

    def _settle(self, claims: Mapping[str, Groups], is_whole: bool) -> None:
        """Give photos the JSON files they claim: to each one that nobody else claims, or that its title gives it."""
        claimants: defaultdict[str, list[str]] = defaultdict(list)
        for photo, groups in claims.items():
            for name in dict.fromkeys(name for group in groups for name in group):
                claimants[name].append(photo)
        owners = {name: self._owner(name, photos, claims) for name, photos in claimants.items()}
        for photo, groups in claims.items():
            own = [mine for group in groups if (mine := tuple(name for name in group if owners[name] == photo))]
            if len(own) > 1 or (own and not is_whole):
                own = self._not_contradicted(photo, own)
            if len(own) == 1:
                self._give(photo, own[0])
            elif own:
                self._problems[photo] = (
                    f"{_listed(group[0] for group in own)} may both be of this photo; neither is taken"
                )
                self._refused.add(photo)
                self.photos.pop(photo, None)
            elif open_names := [name for group in groups for name in group if owners[name] is None]:
                others = _listed(one for one in claimants[open_names[0]] if one != photo)
                self._problems[photo] = f"{open_names[0]} may be of this photo or of {others}; it is not taken"

    def _owner(self, name: str, photos: list[str], claims: Mapping[str, Groups]) -> str | None:
        """Return whose a JSON is: by case, by its title, or of a live photo, which has one alone, the still."""
        if len(photos) == 1:
            return photos[0]
        exact = [one for one in photos if any(_begins(name, title) for title, _ in photo_titles(one))]
        named = [one for one in photos if self._fits(one, name)]
        is_alone = all(group == (name,) for one in photos for group in claims[one])
        stills = [one for one in named or photos if not _is_video(one)] if is_alone else []
        return next((found[0] for found in (exact, named, stills) if len(found) == 1), None)

    def _not_contradicted(self, photo: str, groups: Groups) -> Groups:
        kept = [tuple(name for name in group if self._fits(photo, name) is not False) for group in groups]
        if not any(kept):
            self._problems[photo] = (
                f"{groups[0][0]} is of {self._title(groups[0][0])!r}, says its title; it is not taken"
            )
        return [group for group in kept if group]

    def _give(self, photo: str, names: tuple[str, ...]) -> None:
        self._matches[photo] = TakeoutMatch(names)
        self._problems.pop(photo, None)
        self.photos.pop(photo, None)
        for name in names:
            self.jsons.pop(name, None)

    def _of_original(self, original: str) -> TakeoutMatch | None:
        """Return the match of an original, in the folder or known by its JSON alone; None where there is none."""
        for photo in self._by_fold.get(fold_name(original), ()):
            if photo in self._matches:
                return self._matches[photo]
            if photo in self._problems:
                return TakeoutMatch(problem=self._problems[photo])
        for keys_of in (naming.full_keys, naming.part_keys):
            groups = self._groups(original, keys_of)
            if len(groups) == 1:
                return TakeoutMatch(groups[0])
        found = self._one_of(self._of_stem(_split(original)[0]))  # a HEIC's copy is a JPEG
        return found if found.files or found.problem else None

    def _of_stem(self, stem: str) -> list[str]:
        if not self._by_stem:
            for photo in (*self._matches, *self.photos):
                self._by_stem[fold_name(_split(photo)[0])].append(photo)
            for name in self.jsons:  # of photos that are not here
                for base, number in naming.json_bases(name):
                    title, extension = naming.split_title(base)
                    if extension:
                        numbered = f"({number})" if number else ""
                        self._by_stem[fold_name(title + numbered)].append(name)
        return self._by_stem.get(fold_name(stem), [])

    def _one_of(self, names: Iterable[str]) -> TakeoutMatch:
        found: dict[tuple[str, ...], None] = {}
        for name in names:
            files = (name,) if name in self.jsons else self._matches.get(name, TakeoutMatch()).files
            if files:
                found[files] = None
        if len(found) > 1:
            which = " or ".join(files[0] for files in found)
            return TakeoutMatch(problem=f"this may be an edited copy of the photo of {which}; neither is taken")
        return TakeoutMatch(next(iter(found), ()))

    def _is_film(self, name: str) -> bool:
        bases = [base for base, _ in naming.json_bases(name)] if name in self.jsons else [name]
        return any(map(_is_video, bases))

    def _lost_word(self, photo: str) -> TakeoutMatch:
        """Return a problem for a long name with a number: another photo, or a copy whose `-edited` was cut off."""
        for title, number in photo_titles(photo):
            if number and naming.n_units(title) in (naming.PHOTO_UNITS, naming.PHOTO_UNITS + 1):
                for other in self._by_fold.get(fold_name(title), ()):
                    if files := self._matches.get(other, TakeoutMatch()).files:
                        why = f"this may be an edited copy of {other}, or another photo whose name begins so"
                        return TakeoutMatch(problem=f"{why}; {files[0]} is not taken")
        return TakeoutMatch()

    def _title(self, name: str) -> str | None:
        if name not in self._titles:
            self._titles[name] = self._title_of(name)
        return self._titles[name]

    def _fits(self, photo: str, name: str) -> bool | None:
        title = self._title(name)
        return None if title is None else naming.fits_title(photo, name, title)


def _listed(names: Iterable[str]) -> str:
    """Return the first of some names."""
    first = list(islice(names, _MOST_NAMED + 1))
    return " and ".join(first[:_MOST_NAMED]) + (" and others" if len(first) > _MOST_NAMED else "")


def _is_video(name: str) -> bool:
    return _split(name)[1].lower() in VIDEOS


def _begins(name: str, title: str) -> bool:
    """Return whether a JSON is named after a title exactly, in the same case."""
    return compose_letters(name).startswith(compose_letters(title))
