"""Each format gives the same walk; what people's real files hold besides, and what is wrong with others."""

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from factories import tracks as made
from factories.tracks import START_S, WALK

from landmark.core.errors import DataError
from landmark.geo.tracks.kml import read_kmz
from landmark.geo.tracks.reading import find_tracks, read_track
from landmark.geo.tracks.times import read_time
from landmark.geo.tracks.track import Track


def read(folder: Path, data: bytes, name: str = "track") -> Track:
    (folder / name).write_bytes(data)
    return read_track(folder / name)


def assert_walk(track: Track) -> None:
    expected = np.array(WALK)
    assert np.allclose(track.times_s, START_S + expected[:, 0])
    assert np.allclose(track.latitudes, expected[:, 1], atol=2e-7)
    assert np.allclose(track.longitudes, expected[:, 2], atol=2e-7)


@pytest.mark.parametrize("name", list(made.FORMATS))
def test_each_format_gives_the_same_walk(tmp_path: Path, name: str) -> None:
    track = read(tmp_path, made.FORMATS[name](), name)
    assert_walk(track)
    assert (track.source, track.notes, len(track)) == (name, (), 4)
    assert len({*track.segments}) == 1 and not track.stays.any()


@pytest.mark.parametrize("name", list(made.FORMATS))
def test_a_format_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    assert_walk(read(tmp_path, made.FORMATS[name](), "track.txt"))


@pytest.mark.parametrize(
    "written",
    ["2024-05-06T10:00:00Z", "  2024-05-06T10:00:00Z\n\t", "2024-05-06T12:00:00+02:00", "2024-05-06T12:00:00+0200",
     "2024-05-06T12:00:00+02", "2024-05-06t10:00:00z", "2024-05-06 10:00:00Z", "2024-05-06T10:00:00.000000000Z",
     "2024-05-06T10:00Z", "2024-05-06T05:30:00-04:30", "2024-5-6T10:00:00Z", "2024-05-06T10:00:00 UTC"],
)  # fmt: skip
def test_times_as_programs_write_them(tmp_path: Path, written: str) -> None:
    track = read(tmp_path, made.gpx([(0, 1.0, 2.0)], time=lambda _: written))
    assert track.times_s.tolist() == [START_S] and not track.notes


def test_a_day_may_end_at_24_and_a_minute_at_60() -> None:
    assert read_time("2024-05-06T24:00:00Z") == read_time("2024-05-07T00:00:00Z")
    assert read_time("2016-12-31T23:59:60Z") == read_time("2017-01-01T00:00:00Z")
    assert read_time("2024-05-06T10:00:00.25Z") == (START_S + 0.25, True)
    for wrong in ("2024-05-06", "2024", "", "10:00:00", "2024-02-30T10:00:00Z", "2024-05-06T24:00:01Z",
                  "2024-05-06T25:00:00Z", "0000-00-00T00:00:00Z", "2024-05-06T10:61:00Z", "a:b"):  # fmt: skip
        assert read_time(wrong) is None


def test_gpx_times_without_a_zone_are_utc_and_told(tmp_path: Path) -> None:
    track = read(tmp_path, made.gpx(time=lambda s: made.iso(s).rstrip("Z")))
    assert_walk(track)
    assert "4 times have no Z" in track.notes[0]


def test_gpx_that_breaks_off_is_used_up_to_there(tmp_path: Path) -> None:
    whole = made.gpx()
    track = read(tmp_path, whole[: whole.rindex(b"<trkpt") + 40])
    assert track.times_s.tolist() == [START_S, START_S + 30, START_S + 60]
    assert "breaks off" in track.notes[0] and "3 fixes" in track.notes[0]


