"""The `landmark` command itself, on which each subcommand's module puts its own, and the options that several share."""

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from landmark.photo import Limits


class CommandInterruptedError(Exception):
    """Ctrl-C, as typer does not know it: of its own it would end without a word."""


class OutputClosedError(Exception):
    """Nobody reads what is printed any more, as after `| head`; to typer that is a failure."""


class _Group(TyperGroup):
    """The commands; how one of them ends is told by `cli.main`."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise CommandInterruptedError from None


app = typer.Typer(
    name="landmark",
    cls=_Group,
    help="Recognises the landmark in a photo and answers with the place: name, coordinates, how sure it is. "
    "It knows the landmarks of its model and never guesses a place from people, rooms or streets.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",  # which fills lines; "rich" keeps the breaks of docstrings
    pretty_exceptions_enable=False,
)


def path(text: str) -> Path:
    """A path as it is given, and not "": of an unset variable it would be the folder one is in.

    >>> path("Holiday").name
    'Holiday'
    """
    if not text:
        raise typer.BadParameter("Found an empty path, as of an unset variable. Expected a path; . is this folder.")
    return Path(text)


def path_argument(help: str, *, metavar: str | None = None) -> Any:
    """An argument that is a file or a folder, as in `photo: Annotated[Path, path_argument("A photo.")]`."""
    return typer.Argument(parser=path, help=help, metavar=metavar)


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", help="A trained model's folder. Default: the one that ships.", metavar="BUNDLE"),
]
MaxMegapixelsOption = Annotated[
    float, typer.Option(help="The largest photo that is read; of larger ones it is said that they are.", min=0.1)
]
NotLandmarksOption = Annotated[
    Path | None, typer.Option(help="A folder of photos of anything else: makes the refusal threshold.", metavar="DIR")
]
NameOption = Annotated[str | None, typer.Option(help="What the model is called. Default: the data folder's name.")]


def limits_of(max_megapixels: float) -> "Limits":
    """The limits of photos, with so many pixels at most.

    >>> limits_of(200).max_pixels
    200000000
    """
    from landmark.photo import Limits

    if not math.isfinite(max_megapixels):
        raise typer.BadParameter(f"Found {max_megapixels} megapixels. Expected a number such as 200.")
    return Limits(max_pixels=round(max_megapixels * 1_000_000))


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """While inside nothing is done but printing: where nobody reads it any more, the command ends, and ends well."""
    try:
        yield
    except BrokenPipeError:
        raise OutputClosedError from None


def leave_output() -> None:
    """What is still printed is dropped: nobody reads it, and leaving does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_share(text: str) -> float:
    """A share as people write it: "1%", "0.5 %" or 0.01.

    >>> read_share("1%"), read_share("0.05")
    (0.01, 0.05)
    """
    number = text.strip().removesuffix("%").strip()
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"Found {text!r}. Expected a share such as 1% or 0.01.")
    return share


def _print_version(wanted: bool) -> None:
    if wanted:
        from landmark import __version__

        print(f"landmark {__version__}")
        raise typer.Exit


@app.callback()
def _landmark(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None: ...
