"""Albums: photos that have a place keep it, others get a proposal, which is written where asked.

`tag_folder` is what the command, the page and any other caller use; all get the same rows.
"""

from collections.abc import Iterator
from pathlib import Path

from landmark.model.predictor import Predictor
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.pipeline import AlbumTagging
from landmark.tagging.policy import Policy
from landmark.tagging.reading.places import PlaceSummary, summarise_places
from landmark.tagging.rows import Status, TagRow

__all__ = ["AlbumTagging", "PlaceSummary", "Policy", "Status", "TagRow", "summarise_places", "tag_folder"]


def tag_folder(
    path: str | Path,
    *,
    policy: Policy | None = None,
    predictor: Predictor | None = None,
    rules: IgnoreRules = DEFAULT_RULES,
) -> Iterator[TagRow]:
    """Yield a row for each photo of an album, by path: what is known about its place, or what is proposed and why.

    Photos that have not changed since the last time are not read again. `predictor` is the model that ships unless
    another is given; `rules` say which files and folders are left out. Raises `PhotoError` where `path` is no folder; a
    photo that cannot be read is a row.

    Example: `for row in tag_folder("Holiday"): print(row.photo, row.landmark, row.reason)`.
    """
    return AlbumTagging(Path(path), predictor or Predictor.load(), policy or Policy(), rules=rules).rows()
