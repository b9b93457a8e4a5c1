"""The landmarks a model knows: index <-> folder <-> name.

Reads and writes the course project's `categories.json`, and names landmarks by their folders. `folders` lists the
photos inside.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from landmark.core.errors import DataError
from landmark.core.text import is_text

_NUMBERED = re.compile(r"(\d+)\.(.+)")


def name_of_folder(folder: str) -> str:
    """Return the landmark that a folder is named after: without number, with spaces.

    >>> name_of_folder("00.Haleakala_National_Park")
    'Haleakala National Park'
    >>> name_of_folder("eiffel tower")
    'eiffel tower'
    """
    numbered = _NUMBERED.fullmatch(folder)
    return (numbered[2] if numbered else folder).replace("_", " ").strip()


def order_folders(folders: Iterable[str]) -> list[str]:
    """Order folders by their indices: by number when all of them have one, else by name.

    >>> order_folders(["10.Petra", "9.Pantheon"]), order_folders(["10.Petra", "Pantheon", "9.Rialto"])
    (['9.Pantheon', '10.Petra'], ['10.Petra', '9.Rialto', 'Pantheon'])
    """
    found = [(folder, _NUMBERED.fullmatch(folder)) for folder in sorted(folders)]
    if found and all(numbered for _, numbered in found):
        found.sort(key=lambda pair: int(pair[1][1]) if pair[1] else 0)
    return [folder for folder, _ in found]


@dataclass(frozen=True)
class Categories:
    """The landmarks of a model in the order of its outputs.

    >>> categories = Categories.from_folders(["1.Taj_Mahal", "0.Eiffel_Tower"])
    >>> categories.names, categories[1], len(categories)
    (('Eiffel Tower', 'Taj Mahal'), 'Taj Mahal', 2)
    """

    names: tuple[str, ...]
    folders: tuple[str, ...] = ()  # empty where they come from a file without them

    def __post_init__(self) -> None:
        doubled = sorted({name for name in self.names if self.names.count(name) > 1})
        if doubled:
            raise DataError(
                f"Several folders stand for the same landmark: {', '.join(doubled)}. Expected one folder per landmark; "
                "merge them, or rename one."
            )
        if broken := [name for name in self.names if not is_text(name)]:
            raise DataError(
                f"The landmark {broken[0]!a} has a name that is no text. Expected a name in UTF-8: rename its folder."
            )

    @classmethod
    def from_folders(cls, folders: Iterable[str]) -> Self:
        """Make categories of the names of folders, in any order."""
        ordered = order_folders(folders)
        return cls(names=tuple(map(name_of_folder, ordered)), folders=tuple(ordered))

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a `categories.json`: one object, index -> name.

        Raises `DataError` when the file is not such an object or its indices have gaps.
        """
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
            by_index = {int(index): str(name) for index, name in found.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise DataError(
                f'{path}: not a table of categories ({error}). Expected JSON like {{"0": "Taj Mahal", "1": …}}.'
            ) from error
        if sorted(by_index) != list(range(len(by_index))):
            raise DataError(f"{path}: found the indices {sorted(by_index)}. Expected 0, 1, 2, … without gaps.")
        return cls(names=tuple(by_index[index] for index in range(len(by_index))))

    def to_dict(self) -> dict[str, str]:
        """Return the content of `categories.json`: index, as text, -> name."""
        return {str(index): name for index, name in enumerate(self.names)}

    def __getitem__(self, index: int) -> str:
        return self.names[index]

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)
