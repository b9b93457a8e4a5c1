"""A model's README.md: its card, `landmark.json`, told to people in Markdown, below a head that model hubs read.

Everything in it comes from the card. The head is `model_card_header`'s, the code in it `model_card_code`'s.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from landmark.core.errors import BundleError
from landmark.core.text import count_text
from landmark.geo.place import Place
from landmark.model.bundle.manifest import CARD, COPY_AGAIN, Bundle
from landmark.model.model_card.code import head_of, onnx_code, torch_code, why_not_plain
from landmark.model.model_card.header import card_header, pretraining_licence

_NAMED = 200  # landmarks; beyond that the page would be a list and nothing else
_NOT_TEXT = re.compile(r"([\\`*_\[\]<>|~#&$])")  # what Markdown would take for its own


def model_card(bundle: Bundle) -> str:
    """The whole README.md, as Markdown; what a card leaves out is left out.

    Raises `BundleError` where scores, training or pretraining hold something else than export writes.
    """
    try:
        return "\n\n".join(_sections(bundle)) + "\n"
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{bundle.path / CARD}: cannot be told as a page ({type(error).__name__}: {error}). "
            f'Expected "architecture", "scores", "training" and "pretraining" as export writes them. {COPY_AGAIN}'
        ) from error


def _sections(bundle: Bundle) -> list[str]:
    return [
        f"{card_header(bundle)}\n\n# {_text(bundle.name)}\n\n{_what_it_is(bundle)}",
        f"## How to use it\n\n{_use(bundle)}",
        f"## The landmarks it knows\n\n{_landmarks(bundle)}",
        f"## What it was trained on\n\n{_training(bundle)}",
        f"## How well it does\n\n{_scores(bundle)}",
        f"## What it refuses\n\n{_refusal(bundle)}",
        f"## Limits\n\n{_LIMITS}",
        f"## Where its weights come from\n\n{_origin(bundle)}",
        f"## Files\n\n{_files(bundle)}",
    ]


def _what_it_is(bundle: Bundle) -> str:
    parameters = bundle.architecture.get("parameters")
    size = f", {parameters / 1e6:.1f} million parameters in all" if isinstance(parameters, int) else ""
    return (
        f"Recognises {count_text(bundle.n_classes, 'landmark')} in photos, and answers with the place: name, "
        'coordinates, how sure it is, or "no landmark I know". It is for whoever has photos without a GPS position '
        "and would like to know where they were taken, and for programs that sort such photos; it runs on an ordinary "
        "computer, without a network.\n\n"
        f"Version {_text(bundle.version)}: the backbone {_code(bundle.architecture.get('backbone', 'unknown'))} with a "
        f"{_text(head_of(bundle))} head{size}, for photos of {bundle.preprocessing.crop_px} px."
    )


def _use(bundle: Bundle) -> str:
    sizes = bundle.preprocessing
    plain = why_not_plain(bundle) or (
        f"With {bundle.architecture['library']} and PyTorch alone, to train on or to build into something else. The "
        "lines down to `load_state_dict` make the network; it takes photos normalised as its backbone was "
        f"trained and gives logits:\n\n```python\n{torch_code(bundle)}\n```"
    )
    return (
        "In this folder, with the package `landmark` installed:\n\n"
        "```console\n$ landmark locate photo.jpg --model .\n```\n\n"
        "```python\n"
        "from landmark import Predictor\n\n"
        'for answer in Predictor.load(".").locate(["photo.jpg"]):\n'
        "    print(answer.landmark, answer.coordinates, answer.confidence)\n```\n\n"
        f"With ONNX Runtime, NumPy and Pillow alone. A photo is turned upright, its short side resized to "
        f"{sizes.resize_px} px (bilinear), {sizes.crop_px} x {sizes.crop_px} px cut from its centre, scaled to 0..1 "
        "and normalised; confidences leave room for none of the landmarks, where the model was fitted for that:\n\n"
        f"```python\n{onnx_code(bundle)}\n```\n\n{plain}"
    )


def _landmarks(bundle: Bundle) -> str:
    if bundle.n_classes > _NAMED:
        named = ", ".join(_text(name) for name in bundle.categories[:_NAMED])
        return f"{named}, and {bundle.n_classes - _NAMED:,} more: {_code(CARD)} lists them all, with their places."
    photos = bundle.training.get("photos_per_landmark") or [None] * bundle.n_classes
    tested = {score["landmark"]: score for score in _per_landmark(bundle)}
    rows = [
        (_text(name), *_where(place), "" if count is None else str(count), _right(tested.get(name)))
        for name, place, count in zip(bundle.categories, bundle.places, photos, strict=True)
    ]
    return _table(("landmark", "country", "latitude, longitude", "within", "training photos", "right on test"), rows)


def _per_landmark(bundle: Bundle) -> list[dict[str, Any]]:
    scores: list[dict[str, Any]] = bundle.scores.get("test", {}).get("per_landmark", [])
    return scores


def _where(place: Place | None) -> tuple[str, str, str]:
    """Country, coordinates with a link to a map, and radius, as cells."""
    if place is None:
        return "", "", ""
    at = place.coordinates
    linked = f"[{at.latitude:.4f}, {at.longitude:.4f}]({place.map_link})" if at else ""
    radius = f"{place.radius_km:g} km" if place.radius_km else ""
    return " / ".join(_text(country.name) for country in place.countries), linked, radius


def _right(score: dict[str, Any] | None) -> str:
    return f"{score['n_correct']} of {score['n_photos']}" if score and score["n_photos"] else ""


def _training(bundle: Bundle) -> str:
    told = bundle.training
    photos: dict[str, int] = told.get("photos", {})
    parts = [f"{photos[part]:,} to {use}" for part, use in _PARTS.items() if part in photos]
    lines = [f"Photos: {_listed(parts)}." if parts else "How many photos it was trained on is not told."]
    if counts := told.get("photos_per_landmark"):
        lines.append(f"Each landmark has {min(counts)} to {max(counts)} training photos, {sum(counts):,} in all.")
    if "left_out" in told:
        lines.append(f"Left out because they could not be read: {told['left_out']}.")
    lines.append(_recipe(told.get("recipe", {})))
    if "best_epoch" in told:
        lines.append(f"Epoch {told['best_epoch']} was kept.")
    if averaged := told.get("averaged"):
        lines.append(f"The weights are {_text(str(averaged))}.")
    return " ".join(filter(None, lines))


_PARTS = {"train": "train on", "valid": "validate on", "test": "test on"}


def _recipe(recipe: dict[str, Any]) -> str:
    """The settings that say most, in a sentence; nothing where the card holds no recipe."""
    if "epochs" not in recipe:
        return ""
    sides = ", ".join(map(str, recipe.get("train_px", [])))
    trained = "the head alone" if recipe.get("freeze_features") else "all layers"
    return (
        f"Its last training took {count_text(recipe['epochs'], 'epoch')}"
        + (f" of photos of {sides} px" if sides else "")
        + (f", {recipe['batch_photos']} at a time" if "batch_photos" in recipe else "")
        + f", and changed {trained}"
        + (f" ({_text(recipe['optimizer'])}, learning rate {recipe['learning_rate']:g})"
           if "optimizer" in recipe and "learning_rate" in recipe else "")
        + f"; {_code(CARD)} holds the whole recipe."
    )  # fmt: skip


def _scores(bundle: Bundle) -> str:
    titles = {"test": "test", "valid": "validation"}
    parts = [part for part in titles if "accuracy" in bundle.scores.get(part, {})]
    if not parts:
        return "It was not scored."
    header = ["", *(f"{titles[part]} ({bundle.scores[part].get('n_photos', '?')} photos)" for part in parts)]
    rows = [
        (title, *(_percent(bundle.scores[part], key, interval) for part in parts))
        for title, key, interval in (
            ("accuracy", "accuracy", "interval"),
            ("macro accuracy, every landmark counting the same", "macro_accuracy", "macro_interval"),
            ("among the best 3", "top_3", ""),
            ("among the best 5", "top_5", ""),
        )
    ]
    note = "In brackets, the 95 % interval."
    if "valid" in parts:
        note += " What was to be chosen was chosen on the validation photos, so their figures flatter a little."
    return f"{_table(header, rows)}\n\n{note}"


def _percent(scores: dict[str, Any], key: str, interval: str) -> str:
    if key not in scores:
        return ""
    low_high = scores.get(interval)
    span = f" ({100 * low_high[0]:.1f} to {100 * low_high[1]:.1f})" if low_high else ""
    return f"{100 * scores[key]:.1f} %{span}"


def _refusal(bundle: Bundle) -> str:
    threshold = bundle.calibration.threshold
    if not threshold:
        return "Nothing: it has no threshold, and names a landmark for every photo."
    told = f'Below a confidence of {100 * threshold:.0f} % the answer is "no landmark I know".'
    measured = bundle.scores.get("not_landmarks")
    if not measured:
        return f"{told} How many photos of anything else get a place all the same was not measured."
    return (
        f"{told} Of {measured['measured_on']} photos of anything else, {100 * measured['false_places']:.1f} % get a "
        f"place all the same (AUROC {measured['auroc']:.3f}); {measured['fitted_on']} others were used to fit the "
        f"threshold. Of the validation photos {100 * measured['valid_answered']:.0f} % are answered, "
        f"{100 * measured['valid_answered_right']:.1f} % of them rightly."
    )


_LIMITS = """\
- It knows the landmarks above and no others. A photo of another landmark may be taken for one that it resembles, which
  the share of false places above, of photos of anything else, does not tell.
