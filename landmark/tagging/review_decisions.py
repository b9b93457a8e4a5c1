"""The decisions of a person on the review page, as a file: which proposals are written, and where."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from landmark.core.errors import ConfigurationError
from landmark.metadata.sidecars import FolderNames
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.decision import Policy
from landmark.tagging.pipeline import Writer
from landmark.tagging.rows import DECLINED, NOT_DECIDED, TagRow
from landmark.tagging.writing import Target

VERSION = 1
FILE_NAME = "landmark-decisions.json"


@dataclass(frozen=True)
class Decisions:
    """For each photo (its path in the album) the landmark that was shown, and whether to write it."""

    album: Path
    write: Target
    policy: Policy
    model: str | None
    photos: Mapping[str, tuple[str, bool]]
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
        expected = "Expected what the review page of landmark tag saved."
        try:
            found = json.loads(Path(path).read_bytes())
            if found["landmark_decisions"] != VERSION:
                raise ConfigurationError(f"{path}: version {found['landmark_decisions']}. Expected {VERSION}.")
            photos = {photo: (str(one["landmark"]), one["write"] is True) for photo, one in found["photos"].items()}
            write = Target(found["write"])
            rules: dict[str, Any] = found.get("rules", {})
            ignored = IgnoreRules(bool(rules.get("include_hidden")), tuple(map(str, rules.get("exclude", ()))))
            return cls(Path(found["album"]), write, Policy(**found["policy"]), found["model"], photos, ignored)
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be read ({error.strerror}). {expected}") from error
        except KeyError as error:
            raise ConfigurationError(f"{path}: found nothing under {error}. {expected}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{path}: holds no decisions ({error}). {expected}") from error

    def applied(self, album: Path, write: Writer) -> Writer:
        """Return a writer that writes only what was accepted, and says why it leaves the rest."""

        def write_decided(row: TagRow, photo: Path, names: FolderNames) -> TagRow:
            if not row.proposed:  # names of a photo that has a position: there was nothing to decide
                return write(row, photo, names)
            decided = self.photos.get(str(photo.relative_to(album)))
            if decided is None:
                return replace(row, warnings=(*row.warnings, NOT_DECIDED))
            landmark, wanted = decided
            if not wanted:
                return replace(row, warnings=(*row.warnings, DECLINED))
            if landmark != row.label:
                return replace(row, error=f"{row.photo}: it was decided on {landmark}, and is {row.label} now.")
            return write(row, photo, names)

        return write_decided


def settings_of(policy: Policy, album: Path, model: str | None, rules: IgnoreRules = DEFAULT_RULES) -> dict[str, Any]:
    """Return what the page saves with the decisions."""
    settings = {"landmark_decisions": VERSION, "album": str(album.absolute()), "policy": asdict(policy), "model": model}
    return settings | ({} if rules == DEFAULT_RULES else {"rules": asdict(rules)})
