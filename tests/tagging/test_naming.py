"""Names of positions in rows, and in photos and sidecars: nothing that a person wrote is written over."""

import json
import subprocess
from pathlib import Path

import pytest
from factories import containers as containers
from factories import exiftool as exiftool
from factories.album import NIAGARA, TAJ, by_name, make_photo
from factories.xmp import packet
from typer.testing import CliRunner

from landmark.cli import app
from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.place import Place
from landmark.geo.place_names import PlaceNames
from landmark.metadata.merging import read_metadata
from landmark.metadata.place_tag import PlaceTag
from landmark.model.predictor import Predictor
from landmark.tagging import AlbumTagging, Policy, Status, TagRow
from landmark.tagging.journal import Journal
from landmark.tagging.naming import names_to_write, with_names
from landmark.tagging.reading.row_lines import row_lines
from landmark.tagging.request import TagRun
from landmark.tagging.review.choices import Choice
from landmark.tagging.review.decisions import Decisions
from landmark.tagging.takeout_positions import TakeoutTagging
from landmark.tagging.undo import undo_folder
from landmark.tagging.writing import PlaceWriter, Target

AGRA = PlaceNames("", "Agra", "Uttar Pradesh", "India", "IN")
PARIS = PlaceNames("", "Paris", "Île-de-France", "France", "FR")
EIFFEL = Place("Eiffel Tower", Coordinates(48.8584, 2.2945), 0.3, (find_country("FR"),))
GALLERY = Place("Gallery", Coordinates(48.8590, 2.2945), 1.0)
WALL = Place("Long Wall", Coordinates(48.0, 2.0), 900.0)


def tag(
    folder: Path, predictor: Predictor, target: str = "photo", *, names: bool = True, keywords: bool = False
) -> dict[str, TagRow]:
    with Journal() as journal:
        writer = PlaceWriter(Target(target), journal, names=names, keywords=keywords)
        return by_name(list(AlbumTagging(folder, predictor, Policy(), writer, writes_names=names).rows()))


def at_the_tower(latitude: float = 48.8584, **options: object) -> TagRow:
    return TagRow("a.jpg", Status.HAS_GPS, "", known=Coordinates(latitude, 2.2945), **options)  # type: ignore[arg-type]


def test_rows_name_what_is_known_and_what_is_proposed(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "gps.jpg", None, gps=(48.8584, 2.2945))
    make_photo(folder / "taj.jpg", "Taj Mahal")
    make_photo(folder / "sea.jpg", None, gps=(0.0, -30.0))
    make_photo(folder / "none.jpg", None)
    rows = by_name(list(AlbumTagging(folder, predictor, Policy()).rows()))
    assert rows["gps.jpg"].names == PARIS
    assert rows["taj.jpg"].names == PlaceNames("Taj Mahal", "Agra", "Uttar Pradesh", "India", "IN")
    assert rows["sea.jpg"].names is None and rows["none.jpg"].names is None
    assert "names" in rows["gps.jpg"].to_row()
    assert json.loads(json.dumps(rows["gps.jpg"].to_row()))["names"] == vars(PARIS)
    assert row_lines(rows["gps.jpg"])[0].endswith("(Paris, Île-de-France, France)")


@pytest.mark.parametrize(
    ("row", "landmarks", "site"),
    [
        (at_the_tower(), [EIFFEL, GALLERY], "Eiffel Tower"),
        (at_the_tower(48.8595), [EIFFEL, GALLERY], "Gallery"),  # the nearest of both that reach so far
        (at_the_tower(48.8700), [EIFFEL, GALLERY], ""),
        (
            at_the_tower(landmark="Gallery", place=GALLERY),
            [EIFFEL, GALLERY],
            "Gallery",
        ),  # what is recognised goes first
        (at_the_tower(48.8700, landmark="Gallery", place=GALLERY), [EIFFEL, GALLERY], ""),  # seen from afar
        (at_the_tower(), [WALL], ""),  # wide: within its radius is half a country
        (at_the_tower(landmark="Long Wall", place=WALL), [WALL], "Long Wall"),
    ],
)
def test_the_site_is_a_landmark_that_reaches_to_the_photo(row: TagRow, landmarks: list[Place], site: str) -> None:
    names = with_names(row, landmarks).names
    assert names is not None and names.location == site