def test_gpx_segments_namespaces_and_extensions(tmp_path: Path) -> None:
    assert {*read(tmp_path, made.gpx(WALK[:2], WALK[2:])).segments.tolist()} == {1, 2}
    for old, new in ((b' xmlns="http://www.topografix.com/GPX/1/1"', b""), (b"GPX/1/1", b"GPX/1/0")):
        assert_walk(read(tmp_path, made.gpx().replace(old, new)))
    extension = b"<extensions><x><time>1999-01-01T00:00:00Z</time></x></extensions></trkpt>"
    assert_walk(read(tmp_path, made.gpx().replace(b"</trkpt>", extension)))
    text = made.gpx().decode().replace("UTF-8", "UTF-16")
    assert_walk(read(tmp_path, text.encode("utf-16")))
    accurate = read(tmp_path, made.gpx().replace(b"</trkpt>", b"<hdop>2.0</hdop></trkpt>"))
    assert accurate.accuracies_m.tolist() == [10.0] * 4
    garmin = b"<metadata><time>2020-01-01T00:00:00Z</time></metadata>"
    assert_walk(read(tmp_path, made.gpx(head=garmin.decode())))


def test_gpx_waypoints_are_used_where_there_is_no_track(tmp_path: Path) -> None:
    point = '<wpt lat="48.8584" lon="2.2945"><time>2024-05-06T10:00:00Z</time>{}</wpt>'
    both = read(tmp_path, made.gpx([(60, 1.0, 2.0)], head=point.format("")))
    assert both.times_s.tolist() == [START_S + 60]
    alone = made.gpx([], head=point.format("") + point.format("<type>recognised</type>").replace("10:", "11:"))
    track = read(tmp_path, alone)
    assert track.times_s.tolist() == [START_S] and "waypoints" in track.notes[0]
    with pytest.raises(DataError, match="nothing at all"):
        read(tmp_path, made.gpx([], head=point.format("<type>recognised</type>")))


def test_kml_placemarks_with_times_and_spans(tmp_path: Path) -> None:
    point = "<Point><coordinates>{},{},0</coordinates></Point>"
    stamps = "".join(
        f"<Placemark><TimeStamp><when>{made.iso(s)}</when></TimeStamp>{point.format(longitude, latitude)}</Placemark>"
        for s, latitude, longitude in WALK
    )
    assert_walk(read(tmp_path, made.kml(stamps)))
    span = f"<TimeSpan><begin>{made.iso(0)}</begin><end>{made.iso(3600)}</end></TimeSpan>"
    stay = read(tmp_path, made.kml(f"<Placemark>{point.format(2.0, 1.0)}{span}</Placemark>"))
    assert stay.times_s.tolist() == [START_S, START_S + 3600] and stay.stays.tolist() == [True, False]


def test_kml_lines_without_times_are_told(tmp_path: Path) -> None:
    line = "<Placemark><LineString><coordinates>2,1,0 3,1,0</coordinates></LineString></Placemark>"
    with pytest.raises(DataError, match=r"track: found no fix with a time \(2 lines without times"):
        read(tmp_path, made.kml(line * 2))
    no_zone = made.kml().replace(b"Z</when>", b"</when>")
    with pytest.raises(DataError, match="4 points whose time has no zone"):
        read(tmp_path, no_zone)
    days = made.kml().replace(b"T10:00:00Z", b"")
    assert "1 point without a time" in read(tmp_path, days).notes[0]


def test_kml_tracks_with_missing_places(tmp_path: Path) -> None:
    track = read(tmp_path, made.kml().replace(b"<gx:coord>2.295 48.8586 35</gx:coord>", b"<gx:coord/>"))
    assert len(track) == 3 and "1 point without a place" in track.notes[0]
    fewer = read(tmp_path, made.kml().replace(b"<gx:coord>2.297 48.86 35</gx:coord>", b""))
    assert len(fewer) == 3 and "4 times and 3 places" in fewer.notes[0]


def test_a_kmz_may_hold_its_document_anywhere_and_unfolds_only_so_far(tmp_path: Path) -> None:
    assert_walk(read(tmp_path, made.kmz(name="files/Walk.KML")))
    with pytest.raises(DataError, match=r"without a \.kml"):
        read(tmp_path, made.kmz(name="doc.txt"))
    with pytest.raises(DataError, match="cannot be unpacked"):
        read(tmp_path, made.kmz()[:80])
    bomb = io.BytesIO(made.kmz(made.kml(" " * 20_000_000)))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(DataError, match="more than 10 MB"):
        read_kmz(bomb, "bomb", 10_000_000)


def test_document_types_are_refused(tmp_path: Path) -> None:
    for data in (made.gpx(), made.kml()):
        head, _, rest = data.partition(b"?>")
        evil = head + b'?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>' + rest
        with pytest.raises(DataError, match="document type"):
            read(tmp_path, evil)


