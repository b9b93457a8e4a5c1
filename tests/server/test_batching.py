"""Load, over real HTTP: batches change nothing, a full server says so at once, huge photos wait apart."""

import gc
import logging
import socket
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from factories.bundle import COLOURS, make_bundle
from factories.photos import encode, png_bomb
from factories.server import Served, SlowSession, serving
from factories.waiting import wait_until
from PIL import Image

from landmark.model.bundle import Bundle
from landmark.model.predictor import Predictor
from landmark.model.session import OnnxSession

NAMES = list(COLOURS)

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")


def photo(shows: str | None, size: tuple[int, int] = (64, 48)) -> bytes:
    return encode(Image.new("RGB", size, COLOURS[shows]), "JPEG", quality=95)


def noisy_photos(count: int) -> list[bytes]:
    """Photos that all differ, between the colours of the landmarks."""
    rng = np.random.default_rng(0)
    colours = rng.integers(20, 220, (count, 1, 1, 3))
    grain = rng.integers(-15, 16, (count, 48, 64, 3))
    return [encode((colour + noise).astype(np.uint8), "JPEG") for colour, noise in zip(colours, grain, strict=True)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("model") / "colours")


def slow(bundle: Bundle, seconds: float = 0.0) -> tuple[Predictor, SlowSession]:
    session = SlowSession(OnnxSession.of_bundle(bundle, threads=1), seconds)
    return Predictor(bundle, session), session


def taken(served: Served) -> float:
    """How many places of the queue are taken, by the server's own account."""
    [line] = [line for line in served.get("/metrics").text.splitlines() if line.startswith("landmark_places_taken ")]
    return float(line.split()[1])


def test_alone_and_in_any_batch_a_photo_gets_the_same_answer(bundle: Bundle) -> None:
    photos = noisy_photos(24)
    predictor, session = slow(bundle, 0.05)
    with serving(predictor, queue=64) as served, ThreadPoolExecutor(24) as clients:
        alone = [served.rows((str(number), data))[0] for number, data in enumerate(photos)]
        assert set(session.batches) == {1}
        session.batches.clear()
        together = [row for [row] in clients.map(lambda item: served.rows((str(item[0]), item[1])), enumerate(photos))]
        assert max(session.batches) > 1, "nothing was put together"
        sixteen = served.rows(*[(str(number), data) for number, data in enumerate(photos[:16])])
    for rows in (together, sixteen):
        for one, other in zip(alone, rows, strict=False):
            assert one["landmark"] == other["landmark"]
            assert abs(one["confidence"] - other["confidence"]) <= 0.001


def test_a_server_that_has_ended_releases_its_model(bundle: Bundle) -> None:
    """A reload starts another one in the same process, and each model takes memory."""
    predictor = Predictor(bundle)
    model = weakref.ref(predictor)
    with serving(predictor) as served:
        assert served.locate(("a", photo("Taj Mahal"))).status_code == 200
    del predictor
    wait_until(lambda: gc.collect() >= 0 and model() is None)


def test_real_photos_get_the_commands_answers_alone_and_in_batches(shared: Path) -> None:
    paths = sorted((shared / "data/landmarks/test").rglob("*.jpg"))[::60]
    photos = [(path.name, path.read_bytes()) for path in paths]
    expected = Predictor.load().locate(paths)
    with serving(queue=64) as served, ThreadPoolExecutor(8) as clients:
        rows = [row for [row] in clients.map(lambda item: served.rows(item), photos)]
    assert len(rows) >= 10
    for row, answer in zip(rows, expected, strict=True):
        assert row["landmark"] == answer.landmark
        assert abs(row["confidence"] - (answer.confidence or 0)) <= 0.001


