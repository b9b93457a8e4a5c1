"""Thumbnails are made ahead by threads, for which nobody waits who wants no more of them."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from landmark.core.errors import PhotoError
from landmark.photo import thumbnails
from landmark.photo.thumbnails import thumbnail_uris


def test_leaving_before_the_last_waits_for_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = Event()

    def read(path: Path, **_: Any) -> Any:
        if path.name == "slow.jpg":
            goes_on.wait(60)
        raise PhotoError(f"{path}: unreadable")

    monkeypatch.setattr(thumbnails, "read_photo", read)
    uris = thumbnail_uris([Path("a.jpg"), Path("slow.jpg")])
    assert next(uris) is None
    leaving = Thread(target=uris.close)  # type: ignore[attr-defined]  # it is a generator
    leaving.start()
    leaving.join(20)
    has_left = not leaving.is_alive()
    goes_on.set()
    assert has_left
