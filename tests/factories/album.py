"""Albums made on the spot: photos of `bundle_made`'s landmarks with times, cameras and GPS, and a model in numpy."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from factories import photos as made
from factories.bundle import COLOURS, FEATURE_DIM, make_card
from PIL import Image

from landmark.model.bundle import NETWORK, write_bundle
from landmark.model.predictor import Predictor
from landmark.tagging import TagRow

NOON = datetime(2024, 5, 6, 12, 0, 0)
TAJ, NIAGARA = (27.175, 78.0421), (43.0799, -79.0747)


class ColourSession:
    """The network of `bundle_made` in a line of numpy; counts the photos that it is given."""

    photos_at_once = 16

    def __init__(self) -> None:
        self.n_photos = 0

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.n_photos += len(images)
        return images.mean(axis=(2, 3)), np.zeros((len(images), FEATURE_DIM), np.float32)


def make_predictor(folder: Path) -> Predictor:
    """A predictor that recognises colours; reddish grey is a doubtful Taj Mahal."""
    return Predictor(write_bundle(folder / "model", make_card(), {NETWORK: b"not run"}), ColourSession())


DOUBTFUL_TAJ = (150, 130, 120)  # for the stub: 42 % Taj Mahal


def make_photo(
    path: Path,
    shows: str | tuple[int, int, int] | None,
    *,
    minutes: float | None = None,
    camera: str | None = "Camera One",
    gps: tuple[float, float] | None = None,
    zone: str | None = None,
    format_name: str = "JPEG",
    **options: Any,
) -> Path:
    """Write a photo in the colour of a landmark, taken so many minutes after noon, with GPS or without."""
    colour = shows if isinstance(shows, tuple) else COLOURS[shows]
    tags = made.gps(*gps) if gps else None
    exif = made.exif(None, tags)
    if camera:
        exif[0x0110] = camera
    if minutes is not None:
        exif.get_ifd(0x8769)[0x9003] = (NOON + timedelta(minutes=minutes)).strftime("%Y:%m:%d %H:%M:%S")
    if zone:
        exif.get_ifd(0x8769)[0x9011] = zone
    path.parent.mkdir(parents=True, exist_ok=True)
    written = Image.Exif()
    written.load(exif.tobytes())
    picture = Image.new("RGB", options.pop("size", (64, 48)), colour)
    data = written.tobytes() if format_name == "HEIC" else written
    path.write_bytes(made.encode(picture, format_name, **({"exif": data} if data else {}), **options))
    os.utime(path, (1_700_000_000, 1_600_000_000))
    return path


def by_name(rows: list[TagRow]) -> dict[str, TagRow]:
    return {Path(row.photo).name: row for row in rows}
