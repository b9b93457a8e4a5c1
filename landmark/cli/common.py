"""The `landmark` command, to which each module adds its own, and the options and helpers that several share."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from landmark.core.errors import ConfigurationError

if TYPE_CHECKING:
    from landmark.photo import Limits
    from landmark.photo.ignore_rules import IgnoreRules

PHOTOS, MODELS = "For photos", "For models"  # the groups of commands in --help


class CommandInterruptedError(Exception):
    """Ctrl-C, for which typer would end without a message."""


class OutputClosedError(Exception):
    """Standard output was closed, as by `| head`; typer would call that a failure."""


class _Group(TyperGroup):
    """The commands; `cli.main` handles how one of them ends."""

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


def examples(*lines: str) -> str:
    """Return the end of a command's --help: how it is used, each line a paragraph of Markdown.

    >>> examples("landmark places", "landmark places --json").split("\\n\\n")
    ['Examples:', '  landmark places', '  landmark places --json']
    """
    return "\n\n  ".join(["Examples:" if len(lines) > 1 else "Example:", *lines])


def command(
    panel: str, *lines: str, note: str = "", to: typer.Typer = app, **more: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command, in a group of --help and with these lines as examples, after a note."""
    return to.command(rich_help_panel=panel, epilog=note + examples(*lines), **more)


def path(text: str) -> Path:
    """Read a path. Raises `BadParameter` for "", which as an unset variable would be the current folder.

    >>> path("Holiday").name
    'Holiday'
    """
    if not text:
        raise typer.BadParameter("Found an empty path, as of an unset variable. Expected a path; . is this folder.")
    return Path(text)


def path_argument(help: str, *, metavar: str | None = None, must_exist: bool = False) -> Any:
    """Make an argument that is a file or a folder, as in `photo: Annotated[Path, path_argument("A photo.")]`."""
    return typer.Argument(parser=path, help=help, metavar=metavar, callback=check_exists if must_exist else None)


def check_exists(path: Path | None) -> Path | None:
    """Return the path of an argument or option. Raises `ConfigurationError` at once where there is no such folder."""
    if path is not None and not os.path.exists(path):
        raise ConfigurationError(f"{path}: no such folder. Check the path.")
    return path


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs, one object per line.")]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        help="The folder of a trained model. Default: the model in the package.",
        metavar="BUNDLE",
        callback=check_exists,
    ),
]
MaxMegapixelsOption = Annotated[
    float | None,
    typer.Option(
        help="The largest photo that is read; larger ones are reported as errors. Default: what half of the "
        "free memory holds.",
        min=0.1,
    ),
]
NotLandmarksOption = Annotated[
    Path | None,
    typer.Option(
        help="A folder of negatives, photos that show none of the landmarks. They set the threshold below which the "
        'answer is "no landmark I know".',
        metavar="DIR",
        callback=check_exists,
    ),
]
DataArgument = Annotated[
    Path, path_argument("A folder of landmarks, or one with train/ and test/ in it.", must_exist=True)
]
TrainedOnArgument = Annotated[Path, path_argument("The folder it was trained on.", must_exist=True)]
IncludeHiddenOption = Annotated[
    bool,
    typer.Option(
        "--include-hidden",
        help="Also look at hidden files and folders, and at those of systems and photo programs: bins, thumbnails, "
        "photo libraries.",
    ),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Leave out files and folders of this name or end of a path, such as raw, '*.png' or Holiday/raw; may be "
        "repeated.",
        metavar="PATTERN",
    ),
]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="A line for each photo on a terminal too, as always when output is piped."),
]
MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map",
        help="Also write a page with a map of the photos, and a list by place. It loads nothing from the network.",
        metavar="FILE",
    ),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="End with 1 if a photo found in a folder cannot be read; otherwise 0.")
]
DeviceOption = Annotated[str, typer.Option(help="cpu, or cuda for a GPU.")]
NameOption = Annotated[str | None, typer.Option(help="The name of the model. Default: that of the data folder.")]


