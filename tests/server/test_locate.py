"""The API for photos, over real HTTP: rows, refusals, limits, tokens, and what is never done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from factories.bundle import COLOURS
from factories.photos import encode, png_bomb
from factories.server import Served, serving
from factories.waiting import PATIENCE_S
from PIL import Image

from landmark.model.predictor import Predictor

KEYS = ["photo", "landmark", "confidence", "latitude", "longitude", "radius_km", "country", "candidates", "warnings",
        "error", "known_latitude", "known_longitude", "known_from", "distance_km", "suspect"]  # fmt: skip
TOKEN = "correct-horse"


def photo(shows: str | None, size: tuple[int, int] = (64, 48)) -> bytes:
    return encode(Image.new("RGB", size, COLOURS[shows]), "JPEG", quality=95)


@pytest.fixture(scope="module")
def server(bundle: Path) -> Iterator[Served]:
    with serving(model=bundle, max_photos=5, max_upload_mb=2, max_megapixels=20) as served:
        yield served


def test_a_photo_gets_the_row_of_the_command(server: Served, bundle: Path) -> None:
    [row] = server.rows(("taj.jpg", photo("Taj Mahal")))
    assert list(row) == KEYS
    [expected] = Predictor.load(bundle).locate([photo("Taj Mahal")])
    assert row == expected.to_row() | {"photo": "taj.jpg"}
    assert (row["landmark"], row["latitude"], row["country"]) == ("Taj Mahal", 27.175, "India")


def test_several_photos_are_answered_in_order_and_a_broken_one_stops_no_other(server: Served) -> None:
    sent = [("a", photo("Taj Mahal")), ("b", b"Dear diary,"), ("c", photo(None)), ("d", photo("Niagara Falls")),
            ("e", b"")]  # fmt: skip
    rows = server.rows(*sent)
    assert [row["photo"] for row in rows] == ["a", "b", "c", "d", "e"]
    assert [row["landmark"] for row in rows] == ["Taj Mahal", None, None, "Niagara Falls", None]
    assert [row["error"] is None for row in rows] == [True, False, True, True, False]
    assert rows[1]["confidence"] is None and "text" in rows[1]["error"]
    assert rows[2]["confidence"] > 0 and rows[3]["country"] == ["United States", "Canada"]


def test_top_is_the_number_of_candidates(server: Served) -> None:
    [row] = server.rows(("a", photo("Taj Mahal")), params={"top": 1})
    assert [candidate["landmark"] for candidate in row["candidates"]] == ["Taj Mahal"]
    for top in ("0", "101", "many", ""):
        response = server.locate(("a", photo("Taj Mahal")), params={"top": top})
        assert response.status_code == 400 and "top" in response.json()["error"]["message"]


def test_the_size_of_a_photo_is_limited_before_it_is_decoded(server: Served) -> None:
    [row] = server.rows(("bomb.png", png_bomb()))
    assert "900.0 megapixels" in row["error"] and "at most 20.0" in row["error"]


def test_frames_and_metadata_are_limited(server: Served) -> None:
    frames = [Image.new("L", (4, 4), shade % 256) for shade in range(1_100)]
    gif = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    tiff = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    plain = photo("Taj Mahal")
    chatty = plain[:2] + (b"\xff\xe9\xff\xff" + bytes(65_533)) * 16 + plain[2:]
    rows = server.rows(("a.gif", gif), ("b.tif", tiff), ("c.jpg", chatty), ("d.jpg", plain))
    assert ["1,000 frames" in str(row["error"]) for row in rows] == [True, True, False, False]
    assert "1.0 MB of metadata" in rows[2]["error"] and rows[3]["error"] is None


def test_the_number_of_photos_and_of_other_parts_is_limited(server: Served) -> None:
    many = server.locate(*[(str(number), photo(None)) for number in range(6)])
    assert many.status_code == 413 and "over 5 photos" in many.json()["error"]["message"]
    fields = {f"field {number}": (None, "x") for number in range(17)}
    others = requests.post(f"{server.url}/v1/locate", files=fields, timeout=60)
    assert others.status_code == 413 and "16 other fields" in others.json()["error"]["message"]


def test_a_large_body_is_refused_by_its_headers_and_the_client_gets_to_read_why(server: Served) -> None:
    response = server.locate(("a.jpg", bytes(3_000_000)))
    assert response.status_code == 413
    assert response.json()["error"]["status"] == "OUT_OF_RANGE" and "at most 2.0 MB" in response.text


def test_a_large_body_without_a_length_is_refused_when_it_gets_there(server: Served) -> None:
    pieces = (bytes(100_000) for _ in range(30))
    response = requests.post(
        f"{server.url}/v1/locate", data=pieces, headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=60
    )
    assert response.status_code in (400, 413)
    head = b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'
    pieces = (piece for piece in [head, *[bytes(100_000)] * 30])
    response = requests.post(
        f"{server.url}/v1/locate", data=pieces, headers={"Content-Type": "multipart/form-data; boundary=x"}, timeout=60
    )
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        ("application/json", b"{}", 415, "multipart/form-data"),
        ("", b"", 415, "no type"),
        ("multipart/form-data", b"", 400, "boundary"),
        ("multipart/form-data; boundary=x", b"--x--", 400, "no field 'photo'"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\nab', 400,
         "ends early"),
        ("multipart/form-data; boundary=x", b"nonsense", 400, "form"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\na\r\n--x--', 400,
         "no field 'photo'"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: " + b"b" * 9_000, 400, "header"),
    ],
)  # fmt: skip
def test_what_is_no_form_with_photos_is_told_so(
    server: Served, content_type: str, body: bytes, status: int, said: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = requests.post(f"{server.url}/v1/locate", data=body, headers=headers, timeout=60)
    assert response.status_code == status and said in response.json()["error"]["message"]


def test_no_path_from_a_request_is_opened(server: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(photo("Taj Mahal"))
    rows = server.rows((str(secret), photo("Niagara Falls")), (f"file://{secret}", str(secret).encode()))
    assert [row["photo"] for row in rows] == ["secret.jpg", "secret.jpg"]
    assert rows[0]["landmark"] == "Niagara Falls" and "text" in rows[1]["error"]
    for path in ("/page/..%2f..%2fsettings.py", "/page/%2e%2e/app.py", f"/page/{secret}", "//etc/passwd"):
        assert server.get(path).status_code == 404


def test_every_reply_carries_the_security_headers_and_none_allows_another_origin(server: Served) -> None:
    replies = [server.get("/"), server.get("/healthz"), server.get("/nowhere"), server.locate(("a", b"")),
               server.get("/v1/locate")]  # fmt: skip
    assert [reply.status_code for reply in replies] == [200, 200, 404, 200, 405]
    for reply in replies:
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert not [name for name in reply.headers if name.lower().startswith("access-control")]
        assert "server" not in reply.headers


def test_pages_of_other_sites_and_names_that_lead_here_are_refused(server: Served) -> None:
    a = ("a", photo(None))
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        response = server.locate(a, headers=headers)
        assert response.status_code == 403, headers
    assert server.locate(a, headers={"Origin": server.url, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    preflight = requests.options(f"{server.url}/v1/locate", headers={"Origin": "https://evil.example"}, timeout=60)
    assert preflight.status_code in (403, 405)


def test_with_a_token_only_who_has_it_may_ask(bundle: Path) -> None:
    with serving(model=bundle, token=TOKEN, host="0.0.0.0") as served:
        a = ("a", photo("Taj Mahal"))
        for refused in (
            served.locate(a),
            served.locate(a, headers={"Authorization": "Bearer wrong"}),
            served.locate(a, headers={"Authorization": f"Basic {TOKEN}"}),
            served.locate(a, params={"key": TOKEN + "x"}),
            served.get("/v1/model"),
            served.get("/metrics"),
        ):
            assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")
            assert TOKEN not in refused.text
        for options in (
            {"headers": {"Authorization": f"Bearer {TOKEN}"}},
            {"headers": {"X-Goog-Api-Key": TOKEN}},
            {"params": {"key": TOKEN}},
            {"headers": {"Authorization": f"Bearer {TOKEN}", "Host": "photos.example"}},
        ):
            assert served.rows(a, **options)[0]["landmark"] == "Taj Mahal"
        for path in ("/healthz", "/readyz", "/", "/docs", "/openapi.json"):
            assert served.get(path).status_code == 200
        schema = served.get("/openapi.json").json()
        assert schema["paths"]["/v1/locate"]["post"]["security"] == [{"bearer": []}, {"header": []}, {"query": []}]


def test_what_can_be_got_can_be_asked_for_by_head(server: Served) -> None:
    for path, status in (("/", 200), ("/healthz", 200), ("/v1/model", 200), ("/nowhere", 404), ("/v1/locate", 405)):
        got, head = server.get(path), requests.head(f"{server.url}{path}", timeout=PATIENCE_S)
        assert (head.status_code, got.status_code, head.content) == (status, status, b"")
        assert head.headers["content-length"] == got.headers["content-length"] and "x-frame-options" in head.headers


def test_probes_the_models_card_and_metrics(server: Served, bundle: Path) -> None:
    assert server.get("/healthz").json() == server.get("/readyz").json() == {"status": "ok"}
    assert server.get("/v1/model").json() == json.loads((bundle / "landmark.json").read_text())
    server.rows(("a", photo("Taj Mahal")), ("b", photo(None)), ("c", b""))
    text = server.get("/metrics").text
    for outcome in ("recognised", "unknown", "unreadable"):
        assert f'landmark_photos_total{{outcome="{outcome}"}}' in text
    assert 'landmark_requests_total{route="/v1/locate",status="200"}' in text
    assert "landmark_stage_seconds_bucket" in text and "landmark_places_taken 0.0" in text


def test_the_api_is_described_without_anything_from_elsewhere(server: Served) -> None:
    page = server.get("/docs").text
    assert "POST /v1/locate" in page and "landmarkAnnotations" in page
    assert "http" not in page.replace("http://127.0.0.1:8000", "") and "<script" not in page
    schema = server.get("/openapi.json").json()
    asked_of_photos = {"/v1/locate", "/v1/explain", "/v1/tag", "/v1/images:annotate"}
    assert set(schema["paths"]) == asked_of_photos | {"/healthz", "/readyz", "/metrics", "/v1/model"}
    assert "$defs" not in json.dumps(schema) and "ValidationError" not in schema["components"]["schemas"]