@pytest.mark.parametrize(
    ("there", "written"),
    [
        (None, PARIS),
        (PlaceNames(city="Montmartre"), PlaceNames("", "", "Île-de-France", "France", "FR")),
        (PlaceNames(country="france"), PlaceNames("", "Paris", "Île-de-France", "", "FR")),
        (PlaceNames(country_code="FR"), PlaceNames("", "Paris", "Île-de-France", "France", "")),
        (PlaceNames(state="Normandie"), PlaceNames("", "", "", "France", "FR")),  # another one: its towns are not ours
        (PlaceNames(country="Belgium"), None),
        (PlaceNames(country="Frankreich"), None),  # maybe ours, in another language: not sure
        (PlaceNames(country="Frankreich", country_code="FR"), PlaceNames("", "Paris", "Île-de-France", "", "")),
        (PlaceNames(country="France", country_code="FRA"), PlaceNames("", "Paris", "Île-de-France", "", "")),
        (PlaceNames(country="France", country_code="BE"), None),
        (PARIS, None),
    ],
)
def test_only_what_is_absent_and_fits_is_written(there: PlaceNames | None, written: PlaceNames | None) -> None:
    row = TagRow("a.jpg", Status.HAS_GPS, "", names=PARIS, known_names=there)
    assert names_to_write(row) == written


def test_a_position_in_doubt_gives_no_names() -> None:
    assert names_to_write(TagRow("a.jpg", Status.SUSPECT, "", names=PARIS)) is None


