"""Many answers at a glance: the landmarks that were found with the surest photos of each, and what was not found.

`landmark locate FOLDER` shows this on a terminal, where a line for each photo would run away.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Self

from landmark.core.noted import Noted, NotedWarnings
from landmark.core.terminal import cut_text, display_width
from landmark.core.text import confidence_text, count_text, one_line, text_table
from landmark.geo.place import Place
from landmark.model.answer import Answer

if TYPE_CHECKING:
    from landmark.model.answers_map import AnswersMap  # 20 ms, which those who ask for no map need not wait for

_EXAMPLES = 3
_MOST_LANDMARKS = 40  # that are shown; the others are counted
_EXAMPLES_COLUMNS, _LEAST_EXAMPLES = 24, 12  # what labels leave to them if they can; where less is left there are none
_LEAST_LABEL = 24


@dataclass
class LandmarkSummary:
    """The answers of one landmark. `examples` are its surest photos, each with the confidence."""

    landmark: str
    place: Place | None
    n_photos: int = 0
    n_gps: int = 0  # with a position of their own
    n_suspect: int = 0  # of those: it contradicts the landmark
    lowest: float = 1.0  # confidence
    examples: list[tuple[float, str]] = field(default_factory=list)

    def add(self, answer: Answer) -> None:
        """Count a photo."""
        confidence = answer.confidence or 0.0
        self.n_photos += 1
        self.n_gps += answer.own is not None
        self.n_suspect += answer.suspect
        self.lowest = min(self.lowest, confidence)
        self.examples = nlargest(_EXAMPLES, [*self.examples, (confidence, answer.photo)], key=lambda one: one[0])

    @property
    def label(self) -> str:
        """Return the landmark and its country."""
        countries = " / ".join(country.name for country in self.place.countries) if self.place else ""
        return ", ".join(filter(None, [self.landmark, countries]))

    @property
    def confidence(self) -> str:
        """Return how sure the model is of the photos, from the lowest confidence to the highest."""
        ends = dict.fromkeys([confidence_text(self.lowest), confidence_text(self.examples[0][0])])
        return " to ".join(ends)


@dataclass
class AnswersSummary:
    """Count answers as they pass. `named` are the photos that were asked for by name, and not found in a folder;
    `map` gets every answer too.

    >>> summary = AnswersSummary()
    >>> summary.add(Answer("a.jpg", "Taj Mahal", 0.97, (), None))
    >>> summary.landmarks["Taj Mahal"].n_photos, summary.n_photos
    (1, 1)
    """

    named: Set[str] = frozenset()
    n_photos: int = 0
    n_named_unreadable: int = 0
    landmarks: dict[str, LandmarkSummary] = field(default_factory=dict)
    suspect: Noted = field(default_factory=Noted)
    unknown: Noted = field(default_factory=Noted)
    n_unknown_with_gps: int = 0
    unreadable: Noted = field(default_factory=Noted)
    warnings: NotedWarnings = field(default_factory=NotedWarnings)
    map: "AnswersMap | None" = None

    def add(self, answer: Answer) -> None:
        """Count an answer."""
        self.n_photos += 1
        if self.map:
            self.map.add(answer)
        for warning in answer.warnings:
            self.warnings.add(answer.photo, warning)
        if answer.error:
            # the sentence starts with the photo's name
            self.unreadable.add(answer.photo, answer.error.removeprefix(answer.photo).lstrip(": "))
            self.n_named_unreadable += answer.photo in self.named
        elif answer.landmark:
            found = self.landmarks.setdefault(answer.landmark, LandmarkSummary(answer.landmark, answer.place))
            found.add(answer)
            if answer.suspicion:
                self.suspect.add(answer.photo, answer.suspicion)
        else:
            self.n_unknown_with_gps += answer.own is not None
            best = answer.candidates[0]
            self.unknown.add(
                answer.photo, f"nearest: {best.landmark}, {confidence_text(best.confidence)}", best.confidence
            )

    def counted(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """Hand on the answers, and count each."""
        for answer in answers:
            self.add(answer)
            yield answer

    def write_map(self) -> None:
        """Write the page of the map, if there is one."""
        if self.map:
            found = sum(one.n_photos for one in self.landmarks.values())
            self.map.write(f"{count_text(self.n_photos, 'photo')}, {found:,} of them of a landmark.")

    def read(self, answers: Iterable[Answer]) -> Self:
        """Read the answers of `counted` to their end; return the summary."""
        for _ in answers:
            pass
        return self

    def lines(self, columns: int) -> list[str]:
        """Return the summary as lines of so many columns at most."""
        found = sorted(self.landmarks.values(), key=lambda one: (-one.n_photos, one.landmark))
        blocks = [
            _table(found[:_MOST_LANDMARKS], columns),
            self._rest(found[_MOST_LANDMARKS:]),
            self.suspect.lines("GPS that does not fit what the photo shows", columns),
            self.unknown.lines("No landmark I know", columns, after=self._unknown_with_gps),
            self.unreadable.lines("Could not be read", columns),
            self.warnings.lines(columns),
        ]
        return [line for block in blocks if block for line in ["", *block]][1:]

    @property
    def _unknown_with_gps(self) -> str:
        return f" ({self.n_unknown_with_gps:,} with GPS of their own)" if self.n_unknown_with_gps else ""

    def _rest(self, found: list[LandmarkSummary]) -> list[str]:
        if not found:
            return []
        photos = count_text(sum(one.n_photos for one in found), "photo")
        return [f"and {count_text(len(found), 'landmark')} more, with {photos}"]


def _table(found: list[LandmarkSummary], columns: int) -> list[str]:
    """Return the table; the examples get what is left of the line, and are left out where that is little."""
    if not found:
        return []
    counts = {"had GPS": [one.n_gps for one in found], "suspect": [one.n_suspect for one in found]}
    shown = {name: numbers for name, numbers in counts.items() if any(numbers)}
    rows = [["landmark", "photos", *shown, "how sure"]]
    for index, one in enumerate(found):
        numbers = (f"{numbers[index]:,}" if numbers[index] else "" for numbers in shown.values())
        rows.append([one_line(one.label), f"{one.n_photos:,}", *numbers, one.confidence])
    longest = max(display_width(row[0]) for row in rows)
    others = max(map(display_width, text_table(rows))) - longest
    label_room = max(columns - others - 2 - _EXAMPLES_COLUMNS, _LEAST_LABEL)
    rows = [[cut_text(row[0], label_room), *row[1:]] for row in rows]
    room = columns - others - min(longest, label_room) - 2
    if room >= _LEAST_EXAMPLES:
        examples = ["surest", *(one_line(_examples(one)) for one in found)]
        rows = [[*row, cut_text(names, room)] for row, names in zip(rows, examples, strict=True)]
    return [cut_text(line, columns) for line in text_table(rows)]


def _examples(one: LandmarkSummary) -> str:
    return ", ".join(Path(photo).name for _, photo in one.examples)
