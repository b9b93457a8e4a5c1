"""The name of an uploaded file, in any letters, from the Content-Disposition of its part; it is never used as a path.

Browsers send `filename` in UTF-8 (RFC 7578); other clients send `filename*` with percent signs (RFC 8187), in pieces
(RFC 2231), or as the encoded words of e-mail (RFC 2047). All are read, since all are in use.
"""

import codecs
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes

_MAX_NAME = 200
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_PERCENT = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*")  # of a value without broken sequences
_BY_FORMS = {b"%22": b'"', b"%0D": b"", b"%0A": b""}  # what browsers write as percent signs in `filename`, and no more
_ENCODED_WORD = re.compile(r"=\?[\w-]+\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
_JOINERS = "\u200c\u200d"  # invisible, and part of Persian words and of emoji
# fmt: off
_CHARSETS = frozenset({
    "utf-8", "ascii", *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))), "tis-620",
    *(f"cp{number}" for number in (866, 874, *range(1250, 1259))), "koi8-r", "koi8-u", "mac-roman",
    "shift_jis", "cp932", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr", "cp949",
})
# fmt: on
_NAMES = {"windows-874": "cp874", "x-mac-roman": "mac-roman", "x-sjis": "shift_jis"}  # which Python does not know


def disposition_parameters(header: bytes) -> dict[str, bytes]:
    """Return the parameters of a Content-Disposition by their names in lower case, without their quotation marks.

    >>> disposition_parameters(b'form-data; name="photo"; filename="a \\\\"b\\\\"; c.jpg"')
    {'name': b'photo', 'filename': b'a "b"; c.jpg'}
    """
    found: dict[str, bytes] = {}
    for key, value in _PARAMETER.findall(header):
        value = value.strip()
        if len(value) > 1 and value[:1] == value[-1:] == b'"':
            value = re.sub(rb'\\(["\\])', rb"\1", value[1:-1])  # others stay, as in C:\photos
        found.setdefault(key.decode("latin-1").lower(), value)
    return found


def file_name(parameters: dict[str, bytes]) -> str:
    """Return a file's name as it may be printed; empty where there is none.

    Of `filename*` and `filename` the first is taken, unless it is broken.

    >>> file_name({"filename": b"cafe.jpg", "filename*": b"UTF-8''caf%C3%A9.jpg"})
    'café.jpg'
    >>> file_name({"filename": b"cafe.jpg", "filename*": b"UTF-8''caf%C3.jpg"})
    'cafe.jpg'
    """
    extended = _joined(parameters)
    name = _extended_name(extended)
    plain = _plain_name(parameters.get("filename", b""))
    found = [clean_name(name or ""), clean_name(plain)]
    if name is None:  # better a broken name than none
        text = extended.rpartition(b"'")[2]
        found.append(clean_name(_decoded(unquote_to_bytes(text), "utf-8") or _raw(text)))
    return next(filter(None, found), "")


def clean_name(name: str) -> str:
    """Return a file's name that is safe to print: without folders and control characters, and of limited length.

    >>> clean_name("C:\\\\photos\\\\café\\x1b[31m.jpg"), clean_name("../../etc/passwd"), clean_name("..")
    ('café[31m.jpg', 'passwd', '..')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in last if _is_printed(sign)).strip()[:_MAX_NAME]


def _is_printed(sign: str) -> bool:
    return sign.isprintable() or sign in _JOINERS or unicodedata.category(sign) == "Zs"  # spaces that do not break


def _joined(parameters: dict[str, bytes]) -> bytes:
    """Return the value of `filename*`; where it comes in pieces, `filename*0*` and so on, all of them as one."""
    if "filename*" in parameters:
        return parameters["filename*"]
    pieces = b""
    for number in range(len(parameters)):
        extended, plain = (parameters.get(f"filename*{number}{star}") for star in ("*", ""))
        if extended is not None:
            pieces += extended
        elif plain is not None:
            pieces += (b"''" * (not number)) + plain.replace(b"%", b"%25")
        else:
            break
    return pieces


def _extended_name(value: bytes) -> str | None:
    """Return what `charset'language'text` with percent signs stands for; None where it is broken."""
    charset, _, rest = value.partition(b"'")
    _, mark, text = rest.partition(b"'")
    if not mark or not _PERCENT.fullmatch(text):
        return None
    return _decoded(unquote_to_bytes(text), charset.decode("latin-1").strip() or "utf-8")


def _decoded(data: bytes, charset: str) -> str | None:
    """Decode text in one of the charsets of file names; None where it is in none, or broken."""
    try:
        codec = codecs.lookup(_NAMES.get(charset.lower(), charset)).name
        return data.decode(codec) if codec in _CHARSETS else None
    except (LookupError, ValueError):
        return None


def _plain_name(value: bytes) -> str:
    """Return the text of `filename`: in UTF-8, in encoded words, or else in Western letters.

    >>> _plain_name("café".encode()), _plain_name("café".encode("latin-1")), _plain_name(b"=?utf-8?Q?caf=C3=A9?=")
    ('café', 'café', 'café')
    """
    text = _raw(re.sub(rb"%(?:22|0D|0A)", lambda found: _BY_FORMS[found[0].upper()], value, flags=re.IGNORECASE))
    if not all(map(_ENCODED_WORD.fullmatch, text.split() or [""])):
        return text
    try:
        words = [(data, charset) for data, charset in decode_header(text) if isinstance(data, bytes)]
    except (ValueError, HeaderParseError):
        return text
    decoded = [_decoded(data, charset or "utf-8") for data, charset in words]
    return text if None in decoded else "".join(one or "" for one in decoded) or text


def _raw(data: bytes) -> str:
    """Return bytes as text: UTF-8, or else Latin-1, which holds any."""
    return _decoded(data, "utf-8") or data.decode("latin-1")