@pytest.mark.parametrize(
    "properties",
    [
        {"coordTimes": [made.iso(s) for s, _, _ in WALK]},
        {"times": [round((START_S + s) * 1000) for s, _, _ in WALK]},
        {"times": [START_S + s for s, _, _ in WALK]},
        {"coordinateProperties": {"times": [made.iso(s) for s, _, _ in WALK]}},
    ],
)
def test_geojson_lines_with_the_times_of_several_programs(tmp_path: Path, properties: dict[str, object]) -> None:
    for kind in ("LineString", "MultiPoint"):
        assert_walk(read(tmp_path, made.geojson(properties, kind=kind)))


def test_geojson_of_several_lines(tmp_path: Path) -> None:
    places = [[[longitude, latitude] for _, latitude, longitude in part] for part in (WALK[:2], WALK[2:])]
    times = [[made.iso(s) for s, _, _ in part] for part in (WALK[:2], WALK[2:])]
    feature = {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": places},
        "properties": {"coordTimes": times},
    }
    track = read(tmp_path, json.dumps(feature).encode())  # a feature alone
    assert_walk(track)
    assert len({*track.segments}) == 2
    unequal = made.geojson({"coordTimes": [made.iso(0)]})
    with pytest.raises(DataError, match="no fix"):
        read(tmp_path, unequal)
    with pytest.raises(DataError, match="1 line without times"):
        read(tmp_path, made.geojson({}))


def test_geojson_points_of_loggers_and_of_tagged_albums(tmp_path: Path) -> None:
    def point(fix: made.Fix, **properties: object) -> dict[str, object]:
        return {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [fix[2], fix[1]]},
            "properties": properties,
        }

    features = [point(WALK[0], timestamp=made.iso(0), horizontal_accuracy=5), point(WALK[1], tst=START_S + 30, acc=9),
                point(WALK[2], taken=made.iso(60), known_from="EXIF"), point(WALK[3], time=made.iso(120)),
                point((0, 1, 2), taken=made.iso(300), status="recognised"),
                point((0, 1, 2), taken="2024-05-06T12:00:00", known_from="EXIF"), point((0, 1, 2))]  # fmt: skip
    track = read(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}).encode())
    assert_walk(track)
    assert track.accuracies_m[:2].tolist() == [5.0, 9.0] and np.isnan(track.accuracies_m[2])
    assert "1 point that stands where a recognised landmark does" in track.notes[0]
    assert "1 point whose time has no zone" in track.notes[0] and "1 point without a time" in track.notes[0]


def test_nmea_leaves_out_what_is_no_fix_or_damaged(tmp_path: Path) -> None:
    lines = [made.rmc(-10, 0.0, 0.0, "V"), made.gga(-5, 0.0, 0.0, quality=0), *(made.rmc(*fix) for fix in WALK),
             made.rmc(200, 10.0, 10.0).replace("1000", "1001", 1),
             "$GPRMC,,V,,,,,,,,,,N*53\r\n", "rubbish \x00\xff$$\n"]  # fmt: skip
    track = read(tmp_path, "".join(lines).encode("latin-1"))
    assert_walk(track)
    for told in ("2 sentences without a fix", "1 sentence with a wrong checksum", "1 sentence without a time"):
        assert told in track.notes[0]


def test_nmea_dates_roll_over_midnight(tmp_path: Path) -> None:
    before, after = 14 * 3600 - 2, 14 * 3600 + 2  # midnight is 14 hours after the start
    mixed = made.gga(before, 1.0, 2.0) + made.rmc(before, 1.0, 2.0) + made.gga(after, 1.1, 2.0)
    assert read(tmp_path, mixed.encode()).times_s.tolist() == [START_S + before, START_S + after]
    first = made.gga(before, 1.0, 2.0) + made.gga(after, 1.1, 2.0) + made.rmc(after + 1, 1.1, 2.0)
    assert read(tmp_path, first.encode()).times_s.tolist() == [START_S + before, START_S + after, START_S + after + 1]
    with pytest.raises(DataError, match="1 sentence without a date"):
        read(tmp_path, made.gga(0, 1.0, 2.0).encode())
    zda = made.sentence("GPZDA,100000.00,06,05,2024,00,00")
    assert read(tmp_path, (zda + made.gga(30, 1.0, 2.0)).encode()).times_s.tolist() == [START_S + 30]


