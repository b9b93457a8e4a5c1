"""The options by which an album is judged, which `landmark tag` and `landmark review` share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.shared_options import read_share


class Target(StrEnum):
    """Where places are written; as in `landmark.tagging`, whose import would delay --help."""

    sidecar = "sidecar"
    photo = "photo"


ThresholdOption = Annotated[
    float | None,
    typer.Option(
        parser=read_share,
        help="The confidence above which a landmark is proposed, such as 70%. Default: the model's.",
        metavar="SHARE",
    ),
]
NeighboursOption = Annotated[
    str | None,
    typer.Option(
        help="How far apart in time nearby photos may be that confirm or contradict a landmark, as in 90min or 2h; a "
        "number alone is minutes; 0: do not use them. Default: 4h.",
        metavar="DURATION",
    ),
]
ProposeNearbyOption = Annotated[
    str | None,
    typer.Option(
        help="Give photos without a place that of photos taken so shortly before or after, as in 15min. Off by "
        "default: it tags what was photographed at home, too.",
        metavar="DURATION",
    ),
]
WideOption = Annotated[bool, typer.Option("--wide", help="Write a position for landmarks wider than 5 km too.")]
ClockOption = Annotated[
    list[str] | None,
    typer.Option(
        help="How far this camera's clock was behind that of the camera with most photos, or its zone, as in "
        "CAMERA=UTC+2; may be repeated.",
        metavar="CAMERA=+H:MM",
    ),
]
TrackOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="A track, or a folder of tracks, on which photos without GPS are placed by time: GPX, KML, KMZ, "
        "GeoJSON, NMEA, FIT, Google Timeline or Records.json; may be repeated.",
        metavar="FILE",
    ),
]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        help="For --track: the zone of camera clocks without one, as in +02:00 or Europe/Paris. It is not guessed.",
        metavar="ZONE",
    ),
]
TrackGapOption = Annotated[
    float | None,
    typer.Option(
        help="For --track: how far apart in time two fixes may be for a place between them. Default: 30.",
        metavar="MINUTES",
    ),
]
