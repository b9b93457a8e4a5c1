"""Rows as files for other programs, read back by parsers of their own."""

import csv
import json
import os
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from landmark.core.errors import ConfigurationError
from landmark.geo.coordinates import Coordinates
from landmark.geo.countries import find_country
from landmark.geo.place import Place
from landmark.geo.place_names import PlaceNames
from landmark.tagging.outputs import Outputs, flat_row
from landmark.tagging.rows import Status, TagRow

FALLS = Place("Niagara Falls", Coordinates(43.0799, -79.0747), 1.0, (find_country("US"), find_country("CA")))
ROWS = [
    TagRow("album/a & b.jpg", Status.RECOGNISED, 'recognised "97 %"', "Niagara Falls", 0.97, 0.97, FALLS,
           FALLS.coordinates, taken=datetime(2024, 5, 6, 12, tzinfo=UTC), warnings=("one", "two")),
    TagRow("album/known.jpg", Status.HAS_GPS, "has GPS from EXIF", known=Coordinates(-33.8568, 151.2153),
           known_from="EXIF", taken=datetime(2024, 5, 6, 12)),
    TagRow(os.fsdecode(b"album/\xe9\x07.jpg"), Status.UNKNOWN, "no landmark I know", known=Coordinates(0.5, 0.5)),
    TagRow("album/nowhere.jpg", Status.UNKNOWN, "no landmark I know"),
]  # fmt: skip


def write(path: Path, rows: list[TagRow] = ROWS) -> Path:
    with Outputs([path]) as outputs:
        for row in rows:
            outputs.add(row)
    return path


