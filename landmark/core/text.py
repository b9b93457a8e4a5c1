"""How things are told: figures to people, and names of files, which may hold anything, to people and programs."""

import json
from typing import Any


def one_line(text: str) -> str:
    """Text in which a file's name may hold line breaks, and bytes that are no text: in one line, all of it visible.

    >>> one_line("new\\nline.jpg")
    'new\\\\nline.jpg'
    """
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON, in one line unless indented; in ASCII where a file's name holds bytes that are no text.

    >>> json_text({"photo": "Fès.jpg"})
    '{"photo": "Fès.jpg"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if is_text(text) else json.dumps(value, indent=indent)


def is_text(name: str) -> bool:
    """Whether a name of the file system is all letters, and holds no bytes of another encoding.

    >>> is_text("Fès"), is_text("F\\udce8s")
    (True, False)
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def count_text(number: int, thing: str) -> str:
    """A number of things.

    >>> count_text(1, "photo"), count_text(3974, "photo")
    ('1 photo', '3,974 photos')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent_text(fraction: float) -> str:
    """A fraction as a percentage, as wide for 0 as for 1, so that columns line up.

    >>> percent_text(0.939)
    ' 93.9 %'
    """
    return f"{100 * fraction:5.1f} %"


def range_text(interval: tuple[float, float]) -> str:
    """Two fractions as percentages.

    >>> range_text((0.921, 0.953))
    '92.1 to 95.3'
    """
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def interval_text(interval: tuple[float, float]) -> str:
    """An interval of 95 %, of fractions.

    >>> interval_text((0.921, 0.953))
    '95 % interval 92.1 to 95.3'
    """
    return f"95 % interval {range_text(interval)}"


def probability_text(p: float) -> str:
    """The p of a test, to as many digits as anybody needs.

    >>> probability_text(0.0421), probability_text(1e-9)
    ('p = 0.042', 'p < 0.001')
    """
    return f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"
