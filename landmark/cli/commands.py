"""The `landmark` command, to which each module adds its own."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

PHOTOS, MODELS = "For photos", "For models"  # the groups of commands in --help


class CommandInterruptedError(Exception):
    """Ctrl-C, for which typer would end without a message."""


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
