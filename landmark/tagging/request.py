"""A request to tag an album: rows, writing, decisions to apply, files for other programs, the review page."""

import hashlib
import os
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from landmark.core.directories import data_dir
from landmark.core.errors import ConfigurationError
from landmark.model.predictor import Predictor
from landmark.photo import DEFAULT_LIMITS, Limits
from landmark.tagging.clocks import parse_offset
from landmark.tagging.decision import Policy
from landmark.tagging.journal import Journal
from landmark.tagging.outputs import Outputs
from landmark.tagging.pipeline import AlbumTagging, Writer
from landmark.tagging.review_decisions import Decisions, settings_of
from landmark.tagging.rows import TagRow
from landmark.tagging.summary import Summary
from landmark.tagging.writing import PlaceWriter, Target


@dataclass(frozen=True)
class TagRequest:
    """What `landmark tag` is asked for. The file of `apply` names album, policy, model and where to write."""

    album: Path | None = None
    write: str | None = None
    apply: Path | None = None
    outputs: tuple[Path, ...] = ()
    page: Path | None = None
    without_page: bool = False
    model: Path | None = None
    policy: Policy | None = None
    limits: Limits = DEFAULT_LIMITS


def make_policy(threshold: float | None, neighbours_min: float | None, wide: bool, clocks: list[str]) -> Policy | None:
    """Make the policy of these options; None where none is given. Raises `ConfigurationError`."""
    if threshold is None and neighbours_min is None and not wide and not clocks:
        return None
    minutes = Policy.neighbours_min if neighbours_min is None else neighbours_min
    return Policy(threshold, minutes, wide, clocks_s=dict(map(parse_offset, clocks)))


class TagRun:
    """Carry out a request: `rows()` is the work, `notes()` what a person should know afterwards.

    Raises a `LandmarkError` at once for what cannot be carried out.
    """

    def __init__(self, request: TagRequest) -> None:
        self.summary = Summary()
        decisions = Decisions.read(request.apply) if request.apply else None
        if decisions and request.policy:
            raise ConfigurationError("--apply uses the settings of its review. Leave the other options out.")
        album = request.album or (decisions.album if decisions else None)
        if album is None:
            raise ConfigurationError(
                "Found neither a folder nor --apply. Expected an album, as in: landmark tag Holiday"
            )
        self.album = album
        policy = decisions.policy if decisions else request.policy or Policy()
        model = request.model or (Path(decisions.model) if decisions and decisions.model else None)
        target = request.write or (decisions.write.value if decisions else None)
        if target and request.page:
            raise ConfigurationError(
                "The review page is for deciding before anything is written. Leave --page out, or what writes."
            )
        self._stack = ExitStack()
        self._outputs = Outputs(list(request.outputs))
        self._page, self._page_path = None, request.page
        if not target and not request.without_page:
            from landmark.tagging.review_page import ReviewPage  # 30 ms, which rows for programs need not wait for

            settings = settings_of(policy, album, str(model.absolute()) if model else None)
            self._page = ReviewPage(album, settings)
            self._page_path = request.page or _page_path(album)
        predictor = Predictor.load(model, limits=request.limits)
        self.tagging = AlbumTagging(album, predictor, policy, self._writer(target, decisions))
        self.written_files: list[Path] = []

    def rows(self) -> Iterator[TagRow]:
        """Yield the rows, after counting them, writing them to files and adding them to the page."""
        with self._stack:
            with self._outputs as outputs:
                for row in self.tagging.rows():
                    self.summary.count(row)
                    outputs.add(row)
                    if self._page:
                        self._page.add(row)
                    yield row
            self.written_files += outputs.paths
            if self._page and self._page_path:
                self.written_files.append(self._page.write(self._page_path, str(self.summary)))

    @property
    def failed(self) -> bool:
        """Return whether some photo could not be read or written, or some folder not opened."""
        return self.summary.failed or bool(self.tagging.walk.unreadable)

    @property
    def n_written(self) -> int:
        """Return for how many photos a place has been written so far."""
        return self.summary.written.total()

    def notes(self) -> list[str]:
        """Return sentences for people, the summary last."""
        notes = self.summary.notes(self.tagging.walk.others, self.tagging.walk.unreadable)
        notes += [f"Wrote {path}" for path in self.written_files]
        if self._page and self.summary.proposed:
            again = f"landmark tag {shlex.quote(_as_argument(self.album))} --write sidecar"
            notes.append(f"No photo was touched. To write: {again}. Or look at the page, and apply what it saves.")
        return [*notes, str(self.summary)]

    def _writer(self, target: str | None, decisions: Decisions | None) -> Writer | None:
        if target is None:
            return None
        writer = PlaceWriter(Target(target), self._stack.enter_context(Journal()))
        return decisions.applied(self.album, writer) if decisions else writer


def _as_argument(path: Path) -> str:
    """Return a path as an argument that no command takes for an option.

    >>> _as_argument(Path("-2024")), _as_argument(Path("2024"))
    ('./-2024', '2024')
    """
    text = str(path)
    return os.path.join(os.curdir, text) if text.startswith("-") else text


def _page_path(album: Path) -> Path:
    """Return the path of an album's page, in the user's data folder since it is no photo."""
    whole = album.resolve()
    other = hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]  # of albums of one name
    return data_dir() / "reviews" / f"{whole.name or 'album'}-{other}.html"