def test_nmea_between_other_lines_and_of_other_systems(tmp_path: Path) -> None:
    phone = "# a phone's log\nFix,GPS,48.8\n" + "".join(
        f"NMEA,{made.rmc(*fix).replace('GPRMC', 'GNRMC')[:-2].partition('*')[0]}*" + f"{_xor(made.rmc(*fix)):02X},17\n"
        for fix in WALK
    )
    assert_walk(read(tmp_path, phone.encode()))
    assert_walk(read(tmp_path, "".join(made.rmc(*fix).partition("*")[0] + "\n" for fix in WALK).encode()))
    south = read(tmp_path, made.rmc(0, -33.8568, -151.2153).encode())
    assert (south.latitudes[0], south.longitudes[0]) == (pytest.approx(-33.8568), pytest.approx(-151.2153))


def _xor(line: str) -> int:
    value = 0
    for byte in line[1:].partition("*")[0].replace("GPRMC", "GNRMC").encode():
        value ^= byte
    return value


@pytest.mark.parametrize("options", [{"order": ">"}, {"compressed": True}, {"developer": True}])
def test_fit_in_all_its_forms(tmp_path: Path, options: dict[str, object]) -> None:
    walk = [fix for fix in WALK if fix[0] < 100] + [(90, *WALK[3][1:])]  # a compressed time goes 31 seconds on
    steps = [(15 * number, *place) for number, (_, *place) in enumerate(walk)]
    track = read(tmp_path, made.fit(steps, **options))  # type: ignore[arg-type]
    assert np.allclose(track.times_s, [START_S + 15 * number for number in range(4)])
    assert np.allclose(track.latitudes, np.array(walk)[:, 1], atol=1e-7)


def test_fit_files_in_one_another_broken_and_without_positions(tmp_path: Path) -> None:
    later = [(s + 3600, *place) for s, *place in WALK]
    both = read(tmp_path, made.fit() + made.fit(later))  # type: ignore[arg-type]
    assert len(both) == 8 and len({*both.segments}) == 2
    cut = read(tmp_path, made.fit()[:-10])
    assert len(cut) == 3 and "breaks off" in cut.notes[0]
    nowhere = made.fit().replace(struct.pack("<i", made.semicircles(48.8586)), b"\xff\xff\xff\x7f")
    assert "1 record without a position" in read(tmp_path, nowhere).notes[0]
    with pytest.raises(DataError, match="no fix"):
        read(tmp_path, made.fit()[:14])


def test_records_of_several_devices_ages_and_overflows(tmp_path: Path) -> None:
    assert read(tmp_path, made.records()).accuracies_m.tolist() == [20.0] * 4
    old = json.loads(made.records())
    for one in old["locations"]:
        one["timestampMs"] = str(round(read_time(one.pop("timestamp"))[0] * 1000))  # type: ignore[index]
    assert_walk(read(tmp_path, json.dumps(old).encode()))
    two = json.loads(made.records())["locations"] + json.loads(made.records(deviceTag=8))["locations"]
    assert len({*read(tmp_path, json.dumps({"locations": two}).encode()).segments}) == 2
    wrapped = made.records([(0, -33.8568, -151.2153)])
    wrapped = wrapped.replace(b"-338568000", str(2**32 - 338568000).encode())
    assert read(tmp_path, wrapped).latitudes.tolist() == [-33.8568]
    scan = json.dumps({"locations": [{"timestamp": made.iso(0), "activeWifiScan": {}}, *two]}).encode()
    assert "1 record without a position" in read(tmp_path, scan).notes[0]


