"""Cut-off and damaged photos: of a JPEG half is shown with a warning, measured and not guessed; others are refused."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from factories import photos as made
from PIL import Image

from landmark.core.errors import PhotoError
from landmark.photo import Photo, read_photo

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # broken EXIF, once per kind

SIZE = (320, 240)


def picture(**options: int) -> Image.Image:
    """A picture that is different in every row, and large enough for its parts to be told apart."""
    return Image.fromarray(made.scene(*SIZE, grain=30, **options))


# JPEGs whose parts can be read, row by row from the top.
BY_ROWS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: made.encode(picture(), "JPEG", quality=90),
    "grey jpeg": lambda: made.encode(picture().convert("L"), "JPEG"),
    "cmyk jpeg": lambda: made.encode(picture().convert("CMYK"), "JPEG"),
    "jpeg without smoothed colours": lambda: made.encode(picture(), "JPEG", subsampling=0),
    "jpeg with restarts": lambda: made.encode(picture(), "JPEG", restart_marker_rows=1),
    "mpo": lambda: made.encode(picture(), "MPO"),
}
IN_PASSES: dict[str, Callable[[], bytes]] = {
    "progressive jpeg": lambda: made.encode(picture(), "JPEG", quality=90, progressive=True),
    "progressive grey jpeg": lambda: made.encode(picture().convert("L"), "JPEG", progressive=True),
    "progressive cmyk jpeg": lambda: made.encode(picture().convert("CMYK"), "JPEG", progressive=True),
}
# Formats that are whole or refused.
ALL_OR_NOTHING: dict[str, Callable[[], bytes]] = {
    "png": lambda: made.encode(picture(), "PNG"),
    "palette png": lambda: made.encode(picture().convert("P"), "PNG"),
    "png with alpha": lambda: made.encode(picture().convert("RGBA"), "PNG"),
    "deep png": lambda: made.png(np.asarray(picture(), np.uint16) * 257, 2),
    "deep grey png": lambda: made.png(np.asarray(picture(), np.uint16)[:, :, 0] * 257, 0),
    "black and white png": lambda: made.encode(picture().convert("1"), "PNG"),
    "interlaced png": lambda: made.png(np.asarray(picture()), 2, interlaced=True),
    "gif": lambda: made.encode(picture(), "GIF", interlace=0),
    "interlaced gif": lambda: made.encode(picture(), "GIF"),
    "tiff": lambda: made.encode(picture(), "TIFF"),
    "float tiff": lambda: made.encode(picture().convert("F"), "TIFF"),
    "packed tiff": lambda: made.encode(picture(), "TIFF", compression="tiff_lzw"),
    "bmp": lambda: made.encode(picture(), "BMP"),
    "webp": lambda: made.encode(picture(), "WEBP", quality=90),
    "lossless webp": lambda: made.encode(picture(), "WEBP", lossless=True),
    "webp with a profile": lambda: made.encode(picture(), "WEBP", icc_profile=made.profile("sRGB")),
    "animated webp": lambda: made.animation("WEBP"),
    "heic": lambda: made.encode(picture(), "HEIC"),
    "avif": lambda: made.encode(picture(), "AVIF"),
}
SAY_THEIR_LENGTH = ["bmp", "webp", "lossless webp", "webp with a profile", "animated webp", "heic", "avif"]
PARTS = BY_ROWS | IN_PASSES
ALL = PARTS | ALL_OR_NOTHING


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """All of them, made once."""
    return {kind: make() for kind, make in ALL.items()}


def share_told(photo: Photo) -> int:
    """The percentage in the only warning."""
    (warning,) = photo.warnings
    found = re.fullmatch(r"truncated: about (\d+) % of the photo could be read", warning)
    assert found
    return int(found[1])


@pytest.mark.parametrize("kind", ALL)
def test_wherever_a_photo_is_cut_it_is_answered_or_refused(kind: str, files: dict[str, bytes]) -> None:
    data = files[kind]
    whole = read_photo(data)
    for length in sorted({*range(1, 60, 7), *np.linspace(60, len(data) - 1, 40).astype(int), len(data) - 2}):
        try:
            photo = read_photo(data[:length], name="cut")
        except PhotoError as error:
            assert str(error).startswith("cut: ") and "Expected" in str(error)
            continue
        assert kind not in ALL_OR_NOTHING or photo.warnings == ()
        assert photo.original_size_px == SIZE or kind == "animated webp"
        if photo.warnings:
            assert 50 <= share_told(photo) <= 99
        else:
            assert np.array_equal(photo.pixels, whole.pixels)
        with pytest.raises(PhotoError) if photo.warnings else pytest.MonkeyPatch.context():
            read_photo(data[:length], allow_truncated=False)


@pytest.mark.parametrize("kind", BY_ROWS)
@pytest.mark.parametrize("share", [0.6, 0.75, 0.9, 0.97])
def test_the_rows_that_were_read_are_the_photo(kind: str, share: float, files: dict[str, bytes]) -> None:
    data = files[kind]
    whole = read_photo(data).pixels
    photo = read_photo(data[: int(share * len(data))])
    n_read = len(photo.pixels)
    assert np.array_equal(photo.pixels, whole[:n_read])  # nothing that was not in the file
    assert share_told(photo) == 100 * n_read // len(whole)
    assert abs(n_read / len(whole) - share) < 0.12  # the grain makes all rows cost the same


@pytest.mark.parametrize("kind", PARTS)
def test_less_than_half_is_refused_with_what_was_read(kind: str, files: dict[str, bytes]) -> None:
    data = files[kind]
    expected = (
        r"truncated, about (\d+) % of the photo could be read\. Expected at least 50 %; copy or download it again"
    )
    with pytest.raises(PhotoError, match=expected) as error:
        read_photo(data[: int((0.1 if kind in IN_PASSES else 0.4) * len(data))])
    found = re.search(expected, str(error.value))
    assert found and int(found[1]) < 50


@pytest.mark.parametrize("kind", PARTS)
def test_whoever_wants_whole_photos_gets_no_part(kind: str, files: dict[str, bytes]) -> None:
    cut = files[kind][: len(files[kind]) * 9 // 10]
    assert read_photo(cut).warnings
    with pytest.raises(PhotoError, match=r"truncated, about .* % .* Expected a whole photo"):
        read_photo(cut, allow_truncated=False)


@pytest.mark.parametrize("kind", ALL_OR_NOTHING)
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_cut_file_of_another_format_is_refused_with_the_reason(
    kind: str, share: float, files: dict[str, bytes]
) -> None:
    data = files[kind]
    cut = data[: int(share * len(data))]
    with pytest.raises(PhotoError) as error:
        read_photo(cut, name="cut")
    missing = f"{len(data) - len(cut):,} of {len(data):,} bytes are missing"
    reason = re.escape(missing) if kind in SAY_THEIR_LENGTH else ".+"
    expected = rf"cut: a damaged or truncated \w+ file \({reason}\)\. Expected a whole one; copy or download it again\."
    assert re.fullmatch(expected, str(error.value))


@pytest.mark.parametrize("kind", IN_PASSES)
def test_passes_count_by_the_detail_that_they_bring(kind: str, files: dict[str, bytes]) -> None:
    data = files[kind]
    whole = read_photo(data).pixels.astype(int)
    shares, errors = [], []
    for length in np.linspace(0.5, 0.999, 12) * len(data):
        photo = read_photo(data[: int(length)])
        assert photo.pixels.shape == whole.shape  # all of the picture, less sharp
        shares.append(share_told(photo))
        errors.append(np.abs(photo.pixels - whole).mean())
    assert shares == sorted(shares) and shares[0] < 80 and shares[-1] > 90
    assert errors == sorted(errors, reverse=True) and errors[0] < 12


def test_real_progressive_photos_are_refused_below_half_and_answered_above(shared: Path) -> None:
    for path in sorted((shared / "data" / "not_landmarks").rglob("*.jpg"))[::40]:
        progressive = made.encode(read_photo(path).pixels, "JPEG", progressive=True, quality=85)
        with pytest.raises(PhotoError, match="truncated, about"):
            read_photo(progressive[: int(0.3 * len(progressive))])
        photo = read_photo(progressive[: int(0.8 * len(progressive))])
        assert 50 <= share_told(photo) <= 95


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_part_is_turned_upright_as_the_whole_would_be(orientation: int) -> None:
    upright = made.scene(*SIZE)
    stored = np.ascontiguousarray(made.stored_turned(upright, orientation))
    data = made.encode(stored, "JPEG", exif=made.exif(orientation))
    photo = read_photo(data[: int(0.8 * len(data))])
    assert photo.original_size_px == SIZE and photo.warnings
    part = {
        3: upright[-len(photo.pixels) :],
        6: upright[:, -photo.pixels.shape[1] :],
    }  # the camera's last rows are lost
    part[8] = upright[:, : photo.pixels.shape[1]]
    assert np.abs(photo.pixels - part[orientation].astype(int)).mean() < 12


def test_a_large_truncated_photo_is_shrunk_too() -> None:
    data = made.encode(made.scene(1600, 1200), "JPEG")
    photo = read_photo(data[: int(0.8 * len(data))], short_side_px=100)
    assert min(photo.pixels.shape[:2]) in range(200, 400) and photo.original_size_px == (1600, 1200)


def test_a_download_that_ends_in_zeros_is_truncated() -> None:
    data = made.encode(picture(), "JPEG")
    cut = int(0.7 * len(data))
    photo = read_photo(data[:cut] + bytes(len(data) - cut))
    assert 60 <= share_told(photo) <= 75
    with pytest.raises(PhotoError, match="truncated"):
        read_photo(data[: len(data) // 4] + bytes(3 * len(data) // 4))


def test_what_is_missing_behind_the_picture_does_not_matter() -> None:
    png = made.encode(picture(), "PNG")
    mpo = made.mpo()
    for data, missing in ((png, 12), (mpo, 100)):
        photo = read_photo(data[:-missing], allow_truncated=False)
        assert photo.warnings == () and np.array_equal(photo.pixels, read_photo(data).pixels)


def test_a_heic_whose_item_types_are_no_text_does_not_take_the_process_down() -> None:
    data = bytearray(made.encode(made.scene(), "HEIC", exif=made.exif(6).tobytes()))
    at = data.index(b"Exif")
    data[at : at + 4] = b"E\xf8if"
    with pytest.raises(PhotoError, match="an item of unknown type"):
        read_photo(bytes(data))
