"""The photo's own position in answers: from inside it and from beside it, whatever the photo is."""

import io
import json
import pickle
from pathlib import Path

import pytest
from factories.album import TAJ, make_photo, make_predictor
from factories.containers import raw
from factories.xmp import packet

from landmark.geo.coordinates import Coordinates
from landmark.model.answer import Answer
from landmark.model.answer_text import answer_line, answer_text
from landmark.model.predictor import Predictor
from landmark.photo import Limits

BERLIN = (52.5163, 13.3777)
IN_BERLIN = {"exif:GPSLatitude": "52,30.978N", "exif:GPSLongitude": "13,22.662E"}


@pytest.fixture
def predictor(tmp_path: Path) -> Predictor:
    return make_predictor(tmp_path)


def at(answer: Answer) -> tuple[float, float] | None:
    return (round(answer.known.latitude, 4), round(answer.known.longitude, 4)) if answer.known else None


def test_where_photo_and_landmark_agree(tmp_path: Path, predictor: Predictor) -> None:
    [answer] = predictor.locate([make_photo(tmp_path / "a.jpg", "Taj Mahal", gps=(27.1738, 78.0451))])
    assert (at(answer), answer.known_from, answer.suspect) == ((27.1738, 78.0451), "EXIF", False)
    assert answer.distance_km == pytest.approx(0.33, abs=0.01) and answer.suspicion is None
    assert answer.coordinates == Coordinates(*TAJ[:1], 78.0421)
    row = answer.to_row()
    assert list(row)[-5:] == ["known_latitude", "known_longitude", "known_from", "distance_km", "suspect"]
    assert row["known_latitude"] == pytest.approx(27.1738) and row["distance_km"] == pytest.approx(0.33, abs=0.01)
    assert row["suspect"] is False and json.loads(json.dumps(row)) == row
    assert pickle.loads(pickle.dumps(answer)) == answer


def test_where_they_contradict_each_other(tmp_path: Path, predictor: Predictor) -> None:
    photo = make_photo(tmp_path / "a.jpg", "Taj Mahal", gps=BERLIN)
    for answer in predictor.locate([photo, photo.read_bytes()]):
        assert (at(answer), answer.suspect, answer.to_row()["suspect"]) == (BERLIN, True, True)
        assert answer.suspicion == "its GPS from EXIF is 5,955 km away from the recognised Taj Mahal (> 99 %)"
        assert answer.landmark == "Taj Mahal", "a person says which of them is wrong"
    line, text = answer_line(answer), answer_text(answer)
    assert line == "photo 2  52.5163, 13.3777 (EXIF)  suspect: Taj Mahal  > 99 %  5,955 km away"
    assert text.index("its own position: 52.5163, 13.3777 (EXIF)") < text.index("Taj Mahal, India")
    assert f"suspect: {answer.suspicion}" in text


def test_a_photo_of_no_landmark_has_its_position_still(tmp_path: Path, predictor: Predictor) -> None:
    [answer] = predictor.locate([make_photo(tmp_path / "a.jpg", None, gps=BERLIN)])
    assert (answer.landmark, at(answer), answer.distance_km, answer.suspect) == (None, BERLIN, None, False)
    assert answer_line(answer).startswith(f"{tmp_path / 'a.jpg'}  52.5163, 13.3777 (EXIF)  no landmark I know")


def test_without_a_position_nothing_is_said_of_one(tmp_path: Path, predictor: Predictor) -> None:
    photo = make_photo(tmp_path / "a.jpg", "Taj Mahal")
    [answer] = predictor.locate([photo])
    assert answer.own is None and answer.to_row()["known_latitude"] is None
    assert "own position" not in answer_text(answer)
    assert answer_line(answer).endswith("a.jpg  Taj Mahal  > 99 %  27.1750, 78.0421  India")
    with_position = make_photo(tmp_path / "b.jpg", "Taj Mahal", gps=BERLIN)
    assert [one.own for one in predictor.locate_each([with_position], own_positions=False)] == [None]


def test_files_beside_a_photo_count(tmp_path: Path, predictor: Predictor) -> None:
    sidecar, takeout = tmp_path / "1" / "a.jpg", tmp_path / "2" / "b.jpg"
    for photo in (sidecar, takeout):
        make_photo(photo, "Taj Mahal", gps=TAJ if photo is sidecar else None)
    sidecar.with_name("a.jpg.xmp").write_text(packet(IN_BERLIN))
    said = {"title": "b.jpg", "geoData": {"latitude": BERLIN[0], "longitude": BERLIN[1], "altitude": 0.0}}
    takeout.with_name("b.jpg.supplemental-metadata.json").write_text(json.dumps(said))
    corrected, taken_out, bytes_alone = predictor.locate([sidecar, takeout, sidecar.read_bytes()])
    assert (at(corrected), corrected.known_from, corrected.suspect) == (BERLIN, "a.jpg.xmp", True)
    assert (at(taken_out), taken_out.known_from) == (BERLIN, "b.jpg.supplemental-metadata.json")
    assert at(bytes_alone) == (27.175, 78.0421)
    assert any("apart; a.jpg.xmp is taken" in warning for warning in corrected.warnings)


def test_a_photo_that_cannot_be_read_may_still_have_one(tmp_path: Path, predictor: Predictor) -> None:
    whole = make_photo(tmp_path / "a.jpg", "Taj Mahal", gps=BERLIN, size=(640, 480))
    whole.write_bytes(whole.read_bytes()[:900])
    [answer] = predictor.locate([whole])
    assert answer.error and at(answer) == BERLIN and not answer.suspect
    assert "its own position: 52.5163, 13.3777 (EXIF)" in answer_text(answer)
    larger = make_photo(tmp_path / "b.jpg", "Taj Mahal", gps=BERLIN)
    small = Predictor(predictor.bundle, predictor.session, limits=Limits(max_bytes=100))
    [refused] = small.locate([larger])
    assert refused.error and "MB" in refused.error and at(refused) == BERLIN


def test_a_raw_file_has_that_of_the_whole_file(tmp_path: Path, predictor: Predictor) -> None:
    jpeg = io.BytesIO(make_photo(tmp_path / "jpeg.jpg", "Taj Mahal").read_bytes()).getvalue()
    (tmp_path / "a.nef").write_bytes(raw("NEF", at=BERLIN, jpeg=jpeg))
    for answer in predictor.locate([tmp_path / "a.nef", (tmp_path / "a.nef").read_bytes()]):
        assert (at(answer), answer.landmark) == (BERLIN, "Taj Mahal")


def test_a_position_that_is_rejected_is_said_to_be(tmp_path: Path, predictor: Predictor) -> None:
    [answer] = predictor.locate([make_photo(tmp_path / "a.jpg", "Taj Mahal", gps=(0.0, 0.0))])
    assert answer.known is None and answer.warnings == ("EXIF: GPS position 0, 0, which is written without a fix",)


def test_what_is_no_path_and_no_bytes_has_none(predictor: Predictor) -> None:
    [answer] = predictor.locate([42])  # type: ignore[list-item]
    assert answer.own is None and answer.error
