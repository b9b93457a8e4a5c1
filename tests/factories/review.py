"""Reviews for tests: a small album, the model in numpy, and a server that really listens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from factories import album
from factories.album import DOUBTFUL_TAJ, TAJ, make_photo

from landmark.model.predictor import Predictor
from landmark.tagging.request import TagRun
from landmark.tagging.review.live.server import ReviewServer
from landmark.tagging.reviewing import prepare_review


def make_album(folder: Path) -> Path:
    """Two proposals, two unknown photos, one whose GPS does not fit, and one with nothing to decide on."""
    make_photo(folder / "taj.jpg", "Taj Mahal")
    make_photo(folder / "falls.jpg", "Niagara Falls")
    make_photo(folder / "unknown.jpg", DOUBTFUL_TAJ, minutes=5)
    make_photo(folder / "more" / "unknown.png", DOUBTFUL_TAJ, minutes=9, camera=None, format_name="PNG")
    make_photo(folder / "suspect.jpg", "Niagara Falls", gps=TAJ)
    make_photo(folder / "known.jpg", None, gps=TAJ, camera="Other")
    return folder


@contextmanager
def begin_review(
    folder: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> Iterator[ReviewServer]:
    """Look at an album, and serve its review in a thread."""
    predictor = album.make_predictor(scratch)
    monkeypatch.setattr(Predictor, "load", lambda path=None, **_: predictor)
    run = TagRun(folder, reviews=True, **options)
    list(run.rows())
    with prepare_review(run) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.review.carrying_out.stop()
            server.review.carrying_out.wait()
            server.shutdown()
            thread.join()
