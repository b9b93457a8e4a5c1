"""A model's README.md, made of its manifest, `landmark.json`: Markdown for people, with a header that hubs read."""

import json
import re
from pathlib import Path
from typing import Any

from landmark.core.errors import BundleError
from landmark.core.text import markdown_table, percent_text, range_text
from landmark.geo.place import Place
from landmark.model.bundle.manifest import COPY_AGAIN, MANIFEST, Bundle
from landmark.model.bundle.model_card.code import head_of, onnx_code, torch_code, why_not_plain
from landmark.pages.rendering import render

_TEMPLATE = Path(__file__).with_name("templates") / "card.md.jinja"
_MOST_NAMED = 200  # landmarks; beyond that the page would be a list and nothing else
_NOT_TEXT = re.compile(r"([\\`*_\[\]<>|~#&$])")  # what Markdown would take for its own
# Inside quotes YAML allows what JSON does, but for these: it takes them for line breaks or refuses them.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Hugging Face's names for licences, which are SPDX's in lower case; any other licence is "other", with its own name.
_HUB_LICENCE = re.compile(
    r"apache-2\.0|mit|isc|unlicense|cc0-1\.0|bsd-[23]-clause|mpl-2\.0|cc-by(-nc)?(-sa)?-4\.0|unknown"
)
_NO_LICENCE = {"", "unknown", "none", "none needed"}  # what a manifest says where there is no licence to pass on
_SPLITS = {"train": "train on", "valid": "validate on", "test": "test on"}
_SCORES = (
    ("accuracy", "accuracy", "interval"),
    ("macro accuracy, every landmark counting the same", "macro_accuracy", "macro_interval"),
    ("among the best 3", "top_3", ""),
    ("among the best 5", "top_5", ""),
)


def model_card(bundle: Bundle) -> str:
    """Return the whole README.md, as Markdown; what the manifest leaves out is left out.

    Raises `BundleError` where scores, training or pretraining hold something else than export writes.
    """
    from jinja2 import UndefinedError  # here, because commands that only answer need none

    try:
        return render(_TEMPLATE, **_values(bundle))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, UndefinedError) as error:
        raise BundleError(
            f"{bundle.path / MANIFEST}: no model card can be made of it ({type(error).__name__}: {error}). "
            f'Expected "architecture", "scores", "training" and "pretraining" as export writes them. {COPY_AGAIN}'
        ) from error


def hub_licence(licence: str) -> dict[str, str]:
    """Return a licence as the header of a model card states it.

    >>> hub_licence("Apache-2.0"), hub_licence("unknown")
    ({'license': 'apache-2.0'}, {'license': 'unknown'})
    >>> hub_licence("Museum's terms")
    {'license': 'other', 'license_name': "Museum's terms"}
    """
    known = licence.casefold()
    if _HUB_LICENCE.fullmatch(known):
        return {"license": known}
    return {"license": "other", "license_name": licence}


def _values(bundle: Bundle) -> dict[str, Any]:
    """Return what the template shows."""
    licence = str(bundle.pretraining.get("licence") or "").strip()
    licence = "unknown" if licence.casefold() in _NO_LICENCE else licence
    photos = bundle.training.get("photos", {})
    uses = [f"{photos[split]:,} to {use}" for split, use in _SPLITS.items() if split in photos]
    why = why_not_plain(bundle)
    return {
        "bundle": bundle,
        "text": _text,
        "code": _code,
        "quoted": _quoted,
        "manifest": MANIFEST,
        "licence": hub_licence(licence),
        "pretraining_licence": licence,
        "head": head_of(bundle),
        "onnx_code": onnx_code(bundle),
        "torch_code": "" if why else torch_code(bundle),
        "why_not_plain": why,
        "landmarks": _landmarks(bundle),
        "used": " and ".join(filter(None, [", ".join(uses[:-1]), *uses[-1:]])),
        "scores": _scores(bundle),
        "files": markdown_table(
            [("file", "SHA-256"), *((_code(name), f"`{digest}`") for name, digest in sorted(bundle.files.items()))]
        ),
    }


def _landmarks(bundle: Bundle) -> str:
    """Return a table of the landmarks, without the columns in which no row says anything; of very many their names."""
    if bundle.n_classes > _MOST_NAMED:
        named = ", ".join(_text(name) for name in bundle.categories[:_MOST_NAMED])
        more = f"{bundle.n_classes - _MOST_NAMED:,} more"
        return f"{named}, and {more}: {_code(MANIFEST)} lists them all, with their places."
    photos = bundle.training.get("photos_per_landmark") or [None] * bundle.n_classes
    tested = {score["landmark"]: score for score in bundle.scores.get("test", {}).get("per_landmark", [])}
    rows = [("landmark", "country", "latitude, longitude", "within", "training photos", "right on test")]
    for name, place, count in zip(bundle.categories, bundle.places, photos, strict=True):
        score = tested.get(name)
        right = f"{score['n_correct']} of {score['n_photos']}" if score and score["n_photos"] else ""
        rows.append((_text(name), *_where(place), "" if count is None else str(count), right))
    filled = [column for column in range(len(rows[0])) if any(row[column] for row in rows[1:])]
    return markdown_table([[row[column] for column in filled] for row in rows])


def _where(place: Place | None) -> tuple[str, str, str]:
    """Return country, coordinates with a link to a map, and radius, as cells."""
    if place is None:
        return "", "", ""
    at = place.coordinates
    linked = f"[{at.latitude:.4f}, {at.longitude:.4f}]({place.map_link})" if at else ""
    radius = f"{place.radius_km:g} km" if place.radius_km else ""
    return " / ".join(_text(country.name) for country in place.countries), linked, radius


def _scores(bundle: Bundle) -> str:
    """Return a table of the scores on test and validation; nothing where it was not scored."""
    titles = {"test": "test", "valid": "validation"}
    splits = [split for split in titles if "accuracy" in bundle.scores.get(split, {})]
    if not splits:
        return ""
    header = ["", *(f"{titles[split]} ({bundle.scores[split].get('n_photos', '?')} photos)" for split in splits)]
    rows = [[title, *(_share(bundle.scores[split], *keys) for split in splits)] for title, *keys in _SCORES]
    return markdown_table([header, *rows])


def _share(scores: dict[str, Any], key: str, interval: str) -> str:
    if key not in scores:
        return ""
    return percent_text(scores[key]) + (f" ({range_text(scores[interval])})" if scores.get(interval) else "")


def _text(words: object) -> str:
    """Return words of a manifest as plain Markdown text on one line, whatever signs they hold.

    >>> print(_text("The *Big* | Thing"))
    The \\*Big\\* \\| Thing
    """
    return _NOT_TEXT.sub(r"\\\1", " ".join(str(words).split()))


def _code(words: str) -> str:
    """Return a name of a manifest as code; a backtick would end it."""
    return f"`{' '.join(words.split()).replace('`', '').replace('|', '')}`"


def _quoted(words: str) -> str:
    """Return text in quotes, as YAML: names may hold colons, quotes, or be called "no".

    >>> print(_quoted('Côte: "d\\'Azur"'))
    "Côte: \\"d'Azur\\""
    """
    return _NOT_IN_YAML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(words, ensure_ascii=False))
