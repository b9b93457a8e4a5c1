"""Write an album as files: tiny JPEGs with the EXIF that cameras write, its tracks as GPX, and the truth as JSON."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from albums.making import Album, Shot
from landmark.geo.coordinates import Coordinates

_EXIF, _GPS = 0x8769, 0x8825
_ORIGINAL, _DIGITISED, _ZONE_OF_ORIGINAL = 0x9003, 0x9004, 0x9011


@dataclass(frozen=True)
class WrittenAlbum:
    """The folders of a written album, and which of its photos have GPS, by path."""

    folder: Path
    tracks: Path
    answers: Path
    with_gps: frozenset[str]


def write_album(album: Album, folder: Path, gps_share: float = 0.0) -> WrittenAlbum:
    """Write an album below a folder: `photos/`, `tracks/`, `answers.json`; that share of its photos has GPS.

    1.0 gives every photo of a camera with GPS its position.
    """
    photos, with_gps = folder / "photos", paths_with_gps(album, gps_share)
    for shot in album.shots:
        path = photos / shot.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_png(shot) if path.suffix == ".png" else _jpeg(shot, shot.path in with_gps))
    tracks = folder / "tracks"
    tracks.mkdir(parents=True, exist_ok=True)
    for name, pieces in album.tracks.items():
        if pieces:
            (tracks / f"{name}.gpx").write_text(gpx(pieces))
    answers = folder / "answers.json"
    answers.write_text(json.dumps({shot.path: shot.answer for shot in album.shots}))
    return WrittenAlbum(photos, tracks, answers, with_gps)


def paths_with_gps(album: Album, share: float) -> frozenset[str]:
    """Return which photos have GPS where that share of the album has; 1.0: all of the cameras that write positions.

    The cameras share it by their weights.
    """
    weights = sum(shot.gps_weight for shot in album.shots)
    factor = share * len(album.shots) / weights if weights else 0.0
    return frozenset(
        shot.path
        for shot in album.shots
        if shot.gps and (shot.gps_draw < factor * shot.gps_weight or (share >= 1 and shot.gps_weight > 0))
    )


def gpx(pieces: Sequence[Sequence[tuple[datetime, Coordinates]]]) -> str:
    """Return a GPX of one track, a segment for each piece; times are in UTC."""
    segments = "".join(
        "<trkseg>"
        + "".join(
            f'<trkpt lat="{at.latitude:.6f}" lon="{at.longitude:.6f}"><time>{utc:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
            for utc, at in piece
        )
        + "</trkseg>"
        for piece in pieces
    )
    head = '<gpx version="1.1" creator="albums" xmlns="http://www.topografix.com/GPX/1/1">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<trk>{segments}</trk></gpx>\n'


def _jpeg(shot: Shot, gps: bool) -> bytes:
    exif = Image.Exif()
    below = exif.get_ifd(_EXIF)
    if shot.camera:
        exif[0x010F], exif[0x0110] = shot.camera.make, shot.camera.model
    if shot.shown:
        text = shot.shown.strftime("%Y:%m:%d %H:%M:%S")
        if shot.kind == "scan":
            below[_DIGITISED] = text
        else:
            below[_ORIGINAL] = below[_DIGITISED] = text
    if shot.shown and shot.zone_hours is not None:
        below[_ZONE_OF_ORIGINAL] = f"{'-' if shot.zone_hours < 0 else '+'}{abs(shot.zone_hours):02}:00"
    if gps and shot.gps:
        exif.get_ifd(_GPS).update(gps_tags(shot.gps, shot.utc if shot.writes_gps_time else None))
    return jpeg_with(exif if shot.camera else None) + shot.path.encode()  # so that no two files are the same


def jpeg_with(exif: Image.Exif | None) -> bytes:
    """Return a small JPEG with EXIF; Pillow alone takes ten times as long."""
    data, plain = exif.tobytes() if exif else b"", plain_jpeg()
    segment = b"\xff\xe1" + (len(data) + 2).to_bytes(2, "big") + data if data else b""
    return plain[:2] + segment + plain[2:]


def _png(shot: Shot) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", f"Screenshot {shot.path}")
    file = io.BytesIO()
    exif = Image.Exif()
    if shot.shown:
        exif[0x0132] = shot.shown.strftime("%Y:%m:%d %H:%M:%S")
    Image.new("RGB", (8, 8), (220, 220, 220)).save(file, "PNG", pnginfo=info, exif=exif)
    return file.getvalue()


@cache
def plain_jpeg() -> bytes:
    """Return a small JPEG without metadata."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16), (90, 120, 150)).save(file, "JPEG")
    return file.getvalue()


def gps_tags(at: Coordinates, utc: datetime | None) -> dict[int, Any]:
    """Return the GPS directory of EXIF, with the satellites' time where that is given (UTC)."""

    def degrees(value: float) -> tuple[float, float, float]:
        minutes, seconds = divmod(abs(value) * 3600, 60)
        return minutes // 60, minutes % 60, round(seconds, 4)

    tags: dict[int, Any] = {
        1: "N" if at.latitude >= 0 else "S",
        2: degrees(at.latitude),
        3: "E" if at.longitude >= 0 else "W",
        4: degrees(at.longitude),
    }
    if utc:
        tags |= {7: (float(utc.hour), float(utc.minute), float(utc.second)), 29: utc.strftime("%Y:%m:%d")}
    return tags
