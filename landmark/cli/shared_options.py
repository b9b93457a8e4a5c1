"""The options and arguments that several commands have, and how their values are read."""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from landmark.core.errors import ConfigurationError

if TYPE_CHECKING:
    from landmark.photo import Limits
    from landmark.photo.ignore_rules import IgnoreRules


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