def test_csv(tmp_path: Path) -> None:
    with write(tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 and list(rows[0]) == list(flat_row(ROWS[0]))
    assert rows[0]["photo"] == "album/a & b.jpg" and float(rows[0]["latitude"]) == 43.0799
    assert rows[0]["country"] == "United States / Canada" and rows[0]["warnings"] == "one; two"
    assert rows[1]["known_longitude"] == "151.2153" and rows[1]["latitude"] == ""


def test_json_lines(tmp_path: Path) -> None:
    lines = write(tmp_path / "rows.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [row.to_row() for row in ROWS]


def test_objections_are_one_text_in_flat_rows_and_a_list_in_json() -> None:
    row = TagRow("a.jpg", Status.DOUBTFUL, "", probability=0.31234, against=("far away", "blurred"))
    assert not row.proposed
    assert flat_row(row)["against"] == "far away; blurred" and flat_row(row)["probability"] == 0.3123
    assert list(row.to_row())[-2:] == ["probability", "against"] and row.to_row()["against"] == ["far away", "blurred"]


def test_geojson(tmp_path: Path) -> None:
    found = json.loads(write(tmp_path / "rows.geojson").read_bytes())
    assert found["type"] == "FeatureCollection" and len(found["features"]) == 3
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [-79.0747, 43.0799]}
    assert found["features"][1]["geometry"]["coordinates"] == [151.2153, -33.8568]
    assert json.loads(write(tmp_path / "none.geojson", []).read_bytes())["features"] == []


def test_kml(tmp_path: Path) -> None:
    space = "{http://www.opengis.net/kml/2.2}"
    marks = list(ElementTree.parse(write(tmp_path / "rows.kml")).iter(f"{space}Placemark"))
    assert [mark.findtext(f"{space}name") for mark in marks] == ["a & b.jpg", "known.jpg", "\ufffd\ufffd.jpg"]
    assert marks[0].findtext(f"{space}Point/{space}coordinates") == "-79.0747000,43.0799000"
    assert marks[0].findtext(f"{space}description") == 'Niagara Falls: recognised "97 %"'


def test_gpx(tmp_path: Path) -> None:
    space = "{http://www.topografix.com/GPX/1/1}"
    points = list(ElementTree.parse(write(tmp_path / "rows.gpx")).iter(f"{space}wpt"))
    assert [(point.get("lat"), point.get("lon")) for point in points[:2]] == [
        ("43.0799000", "-79.0747000"), ("-33.8568000", "151.2153000")
    ]  # fmt: skip
    assert points[0].findtext(f"{space}time") == "2024-05-06T12:00:00Z"
    assert points[1].find(f"{space}time") is None, "a time without a zone is no UTC"


def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow, which the extra parquet installs")
    table = parquet.read_table(write(tmp_path / "rows.parquet"))
    assert table.num_rows == 4 and table.column("latitude").to_pylist() == [43.0799, None, None, None]
    assert table.column("status").to_pylist() == ["recognised", "has_gps", "unknown", "unknown"]


def test_several_at_once_whole_or_not_at_all(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.csv", "b.KML", "c.geojson", "d.parquet")]
    pytest.importorskip("pyarrow", reason="needs pyarrow, which the extra parquet installs")
    with pytest.raises(KeyboardInterrupt), Outputs(paths) as outputs:
        outputs.add(ROWS[0])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with Outputs(paths) as outputs:
        outputs.add(ROWS[0])
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_other_extensions_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Expected \.csv, \.jsonl, \.geojson, \.kml, \.gpx, \.parquet"):
        Outputs([Path("rows.xlsx")])


@pytest.mark.parametrize(
    ("taken", "written"),
    [
        (datetime(2024, 5, 6, 12, tzinfo=timezone(timedelta(hours=2))), "2024-05-06T10:00:00Z"),
        (datetime(2024, 5, 6, 12, 0, 0, 123_456, tzinfo=UTC), "2024-05-06T12:00:00Z"),
        (datetime(1904, 1, 1, tzinfo=UTC), "1904-01-01T00:00:00Z"),
        (datetime(2024, 5, 6, 12), None),  # no UTC
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))), None),  # a clock that was never set
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=-2))), None),
        (datetime(800, 5, 6, tzinfo=UTC), None),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), None),
        (None, None),
    ],
)
def test_times_on_maps_are_utc_or_left_out(taken: datetime | None, written: str | None, tmp_path: Path) -> None:
    row = TagRow("a.jpg", Status.HAS_GPS, "has GPS", known=Coordinates(1, 2), known_from="EXIF", taken=taken)
    gpx, kml = "{http://www.topografix.com/GPX/1/1}", "{http://www.opengis.net/kml/2.2}"
    for name, point, path in (("a.gpx", f"{gpx}wpt", f"{gpx}time"),
                              ("a.kml", f"{kml}Placemark", f"{kml}TimeStamp/{kml}when")):  # fmt: skip
        [found] = ElementTree.parse(write(tmp_path / name, [row])).iter(point)
        assert found.findtext(path) == written
    for name in ("a.csv", "a.geojson", "a.jsonl"):
        write(tmp_path / name, [row])


def test_names_of_places_are_one_text_in_a_table() -> None:
    names = PlaceNames(city="Agra", state="Uttar Pradesh", country="India", country_code="IN")
    row = TagRow("a.jpg", Status.UNKNOWN, "", known_names=names)
    assert flat_row(row)["known_names"] == "Agra, Uttar Pradesh, India, IN"
    assert flat_row(TagRow("a.jpg", Status.UNKNOWN, ""))["known_names"] is None


def test_a_place_in_doubt_is_no_position(tmp_path: Path) -> None:
    doubtful = TagRow("a.jpg", Status.DOUBTFUL, "contradicted", "Niagara Falls", 0.97, 0.2, FALLS, FALLS.coordinates)
    near = TagRow("b.jpg", Status.NEAR_OTHERS, "7 minutes from c.jpg", coordinates=Coordinates(1, 2), probability=0.8)
    found = json.loads(write(tmp_path / "rows.geojson", [doubtful, near]).read_bytes())["features"]
    assert [one["properties"]["photo"] for one in found] == ["b.jpg"] and found[0]["properties"]["probability"] == 0.8
    cells = flat_row(doubtful)
    assert cells["latitude"] is None and cells["longitude"] is None and doubtful.located is None
    assert cells["landmark"] == "Niagara Falls", "which the review asks about"
