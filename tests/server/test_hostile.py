"""Hostile input over real HTTP: requests made from the API's own description, and photos with bytes turned over."""

import io
import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from factories.bundle import COLOURS
from factories.damaged_photos import damaged
from factories.photos import encode
from factories.server import Served, command, serving
from factories.waiting import wait_until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from landmark.server.bodies import Body
from landmark.server.protocol import PatientProtocol

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis, which the extra dev brings")


def few(count: int) -> settings:
    """Each example is a request, which takes a while: fewer than elsewhere, unless more are asked for (conftest)."""
    assert settings.default is not None
    wanted = count if settings.default.derandomize else settings.default.max_examples
    return settings(max_examples=wanted, suppress_health_check=list(HealthCheck))


FEW = few(40)
TAJ = encode(Image.new("RGB", (64, 48), COLOURS["Taj Mahal"]), "JPEG", quality=95)


@pytest.fixture(scope="module")
def server(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """In a process of its own, since some decoders take theirs down."""
    log = tmp_path_factory.mktemp("server") / "log"
    with command("--model", bundle, "--deadline", "60", "--queue", "16", log=log) as served:
        yield served
        text = log.read_text()
        assert "unexpected" not in text and "Traceback" not in text and "died" not in text


@pytest.mark.parametrize("count", [15, pytest.param(200, marks=pytest.mark.soak)])
def test_the_api_is_as_it_describes_itself(count: int, server: Served) -> None:
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == 8
    for operation in operations:
        # A reply that is a picture or a file has no row to say in that what was sent is no photo: it is refused.
        refuses = operation.path in ("/v1/explain", "/v1/tag")
        ask(operation, [positive_data_acceptance] if refuses else [], count)


def ask(operation: Any, excluded: list[Any], count: int) -> None:
    """Many requests for an operation, right and wrong ones, each reply held to the description."""

    @few(count)
    @given(case=operation.as_strategy())
    def ask_once(case: Any) -> None:
        case.call_and_validate(timeout=120, excluded_checks=excluded)

    ask_once()


@FEW
@given(photos=st.lists(damaged() | st.binary(max_size=200), min_size=1, max_size=4))
def test_broken_photos_give_rows_no_500_and_no_hang_and_stop_no_other(server: Served, photos: list[bytes]) -> None:
    start = time.monotonic()
    rows = server.rows(*[(str(number), data) for number, data in enumerate(photos)], ("taj", TAJ))
    assert time.monotonic() - start < 60
    assert rows[-1]["landmark"] == "Taj Mahal"
    for row in rows:
        assert (row["error"] is None) == (row["confidence"] is not None)
        assert "unexpected" not in str(row["error"])


def test_a_body_that_drips_is_given_up(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Body, "drain_s", 0.3)
    with serving(model=bundle, upload_s=0.5) as served:
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(
                f"POST /v1/locate HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode()
            )
            reply = b""
            while piece := client.recv(4096):
                reply += piece
        assert reply.startswith(b"HTTP/1.1 408") and b"connection: close" in reply.lower()


def test_connections_that_never_ask_are_closed(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "headers_s", 0.5)
    with serving(model=bundle) as served:
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
            assert client.recv(1) == b""


def test_uploads_are_kept_in_memory_within_a_budget(bundle: Path) -> None:
    """A few megabytes that are all on their way are taken in; more than the process has memory for is not."""
    with serving(model=bundle, max_upload_mb=1) as served:
        host, port = served.url.removeprefix("http://").split(":")
        clients = [socket.create_connection((host, int(port)), timeout=60) for _ in range(12)]
        head = (
            f"POST /v1/locate HTTP/1.1\r\nHost: {host}\r\nContent-Length: 990000\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        ).encode()
        part = b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n'
        for client in clients:
            client.sendall(head + part + bytes(900_000))
        wait_until(lambda: len(select.select(clients, [], [], 0)[0]) >= 3)
        time.sleep(0.5)  # in which others would be refused
        assert 3 <= sum(client.recv(12) == b"HTTP/1.1 503" for client in select.select(clients, [], [], 0)[0]) <= 5
        for client in clients:
            client.close()


def test_photos_are_never_written_to_files(server: Served) -> None:
    assert server.process is not None
    large = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (1200, 1200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(large, "PNG", compress_level=0)  # 4 MB: forms that size are often put on disk
    [row] = server.rows(("large.png", large.getvalue()))
    assert row["error"] is None
    opened = [os.readlink(link) for link in Path(f"/proc/{server.process.pid}/fd").iterdir() if link.is_symlink()]
    written = [path for path in opened if path.startswith("/tmp")]
    assert opened and not [path for path in written if not path.endswith("/log")]


def test_a_body_that_comes_after_its_refusal_does_not_hold_the_connection(bundle: Path) -> None:
    with serving(model=bundle, token="correct-horse") as served:
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(f"POST /v1/locate HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n".encode())
            reply = client.recv(65536)
            assert reply.startswith(b"HTTP/1.1 401") and b"connection: close" in reply.lower()
            client.sendall(bytes(100_000))
            while client.recv(65536):
                pass  # until it is closed


def test_a_parts_headers_are_counted_all_even_those_of_one_name(server: Served) -> None:
    lines = "".join(f"X-Idle: {'a' * 4000}\r\n" for _ in range(3))
    body = f'--x\r\n{lines}Content-Disposition: form-data; name="photo"\r\n\r\n'.encode() + TAJ + b"\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    response = requests.post(f"{server.url}/v1/locate", data=body, headers=kind, timeout=60)
    assert response.status_code == 400 and "headers" in response.json()["error"]["message"]


@pytest.mark.parametrize("origin", ["http://[x", "null", "nonsense", "http://"])
def test_odd_origins_are_those_of_others(origin: str, server: Served) -> None:
    assert server.get("/v1/model", headers={"Origin": origin}).status_code == 403
    assert server.get("/v1/model", headers={"Origin": server.url}).status_code == 200


@pytest.mark.parametrize(
    "late", [b"GET /heal", b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nfew"]
)
def test_what_is_no_whole_request_is_not_waited_for(late: bytes, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "headers_s", 0.5)
    monkeypatch.setattr(Body, "drain_s", 0.3)
    with serving(model=bundle) as served:
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
            client.sendall(late)
            while client.recv(65536):
                pass  # until it is closed
