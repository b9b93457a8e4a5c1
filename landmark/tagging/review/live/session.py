"""A review in progress: what was decided, kept on disk after each decision, and what was decided before that."""

import json
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from landmark.core.directories import keep_private
from landmark.core.errors import ConfigurationError, DataError
from landmark.core.files import remove_leftovers, rename_to_backup, write_json
from landmark.core.text import json_text
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.decisions import Decisions
from landmark.tagging.review.digests import photo_digest
from landmark.tagging.review.known_places import KnownPlaces
from landmark.tagging.review.live.entries import Entry, Kind, ReviewEntries
from landmark.tagging.review.position_text import read_position_text

_MAX_UNDO = 1000
ACTIONS = ("accept", "decline", "candidate", "place")


class ReviewSession:
    """The decisions on an album's entries, by number. Threads may call it at once.

    `settings` are decisions on no photo yet: album, policy, model, where to write. What was decided in an earlier
    review of this album, in `file`, is taken over. Decisions on photos that are not shown today (a disk that is not
    there, another proposal) are kept in the file, and carried out by nothing.
    """

    def __init__(self, entries: ReviewEntries, settings: Decisions, file: Path, places: KnownPlaces) -> None:
        self.entries, self.groups, self.album = entries.entries, entries.groups, entries.album
        self.known, self.places, self.file = entries.known, places, file
        self.settings = settings
        self.choices: dict[str, Choice] = {}
        self._not_shown: dict[str, Choice] = {}
        self.results: dict[str, tuple[bool, str]] = {}  # by photo: whether it was written, and where, or why not
        self._before: deque[dict[str, Choice | None]] = deque(maxlen=_MAX_UNDO)
        self._lock = threading.RLock()
        self._take_over()

    def _take_over(self) -> None:
        """Take over what was decided on the same proposals before; a file that cannot be read is moved aside."""
        remove_leftovers(self.file)  # of a review that was killed
        try:
            found = Decisions.read(self.file).photos if self.file.exists() else {}
        except ConfigurationError:
            rename_to_backup(self.file)
            return
        labels = {entry.photo: entry.label for entry in self.entries}
        for photo, choice in found.items():
            is_shown = photo in labels and (choice.by_hand or choice.shown == labels[photo])
            (self.choices if is_shown else self._not_shown)[photo] = choice

    def decide(self, numbers: Sequence[int], action: Mapping[str, Any]) -> list[int]:
        """Decide on entries, and keep it on disk. Return the numbers of those that changed.

        `action` has one key: `{"accept": true}`, `{"decline": true}`, `{"candidate": 0}` or `{"place": "Petra"}`, whose
        text may be a position. Raises `ConfigurationError` for what cannot be done, and then nothing is changed.
        """
        entries = [self.entry(number) for number in numbers]
        kinds = [kind for kind in ACTIONS if kind in action]
        if len(kinds) != 1 or not entries:
            raise ConfigurationError(f"Found {sorted(action)[:5]}. Expected photos, and one of {', '.join(ACTIONS)}.")
        if any(entry.kind is Kind.SUSPECT for entry in entries):
            raise ConfigurationError("A photo that has GPS keeps it. Nothing was changed.")
        made = self._make(entries, kinds[0], action[kinds[0]])
        with self._lock:
            if any(self._is_written(entry.photo) for entry in entries):
                raise ConfigurationError("It is written already; landmark undo restores it. Nothing was changed.")
            before = {photo: self.choices.get(photo) for photo in made}
            self._keep(self.choices | made)
            self._before.append(before)
        return list(numbers)

    def _make(self, entries: Iterable[Entry], kind: str, given: Any) -> dict[str, Choice]:
        """Return the choices of an action."""
        place = self._read_place(str(given)) if kind == "place" else None
        made = {}
        for entry in entries:
            choice: Choice | None = place
            if kind == "decline":
                choice = Choice(False, entry.label)
            elif kind == "accept":
                choice = entry.accepting
            elif kind == "candidate":
                choice = _choose(entry, given)
            if choice is None:
                raise ConfigurationError(f"{entry.photo}: nothing is proposed. Choose a candidate, or type a place.")
            made[entry.photo] = replace(choice, shown=entry.label, digest=photo_digest(self.album / entry.photo))
        return made

    def _read_place(self, text: str) -> Choice:
        """Return the place that a person typed: a landmark that is known, or a position."""
        if found := self.places.find(text.strip()):
            return Choice(True, "", landmark=found.name)
        try:
            return Choice(True, "", coordinates=read_position_text(text))
        except DataError as error:
            if any(sign.isdigit() for sign in text):
                raise ConfigurationError(str(error)) from error
            closest = self.places.closest(text.strip()[:60])
            meant = f"Did you mean {closest}? " if closest else ""
            raise ConfigurationError(
                f"No landmark {text.strip()[:60]!r} is known here. {meant}Choose one of the list, or type a position "
                "such as 48.8584, 2.2945."
            ) from error

    def undo(self) -> list[int]:
        """Take the last decision back, and return the numbers of the entries that it was on."""
        with self._lock:
            if not self._before:
                return []
            before = {photo: one for photo, one in self._before[-1].items() if not self._is_written(photo)}
            kept = {photo: one for photo, one in self.choices.items() if photo not in before}
            self._keep(kept | {photo: one for photo, one in before.items() if one})
            self._before.pop()
        return [number for number, entry in enumerate(self.entries) if entry.photo in before]

    def _is_written(self, photo: str) -> bool:
        return self.results.get(photo, (False, ""))[0]

    def _keep(self, choices: dict[str, Choice]) -> None:
        """Take choices, once they are on disk."""
        write_json(self.file, replace(self.settings, photos=self._not_shown | choices).to_dict())
        keep_private(self.file)
        self.choices = choices

    def complete(self) -> Decisions:
        """Return the decisions on all photos: what nobody decided on is written if it is proposed without a doubt."""
        with self._lock:
            undecided = {
                entry.photo: Choice(entry.accepted, entry.label)
                for entry in self.entries
                if entry.kind in (Kind.PROPOSED, Kind.NEAR_OTHERS)
            }
            return replace(self.settings, photos=undecided | self.choices)

    def entry(self, number: Any) -> Entry:
        """Return the entry of a number. Raises `ConfigurationError` where there is none."""
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self.entries):
            raise ConfigurationError(f"Found the number {number!r}. Expected one from 0 to {len(self.entries) - 1}.")
        return self.entries[number]

    def count(self) -> dict[str, int]:
        """Return how many photos would be written now, are declined, are left to decide on, and have been written."""
        counts = Counter({"to_write": 0, "declined": 0, "open": 0, "written": 0, "failed": 0})
        with self._lock:
            for entry in self.entries:
                choice, result = self.choices.get(entry.photo), self.results.get(entry.photo)
                if result and result[0]:
                    counts["written"] += 1
                elif entry.kind is not Kind.SUSPECT:
                    wanted = choice.write if choice else entry.accepted or None
                    counts["open" if wanted is None else "to_write" if wanted else "declined"] += 1
                    counts["failed"] += result is not None
        return dict(counts)

    def rows_json(self, numbers: Iterable[int]) -> str:
        """Return what the page shows of entries, as JSON."""
        shown = [(json_text(self._state(number)), self.entries[number].shown) for number in numbers]
        joined = ", ".join(f'{state[:-1]}, "row": {row}}}' for state, row in shown)
        return f"[{joined}]"

    def states_json(self, numbers: Iterable[int]) -> str:
        """Return what was decided on entries and what became of them, as JSON."""
        return json_text([self._state(number) for number in numbers])

    def _state(self, number: int) -> dict[str, Any]:
        entry = self.entries[number]
        choice = self.choices.get(entry.photo)
        decided = {"write": choice.write, "label": choice.label, "by_hand": choice.by_hand} if choice else None
        return {"number": number, "kind": entry.kind, "choice": decided, "result": self.results.get(entry.photo)}


def _choose(entry: Entry, index: Any) -> Choice | None:
    """Return the choice of a candidate by its place in the list, from 0."""
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(entry.candidates):
        raise ConfigurationError(f"{entry.photo}: it has {len(entry.candidates)} candidates. Nothing was changed.")
    landmark = entry.candidates[index]
    if entry.kind is Kind.PROPOSED and landmark == entry.landmark == entry.label:
        return entry.accepting
    return Choice(True, "", landmark=landmark)


def album_dict(session: ReviewSession) -> dict[str, Any]:
    """Return what the page shows before any row."""
    return {
        "album": str(session.album),
        "write": session.settings.write,
        "count": session.count(),
        "n_entries": len(session.entries),
        "known": sorted(session.known),
        "landmarks": session.places.names(),
        "groups": [
            {
                "kind": group.kind,
                "title": group.title,
                "where": group.where,
                "first": group.first,
                "count": group.count,
                "at": [group.coordinates.latitude, group.coordinates.longitude] if group.coordinates else None,
            }
            for group in session.groups
        ],
    }


def read_json(body: bytes) -> dict[str, Any]:
    """Read the body of a request. Raises `ConfigurationError` for what is no JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigurationError("The body is no JSON object.")
    return found
