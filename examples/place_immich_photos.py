"""Gives photos in an immich library that have no position the place of the landmark they show, by `landmark serve`.

    export IMMICH_KEY=...   # with the permissions asset.read, asset.view and asset.update
    python examples/place_immich_photos.py http://immich:2283            # says what it would do
    python examples/place_immich_photos.py http://immich:2283 --write    # and does it

Needs Python alone. Only photos without a position are looked at, and immich's previews of them (about 1440 px) are what
travels, to the server named by --landmark. A token goes into LANDMARK_TOKEN.
"""

import argparse
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

PAGE_PHOTOS = 250
ATTEMPTS = 8


def main() -> None:
    """Look at all photos without a position, page by page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("immich", help="where immich is, such as http://immich:2283")
    parser.add_argument("--landmark", default="http://127.0.0.1:8000", help="where landmark serve is")
    parser.add_argument("--write", action="store_true", help="write the places into immich")
    args = parser.parse_args()
    immich = {"x-api-key": os.environ["IMMICH_KEY"]}
    landmark = {"Authorization": f"Bearer {os.environ['LANDMARK_TOKEN']}"} if "LANDMARK_TOKEN" in os.environ else {}

    looked_at = placed = 0
    for asset in photos_without_position(args.immich, immich):
        looked_at += 1
        preview = ask(f"{args.immich}/api/assets/{asset['id']}/thumbnail?size=preview", headers=immich)
        answer = locate(args.landmark, asset["originalFileName"], preview, landmark)
        if answer["latitude"] is None:  # no landmark that is known, or a preview that cannot be read
            continue
        placed += 1
        print(f"{asset['originalFileName']}: {answer['landmark']}, {100 * answer['confidence']:.0f} %")
        if args.write:
            position = {"latitude": answer["latitude"], "longitude": answer["longitude"]}
            ask(f"{args.immich}/api/assets/{asset['id']}", json.dumps(position).encode(), immich, method="PUT")
    done = "got a place" if args.write else "would get a place; --write writes it"
    print(f"{looked_at} photos without a position: {placed} {done}.")


def photos_without_position(immich: str, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
    """All of the library's photos that have no latitude, by immich's search."""
    page: str | None = "1"
    while page is not None:
        wanted = {"type": "IMAGE", "withExif": True, "size": PAGE_PHOTOS, "page": int(page)}
        found = json.loads(ask(f"{immich}/api/search/metadata", json.dumps(wanted).encode(), headers))["assets"]
        yield from (asset for asset in found["items"] if (asset.get("exifInfo") or {}).get("latitude") is None)
        page = found["nextPage"]


def locate(server: str, name: str, photo: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The answer of `landmark serve` for one photo."""
    boundary, name = uuid4().hex, name.replace('"', "'").replace("\r", " ").replace("\n", " ")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n\r\n'
    body = head.encode() + photo + f"\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer: dict[str, Any] = json.loads(ask(f"{server}/v1/locate", body, headers | kind))["answers"][0]
    return answer


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str | None = None) -> bytes:
    """The reply's body; a server that is full is asked again when it says, and at last taken at its word."""
    content = {"Content-Type": "application/json"} if body is not None else {}
    request = urllib.request.Request(url, body, content | (headers or {}), method=method)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                received: bytes = reply.read()
                return received
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503) or attempt == ATTEMPTS:
                raise
            time.sleep(float(error.headers.get("Retry-After", 1)))
    raise AssertionError("the last attempt returns or raises")


if __name__ == "__main__":
    main()
