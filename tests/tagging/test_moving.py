"""`--write sidecar` and then `--write photo`: the place goes into the photo, or the row says why it stays."""

from pathlib import Path

import pytest
from factories.album import by_name, make_photo
from tagging.test_writing import snapshot, undo

from landmark.metadata.containers import read_blocks
from landmark.metadata.merging import read_metadata
from landmark.metadata.xmp_tree import parse_xmp
from landmark.model.predictor import Predictor
from landmark.tagging import Status, TagRow
from landmark.tagging.request import TagRun

SIDECAR = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture(autouse=True)
def _model(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landmark.model.predictor.Predictor.load", lambda *_, **__: predictor)


def tag(folder: Path, target: str, **options: bool) -> dict[str, TagRow]:
    return by_name(list(TagRun(folder, target, **options).rows()))  # type: ignore[arg-type]


def everything(photo: Path) -> tuple[object, dict[str, str], dict[str, list[str]]]:
    with photo.open("rb") as file:
        _, blocks = read_blocks(file)
    tree = parse_xmp(blocks.xmp or b"")
    return read_metadata(photo).coordinates, tree.values, tree.items


@pytest.mark.parametrize("names", [False, True])
def test_the_same_tag_goes_into_the_photo_and_the_sidecar_goes(names: bool, folder: Path) -> None:
    for number, (name, shows) in enumerate({"a.jpg": "Taj Mahal", "b.png": "Niagara Falls"}.items()):
        make_photo(folder / name, shows, minutes=600 * number, format_name="JPEG" if "j" in name else "PNG")
    before = snapshot(folder)
    options = {"names": True, "keywords": True} if names else {}
    tag(folder, "photo", **options)
    direct = {name: everything(folder / name) for name in before}
    undo(folder)
    tag(folder, "sidecar", **options)
    rows = tag(folder, "photo", **options)
    assert {row.written for row in rows.values()} == {"photo"} and set(snapshot(folder)) == set(before)
    assert {name: everything(folder / name) for name in before} == direct
    assert {row.status for row in tag(folder, "photo").values()} == {Status.TAGGED}
    assert all(restored for restored, _ in undo(folder).values()) and snapshot(folder) == before


def test_a_sidecar_that_holds_more_stays_with_what_is_not_ours(folder: Path) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    (folder / "a.jpg.xmp").write_bytes(SIDECAR)
    before = snapshot(folder)
    tag(folder, "sidecar")
    assert tag(folder, "photo")["a.jpg"].written == "photo"
    assert (folder / "a.jpg.xmp").read_bytes() == SIDECAR and read_metadata(folder / "a.jpg").coordinates_from == "EXIF"
    undo(folder)
    assert snapshot(folder) == before


def test_a_place_that_must_stay_in_the_sidecar_says_why(folder: Path) -> None:
    make_photo(folder / "a.bmp", "Taj Mahal", format_name="BMP", camera=None)
    tag(folder, "sidecar")
    after = snapshot(folder)
    row = tag(folder, "photo")["a.bmp"]
    assert row.written is None and "its place stays in a.bmp.xmp, since nothing is written into BMP" in row.warnings[0]
    assert snapshot(folder) == after


def test_a_position_that_a_person_has_corrected_in_the_sidecar_stays_there(folder: Path) -> None:
    make_photo(folder / "a.jpg", "Taj Mahal")
    tag(folder, "sidecar")
    sidecar = folder / "a.jpg.xmp"
    sidecar.write_bytes(sidecar.read_bytes().replace(b"<exif:GPSLatitude>27,", b"<exif:GPSLatitude>28,"))
    after = snapshot(folder)
    assert tag(folder, "photo")["a.jpg"].written is None and snapshot(folder) == after


def test_a_moved_album_whose_places_went_into_the_photos_is_undone(folder: Path) -> None:
    """The sidecar that had gone comes back beside the photo, under its new name, and is undone as well."""
    make_photo(folder / "a.jpg", "Taj Mahal")
    (folder / "b").mkdir()
    (make_photo(folder / "b/c.jpg", "Niagara Falls", minutes=600))
    (folder / "b/c.jpg.xmp").write_bytes(SIDECAR)
    tag(folder, "sidecar")
    tag(folder, "photo")
    moved = folder.rename(folder.with_name("moved"))
    (moved / "a.jpg").rename(moved / "Taj.jpg")
    assert all(restored for restored, _ in undo(moved).values())
    assert sorted(path.name for path in moved.rglob("*.*")) == ["Taj.jpg", "c.jpg", "c.jpg.xmp"]
    assert (moved / "b/c.jpg.xmp").read_bytes() == SIDECAR and not read_metadata(moved / "Taj.jpg").recognised
    assert undo(moved) == {}


def test_positions_of_a_takeout_move_too(folder: Path) -> None:
    make_photo(folder / "a.jpg", None)
    (folder / "a.jpg.json").write_text('{"title": "a.jpg", "photoTakenTime": {"timestamp": "1700000000"},'
                                       ' "geoData": {"latitude": 48.8584, "longitude": 2.2945}}')  # fmt: skip
    before = snapshot(folder)
    assert by_name(list(TagRun(folder, "sidecar", source="takeout").rows()))["a.jpg"].written == "sidecar"
    assert by_name(list(TagRun(folder, "photo", source="takeout").rows()))["a.jpg"].written == "photo"
    assert not (folder / "a.jpg.xmp").exists() and read_metadata(folder / "a.jpg").coordinates_from == "EXIF"
    undo(folder)
    assert snapshot(folder) == before
