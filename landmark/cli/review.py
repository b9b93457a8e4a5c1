"""`landmark review`: decide on the proposals for an album, in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.album_options import (
    ClockOption,
    NeighboursOption,
    ProposeNearbyOption,
    Target,
    ThresholdOption,
    TrackGapOption,
    TrackOption,
    WideOption,
    ZoneOption,
)
from landmark.cli.commands import PHOTOS, command
from landmark.cli.printing import print_notes
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    MaxMegapixelsOption,
    ModelOption,
    limits_of,
    path_argument,
    rules_of,
)


@command(
    PHOTOS,
    "landmark review Holiday",
    "landmark review Holiday --write photo",
    "landmark review Holiday --track hike.gpx --zone +02:00",
    "landmark review Holiday --no-open --port 8000",
)
def review(
    album: Annotated[Path, path_argument("A folder of photos, with its subfolders.", metavar="FOLDER")],
    write: Annotated[
        Target, typer.Option(help="Where the page writes, until you choose there: beside the photos, or into them.")
    ] = Target.sidecar,
    is_opened: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser, or only print its address.")
    ] = True,
    port: Annotated[int, typer.Option(help="The port to listen on; 0: any free one.", min=0, max=65535)] = 0,
    threshold: ThresholdOption = None,
    neighbours: NeighboursOption = None,
    propose_nearby: ProposeNearbyOption = None,
    wide: WideOption = False,
    clock: ClockOption = None,
    track: TrackOption = None,
    zone: ZoneOption = None,
    track_gap: TrackGapOption = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    model: ModelOption = None,
    max_megapixels: MaxMegapixelsOption = None,
) -> None:
    """Decide on the proposals for an album in the browser: accept, decline, choose another landmark, type a place.

    The page is served by this machine to itself alone. Each decision is kept at once; the same command goes on with
    them. Nothing is written into photos or sidecars until you press Write; landmark undo restores every byte.
    """
    from landmark.tagging.policy_options import make_policy
    from landmark.tagging.request import TagRun
    from landmark.tagging.reviewing import serve_review

    policy = make_policy(
        threshold, neighbours, wide, clock or [], track or [], zone, track_gap, propose_nearby=propose_nearby
    )
    limits, rules = limits_of(max_megapixels), rules_of(include_hidden, exclude)
    run = TagRun(
        album, write.value, model=model, policy=policy, limits=limits, rules=rules, reviews=True, progress=True
    )
    for _ in run.rows():
        pass  # they are kept for the page
    print_notes(run.notes())
    serve_review(run, port=port, opens=is_opened)
