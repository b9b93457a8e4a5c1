"""Heat maps and tagged photos over real HTTP: the picture stays as it was, and what cannot be done is said."""

import io
from collections.abc import Iterator

import pytest
import requests
from factories.bundle import COLOURS, make_bundle
from factories.containers import movie, raw
from factories.photos import encode
from factories.server import Served, serving
from PIL import Image

from landmark.metadata.merging import read_coordinates
from landmark.metadata.xmp import read_xmp


def photo(shows: str | None, kind: str = "JPEG") -> bytes:
    return encode(Image.new("RGB", (64, 48), COLOURS[shows]), kind)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    bundle = make_bundle(tmp_path_factory.mktemp("model") / "colours").path
    with serving(model=bundle, max_upload_mb=2) as served:
        yield served


def post(server: Served, path: str, content: bytes, name: str = "taj.jpg") -> requests.Response:
    return requests.post(f"{server.url}{path}", files=[("photo", (name, content))], timeout=120)


def test_a_heat_map_is_a_picture_of_the_photo(server: Served) -> None:
    response = post(server, "/v1/explain", photo("Taj Mahal"))
    assert response.status_code == 200 and response.headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(response.content)) as picture:
        assert picture.format == "PNG" and picture.width >= 64


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP"])
def test_a_tagged_photo_has_its_place_and_the_very_same_picture(server: Served, kind: str) -> None:
    sent = photo("Taj Mahal", kind)
    response = post(server, "/v1/tag", sent, f"täj.{kind.lower()}")
    assert response.status_code == 200, response.text
    at = read_coordinates(response.content)
    assert at is not None and (round(at.latitude, 3), round(at.longitude, 3)) == (27.175, 78.042)
    with Image.open(io.BytesIO(sent)) as before, Image.open(io.BytesIO(response.content)) as after:
        assert before.tobytes() == after.tobytes()
    assert f"t%C3%A4j.{kind.lower()}" in response.headers["Content-Disposition"]
    again = post(server, "/v1/tag", response.content)
    assert again.headers["Content-Type"] == "application/rdf+xml", "a position that is there is left alone"
    assert b"Taj Mahal" in again.content and ".xmp" in again.headers["Content-Disposition"]
    assert read_xmp(again.content).coordinates is None, "programs believe a sidecar before the photo"
    assert again.content.count(b"<Iptc4xmpExt:LocationName>") == 1, "it took over what the photo says is shown"


def test_a_raw_file_is_recognised_by_its_preview_and_gets_a_sidecar(server: Served) -> None:
    sent = raw("NEF", at=None, jpeg=photo("Taj Mahal"))
    response = post(server, "/v1/tag", sent, "a.nef")
    assert response.status_code == 200 and "a.nef.xmp" in response.headers["Content-Disposition"]
    assert b"GPSLatitude" in response.content
    assert post(server, "/v1/explain", sent, "a.nef").headers["Content-Type"] == "image/png"


def test_a_film_is_called_by_its_name(server: Served) -> None:
    response = post(server, "/v1/tag", movie(), "a.mov")
    assert response.status_code == 400 and "a video (MOV)" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/explain", "/v1/tag"])
def test_what_is_no_photo_or_too_many_is_refused(server: Served, path: str) -> None:
    response = post(server, path, b"Dear diary,")
    message = response.json()["error"]["message"]
    assert response.status_code == 400 and "text" in message and "that the model recognises" not in message
    two = [("photo", ("a", photo("Taj Mahal"))), ("photo", ("b", photo("Taj Mahal")))]
    assert requests.post(f"{server.url}{path}", files=two, timeout=120).status_code == 413


def test_nothing_is_written_of_a_photo_that_is_not_recognised(server: Served) -> None:
    response = post(server, "/v1/tag", photo(None))
    assert response.status_code == 422 and response.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert "no landmark I know" in response.json()["error"]["message"]
