"""`landmark tag`: the places of an album's photos."""

import sys
from contextlib import suppress
from enum import StrEnum
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
from landmark.cli.printing import end_with_output, more_note, print_notes, print_steps, work_without_output
from landmark.cli.shared_options import (
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    MapOption,
    MaxMegapixelsOption,
    ModelOption,
    StrictOption,
    VerboseOption,
    limits_of,
    path_argument,
    rules_of,
)
from landmark.core.text import count_text, json_text


class Source(StrEnum):
    """Where positions are taken from, instead of being recognised."""

    takeout = "takeout"


@command(
    PHOTOS,
    "landmark tag Holiday",
    "landmark tag Holiday --write sidecar",
    "landmark tag Holiday --write photo --names",
    "landmark tag Holiday --track hike.gpx --zone +02:00",
    "landmark tag Holiday --review",
    "landmark tag --apply landmark-decisions.json",
    "landmark tag Takeout --from takeout --write photo",
    "landmark tag Holiday --out places.csv --out places.kml --map map.html",
    "landmark undo Holiday",
)
def tag(
    album: Annotated[Path | None, path_argument("A folder of photos, with its subfolders.", metavar="FOLDER")] = None,
    write: Annotated[
        Target | None,
        typer.Option(help="Write the proposals into sidecars (photo.jpg.xmp) or into the photos."),
    ] = None,
    names: Annotated[
        bool,
        typer.Option(
            "--names",
            help="With --write: also write the names of towns, regions and countries, into photos that have GPS too. "
            "Names that are there stay.",
        ),
    ] = False,
    keywords: Annotated[
        bool, typer.Option("--keywords", help="With --names: also as keywords (country, region, town, landmark).")
    ] = False,
    source: Annotated[
        Source | None,
        typer.Option(
            "--from",
            help="Only give photos without GPS the position that their Google Takeout holds; nothing is recognised.",
        ),
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Write what you decided on the review page.", metavar="DECISIONS")
    ] = None,
    other_album: Annotated[
        bool,
        typer.Option("--other-album", help="With --apply: apply decisions to an album that they were not made on."),
    ] = False,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="Also write the rows to a file: .csv .geojson .kml .gpx .jsonl .parquet; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Then decide on the proposals in the browser, as landmark review does.")
    ] = False,
    page: Annotated[Path | None, typer.Option(help="Where to write the review page as a file.", metavar="FILE")] = None,
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
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
    strict: StrictOption = False,
    map_page: MapOption = None,
) -> None:
    """Propose places for the photos of an album, and write them if asked.

    Photos with GPS keep it. Others get their position on the tracks that you give, or the place of the landmark they
    show, if the model is sure of it, or if it is nearly sure and photos taken shortly before or after agree. Rows name
    the town, region and country of each position. No photo or sidecar is written without --write or --apply; landmark
    undo restores every byte. On a terminal the photos are summed up by place.
    """
    from landmark.core.terminal import terminal_columns
    from landmark.tagging.policy_options import make_policy
    from landmark.tagging.reading.album_summary import AlbumSummary
    from landmark.tagging.reading.row_lines import PHOTO_WIDTH, row_lines
    from landmark.tagging.request import TagRun

    policy = make_policy(
        threshold, neighbours, wide, clock or [], track or [], zone, track_gap, propose_nearby=propose_nearby
    )
    without_page = as_json and page is None
    outputs, limits = tuple(out or ()), limits_of(max_megapixels)
    rules = rules_of(include_hidden, exclude)
    columns = None if as_json else terminal_columns(sys.stdout)
    summary = AlbumSummary() if columns and not verbose else None
    run = TagRun(
        album, write, apply, outputs, page, without_page, model, policy, limits, rules, source, names, keywords,
        other_album=other_album, strict=strict, progress=summary is not None, reviews=review, map_page=map_page,
    )  # fmt: skip
    only_prints = without_page and not (write or apply or outputs or map_page)
    try:
        for row in run.rows():
            if summary:
                summary.add(row)
                continue
            lines = [json_text(row.to_row())] if as_json else row_lines(row, PHOTO_WIDTH, columns)
            with end_with_output() if only_prints else work_without_output():
                print(*lines, sep="\n")
        if summary and columns:
            with work_without_output():
                print(*summary.lines(columns), "", sep="\n")
    except KeyboardInterrupt:
        if not run.n_written:
            raise
        written = f"{count_text(run.n_written, 'place')} had been written"
        print(f"landmark: interrupted; {written}. The same command resumes, landmark undo restores.", file=sys.stderr)
        raise typer.Exit(130) from None
    with suppress(BrokenPipeError):  # both streams closed: the exit code still counts
        print_notes(run.notes(with_steps=columns is None))
        if columns:
            more = more_note(map_page) if summary and run.summary.statuses else ""
            print_steps([*run.next_steps(), *([(more, "")] if more else [])])
    if review:
        from landmark.tagging.reviewing import serve_review

        serve_review(run)
    raise typer.Exit(1 if run.failed else 0)