- It knows what its training photos show. Where those are views from outside, interiors, details and unusual light are
  recognised less often, or not at all; the scores above do not tell these apart.
- It is not made to recognise people, homes or streets, nor to find out where somebody lives, and was not tested for it.
- A place is where the landmark stands, with the radius in which it lies; it is not where the camera stood. Copies,
  models and pictures of a landmark get the place of the original.
- Confidences were fitted on photos like those of the training data. On others they are a hint."""


def _origin(bundle: Bundle) -> str:
    origin = _text(str(bundle.pretraining.get("origin") or "unknown"))
    licence = pretraining_licence(bundle)
    then = f", then {_text(str(bundle.pretraining['then']))}" if bundle.pretraining.get("then") else ""
    meaning = (
        "The card does not tell under which licence the weights may be passed on: ask whoever made them."
        if licence == "unknown"
        else f"The licence of the pretraining, {_text(licence)}, is the one at the head of this page."
    )
    return (
        f"Training started from: {origin}{then}. {meaning} The training photos have licences of their own, and are "
        "not part of this bundle."
    )


def _files(bundle: Bundle) -> str:
    rows = [(_code(name), f"`{digest}`") for name, digest in sorted(bundle.files.items())]
    told = f"{_code(CARD)} lists these files, and holds everything that this page tells, for programs."
    return f"{_table(('file', 'SHA-256'), rows)}\n\n{told} This page is not among them: it may be edited."


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, without the columns in which no row says anything."""
    lines = [header, *rows]
    told = [column for column in range(len(header)) if any(line[column] for line in lines[1:])]
    cells = [[line[column] for column in told] for line in lines]
    cells.insert(1, ["---"] * len(told))
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _text(words: str) -> str:
    """Words of a card as plain Markdown text on one line, whatever signs they hold.

    >>> print(_text("The *Big* | Thing"))
    The \\*Big\\* \\| Thing
    """
    return _NOT_TEXT.sub(r"\\\1", " ".join(words.split()))


def _code(words: str) -> str:
    """A name of a card as code; a backtick would end it."""
    return f"`{' '.join(words.split()).replace('`', '').replace('|', '')}`"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
