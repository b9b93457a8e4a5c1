"""The decisions of a person on the proposals for an album, as a file: what is written and where, and places by hand."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Self

from landmark.core.errors import ConfigurationError, DataError
from landmark.metadata.sidecars import FolderNames
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.pipeline import Writer
from landmark.tagging.policy import Policy
from landmark.tagging.review.by_hand import place_by_hand
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.digests import photo_digest
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.rows import DECLINED, NOT_DECIDED, Status, TagRow
from landmark.tagging.writing import Target

VERSION = 2  # the first had no places given by hand and no digests; it is still read
FILE_NAME = "landmark-decisions.json"
_EXPECTED = "Expected what the review page of landmark tag saved."


@dataclass(frozen=True)
class Decisions:
    """For each photo, by its path in the album, what was decided; with what is needed to come to the same proposals."""

    album: Path
    write: Target
    policy: Policy
    model: str | None
    photos: Mapping[str, Choice]
    rules: IgnoreRules = DEFAULT_RULES

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what the page saved. Raises `ConfigurationError`, which says what is wrong with the file.

        >>> Decisions.read("no/such/file.json")
        Traceback (most recent call last):
            ...
        landmark.core.errors.ConfigurationError: no/such/file.json: cannot be read (No such file or directory). \
Expected what the review page of landmark tag saved.
        """
        try:
            found = json.loads(Path(path).read_bytes())
            if not isinstance(found, dict):
                raise ConfigurationError(f"{path}: holds no decisions (it is no JSON object). {_EXPECTED}")
            if found["landmark_decisions"] not in (1, VERSION):
                raise ConfigurationError(f"{path}: version {found['landmark_decisions']}. Expected 1 or {VERSION}.")
            photos = {photo: Choice.from_dict(one) for photo, one in found["photos"].items()}
            if outside := next(filter(_leads_out, photos), None):
                raise ConfigurationError(f"{path}: {outside!r} leads out of the album. {_EXPECTED}")
            rules: dict[str, Any] = found.get("rules", {})
            ignored = IgnoreRules(bool(rules.get("include_hidden")), tuple(map(str, rules.get("exclude", ()))))
            write, policy = Target(found["write"]), Policy(**found["policy"])
            return cls(Path(found["album"]), write, policy, found["model"], photos, ignored)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be read ({error.strerror}). {_EXPECTED}") from error
        except KeyError as error:
            raise ConfigurationError(f"{path}: found nothing under {error}. {_EXPECTED}") from error
        except (ValueError, TypeError, AttributeError, DataError, RecursionError) as error:
            raise ConfigurationError(f"{path}: holds no decisions ({error}). {_EXPECTED}") from error

    def to_dict(self) -> dict[str, Any]:
        """Return them as `read` takes them."""
        settings = settings_of(self.policy, self.album, self.model, self.rules)
        return settings | {
            "write": self.write.value,
            "photos": {name: one.to_dict() for name, one in self.photos.items()},
        }

    def is_of(self, album: Path) -> bool:
        """Return whether they were made on this album, which may have been moved since: its photos are known again."""
        if os.path.realpath(self.album) == os.path.realpath(album):
            return True
        there = {name: one.digest for name, one in self.photos.items() if one.digest and (album / name).exists()}
        is_gone = bool(there) and not self.album.exists()
        return is_gone and all(photo_digest(album / name) == digest for name, digest in there.items())

    def revised(self, album: Path, places: KnownPlaces) -> Callable[[TagRow], TagRow]:
        """Return a function that gives rows the places that a person gave."""

        def revise(row: TagRow) -> TagRow:
            choice = self.photos.get(_key(row, album))
            return place_by_hand(row, choice, places, wide=self.policy.wide) if choice else row

        return revise

    def applied(self, album: Path, write: Writer) -> Writer:
        """Return a writer that writes only what was accepted, and says why it leaves the rest."""

        def write_decided(row: TagRow, photo: Path, names: FolderNames) -> TagRow:
            if not row.proposed:  # names of a photo that has a position: there was nothing to decide
                return write(row, photo, names)
            choice = self.photos.get(_key(row, album))
            if choice is None:
                return replace(row, warnings=(*row.warnings, NOT_DECIDED))
            if not choice.write:
                return replace(row, warnings=(*row.warnings, DECLINED))
            if choice.digest and choice.digest != photo_digest(photo):
                return replace(row, error=f"{row.photo}: it has changed since it was decided on. Nothing was written.")
            if choice.by_hand and row.status is not Status.BY_HAND:
                reason = f"a person decided on {choice.label}, which cannot be carried out now. Nothing was written."
                return row if row.error else replace(row, error=f"{row.photo}: {reason}")
            if not choice.by_hand and choice.shown != row.label:
                return replace(row, error=f"{row.photo}: it was decided on {choice.shown}, and is {row.label} now.")
            return write(row, photo, names)

        return write_decided


def settings_of(policy: Policy, album: Path, model: str | None, rules: IgnoreRules = DEFAULT_RULES) -> dict[str, Any]:
    """Return what is saved with the decisions."""
    settings = {"landmark_decisions": VERSION, "album": str(album.absolute()), "policy": asdict(policy), "model": model}
    return settings | ({} if rules == DEFAULT_RULES else {"rules": asdict(rules)})


def _key(row: TagRow, album: Path) -> str:
    return str(Path(row.photo).relative_to(album))


def _leads_out(name: str) -> bool:
    """Return whether a photo's path in an album leads out of it."""
    path = PurePath(name)
    return bool(path.anchor) or ".." in path.parts