def limits_of(max_megapixels: float | None) -> "Limits":
    """Return the limits of photos, with so many pixels at most; None: as many as there is memory for.

    >>> limits_of(200).max_pixels, limits_of(None).max_pixels
    (200000000, None)
    """
    from landmark.photo import DEFAULT_LIMITS, Limits

    if max_megapixels is None:
        return DEFAULT_LIMITS
    if not math.isfinite(max_megapixels):
        raise typer.BadParameter(f"Found {max_megapixels} megapixels. Expected a number such as 200.")
    return Limits(max_pixels=round(max_megapixels * 1_000_000))


def rules_of(include_hidden: bool, exclude: list[str] | None) -> "IgnoreRules":
    """Return what is left out in folders.

    >>> rules_of(False, ["raw"]).exclude
    ('raw',)
    """
    from landmark.photo.ignore_rules import IgnoreRules

    return IgnoreRules(include_hidden, tuple(exclude or ()))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output, which may be none."""
    for line in lines:
        print(line)


def print_notes(notes: Iterable[str]) -> None:
    """Print sentences on standard error; on a terminal they break between words, and no path is broken."""
    from landmark.core.terminal import terminal_columns, wrap_text

    columns = terminal_columns(sys.stderr)
    for note in notes:
        lines = [note] if columns is None or note.startswith("Wrote ") else wrap_text(note, columns)
        print(*lines, sep="\n", file=sys.stderr)


def more_note(map_page: Path | None) -> str:
    """Return which options tell more than a summary, without the one that was given.

    >>> more_note(None), more_note(Path("map.html"))
    ('A line for each photo: --verbose. On a map: --map map.html.', 'A line for each photo: --verbose.')
    """
    return "A line for each photo: --verbose." + " On a map: --map map.html." * (map_page is None)


def print_steps(steps: Iterable[tuple[str, str]]) -> None:
    """Print what to do next on standard error: a sentence, and on a line of its own the command, which is never cut."""
    for why, what in steps:
        print_notes(["", why] if what else [why])
        if what:
            print(f"  {what}", file=sys.stderr)


@contextmanager
def end_with_output() -> Iterator[None]:
    """End the command well when standard output is closed inside, where it only prints."""
    try:
        yield
    except BrokenPipeError:
        raise OutputClosedError from None


def discard_output() -> None:
    """Drop what is still printed, since standard output is closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def work_without_output() -> Iterator[None]:
    """Keep the command at its other work when standard output is closed inside (`| head`)."""
    try:
        yield
    except BrokenPipeError:
        discard_output()


def print_no_longer_used(name: str, *, instead: str | None = None) -> None:
    """Say on standard error that an option is ignored, or which name an option or command has now."""
    found = f"is now called {instead}" if instead else "is no longer used"
    print(f"landmark: {name} {found}; the next release will not accept it.", file=sys.stderr)


def read_share(text: str) -> float:
    """Read a share as people write it: "1%", "0.5 %" or 0.01. Raises `BadParameter`, and says what may be meant.

    >>> read_share("1%"), read_share("0.05")
    (0.01, 0.05)
    """
    share = read_number(text)
    if not 0 <= share <= 1:
        is_percent = 1 < share <= 100 and "%" not in text
        meant = f"; for {text.strip()} in a hundred write {text.strip()}%" if is_percent else ""
        raise typer.BadParameter(f"Found {text!r}. Expected a share such as 70% or 0.7{meant}.")
    return share


def read_number(text: str) -> float:
    """Read a number, which may be written in percent. Raises `BadParameter`.

    >>> read_number("25 %"), read_number("1e-3")
    (0.25, 0.001)
    """
    number = text.strip().removesuffix("%").strip()
    try:
        return float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        raise typer.BadParameter(f"Found {text!r}. Expected a number, or a share such as 70% or 0.7.") from None


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