@pytest.mark.parametrize("target", ["photo", "sidecar"])
def test_photos_with_gps_get_names_and_keep_everything_else(folder: Path, predictor: Predictor, target: str) -> None:
    for name, format_name in (
        ("a.jpg", "JPEG"),
        ("b.png", "PNG"),
        ("c.webp", "WEBP"),
        ("d.tif", "TIFF"),
        ("e.heic", "HEIC"),
    ):
        make_photo(folder / name, None, gps=TAJ, format_name=format_name)
    make_photo(folder / "grey.jpg", None)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    was = {name: read_metadata(folder / name) for name in before}
    rows = tag(folder, predictor, target)
    assert {name for name, row in rows.items() if row.written} == set(before) - {"grey.jpg"}
    for name in set(before) - {"grey.jpg"}:
        assert rows[name].written == target and rows[name].status is Status.HAS_GPS
        found = read_metadata(folder / name)
        assert found.names == PlaceNames("Taj Mahal", "Agra", "Uttar Pradesh", "India", "IN")
        assert found.coordinates == was[name].coordinates and not found.recognised and found.taken == was[name].taken
        assert target == "photo" or (folder / name).read_bytes() == before[name]
    again = tag(folder, predictor, target)
    assert [name for name, row in again.items() if row.written or row.error] == []
    assert all(one.restored for one in undo_folder(folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_names_are_off_unless_asked_for(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "gps.jpg", None, gps=TAJ)
    make_photo(folder / "taj.jpg", "Taj Mahal")
    rows = tag(folder, predictor, names=False)
    assert rows["gps.jpg"].written is None and rows["taj.jpg"].written == "photo"
    assert read_metadata(folder / "taj.jpg").names is None


def test_a_proposal_is_written_with_its_names(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "taj.jpg", "Taj Mahal")
    assert tag(folder, predictor, "sidecar")["taj.jpg"].written == "sidecar"
    found = read_metadata(folder / "taj.jpg")
    assert found.recognised and found.names == PlaceNames("Taj Mahal", "Agra", "Uttar Pradesh", "India", "IN")


def test_what_a_person_wrote_stays(folder: Path, predictor: Predictor) -> None:
    for name in ("home.jpg", "else.jpg"):
        make_photo(folder / name, None, gps=TAJ)
    exiftool.write_tags(folder / "home.jpg", **{"XMP-photoshop:City": "My town"})
    exiftool.write_tags(folder / "else.jpg", **{"XMP-photoshop:Country": "Peru"})
    rows = tag(folder, predictor)
    assert rows["else.jpg"].written is None and rows["home.jpg"].written == "photo"
    assert read_metadata(folder / "else.jpg").names == PlaceNames(country="Peru")
    assert read_metadata(folder / "home.jpg").names == PlaceNames("", "My town", "Uttar Pradesh", "India", "IN")


def test_exiftool_and_exiv2_read_the_names(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "gps.jpg", "Taj Mahal", gps=TAJ)
    [was] = exiftool.read_tags(photo)
    tag(folder, predictor, keywords=True)
    [found] = exiftool.read_tags(photo)
    expected = {
        "XMP-photoshop:City": "Agra",
        "XMP-photoshop:State": "Uttar Pradesh",
        "XMP-photoshop:Country": "India",
        "XMP-iptcCore:CountryCode": "IN",
        "XMP-iptcCore:Location": "Taj Mahal",
        "XMP-dc:Subject": ["Taj Mahal", "India", "Agra", "Uttar Pradesh"],
        "XMP-lr:HierarchicalSubject": ["Places|India|Taj Mahal", "Places|India|Uttar Pradesh|Agra"],
        "XMP-iptcExt:LocationShownLocationName": "Taj Mahal",
    }
    assert {key: found.get(key) for key in expected} == expected
    exif = {key: value for key, value in was.items() if key.split(":")[0] in ("GPS", "IFD0", "ExifIFD", "IFD1")}
    assert exif and exif.items() <= found.items()
    assert not any(key.startswith("XMP-exif:GPS") or key.startswith("XMP-landmark") for key in found)
    command = [exiftool.need("exiv2"), "-PXkt", str(photo)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for key, value in (("photoshop.City", "Agra"), ("iptc.CountryCode", "IN"), ("photoshop.Country", "India")):
        assert any(f"Xmp.{key} " in line and line.rstrip().endswith(value) for line in said.splitlines()), said


def test_a_landmark_that_is_seen_from_elsewhere_is_told_as_what_is_shown(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "river.jpg", "Taj Mahal", gps=(27.20, 78.06))  # 3 km away
    assert tag(folder, predictor)["river.jpg"].written == "photo"
    names = read_metadata(photo).names
    assert names and names.location == "" and names.city == "Agra"
    assert b"Taj Mahal" in photo.read_bytes() and b"LocationShown" in photo.read_bytes()
    assert b"dc:subject" not in photo.read_bytes()  # keywords are not asked for


def test_a_suspect_photo_gets_no_names(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "poster.jpg", "Taj Mahal", gps=NIAGARA)
    row = tag(folder, predictor)["poster.jpg"]
    assert row.status is Status.SUSPECT and row.written is None and row.names and row.names.country_code in ("US", "CA")


def test_a_takeout_gets_its_position_and_its_names(folder: Path) -> None:
    make_photo(folder / "a.jpg", None)
    (folder / "a.jpg.json").write_text(
        json.dumps({"title": "a.jpg", "geoData": {"latitude": TAJ[0], "longitude": TAJ[1]}})
    )
    make_photo(folder / "b.jpg", None, gps=TAJ)
    with Journal() as journal:
        writer = PlaceWriter(Target.PHOTO, journal, names=True)
        rows = by_name(list(TakeoutTagging(folder, writer, writes_names=True).rows()))
    assert {name: row.written for name, row in rows.items()} == {"a.jpg": "photo", "b.jpg": "photo"}
    assert [read_metadata(folder / name).names for name in ("a.jpg", "b.jpg")] == [AGRA, AGRA]
    assert read_metadata(folder / "a.jpg").coordinates_from == "EXIF"


def test_names_in_several_places_are_known_together(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", None, gps=TAJ)
    (folder / "a.jpg.xmp").write_text(packet({"photoshop:City": "My town"}))
    assert tag(folder, predictor)["a.jpg"].written == "photo"
    assert read_metadata(folder / "a.jpg").names == PlaceNames("", "My town", "Uttar Pradesh", "India", "IN")
    again = tag(folder, predictor)["a.jpg"]
    assert (again.written, again.error) == (None, None), "the sidecar has the town alone, the photo the rest"


def test_two_names_of_one_file_are_no_error(folder: Path, predictor: Predictor) -> None:
    photo = make_photo(folder / "a.jpg", None, gps=TAJ)
    (folder / "b.jpg").symlink_to(photo)
    assert {name: row.error for name, row in tag(folder, predictor).items()} == {"a.jpg": None, "b.jpg": None}


@pytest.mark.parametrize("options", [{"names": True}, {"write": "photo", "keywords": True}])
def test_options_that_need_another_are_refused(folder: Path, options: dict[str, object]) -> None:
    folder.mkdir()
    with pytest.raises(ConfigurationError, match="--names without --write"):
        TagRun(folder, **options)  # type: ignore[arg-type]


def test_keywords_of_names_go_from_the_largest_to_the_smallest() -> None:
    tag = PlaceTag(names=PARIS, keyword_names=PlaceNames("Eiffel Tower", "Paris", "Île-de-France", "France"))
    assert tag.keywords == ["Eiffel Tower", "Paris", "Île-de-France", "France"]
    assert tag.paths("/") == ["Places/France/Île-de-France/Paris/Eiffel Tower"]


def test_an_empty_property_is_not_written_over_and_over(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "a.jpg", None, gps=TAJ)
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City=""/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    (folder / "a.jpg.xmp").write_text(packet)
    assert tag(folder, predictor, "sidecar")["a.jpg"].written == "sidecar"
    names = read_metadata(folder / "a.jpg").names
    assert names and (names.city, names.state) == ("", "Uttar Pradesh")
    before = (folder / "a.jpg.xmp").read_bytes()
    assert [(row.written, row.error) for row in tag(folder, predictor, "sidecar").values()] == [(None, None)]
    assert (folder / "a.jpg.xmp").read_bytes() == before


def test_decisions_are_about_proposals_and_names_are_written_as_asked(folder: Path, predictor: Predictor) -> None:
    make_photo(folder / "gps.jpg", None, gps=TAJ)
    make_photo(folder / "taj.jpg", "Taj Mahal")
    make_photo(folder / "other.jpg", "Taj Mahal")
    decisions = Decisions(
        folder,
        Target.SIDECAR,
        Policy(),
        None,
        {"taj.jpg": Choice(True, "Taj Mahal"), "other.jpg": Choice(False, "Taj Mahal")},
    )
    with Journal() as journal:
        writer = decisions.applied(folder, PlaceWriter(Target.SIDECAR, journal, names=True))
        rows = by_name(list(AlbumTagging(folder, predictor, Policy(), writer, writes_names=True).rows()))
    assert {name: row.written for name, row in rows.items()} == {
        "gps.jpg": "sidecar",
        "taj.jpg": "sidecar",
        "other.jpg": None,
    }


def test_the_command_writes_names_where_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_photo(folder / "a.jpg", None, gps=TAJ)
    monkeypatch.setenv("NO_COLOR", "1")
    command = ["tag", str(folder), "--from", "takeout", "--write", "photo", "--names", "--keywords", "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout.splitlines()[0])
    assert row["written"] == "photo" and row["status"] == "has_gps" and row["names"]["city"] == "Agra"
    assert read_metadata(folder / "a.jpg").names == AGRA
    refused = CliRunner().invoke(app, ["tag", str(folder), "--names"])
    assert refused.exit_code != 0


def test_films_and_raw_files_get_names_beside_them(folder: Path, predictor: Predictor) -> None:
    folder.mkdir()
    (folder / "a.dng").write_bytes(containers.raw("DNG", at=TAJ))
    film = containers.movie(containers.apple_meta({"com.apple.quicktime.location.ISO6709": "+27.1750+078.0421/"}))
    (folder / "b.mov").write_bytes(film)
    rows = tag(folder, predictor)
    assert {name: row.written for name, row in rows.items()} == {"a.dng": "sidecar", "b.mov": "sidecar"}
    for name in rows:
        names = read_metadata(folder / name).names
        assert names and (names.location, names.city, names.country_code) == ("Taj Mahal", "Agra", "IN")
    assert (folder / "b.mov").read_bytes() == film