def test_a_full_server_says_so_at_once_and_when_to_come_back(bundle: Bundle) -> None:
    predictor, session = slow(bundle)
    with serving(predictor, queue=2, workers=2**10) as served, ThreadPoolExecutor(2) as clients:
        session.let_go.clear()
        accepted = [clients.submit(served.locate, ("a", photo("Taj Mahal"))) for _ in range(2)]
        wait_until(lambda: taken(served) == 2)
        refused = served.locate(("b", photo("Taj Mahal")))  # while nothing is answered
        assert refused.status_code == 503 and refused.headers["Retry-After"] == "1"
        assert refused.json()["error"]["status"] == "UNAVAILABLE"
        session.let_go.set()
        assert [future.result().status_code for future in accepted] == [200, 200]
        assert served.locate(("b", photo("Taj Mahal"))).status_code == 200


def test_refusals_come_before_the_body_is_read(bundle: Bundle) -> None:
    predictor, session = slow(bundle)
    with serving(predictor, queue=1, workers=2**10) as served, ThreadPoolExecutor(1) as clients:
        session.let_go.clear()
        accepted = clients.submit(served.locate, ("a", photo("Taj Mahal")))
        wait_until(lambda: taken(served) == 1)
        with connect(served) as client:
            client.sendall(head(served, 1_000_000))  # and not a byte of the body
            assert client.recv(12) == b"HTTP/1.1 503"
        session.let_go.set()
        assert accepted.result().status_code == 200


def test_a_queue_that_would_outlast_the_deadline_is_full_however_few_are_in_it(bundle: Bundle) -> None:
    predictor, session = slow(bundle, 0.2)
    with serving(predictor, queue=100, deadline_s=2.4) as served, ThreadPoolExecutor(1) as clients:
        for _ in range(13):  # it learns that a photo takes 0.2 s here
            assert served.locate(("a", photo("Taj Mahal"))).status_code == 200
        session.let_go.clear()
        accepted = clients.submit(served.locate, *[(str(number), photo("Taj Mahal")) for number in range(8)])
        wait_until(lambda: taken(served) == 8)
        assert served.locate(("b", photo("Taj Mahal"))).status_code == 503
        session.let_go.set()
        assert accepted.result().status_code == 200


def test_who_waits_longer_than_the_deadline_is_told_to_come_back(bundle: Bundle) -> None:
    predictor, _ = slow(bundle, 1.0)
    with serving(predictor, deadline_s=0.2) as served:
        late = served.locate(("a", photo("Taj Mahal")))
        assert late.status_code == 503 and "within 0.2 s" in late.json()["error"]["message"]
        assert late.headers["Retry-After"] == "1"
        wait_until(lambda: taken(served) == 0)
        assert 'outcome="given_up"' in served.get("/metrics").text


def test_a_client_that_goes_away_frees_its_place(bundle: Bundle) -> None:
    predictor, session = slow(bundle)
    with serving(predictor, queue=3, workers=2**10) as served:
        session.let_go.clear()
        session.batches.clear()
        gone = [connect(served) for _ in range(3)]
        for client in gone:
            client.sendall(head(served, len(BODY)) + BODY)
            wait_until(lambda: session.batches)  # the first is being computed, so the others wait
        wait_until(lambda: taken(served) == 3)
        for client in gone:
            client.close()
        wait_until(lambda: taken(served) == 0)
        session.let_go.set()
        assert served.locate(("a", photo("Taj Mahal"))).status_code == 200
        assert session.batches == [1, 1], "the network was asked for those who had gone"


def test_a_request_of_many_photos_leaves_room_for_others(bundle: Bundle) -> None:
    predictor, _ = slow(bundle, 0.1)
    with serving(predictor, queue=4, workers=2**10) as served, ThreadPoolExecutor(1) as clients:
        many = clients.submit(served.rows, *[(str(number), photo("Taj Mahal")) for number in range(16)])
        wait_until(lambda: taken(served) == 2)
        assert served.locate(("other", photo("Niagara Falls"))).status_code == 200
        assert not many.done()
        assert [row["landmark"] for row in many.result()] == ["Taj Mahal"] * 16


