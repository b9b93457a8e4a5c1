"""What this program wrote is known again, whatever other programs did with the photo since; and nothing else is."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import exiftool, tiff, xmp
from factories import photos as made

from landmark.geo.coordinates import Coordinates
from landmark.metadata.edits import apply_edits
from landmark.metadata.exif import read_exif
from landmark.metadata.exif_writing import add_to_exif
from landmark.metadata.formats.jpeg import edit_jpeg
from landmark.metadata.merging import read_metadata
from landmark.metadata.place_tag import PlaceTag, PositionMethod
from landmark.metadata.writing import edit_photo, edit_sidecar
from landmark.metadata.xmp import read_xmp

AGRA = Coordinates(27.175, 78.0422)
TAJ = PlaceTag("Taj Mahal", 0.97, "recognised 97 %", AGRA, 0.4)
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIC", "AVIF")


def tagged(path: Path, tag: PlaceTag = TAJ, **options: object) -> Path:
    data = made.encode(made.scene(), "JPEG", **options)
    path.write_bytes(apply_edits(data, edit_photo(data, tag)))
    return path


def edited(path: Path, *arguments: str) -> Path:
    subprocess.run([exiftool.need("exiftool"), "-q", "-overwrite_original", "-n", *arguments, str(path)], check=True)
    return path


def old_exif(method: str) -> bytes:
    value = b"ASCII\0\0\0" + method.encode()
    return tiff.block(gps=tiff.gps(AGRA.latitude, AGRA.longitude, t27=tiff.raw(7, len(value), value)))


@pytest.mark.parametrize("method", PositionMethod)
def test_photos_and_sidecars_of_every_method_are_ours(method: PositionMethod, tmp_path: Path) -> None:
    tag = PlaceTag(coordinates=AGRA, method=method)
    written = tagged(tmp_path / "a.jpg", tag)
    beside = tmp_path / "b.jpg"
    beside.write_bytes(made.encode(made.scene(), "JPEG"))
    beside.with_name("b.jpg.xmp").write_bytes(apply_edits(b"", edit_sidecar(None, tag)))
    for photo in (written, beside):
        found = read_metadata(photo)
        assert (found.written_by, found.recognised) == (method, method.is_guess), photo


@pytest.mark.parametrize("method", ["LANDMARK RECOGNITION", "GOOGLE TAKEOUT", "GPS TRACK"])
def test_what_earlier_versions_wrote_is_ours(method: str, tmp_path: Path) -> None:
    data = made.encode(made.scene(), "JPEG")
    photo = tmp_path / "old.jpg"
    photo.write_bytes(apply_edits(data, edit_jpeg(data, old_exif(method), None)))
    assert read_metadata(photo).written_by == method
    packet = xmp.packet(
        {
            "exif:GPSLatitude": "27,10.5N",
            "exif:GPSLongitude": "78,2.532E",
            "exif:GPSProcessingMethod": method,
        }
    )
    assert read_xmp(packet.encode()).recognised == (method == "LANDMARK RECOGNITION")
    # a person's sidecar beside it goes before, with a mark or without
    photo.with_suffix(".xmp").write_text(xmp.packet({"exif:GPSLatitude": "48,51.5N", "exif:GPSLongitude": "2,17.6E"}))
    found = read_metadata(photo)
    assert (found.coordinates_from, found.written_by, found.recognised) == ("old.xmp", None, False)


@pytest.mark.parametrize("method", ["MANUAL", "GPS", "CELLID", "LANDMARK", "GPS TRACKER", ""])
def test_what_others_wrote_is_not_ours(method: str) -> None:
    reading = read_exif(old_exif(method))
    assert reading.coordinates and reading.mark is None and not reading.recognised


@pytest.mark.parametrize(
    ("edit", "method"),
    [
        (("-XMP:all=",), PositionMethod.RECOGNITION),  # an editor that drops XMP
        (("-GPSAreaInformation=",), PositionMethod.RECOGNITION),  # XMP has it once more
        (("-GPSProcessingMethod=",), PositionMethod.RECOGNITION),
        (("-GPSLatitude=27.175003", "-GPSLongitude=78.042197"), PositionMethod.RECOGNITION),  # rounded
        (("-XMP:all=", "-GPSAreaInformation="), None),  # both gone: as if a person had set it
        (("-GPSLatitude=27.1795", "-GPSLongitude=78.0211"), None),  # corrected, the mark left alone
        (("-Rating=5", "-XMP-dc:Title=Agra", "-Make=Example"), PositionMethod.RECOGNITION),
    ],
)
def test_what_editors_do_with_it(edit: tuple[str, ...], method: PositionMethod | None, tmp_path: Path) -> None:
    found = read_metadata(edited(tagged(tmp_path / "a.jpg"), *edit))
    assert found.coordinates is not None
    assert (found.written_by, found.recognised) == (method, method is not None)


def test_a_copy_of_our_position_in_another_programs_sidecar_is_ours(tmp_path: Path) -> None:
    photo = tagged(tmp_path / "a.jpg")
    copied = {"exif:GPSLatitude": "27,10.5000N", "exif:GPSLongitude": "78,2.5320E"}  # as darktable writes them
    photo.with_name("a.jpg.xmp").write_text(xmp.packet(copied))
    found = read_metadata(photo)
    assert (found.coordinates_from, found.written_by) == ("a.jpg.xmp", PositionMethod.RECOGNITION)
    photo.with_name("a.jpg.xmp").write_text(xmp.packet(copied | {"exif:GPSLatitude": "27,10.6N"}))
    assert read_metadata(photo).written_by is None


def test_a_mark_without_its_position_gives_way(tmp_path: Path) -> None:
    photo = edited(tagged(tmp_path / "a.jpg", PlaceTag(coordinates=AGRA)), "-GPSLatitude=", "-GPSLongitude=")
    edited(photo, "-GPSLatitudeRef=", "-GPSLongitudeRef=")
    assert read_metadata(photo).written_by is None
    data = photo.read_bytes()
    elsewhere = PlaceTag(coordinates=Coordinates(43.72, 10.4), method=PositionMethod.TRACK)
    photo.write_bytes(apply_edits(data, edit_photo(data, elsewhere)))
    assert read_metadata(photo).written_by is PositionMethod.TRACK


def test_what_a_camera_says_of_the_area_stays() -> None:
    area = b"ASCII\0\0\0Uttar Pradesh"
    exif = add_to_exif(tiff.block(gps={28: tiff.raw(7, len(area), area)}), TAJ)
    assert area in exif and b"LANDMARK RECOGNITION" not in exif and read_exif(exif).coordinates


@pytest.mark.parametrize("options", [{}, {"dpi": (300, 240)}], ids=["aspect", "dpi"])
@pytest.mark.parametrize("name", [*FORMATS, "sidecar"])
def test_exiftool_finds_nothing_to_warn_of_that_was_not_there(
    name: str, options: dict[str, object], tmp_path: Path
) -> None:
    def warnings(path: Path) -> list[str]:
        command = [exiftool.need("exiftool"), "-validate", "-warning", "-error", "-a", str(path)]
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()

    before, after = tmp_path / "before", tmp_path / "after"
    if name == "sidecar":
        before.write_bytes(xmp.packet({"exif:PixelXDimension": "96"}).encode())
        after.write_bytes(apply_edits(b"", edit_sidecar(None, TAJ)))
    else:
        before.write_bytes(made.encode(made.scene(), name, **options))
        data = before.read_bytes()
        after.write_bytes(apply_edits(data, edit_photo(data, TAJ)))
    assert warnings(after) == warnings(before)


def test_new_exif_of_a_jpeg_repeats_the_resolution(tmp_path: Path) -> None:
    [tags] = exiftool.read_tags(tagged(tmp_path / "a.jpg", dpi=(300, 240)))
    for group in ("JFIF", "IFD0"):
        assert (tags[f"{group}:XResolution"], tags[f"{group}:YResolution"]) == (300, 240)
    assert (tags["JFIF:ResolutionUnit"], tags["IFD0:ResolutionUnit"]) == (1, 2), "inches, by the numbers of each"


READERS: dict[str, Callable[[Path], list[str]]] = {
    "exiftool": lambda path: ["exiftool", "-s3", "-GPSProcessingMethod", str(path)],
    "exiv2": lambda path: ["exiv2", "-Pt", "-K", "Exif.GPSInfo.GPSProcessingMethod", str(path)],
}


@pytest.mark.parametrize("program", READERS)
def test_others_read_the_method(program: str, tmp_path: Path) -> None:
    exiftool.need(program)
    printed = subprocess.run(READERS[program](tagged(tmp_path / "a.jpg")), capture_output=True, text=True).stdout
    assert printed.split()[-1] == "MANUAL"  # exiv2 names the character set before it