def test_a_timeline_with_visits_signals_and_journeys(tmp_path: Path) -> None:
    visit = {
        "startTime": "2024-05-06T12:00:00.000+02:00",
        "endTime": "2024-05-06T14:00:00.000+02:00",
        "startTimeTimezoneUtcOffsetMinutes": 120,
        "visit": {
            "hierarchyLevel": 0,
            "topCandidate": {"placeId": "x", "placeLocation": {"latLng": "48.8584°, 2.2945°"}},
        },
    }
    inner = visit | {"visit": visit["visit"] | {"hierarchyLevel": 1}}  # type: ignore[operator]
    signal = {"position": {"LatLng": "48.8606°, 2.3376°", "accuracyMeters": 13, "timestamp": made.iso(9000)}}
    journey = {
        "startTime": made.iso(7200),
        "endTime": made.iso(9000),
        "activity": {"start": {"latLng": "1°, 2°"}, "end": {"latLng": "3°, 4°"}},
    }
    found = {"semanticSegments": [visit, inner, journey], "rawSignals": [{"wifiScan": {}}, signal]}
    track = read(tmp_path, json.dumps(found).encode())
    assert track.times_s.tolist() == [START_S, START_S + 7200, START_S + 9000]
    assert track.stays.tolist() == [True, False, False] and track.accuracies_m.tolist() == [100.0, 100.0, 13.0]
    alone = read(tmp_path, json.dumps({"semanticSegments": [journey]}).encode())
    assert alone.latitudes.tolist() == [1.0, 3.0]
    phone = visit | {"visit": {"hierarchyLevel": "0", "topCandidate": {"placeLocation": "geo:48.8584,2.2945"}}}
    assert read(tmp_path, json.dumps([phone]).encode()).latitudes.tolist() == [48.8584, 48.8584]


def test_keys_in_any_order_and_on_one_line(tmp_path: Path) -> None:
    """Other tools read a Timeline line by line."""
    found = json.loads(made.timeline())
    turned = {key: found[key] for key in reversed(found)}
    turned["semanticSegments"] = [{key: one[key] for key in reversed(one)} for one in found["semanticSegments"]]
    for indent in (None, 2):
        assert_walk(read(tmp_path, json.dumps(turned, indent=indent).encode()))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    assert_walk(read(tmp_path, made.timeline().decode().encode(encoding)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "begins with nothing"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "ff d8"),
        (b"time,lat,lon\n1,2,3\n", "'time,lat,lon"),
        (b"<html><body>Not found</body></html>", "'<html><body>"),
        (b'{"locations": [', "Expecting value"),
        (b'{"locations": [{}', "ends too early"),
        (b'{"locations": [{"a": 1} {"b": 2}]}', "found '{' for ','"),
        (b'{"locations": [nonsense]}', "Expecting value"),
        (b'{"title": "a.jpg"}', "nothing at all"),
        (b'{"locations": []}', "nothing at all"),
        (b'{"locations": [' + b"[" * 100_000, "character"),
        (b'{"a": ' + b"9" * 5000 + b"}", "character"),
        (b'{"a": "\xff"}', "utf-8"),
    ],
)
def test_what_is_no_track_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(DataError, match="Expected") as raised:
        read(tmp_path, data, "no track.bin")
    assert str(raised.value).startswith(str(tmp_path / "no track.bin")) and said in str(raised.value)


def test_points_that_are_not_on_earth_are_left_out(tmp_path: Path) -> None:
    bad = [(10, 91.0, 2.0), (20, float("nan"), 2.0), (25, 48.0, 400.0), (40, 0.0, 0.0)]
    track = read(tmp_path, made.gpx([*WALK, *bad]))
    assert_walk(track)
    assert "4 points without a fix" in track.notes[0]
    beyond = read(tmp_path, made.gpx([(0, 1.0, 181.0), (1, 1.0, -190.0)]))
    assert beyond.longitudes.tolist() == [-179.0, 170.0]


def test_unsorted_and_repeated_fixes(tmp_path: Path) -> None:
    assert_walk(read(tmp_path, made.gpx([*reversed(WALK), *WALK])))


def test_folders_of_tracks(tmp_path: Path) -> None:
    for name in ("b.gpx", "a.KML", "note.txt", ".hidden.gpx"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_tracks(tmp_path)] == ["a.KML", "b.gpx"]
    assert find_tracks(tmp_path / "b.gpx") == [tmp_path / "b.gpx"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no track in this folder"):
        find_tracks(tmp_path / "empty")
    with pytest.raises(DataError, match="no regular file"):
        read_track(tmp_path)
