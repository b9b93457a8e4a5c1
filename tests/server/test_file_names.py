"""What an upload is called: in any letters that clients send, never a path, nothing that a terminal obeys."""

import pytest

from landmark.server.file_names import clean_name, disposition_parameters, file_name
from landmark.server.multipart import PhotoForm


def named(parameters: str | bytes) -> str:
    raw = parameters.encode() if isinstance(parameters, str) else parameters
    return file_name(disposition_parameters(b'form-data; name="photo"; ' + raw))


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ('filename="taj.jpg"', "taj.jpg"),
        ("filename=taj.jpg", "taj.jpg"),
        ('FileName = "taj.jpg" ', "taj.jpg"),
        ('filename="café.jpg"', "café.jpg"),
        ('filename="東京タワー.jpg"', "東京タワー.jpg"),
        ('filename="a;b=c.jpg"; x=y', "a;b=c.jpg"),
        (r'filename="a \"b\" c.jpg"', 'a "b" c.jpg'),
        ('filename="a %22b%22.jpg"', 'a "b".jpg'),
        ('filename="50%25 of it.jpg"', "50%25 of it.jpg"),
        ("filename*=UTF-8''caf%C3%A9.jpg", "café.jpg"),
        ("filename*=utf-8'en'na%C3%AFve%20inn.jpg", "naïve inn.jpg"),
        ("filename*=\"utf-8''caf%c3%a9.jpg\"", "café.jpg"),
        ("filename*=UTF-8''%E6%9D%B1%E4%BA%AC.jpg", "東京.jpg"),
        ("filename*=iso-8859-1''caf%E9.jpg", "café.jpg"),
        ("filename*=Shift_JIS''%93%8C%8B%9E.jpg", "東京.jpg"),
        ("filename*=windows-1251''%CC%EE%F1%EA%E2%E0.jpg", "Москва.jpg"),
        ("filename*=koi8-r''%F0%C1%D2%C9%D6.jpg", "Париж.jpg"),
        ("filename*=tis-620''%A1%A2.jpg", "กข.jpg"),
        ("filename*=windows-874''%A1%A2.jpg", "กข.jpg"),
        ("filename*=macintosh''caf%8E.jpg", "café.jpg"),
        ("filename*=iso-8859-6''%C7%E4.jpg", "ال.jpg"),
        ("filename*=windows-1257''%E0.jpg", "ą.jpg"),
        ("filename=\"cafe.jpg\"; filename*=UTF-8''caf%C3%A9.jpg", "café.jpg"),
        ("filename*=UTF-8''caf%C3%A9.jpg; filename=\"cafe.jpg\"", "café.jpg"),
        # broken ones: the other name counts
        ("filename=\"cafe.jpg\"; filename*=UTF-8''caf%ZZ.jpg", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=UTF-8''caf%C3", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=UTF-8''caf%", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=no-such-charset''caf%E9.jpg", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=idna''caf%E9.jpg", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=rot13''pnsr.jpg", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=caf%C3%A9.jpg", "cafe.jpg"),
        ("filename=\"cafe.jpg\"; filename*=UTF-8''", "cafe.jpg"),
        ("filename*=UTF-8''caf%ZZ.jpg", "caf%ZZ.jpg"),
        ("filename*=caf.jpg", "caf.jpg"),
        ("filename*=caf%C3%A9.jpg", "café.jpg"),  # without a charset
        ("filename*=no-such-charset''caf%E9.jpg", "caf%E9.jpg"),
        # in pieces, and in the words of e-mail
        ("filename*0=\"a long \"; filename*1=\"name.jpg\"", "a long name.jpg"),
        ("filename*0*=UTF-8''caf%C3%A9; filename*1=\" 100%.jpg\"", "café 100%.jpg"),
        ('filename="=?UTF-8?B?Y2Fmw6kuanBn?="', "café.jpg"),
        ('filename="=?utf-8?Q?caf=C3=A9.jpg?="', "café.jpg"),
        ('filename="=?iso-8859-1?q?caf=E9?= =?utf-8?q?_inn.jpg?="', "café inn.jpg"),
        ('filename="=?utf-8?B?###?="', "=?utf-8?B?###?="),
        # never a path
        ("filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("filename*=UTF-8''C%3A%5Cphotos%5Ctaj.jpg", "taj.jpg"),
        (r'filename="C:\photos\taj.jpg"', "taj.jpg"),
        (r'filename="C:\\photos\\taj.jpg"', "taj.jpg"),
        ('filename="=?utf-8?Q?=2Fetc=2Fpasswd?="', "passwd"),
        # nothing that a terminal or a page obeys
        ("filename*=UTF-8''a%1B%5B31m%0D%0Ab.jpg", "a[31mb.jpg"),
        ("filename*=UTF-8''a%E2%80%AEgpj.exe", "agpj.exe"),
        ("filename*=UTF-8''a%00.jpg", "a.jpg"),
        ('filename="a%0D%0AX-Evil: 1.jpg"', "aX-Evil: 1.jpg"),
        ("filename=\"Shot at 1.00\u202fPM.jpg\"", "Shot at 1.00\u202fPM.jpg"),
        ("filename=\"\u0645\u06cc\u200c\u062e.jpg\"", "\u0645\u06cc\u200c\u062e.jpg"),
        # none
        ("", ""),
        ('filename=""', ""),
        ('filename="/"', ""),
        ("filename*=UTF-8''%0A", ""),
    ],
)  # fmt: skip
def test_a_name_is_what_the_client_meant(parameters: str, name: str) -> None:
    assert named(parameters) == name


def test_bytes_that_are_not_utf8_are_taken_for_western_letters() -> None:
    assert named(b'filename="caf\xe9.jpg"') == "café.jpg"


def test_a_name_is_of_limited_length_and_long_headers_are_read_at_once() -> None:
    assert len(named("filename*=UTF-8''" + "%C3%A9" * 1300)) == 200
    for odd in (b'filename="' + b"\\" * 8000, b"filename*=" + b"'" * 8000, b"; " * 4000, b"filename=" + b'"' * 8000):
        named(odd)
    assert clean_name("\0\x1b") == ""


def test_a_form_calls_its_photos_by_their_names() -> None:
    form = PhotoForm("multipart/form-data; boundary=x", max_photos=3)
    for parameters in ("filename*=UTF-8''caf%C3%A9.jpg", "", 'filename="Ä.jpg"'):
        head = f'Content-Disposition: form-data; name="photo"; {parameters}'
        form.feed(f"--x\r\n{head}\r\n\r\nRGB\r\n".encode())
    form.feed(b"--x--")
    assert [photo.name for photo in form.photos()] == ["café.jpg", "photo 2", "Ä.jpg"]
