"""Text for people and programs: numbers, tables, and names of files, which may hold anything."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from landmark.core.terminal import display_width, pad_text

_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def one_line(text: str) -> str:
    """Return text in one line, all of it visible: a file's name may hold line breaks, and bytes that are no text.

    >>> one_line("new\\nline.jpg")
    'new\\\\nline.jpg'
    """
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON, in one line unless indented; in ASCII where a name holds bytes that are no text.

    >>> json_text({"photo": "Fès.jpg"})
    '{"photo": "Fès.jpg"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if is_text(text) else json.dumps(value, indent=indent)


def xml_text(text: str) -> str:
    r"""Return text for XML, which has no room for control characters and for bytes of file names that are no text.

    >>> xml_text("Pike & \x07") == "Pike &amp; \ufffd"
    True
    """
    # as html.escape does it, which would load a table of 2,000 names first
    return _NOT_IN_XML.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def compose_letters(name: str) -> str:
    """Return a name with composed letters: a Mac takes them apart, into plain letters and accents."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def fold_name(name: str) -> str:
    """Return a name by which those that differ only in case, or in composed and decomposed letters, are the same.

    >>> fold_name("Cafe\u0301.JPG") == fold_name("caf\u00e9.jpg")
    True
    """
    return compose_letters(name).casefold()


def is_text(name: str) -> bool:
    """Return whether a file's name is valid text, and holds no bytes of another encoding.

    >>> is_text("Fès"), is_text("F\\udce8s")
    (True, False)
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def count_text(number: int, thing: str) -> str:
    """Return a number of things.

    >>> count_text(1, "photo"), count_text(3974, "photo")
    ('1 photo', '3,974 photos')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration_text(seconds: float) -> str:
    """Return a duration in its largest fitting unit.

    >>> duration_text(40), duration_text(61), duration_text(7280), duration_text(3 * 86400)
    ('40 seconds', '1 minute', '2 hours', '3 days')
    """
    for unit_s, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if round(seconds) >= unit_s * (2 if unit == "day" else 1):
            return count_text(round(seconds / unit_s), unit)
    return count_text(round(seconds), "second")


def km_text(km: float) -> str:
    """Return a distance, with a decimal where it matters.

    >>> km_text(0.31), km_text(8123.4)
    ('0.3 km', '8,123 km')
    """
    return f"{km:.1f} km" if km < 9.95 else f"{km:,.0f} km"


def list_text(names: Sequence[str], at_most: int, between: str = ", ") -> str:
    """Return names for a sentence, the first of many.

    >>> list_text(["a", "b"], 5), list_text(list("abcdefg"), 5)
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    rest = len(names) - at_most
    return between.join(names[:at_most]) + (f" and {rest:,} more" if rest > 0 else "")


def percent_text(fraction: float, digits: int = 1) -> str:
    """Return a fraction as a percentage.

    >>> percent_text(0.939), percent_text(0.939, 0)
    ('93.9 %', '94 %')
    """
    return f"{100 * fraction:.{digits}f} %"


def confidence_text(fraction: float | None) -> str:
    """Return a confidence as a percentage that is never rounded to certainty; nothing for None.

    >>> confidence_text(0.9996), confidence_text(0.314), confidence_text(0.002)
    ('> 99 %', '31 %', '< 1 %')
    """
    if fraction is None:
        return ""
    if fraction >= 0.995:
        return "> 99 %"
    return "< 1 %" if fraction < 0.005 else percent_text(fraction, 0)


def range_text(interval: tuple[float, float]) -> str:
    """Return an interval of fractions as percentages, without the sign.

    >>> range_text((0.921, 0.953))
    '92.1 to 95.3'
    """
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def interval_text(interval: tuple[float, float]) -> str:
    """Return a 95 % confidence interval of fractions.

    >>> interval_text((0.921, 0.953))
    '95 % interval 92.1 to 95.3'
    """
    return f"95 % interval {range_text(interval)}"


def probability_text(p: float) -> str:
    """Return the p-value of a test, with three digits.

    >>> probability_text(0.0421), probability_text(1e-9)
    ('p = 0.042', 'p < 0.001')
    """
    return f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"


def is_number(cell: str) -> bool:
    """Return whether a cell of a table holds a number, possibly with a unit or an interval; an empty one may.

    >>> [is_number(cell) for cell in ("3,974", "81.8 %", "< 1 %", "-0.2 (95 % -0.4 to 0.1)", "", "Petra")]
    [True, True, True, True, True, False]
    """
    return re.match(r"[<>±+-]?\s*\d|$", cell) is not None


def number_columns(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Return for each column of a table whether it holds numbers; the first row and column are headings.

    >>> number_columns([["split", "photos", "note"], ["1", "3,974", "fine"]])
    [False, True, False]
    """
    heading, *body = rows
    return [index > 0 and all(is_number(row[index]) for row in body) for index in range(len(heading))]


def text_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of text, of which the first is the heading, as aligned lines: numbers to the right.

    >>> text_table([["split", "photos"], ["train", "3,974"], ["test", "885"]])
    ['split  photos', 'train   3,974', 'test      885']
    """
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    signed = [width if number else -width for width, number in zip(widths, number_columns(rows), strict=True)]
    return [text_row(row, signed) for row in rows]


def text_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return cells as one line of a table, aligned to the right, or to the left where the width is negative.

    >>> text_row(["test", "885"], [-6, 7])
    'test        885'
    """
    padded = (pad_text(cell, abs(width), to_right=width > 0) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of Markdown, of which the first is the heading, as a table.

    >>> print(markdown_table([["split", "photos"], ["train", "3,974"]]))
    | split | photos |
    | --- | --- |
    | train | 3,974 |
    """
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def json_values(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as objects, arrays and tuples as lists, what it has not as text.

    A number that is none, NaN or infinite, is None.

    >>> from pathlib import Path
    >>> json_values({"loss": float("nan"), "interval": (0.9, 1.0), "photo": Path("a.jpg")})
    {'loss': None, 'interval': [0.9, 1.0], 'photo': 'a.jpg'}
    """
    if is_dataclass(value):
        return {field.name: json_values(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): json_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return json_values(value.tolist()) if hasattr(value, "tolist") else str(value)  # of NumPy and of PyTorch
