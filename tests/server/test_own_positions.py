"""A photo's own position over real HTTP: every route tells it, calls the same photos suspect, and logs none."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from factories.album import make_photo
from factories.server import Served, command

BERLIN, NEAR_TAJ = (52.5163, 13.3777), (27.1738, 78.0451)
SUSPICION = "its GPS from EXIF is 5,955 km away from the recognised Taj Mahal (> 99 %)"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("photos")
    made = {
        "near": make_photo(folder / "near.jpg", "Taj Mahal", gps=NEAR_TAJ),
        "suspect": make_photo(folder / "suspect.jpg", "Taj Mahal", gps=BERLIN),
        "elsewhere": make_photo(folder / "elsewhere.jpg", None, gps=BERLIN),
        "without": make_photo(folder / "without.jpg", "Taj Mahal"),
    }
    contents = {name: path.read_bytes() for name, path in made.items()}
    return contents | {"broken": contents["near"][:600]}


def tag(server: Served, content: bytes) -> requests.Response:
    return requests.post(f"{server.url}/v1/tag", files=[("photo", ("a.jpg", content))], timeout=120)


def test_rows_tell_it_and_what_is_suspect(server: Served, photos: dict[str, bytes]) -> None:
    rows = dict(zip(photos, server.rows(*photos.items()), strict=True))
    known = {name: row["known_latitude"] and round(row["known_latitude"], 4) for name, row in rows.items()}
    assert known == {"near": 27.1738, "suspect": 52.5163, "elsewhere": 52.5163, "without": None, "broken": 27.1738}
    assert {name: row["suspect"] for name, row in rows.items()} == dict.fromkeys(rows, False) | {"suspect": True}
    assert {name: row["known_from"] for name, row in rows.items()} == dict.fromkeys(rows, "EXIF") | {"without": None}
    assert rows["near"]["distance_km"] == pytest.approx(0.33, abs=0.01) and rows["elsewhere"]["distance_km"] is None
    assert rows["broken"]["error"] and rows["suspect"]["latitude"] == 27.175


def test_the_description_of_the_api_tells_of_it(server: Served) -> None:
    described = server.get("/openapi.json").json()
    assert set(described["components"]["schemas"]["AnswerRow"]["required"]) >= {"known_latitude", "suspect"}
    reply = described["paths"]["/v1/tag"]["post"]["responses"]["422"]
    assert "far from the photo's own position" in reply["description"]


def test_google_visions_locations_are_the_landmarks_and_the_photos(server: Served, photos: dict[str, bytes]) -> None:
    asked: list[dict[str, Any]] = [
        {"image": {"content": base64.b64encode(photos[name]).decode()}, "features": [{"type": 2}]}
        for name in ("near", "suspect", "without")
    ]
    response = requests.post(f"{server.url}/v1/images:annotate", json={"requests": asked}, timeout=120)
    found = [reply["landmarkAnnotations"][0] for reply in response.json()["responses"]]
    places = [[round(place["latLng"]["latitude"], 4) for place in one["locations"]] for one in found]
    assert places == [[27.175, 27.1738], [27.175, 52.5163], [27.175]]
    assert [one.get("properties") for one in found] == [None, [{"name": "suspect", "value": SUSPICION}], None]


def test_nothing_is_written_of_a_suspect_photo(server: Served, photos: dict[str, bytes]) -> None:
    refused = tag(server, photos["suspect"])
    assert refused.status_code == 422 and refused.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert refused.json()["error"]["message"].startswith(f"a.jpg: {SUSPICION}, so nothing is written. Expected")
    near = tag(server, photos["near"])
    assert near.status_code == 200 and near.headers["Content-Type"] == "application/rdf+xml"
    assert b"Taj Mahal" in near.content and b"GPSLatitude" not in near.content
    assert tag(server, photos["without"]).headers["Content-Type"] == "application/octet-stream"


def test_no_position_is_logged(bundle: Path, photos: dict[str, bytes], tmp_path: Path) -> None:
    with command("--model", bundle, "--log-photos", log=tmp_path / "log") as served:
        served.rows(*photos.items())
        tag(served, photos["suspect"])
        metrics = served.get("/metrics").text
    log = (tmp_path / "log").read_text()
    assert "suspect: Taj Mahal" in log, "the name of a photo and its answer, as asked for"
    for text in (log, metrics):
        assert not any(digits in text for digits in ("52.5", "13.37", "27.17", "78.04", "5,955", "5955"))
    assert json.dumps(SUSPICION)[1:-1] not in log
