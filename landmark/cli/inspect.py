"""`landmark inspect`: what is in a data folder, and what is wrong with it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import MODELS, command
from landmark.cli.shared_options import (
    DataArgument,
    ExcludeOption,
    IncludeHiddenOption,
    JsonOption,
    ModelOption,
    rules_of,
)
from landmark.core.text import json_text


@command(
    MODELS,
    "landmark inspect my_photos",
    "landmark inspect my_photos --out report",
    "landmark inspect my_photos --fix cleaned",
    "landmark inspect my_photos --json > inspection.json",
    note="Exit codes: 0 all is well, 1 broken photos or leaks between train, valid and test.\n\n",
)
def inspect(
    data: DataArgument,
    out: Annotated[
        Path | None, typer.Option(help="Where to write inspection.html and inspection.json.", metavar="DIR")
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(
            help="Where to write a cleaned copy, lists and a journal; the originals are not changed.", metavar="DIR"
        ),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list-only", help="With --fix: write lists and journal, but no copy.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Read headers only, in seconds.")] = False,
    labels: Annotated[
        bool | None,
        typer.Option(
            help="Check the labels too, by the features of each photo. Default: if there are at most 20,000 photos."
        ),
    ] = None,
    include_hidden: IncludeHiddenOption = False,
    exclude: ExcludeOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a folder of landmarks and what is wrong: broken photos, duplicates, leaks, doubtful labels.

    Every photo is decoded once and its results are kept: a second run is faster, and a stopped one resumes. --out
    writes a page with the photos of every finding and charts. --fix writes a cleaned copy: one photo of each group of
    duplicates, no leaks in train, no broken files, suspect labels set aside for review.
    """
    from landmark.core.errors import ConfigurationError, require
    from landmark.dataset.inspection import inspect_data
    from landmark.dataset.inspection.cleaning import summarise, write_cleaned
    from landmark.dataset.inspection.examination import Examination, examine_data
    from landmark.model.predictor import Predictor

    if fix and quick:
        raise ConfigurationError("Found --fix with --quick. Expected one of them: headers do not show what to clean.")
    if out:
        require("plotly", "plot")  # before many thousand photos are read for nothing
    predictor = Predictor.load(model) if model else None
    rules = rules_of(include_hidden, exclude)
    found = (
        inspect_data(data, rules=rules)
        if quick
        else examine_data(data, labels=labels, predictor=predictor, rules=rules)
    )
    print(json_text(found.to_dict()) if as_json else found)
    if out:
        from landmark.dataset.inspection.page import write_inspection

        for path in write_inspection(found, out):
            print(f"Wrote {path}", file=sys.stderr)
    if fix and isinstance(found, Examination):
        print(summarise(*write_cleaned(found, fix, copy=not list_only)), file=sys.stderr)
    raise typer.Exit(1 if found.is_faulty else 0)
