"""Every setting of a recipe as an option of a command, made from the dataclass, so that a new setting has one too."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from functools import cached_property
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from landmark.cli.commands import app, command
from landmark.cli.shared_options import read_number

_ALIASES = {"freeze_features": ("--freeze",)}


def recipe_command(*arguments: str, to: typer.Typer = app) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command, as `command(...)` does, whose `**settings` are an option for every setting.

    What is not given is None; `given_settings` says what was.

    >>> probe = typer.Typer()
    >>> @recipe_command("For models", "train my_photos", to=probe)
    ... def train(data: str, **settings: Any) -> None:
    ...     print(data, given_settings(settings))
    >>> probe(["my_photos", "--epochs", "3", "--freeze", "--train-px", "64,96"], standalone_mode=False)
    my_photos {'epochs': 3, 'freeze_features': True, 'train_px': (64, 96)}
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function)
        own = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
        function.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
        return command(*arguments, to=to, cls=_RecipeCommand)(function)

    return register


def given_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given, by name, as a recipe takes them; a list comes in the pieces it was given in.

    >>> given_settings({"epochs": None, "compile": False, "train_px": ((128, 160), (192,))})
    {'compile': False, 'train_px': (128, 160, 192)}
    """
    return {
        name: tuple(part for piece in value for part in piece) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value not in (None, ())
    }


class _RecipeCommand(TyperCommand):
    """Makes its many options only when it is called, so that other commands start sooner."""

    @cached_property
    def settings(self) -> list[Any]:
        from landmark.training.recipe.recipe import DEPRECATED_SETTINGS, Recipe

        def takes() -> None: ...

        given = [_parameter(item) for item in fields(Recipe)] + [_ignored(name) for name in DEPRECATED_SETTINGS]
        takes.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]
        app = typer.Typer(add_completion=False)
        app.command()(takes)
        return list(typer.main.get_command(app).params)

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), *self.settings]


def _parameter(item: "Field[Any]") -> inspect.Parameter:
    from landmark.training.recipe.settings import is_list, part_type

    kind = part_type(item)
    option = typer.Option(
        *_names(item),
        help=_help(item),
        show_default=_shown(item.default),
        rich_help_panel=item.metadata["group"],
        metavar=f"<{kind.__name__}>,..." if is_list(item) else "NUMBER" if kind is float else None,
        parser=_comma_list(kind) if is_list(item) else read_number if kind is float else None,
    )
    annotation = list[kind] if is_list(item) else kind  # type: ignore[valid-type]
    return _optional(item.name, annotation, option)


def _ignored(name: str) -> inspect.Parameter:
    """Return the option of a setting that is gone: it takes what it took, and `Recipe` warns that it is ignored."""
    kind, flags = (bool, f"--{name}/--no-{name}") if name == "refit" else (str, f"--{name.replace('_', '-')}")
    annotation = list[kind] if name == "teachers" else kind  # type: ignore[valid-type]
    return _optional(name, annotation, typer.Option(flags, hidden=True))


def _optional(name: str, kind: Any, option: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _names(item: "Field[Any]") -> list[str]:
    name = item.name.replace("_", "-")
    return [f"--{name}/--no-{name}" if item.type is bool else f"--{name}", *_ALIASES.get(item.name, ())]


def _help(item: "Field[Any]") -> str:
    text, allowed = item.metadata["text"], item.metadata["allowed"]
    return f"{text} One of: {', '.join(allowed)}." if isinstance(allowed, tuple) else str(text)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ",".join(map(str, default)) or "none"
    return "empty" if default == "" else str(default)


def _comma_list(kind: type) -> Callable[[str], tuple[Any, ...]]:
    return lambda text: tuple(kind(part.strip()) for part in text.split(","))
