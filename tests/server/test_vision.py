"""Google Vision's LANDMARK_DETECTION: asked by Google's own client, and by its published shapes."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from factories.bundle import COLOURS, make_bundle
from factories.photos import encode
from factories.server import Served, serving
from PIL import Image

TOKEN = "correct-horse"
LANDMARKS = [{"type": "LANDMARK_DETECTION", "maxResults": 10}]


def photo(shows: str | None) -> bytes:
    return encode(Image.new("RGB", (64, 48), COLOURS[shows]), "JPEG", quality=95)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    bundle = make_bundle(tmp_path_factory.mktemp("model") / "colours").path
    with serving(model=bundle, token=TOKEN, max_photos=4) as served:
        yield served


def annotate(server: Served, *images: dict[str, Any], features: Any = LANDMARKS) -> list[dict[str, Any]]:
    body = {"requests": [{"image": image, "features": features} for image in images]}
    response = requests.post(f"{server.url}/v1/images:annotate", json=body, params={"key": TOKEN}, timeout=60)
    assert response.status_code == 200, response.text
    responses: list[dict[str, Any]] = response.json()["responses"]
    return responses


def content(data: bytes) -> dict[str, str]:
    return {"content": base64.b64encode(data).decode()}


def test_googles_own_client_gets_its_answers_here(server: Served) -> None:
    vision = pytest.importorskip("google.cloud.vision", reason="needs Google's client, which the extra dev brings")
    from google.auth.api_key import Credentials
    from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorRestTransport

    transport = ImageAnnotatorRestTransport(
        host=server.url.removeprefix("http://"), credentials=Credentials(TOKEN), url_scheme="http"
    )
    client = vision.ImageAnnotatorClient(transport=transport)
    found = client.landmark_detection(image=vision.Image(content=photo("Niagara Falls")))
    [landmark] = found.landmark_annotations
    assert (landmark.mid, landmark.description) == ("/landmark/niagarafalls", "Niagara Falls")
    assert 0.6 < landmark.score <= 1 and not found.error.message
    at = landmark.locations[0].lat_lng
    assert (at.latitude, at.longitude) == (43.0799, -79.0747)
    assert [(corner.x, corner.y) for corner in landmark.bounding_poly.vertices] == [(0, 0), (64, 0), (64, 48), (0, 48)]

    images = [photo("Taj Mahal"), b"Dear diary,", photo(None)]
    asked = [
        vision.AnnotateImageRequest(image=vision.Image(content=data), features=[{"type_": "LANDMARK_DETECTION"}])
        for data in images
    ]
    replies = client.batch_annotate_images(requests=asked).responses
    assert [len(reply.landmark_annotations) for reply in replies] == [1, 0, 0]
    assert [reply.error.code for reply in replies] == [0, 3, 0]
    by_url = client.landmark_detection(image=vision.Image(source={"image_uri": "http://127.0.0.1:1/a.jpg"}))
    assert by_url.error.code == 3 and "not fetched" in by_url.error.message


def test_a_wrong_key_is_what_googles_client_calls_unauthenticated(server: Served) -> None:
    vision = pytest.importorskip("google.cloud.vision", reason="needs Google's client, which the extra dev brings")
    from google.api_core.exceptions import Unauthenticated, Unauthorized
    from google.auth.api_key import Credentials
    from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorRestTransport

    transport = ImageAnnotatorRestTransport(
        host=server.url.removeprefix("http://"), credentials=Credentials("wrong"), url_scheme="http"
    )
    client = vision.ImageAnnotatorClient(transport=transport)
    with pytest.raises((Unauthenticated, Unauthorized), match="No valid token"):
        client.landmark_detection(image=vision.Image(content=photo(None)))


def test_the_published_shapes(server: Served) -> None:
    [reply] = annotate(server, content(photo("Taj Mahal")))
    [found] = reply["landmarkAnnotations"]
    score = found.pop("score")
    assert 0.6 < score <= 1
    assert found == {
        "mid": "/landmark/tajmahal",
        "description": "Taj Mahal",
        "boundingPoly": {"vertices": [{"x": 0, "y": 0}, {"x": 64, "y": 0}, {"x": 64, "y": 48}, {"x": 0, "y": 48}]},
        "locations": [{"latLng": {"latitude": 27.175, "longitude": 78.0421}}],
    }
    assert annotate(server, content(photo(None))) == [{}]
    [[house]] = [reply["landmarkAnnotations"] for reply in annotate(server, content(photo("Grandmother's House")))]
    assert house["locations"] == [], "its place nobody told"


def test_each_image_has_an_error_of_its_own(server: Served) -> None:
    images: list[dict[str, Any]] = [
        {"source": {"imageUri": "file:///etc/passwd"}},
        {},
        {"content": "%%%"},
        content(b"Dear diary,"),
    ]
    errors = [reply["error"] for reply in annotate(server, *images)]
    assert [error["code"] for error in errors] == [3, 3, 3, 3]
    for said, error in zip(("not fetched", "No image", "not base64", "text"), errors, strict=True):
        assert said in error["message"]
    snake = annotate(server, {"source": {"gcs_image_uri": "gs://a/b"}})
    assert "not fetched" in snake[0]["error"]["message"]


def test_other_features_are_passed_over_beside_landmarks_and_alone_an_error(server: Served) -> None:
    taj = content(photo("Taj Mahal"))
    [both] = annotate(server, taj, features=[{"type": "LABEL_DETECTION"}, {"type": 2}])
    assert both["landmarkAnnotations"] and "error" not in both
    [other] = annotate(server, taj, features=[{"type": "LABEL_DETECTION"}])
    assert other["error"]["code"] == 12 and "LABEL_DETECTION" in other["error"]["message"]
    [none] = annotate(server, taj, features=[])
    assert none["error"]["code"] == 3


def test_either_alphabet_of_base64_is_understood(server: Served) -> None:
    data = photo("Taj Mahal") + bytes(range(256))
    plain, url_safe = base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert plain != url_safe
    replies = annotate(server, {"content": plain}, {"content": url_safe})
    assert replies[0] == replies[1] and "landmarkAnnotations" in replies[0]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"requests": 1}', b"[" * 100_000, b'{"requests": [{"image": {"content": 1}}]}', b"\xff"],
)
def test_what_is_no_request_gets_googles_error_shape(server: Served, body: bytes) -> None:
    response = requests.post(f"{server.url}/v1/images:annotate", data=body, params={"key": TOKEN}, timeout=60)
    assert response.status_code == 400
    assert response.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_the_number_of_images_is_limited(server: Served) -> None:
    body: Any = {"requests": [{"image": {}, "features": LANDMARKS}] * 5}
    response = requests.post(f"{server.url}/v1/images:annotate", json=body, params={"key": TOKEN}, timeout=60)
    assert response.status_code == 400 and "over 4 images" in response.json()["error"]["message"]


def test_images_beyond_the_limit_are_not_even_read(server: Served) -> None:
    body = b'{"requests": [' + b"{}, " * 5 + b'"no image"]}'
    response = requests.post(f"{server.url}/v1/images:annotate", data=body, params={"key": TOKEN}, timeout=60)
    assert response.status_code == 400 and "over 4 images" in response.json()["error"]["message"]


@pytest.mark.parametrize("item", [b"{}", b"0"])
def test_very_many_small_things_are_refused_before_they_take_memory(item: bytes, server: Served) -> None:
    body = b'{"requests": [' + b",".join([item] * 100_000) + b"]}"
    response = requests.post(f"{server.url}/v1/images:annotate", data=body, params={"key": TOKEN}, timeout=60)
    assert response.status_code == 400 and "far more than 4 images" in response.json()["error"]["message"]


def test_no_images_no_replies(server: Served) -> None:
    assert annotate(server) == []
