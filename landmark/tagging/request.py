"""A request to tag an album: rows, writing, decisions to apply, files for other programs, the review page."""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landmark.core.directories import keep_private
from landmark.core.errors import ConfigurationError
from landmark.core.progress import track_after_first
from landmark.core.text import count_text
from landmark.model.predictor import Predictor
from landmark.photo import DEFAULT_LIMITS, Limits
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.tagging.journal import Journal, Run
from landmark.tagging.outputs import Outputs
from landmark.tagging.pipeline import AlbumTagging, Writer
from landmark.tagging.policy import Policy
from landmark.tagging.policy_options import command_options, path_argument
from landmark.tagging.review.decisions import Decisions, settings_of
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.review.live.entries import ReviewEntries
from landmark.tagging.review.paths import review_path
from landmark.tagging.rows import TagRow
from landmark.tagging.summary import Summary
from landmark.tagging.takeout_positions import TakeoutTagging
from landmark.tagging.undecoded import undecoded_note
from landmark.tagging.writing import PlaceWriter, Target

if TYPE_CHECKING:
    from landmark.tagging.reading.album_map import AlbumMap
    from landmark.tagging.review.static_page import ReviewPage


@dataclass(eq=False)
class TagRun:
    """Carry out what `landmark tag` is asked for: `rows()` is the work, `notes()` what a person should know afterwards.

    The file of `apply` names album, policy, model and where to write. `source` "takeout" asks for the positions of a
    Google Takeout alone, which needs no model. `names` asks to write those of positions, `keywords` as keywords too.
    `other_album` applies decisions to an album that they were not made on. `strict` counts photos that cannot be read
    as failures. `progress` shows how far the decisions are, too. `reviews` keeps in `entries` what can be decided on,
    for `serve_review`, and writes no page; `write` then only says what is chosen on it at first. `map_page` is a
    page to write with a map of the photos.
    Raises a `LandmarkError` at once for what cannot be carried out.
    """

    album: Path | None = None
    write: str | None = None
    apply: Path | None = None
    outputs: tuple[Path, ...] = ()
    page: Path | None = None
    without_page: bool = False
    model: Path | None = None
    policy: Policy | None = None
    limits: Limits = DEFAULT_LIMITS
    rules: IgnoreRules = DEFAULT_RULES
    source: str | None = None
    names: bool = False
    keywords: bool = False
    other_album: bool = False
    strict: bool = False
    progress: bool = False
    reviews: bool = False
    map_page: Path | None = None

    def __post_init__(self) -> None:
        self.summary = Summary(recognises=self.source is None)
        self._check_options()
        decisions = self._read_decisions()
        album = self.album or (decisions.album if decisions else None)
        if album is None:
            raise ConfigurationError(
                "Found neither a folder nor --apply. Expected an album, as in: landmark tag Holiday"
            )
        policy = decisions.policy if decisions else self.policy or Policy()
        model = self.model or (Path(decisions.model) if decisions and decisions.model else None)
        target = None if self.reviews else self.write or (decisions.write.value if decisions else None)
        rules = decisions.rules if decisions and self.rules == DEFAULT_RULES else self.rules
        self._stack = ExitStack()
        self._outputs = Outputs(self.outputs)
        self._map = self._make_map(album)
        whole_model = str(model.absolute()) if model else None
        write = Target(self.write or Target.SIDECAR)
        self.settings = Decisions(album.absolute(), write, policy, whole_model, {}, rules)
        self.entries = ReviewEntries(album) if self.reviews else None
        has_page = not (target or self.without_page or self.source or self.reviews)
        self._page = _make_page(album, settings_of(policy, album, whole_model, rules)) if has_page else None
        predictor = None if self.source else Predictor.load(model, limits=self.limits)
        self.known_places = KnownPlaces.of_bundle(predictor.bundle) if predictor else KnownPlaces()
        journal = self._stack.enter_context(Journal()) if target else None
        writer: Writer | None = None
        if target and journal:
            writer = PlaceWriter(Target(target), journal, names=self.names, keywords=self.keywords)
            writer = decisions.applied(album, writer) if decisions else writer
        revise = decisions.revised(album, self.known_places) if decisions else None
        asked = {"writes_names": self.names, "moves_tags": target == Target.PHOTO}
        self.tagging = (
            AlbumTagging(album, predictor, policy, writer, rules, revise=revise, **asked)
            if predictor
            else TakeoutTagging(album, writer, rules, **asked)
        )
        if journal:
            journal.start_run(Run("tag --apply" if decisions else "tag", album, target, self._run_options))
        self.written_files: list[Path] = []

    def _make_map(self, album: Path) -> "AlbumMap | None":
        if self.map_page is None:
            return None
        from landmark.tagging.reading.album_map import AlbumMap  # 20 ms, which only a map waits for

        return AlbumMap(self.map_page, album)

    def _read_decisions(self) -> Decisions | None:
        """Read the decisions that are to be applied. Raises `ConfigurationError` where they are on another album."""
        if self.apply is None:
            return None
        decisions = Decisions.read(self.apply)
        if self.policy:
            raise ConfigurationError("--apply uses the settings of its review. Leave the other options out.")
        if self.album and not self.other_album and not decisions.is_of(self.album):
            raise ConfigurationError(
                f"{self.apply}: these decisions are on {decisions.album}, not on {self.album}. Expected the album that "
                "they were made on. --other-album applies them to this one: photos are found by their path in it."
            )
        return decisions

    def _check_options(self) -> None:
        """Raise `ConfigurationError` for options that do not go together."""
        if self.source and (self.apply or self.page or (self.policy and self.policy.tracks)):
            raise ConfigurationError(
                "--from takeout gives the positions of a Takeout alone, and needs no review. Leave out --apply, --page "
                "and --track; they can follow in a run of their own."
            )
        if self.reviews and (self.source or self.apply or self.page):
            raise ConfigurationError("A review is for proposals of its own. Leave out --from, --apply and --page.")
        if (self.write or self.apply) and self.page:
            raise ConfigurationError(
                "The review page is for deciding before anything is written. Leave --page out, or what writes."
            )
        if (self.names and not (self.write or self.apply or self.reviews)) or (self.keywords and not self.names):
            raise ConfigurationError(
                "Found --names without --write, or --keywords without --names. The names of positions are in the rows; "
                "to write them: --write sidecar --names, and with --keywords as keywords too."
            )

    def rows(self) -> Iterator[TagRow]:
        """Yield the rows, after counting them, writing them to files and adding them to the page."""
        with self._stack:
            with self._outputs as outputs:
                rows = self.tagging.rows()
                if self.progress and isinstance(self.tagging, AlbumTagging):  # a Takeout is read row by row
                    rows = track_after_first(rows, "Placing", total=lambda: self.tagging.walk.n_files)
                for row in rows:
                    self.summary.count(row)
                    outputs.add(row)
                    if self._map:
                        self._map.add(row)
                    if keeper := self.entries or self._page:
                        keeper.add(row)
                    yield row
            self.written_files += outputs.paths
            if self._map:
                self.written_files.append(self._map.write(self.summary.text(with_zeros=False)))
            if self._page:
                path = self.page or review_path(self.tagging.album, ".html")
                self.written_files.append(self._page.write(path, str(self.summary)))
                if not self.page:
                    keep_private(path)

    @property
    def failed(self) -> bool:
        """Return whether some place could not be written, some folder not opened, or, if `strict`, some file not read.

        A photo is found by walking the album: that it is broken is counted and named, and no fault of the request.
        """
        walk = self.tagging.walk
        is_broken = bool(self.summary.n_unreadable or walk.n_broken_films)
        return bool(self.summary.not_written or walk.unreadable) or (self.strict and is_broken)

    @property
    def n_written(self) -> int:
        """Return for how many photos a place has been written so far."""
        return self.summary.written.total()

    @property
    def _run_options(self) -> str:
        """Return the options of this run, as the history of runs shows them."""
        options = " --names" * self.names + " --keywords" * self.keywords + self._options
        return (options + (f" --from {self.source}" if self.source else "")).strip()

    @property
    def _options(self) -> str:
        """Return the options without which the same command would place other photos."""
        policy = self.tagging.policy if isinstance(self.tagging, AlbumTagging) else None
        model, limits = (None, DEFAULT_LIMITS) if self.source else (self.model, self.limits)
        return command_options(policy, model, limits, self.tagging.walk.rules)

    def next_steps(self) -> list[tuple[str, str]]:
        """Return what a person may do next: a sentence, and the command."""
        album = shlex.quote(path_argument(self.tagging.album))
        if self.n_written:
            steps = [("To take it back:", f"landmark undo {album}")]
            if self.summary.n_doubtful and isinstance(self.tagging, AlbumTagging) and not self.apply:
                doubtful = count_text(self.summary.n_doubtful, "doubtful photo")
                steps.append((f"To decide on {doubtful} in the browser:", f"landmark review {album}{self._options}"))
            return steps
        steps = []
        if self._page and self.summary.proposed + self.summary.n_doubtful:
            steps.append(("No photo was touched. To decide on each place in the browser:",
                          f"landmark review {album}{self._options}"))  # fmt: skip
        if self.summary.proposed and (self._page or self.source):
            more = f" --from {self.source} --write photo" if self.source else " --write sidecar"
            where = "into" if self.source else "beside"
            steps.append((f"To write {count_text(self.summary.proposed, 'place')} {where} the photos:",
                          f"landmark tag {album}{self._options}{more}"))  # fmt: skip
        return steps

    def notes(self, *, with_steps: bool = True) -> list[str]:
        """Return sentences for people, the summary last; without what `next_steps` says on a terminal, if asked so."""
        walk = self.tagging.walk
        notes = self.summary.notes(walk.others, walk.unreadable)
        notes += filter(None, (walk.films_note(), walk.ignored.note()))
        if isinstance(self.tagging, AlbumTagging) and self.tagging.n_undecoded:
            notes.append(undecoded_note(self.tagging.n_undecoded))
        if isinstance(self.tagging, AlbumTagging):
            notes += self.tagging.time_notes()
        if isinstance(self.tagging, AlbumTagging) and self.tagging.track_positions:
            notes += self.tagging.track_positions.notes()
        if self.source and (self.policy or self.model):
            notes.append("--from takeout recognises nothing: the settings of recognition had no effect.")
        notes += [f"Wrote {path}" for path in self.written_files]
        if with_steps and self.summary.proposed and (self._page or (self.source and not self.write)):
            again = f"landmark tag {shlex.quote(path_argument(self.tagging.album))}{self._options}"
            again += f" --from {self.source} --write photo" if self.source else " --write sidecar"
            page = " Or look at the page, and apply what it saves." if self._page else ""
            notes.append(f"No photo was touched. To write: {again}.{page}")
        return [*notes, self.summary.text(with_zeros=with_steps)]


def _make_page(album: Path, settings: dict[str, Any]) -> "ReviewPage":
    from landmark.tagging.review.static_page import ReviewPage  # 30 ms, for which rows need not wait

    return ReviewPage(album, settings)