def test_a_huge_photo_does_not_stop_the_others(bundle: Bundle) -> None:
    huge = png_bomb(6_000, 6_000)
    with serving(model=bundle.path, queue=4, workers=2**10) as served, ThreadPoolExecutor(3) as clients:
        large = [clients.submit(served.locate, ("huge", huge)) for _ in range(3)]
        answered = 0
        while not all(future.done() for future in large):
            assert served.locate(("small", photo("Taj Mahal"))).status_code == 200
            answered += 1
        assert answered > 2
        assert [future.result().status_code for future in large] == [200, 200, 200]


def test_explanations_that_could_not_come_in_time_are_refused_at_once(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_half_a_second(*_: Any) -> bytes:
        time.sleep(0.45)
        return b"a picture"

    monkeypatch.setattr("landmark.server.single_photo.heat_map", nearly_half_a_second)

    def ask(_: int) -> tuple[int, float]:
        begun = time.monotonic()
        sent = [("photo", ("taj.jpg", photo("Taj Mahal")))]
        status = requests.post(f"{served.url}/v1/explain", files=sent, timeout=60).status_code
        return status, time.monotonic() - begun

    with serving(Predictor(bundle), deadline_s=2.0) as served, ThreadPoolExecutor(8) as clients:
        assert ask(0)[0] == 200, "now it knows how long one takes"
        for _ in range(5):
            sent = [("photo", ("diary.jpg", b"Dear diary,"))]
            assert requests.post(f"{served.url}/v1/tag", files=sent, timeout=60).status_code == 400
        found = list(clients.map(ask, range(8)))
    refused = [seconds for status, seconds in found if status == 503]
    assert 1 <= 8 - len(refused) <= 5, "of 8, about the three that fit into 1.6 s"
    assert max(refused) < 1.9, "none of them waited for the deadline"


def test_a_photo_that_the_network_fails_on_fails_alone(bundle: Bundle) -> None:
    class Poisoned:
        photos_at_once = 16

        def __init__(self) -> None:
            self.session = SlowSession(OnnxSession.of_bundle(bundle, threads=1), 0.2)

        def run(self, images: Any) -> Any:
            if any(image[2].mean() > 1.5 for image in images):  # blue
                raise RuntimeError("a secret of the photo")
            return self.session.run(images)

    sent = [(str(name), photo(name)) for name in NAMES] * 2
    with serving(Predictor(bundle, Poisoned()), queue=16) as served:
        rows = served.rows(*sent)
    assert [row["landmark"] for row in rows] == ["Taj Mahal", "Niagara Falls", None, None] * 2
    assert [row["error"] is None for row in rows] == [True, True, False, True] * 2
    assert "the network failed" in rows[2]["error"] and "secret" not in rows[2]["error"]


def test_the_log_names_no_photo_and_no_token(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "landmark.server"), serving(model=bundle.path, token="correct-horse") as served:
        logging.getLogger("landmark.server.photos").setLevel(logging.WARNING)
        served.rows(("grandma.jpg", photo("Taj Mahal")), params={"key": "correct-horse"})
        served.get("/grandma.jpg")
        wait_until(lambda: "POST /v1/locate 200" in caplog.text and "GET other 404" in caplog.text)
        assert "grandma" not in caplog.text and "Taj" not in caplog.text and "horse" not in caplog.text
        logging.getLogger("landmark.server.photos").setLevel(logging.INFO)
        served.rows(("grandma.jpg", photo("Taj Mahal")), params={"key": "correct-horse"})
        wait_until(lambda: "grandma.jpg: Taj Mahal" in caplog.text)


BODY = (
    b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'
    + encode(Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]), "JPEG")
    + b"\r\n--x--\r\n"
)


def head(served: Served, n_bytes: int) -> bytes:
    return (
        f"POST /v1/locate HTTP/1.1\r\nHost: {served.url.removeprefix('http://')}\r\nContent-Length: {n_bytes}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()


def connect(served: Served) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_connections_stay_open_from_one_request_to_the_next(bundle: Bundle) -> None:
    with serving(model=bundle.path) as served, requests.Session() as session:
        for _ in range(3):
            response = session.post(f"{served.url}/v1/locate", files={"photo": photo("Taj Mahal")}, timeout=60)
            assert response.status_code == 200 and response.headers.get("connection") != "close"
