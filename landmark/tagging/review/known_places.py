"""The landmarks that a person may name: those of the model, and those of the gazetteer."""

from collections.abc import Iterable
from typing import Self

from landmark.geo.countries import name_key
from landmark.geo.gazetteer import builtin_gazetteer
from landmark.geo.place import Place
from landmark.model.bundle import Bundle


class KnownPlaces:
    """Places by name or alias; where two share one, the model's is meant.

    >>> known = KnownPlaces()
    >>> known.find("tour eiffel").name, known.find("my house")
    ('Eiffel Tower', None)
    """

    def __init__(self, of_model: Iterable[Place] = ()) -> None:
        self._by_key: dict[str, Place] = {}
        places = [*of_model, *builtin_gazetteer()]
        for place in places:
            self._by_key.setdefault(name_key(place.name), place)
        for place in places:
            for alias in place.aliases:
                self._by_key.setdefault(name_key(alias), place)

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Self:
        """Return those of a model, of which some may have no coordinates, and of the gazetteer."""
        named = zip(bundle.categories, bundle.places, strict=True)
        return cls(place or Place(name, None, None) for name, place in named)

    def find(self, name: str) -> Place | None:
        """Return the place of a landmark, or None."""
        return self._by_key.get(name_key(name))

    def closest(self, name: str) -> str | None:
        """Return the name that is spelt most like this one; None where all are far from it.

        >>> KnownPlaces().closest("Eifel Towr"), KnownPlaces().closest("my house")
        ('Eiffel Tower', None)
        """
        from difflib import get_close_matches

        found = get_close_matches(name_key(name), self._by_key, n=1, cutoff=0.75)
        return self._by_key[found[0]].name if found else None

    def names(self) -> list[str]:
        """Return the names, sorted."""
        return sorted({place.name for place in self._by_key.values()})
