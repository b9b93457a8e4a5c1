"""Countries by ISO code and English name, and names compared as people write them."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from landmark.core.directories import PACKAGE_DATA
from landmark.core.errors import DataError

# Letters that Unicode does not take apart into a plain letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})


def name_key(name: str) -> str:
    """Return what stays of a name when case, accents, punctuation, spaces and underscores do not matter.

    >>> name_key("Museu_Nacional_d_Art_de_Catalunya") == name_key("Museu Nacional d'Art de Catalunya")
    True
    >>> name_key("Wrocław's Dwarves"), name_key("故宫")
    ('wroclawsdwarves', '故宫')
    """
    folded = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN)
    # Letters, digits and the vowel signs of Indian scripts, which are marks (M) but no accents (combining class 0).
    kept = (sign for sign in folded if unicodedata.category(sign)[0] in "LNM" and not unicodedata.combining(sign))
    return "".join(kept) or folded.strip()


@dataclass(frozen=True)
class Country:
    """A country or territory: its ISO 3166-1 alpha-2 code and its common English name.

    Kosovo has the code XK, which ISO leaves to its users and most of them, the EU and Unicode among them, use for it.
    """

    code: str
    name: str


@cache
def _countries() -> dict[str, Country]:
    """Read the countries once, by the keys of their codes and of all their names."""
    import csv  # only where a table is read: this module is imported by every command

    with (PACKAGE_DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = [(Country(row["code"], row["name"]), row["aliases"]) for row in csv.DictReader(file)]
    by_name = {
        name_key(name): country
        for country, aliases in rows
        for name in (country.name, *filter(None, aliases.split(";")))
    }
    return by_name | {name_key(country.code): country for country, _ in rows}


def find_country(code_or_name: str) -> Country:
    """Return the country of an ISO code or an English name, in any case. Raises `DataError` when there is none.

    >>> find_country("in"), find_country("Turkiye").code, find_country("USA").name
    (Country(code='IN', name='India'), 'TR', 'United States')
    """
    wanted = code_or_name.strip()
    if found := _countries().get(name_key(wanted)):
        return found
    import difflib

    names = {name_key(country.name): country for country in _countries().values()}
    close = [names[key] for key in difflib.get_close_matches(name_key(wanted), names, n=1)]
    hint = f" Did you mean {close[0].name} ({close[0].code})?" if close else ""
    raise DataError(f"country {wanted!r}: expected an ISO 3166-1 code like IN or an English name like India.{hint}")
