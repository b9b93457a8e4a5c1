"""Photos with damage that hypothesis makes up, for tests of what has to stand it."""

from collections.abc import Callable

from factories import photos as made
from hypothesis import strategies as st

SMALL: dict[str, Callable[[], bytes]] = {
    **made.PLAIN,
    "cmyk.jpg": made.cmyk_jpeg,
    "phone.jpg": lambda: made.encode(
        made.scene(), "JPEG", exif=made.exif(6, made.gps(48, 11)), icc_profile=made.profile()
    ),
    "phone.heic": lambda: made.encode(made.scene(), "HEIC", exif=made.exif(6, made.gps(48, 11)).tobytes()),
    "phone.png": lambda: made.encode(made.scene(), "PNG", exif=made.exif(6), icc_profile=made.profile()),
    "phone.webp": lambda: made.encode(made.scene(), "WEBP", exif=made.exif(6), icc_profile=made.profile()),
    "phone.tif": lambda: made.encode(made.scene(), "TIFF", exif=made.exif(6, made.gps(48, 11))),
}
_made: dict[str, bytes] = {}


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A photo with bytes changed, put in or taken out, mostly near its head, and sometimes its end cut off."""
    name = draw(st.sampled_from(sorted(SMALL)))
    data = bytearray(_made.setdefault(name, SMALL[name]()))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, min(len(data), draw(st.sampled_from([40, 600, 10**6])))))
        new = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff"])))
        data[at : at + draw(st.integers(0, 4))] = new
    return bytes(data[: draw(st.one_of(st.none(), st.integers(0, len(data))))])
