"""The example client of a photo library, against a real server and an immich made here after its published API."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from factories.bundle import COLOURS, make_bundle
from factories.photos import encode
from factories.server import serving
from PIL import Image

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/place_immich_photos.py"
KEY, TOKEN = "immich-key", "correct-horse"


def asset(number: int, latitude: float | None) -> dict[str, Any]:
    return {
        "id": f"asset-{number}",
        "type": "IMAGE",
        "originalFileName": f'photo "{number}".jpg',
        "exifInfo": {"latitude": latitude, "longitude": latitude},
    }


class Immich(BaseHTTPRequestHandler):
    """Search, previews and updates of four photos on two pages; the second has a position already."""

    assets = (asset(1, None), asset(2, 48.0), asset(3, None), asset(4, None))
    shows = ("Taj Mahal", "Taj Mahal", None, "Niagara Falls")
    updates: dict[str, Any] = {}  # noqa: RUF012  # emptied by the fixture
    n_busy = 0

    def do_POST(self) -> None:
        wanted = self.body()
        assert self.path == "/api/search/metadata" and wanted["withExif"] and wanted["type"] == "IMAGE"
        first = wanted["page"] == 1
        items = self.assets[:2] if first else self.assets[2:]
        self.reply({"assets": {"items": items, "nextPage": "2" if first else None}})

    def do_GET(self) -> None:
        number = int(self.path.removeprefix("/api/assets/asset-").removesuffix("/thumbnail?size=preview"))
        if number == 1 and Immich.n_busy < 1:
            Immich.n_busy += 1
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.reply(encode(Image.new("RGB", (64, 48), COLOURS[self.shows[number - 1]]), "JPEG"))

    def do_PUT(self) -> None:
        Immich.updates[self.path] = self.body()
        self.reply({})

    def body(self) -> dict[str, Any]:
        assert self.headers["x-api-key"] == KEY
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def reply(self, what: dict[str, Any] | bytes) -> None:
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def immich() -> Iterator[str]:
    Immich.updates.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Immich) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_photos_without_a_position_get_the_place_of_their_landmark(immich: str, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "colours").path
    with serving(model=bundle, token=TOKEN) as served:

        def run(*arguments: str) -> str:
            result = subprocess.run(
                [sys.executable, str(EXAMPLE), immich, "--landmark", served.url, *arguments], capture_output=True,
                text=True, env=os.environ | {"IMMICH_KEY": KEY, "LANDMARK_TOKEN": TOKEN}, timeout=120,
            )  # fmt: skip
            assert result.returncode == 0, result.stderr
            return result.stdout

        said = run()
        assert Immich.updates == {} and "3 photos without a position: 2 would get a place" in said
        said = run("--write")
        assert 'photo "1".jpg: Taj Mahal' in said and "2 got a place" in said
    assert Immich.updates == {
        "/api/assets/asset-1": {"latitude": 27.175, "longitude": 78.0421},
        "/api/assets/asset-4": {"latitude": 43.0799, "longitude": -79.0747},
    }
