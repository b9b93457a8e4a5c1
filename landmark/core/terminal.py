"""Text on a terminal: how wide it is there, and how it is cut or wrapped so that no line runs over the edge.

Letters of East Asia take two columns and combining signs none, so `len` does not tell. What is piped is never cut.
"""

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

ELLIPSIS = "…"
_FALLBACK_COLUMNS = 80  # of a terminal that does not tell
_FEW_COLUMNS = 8
_BETWEEN_WORDS = re.compile(r"(?<![<>])\s+(?!(?:%|km)(?!\w))")  # a number keeps its unit, and "> 99 %" its sign


def terminal_columns(stream: TextIO) -> int | None:
    """Return how wide the terminal behind a stream is, in columns; None where it is none, such as a pipe or a file.

    As everywhere, the variable COLUMNS says it before the terminal does.
    """
    if not stream.isatty():
        return None
    try:
        columns = int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        columns = 0
    if columns <= 0:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):  # a stream without a file
            columns = _FALLBACK_COLUMNS
    at_edge = os.name == "nt"  # where a full line makes an empty one
    return max((columns or _FALLBACK_COLUMNS) - at_edge, 1)


def photo_column(columns: int) -> int:
    """Return how many of a terminal's columns the names of photos get, in a line for each.

    >>> photo_column(80), photo_column(200)
    (24, 40)
    """
    return max(12, min(columns * 3 // 10, 40))


def display_width(text: str) -> int:
    """Return how many columns text takes on a terminal.

    >>> display_width("Fès"), display_width("e\\u0301"), display_width("日本")
    (3, 1, 4)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # which has Unicode's tables

    return cell_len(text)


def pad_text(text: str, columns: int, *, to_right: bool = False) -> str:
    """Return text filled up with spaces to so many columns, behind it, or in front of it where it stands to the right.

    >>> pad_text("日本", 6), pad_text("12", 4, to_right=True)
    ('日本  ', '  12')
    """
    spaces = " " * (columns - display_width(text))
    return spaces + text if to_right else text + spaces


def cut_text(text: str, columns: int, *, keep_end: bool = False) -> str:
    """Return text in so many columns at most, with an ellipsis for what is cut off at its end, or at its beginning.

    >>> cut_text("no landmark I know", 12), cut_text("Holiday/India/IMG_0042.jpg", 15, keep_end=True)
    ('no landmark…', '…a/IMG_0042.jpg')
    """
    if display_width(text) <= columns:
        return text
    if columns <= 0:
        return ""
    room = columns - 1
    if keep_end:
        start = len(text)
        while start and display_width(text[start - 1 :]) <= room:
            start -= 1
        while start < len(text) and unicodedata.combining(text[start]):  # whose letter is cut off
            start += 1
        return ELLIPSIS + text[start:]
    end = 0
    while display_width(text[: end + 1]) <= room:
        end += 1
    return text[:end].rstrip() + ELLIPSIS


def named_line(name: str, reason: str, columns: int | None) -> str:
    """Return a name and what is said of it in a line; cut to so many columns: of a path the beginning, then the reason.

    >>> named_line("Holiday/India/IMG_0042.jpg", "restored", 24)
    '…/IMG_0042.jpg: restored'
    """
    if columns is None:
        return f"{name}: {reason}"
    room = max(columns - display_width(reason) - 2, photo_column(columns))
    return cut_text(f"{cut_text(name, room, keep_end=True)}: {reason}", columns)


def wrap_text(text: str, columns: int | None, indent: str = "") -> list[str]:
    """Return text as lines of so many columns, broken between words; a longer word, such as a path, stays whole.

    `indent` stands in front of each line; None for the columns is one line.

    >>> wrap_text("No photo was touched.", 12, "  ")
    ['  No photo', '  was', '  touched.']
    >>> wrap_text("recognised (> 99 %)", 14)
    ['recognised', '(> 99 %)']
    """
    if columns is None or display_width(indent + text) <= columns:
        return [indent + text]
    lines: list[str] = []
    for word in _BETWEEN_WORDS.split(text.strip()):
        if lines and display_width(f"{lines[-1]} {word}") <= columns:
            lines[-1] += f" {word}"
        else:
            lines.append(indent + word)
    return lines


@dataclass(frozen=True)
class Cell:
    """A piece of a line. `least` is the number of columns to which it may be cut; None for one that stays whole.

    What may be cut to 0 is left out where only a few letters of it would stay.
    """

    text: str
    least: int | None = None
    keep_end: bool = False


def fit_cells(cells: Sequence[Cell], columns: int, order: Sequence[int], between: str = "  ") -> str:
    """Return cells as a line of so many columns at most: those of `order` are cut, one after the other, as it needs.

    >>> fit_cells([Cell("Holiday/IMG_0042.jpg"), Cell("recognised 97 %, and 12 minutes from b.jpg", 10)], 40, [1])
    'Holiday/IMG_0042.jpg  recognised 97 %,…'
    """
    texts = [cell.text for cell in cells]
    for index in order:
        least, over = cells[index].least, display_width(between.join(filter(None, texts))) - columns
        if least is None or over <= 0:
            continue
        room = max(display_width(texts[index]) - over, least)
        is_left_out = least == 0 and room < _FEW_COLUMNS
        texts[index] = "" if is_left_out else cut_text(texts[index], room, keep_end=cells[index].keep_end)
    return cut_text(between.join(filter(None, texts)).rstrip(), columns)
