"""A recipe as a file (TOML): settings alone, in groups that are comments; and those that come with the package."""

import itertools
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landmark.core.directories import PACKAGE_DATA
from landmark.core.errors import ConfigurationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NAMED_RECIPES = PACKAGE_DATA / "recipes"


def read_recipe_file(path: str | Path) -> dict[str, Any]:
    """Read the settings in a configuration file, or in a recipe of the package, by its name ("seed").

    Raises `ConfigurationError` for a file that is missing, is no TOML, or has sections; names and values are not
    looked at.

    >>> read_recipe_file("seed")["epochs"]
    50
    """
    import tomllib  # not above: the command looks at recipes at every start, and reads one only to train

    path = _find(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as a recipe ({error}). Expected TOML.") from error
    for name, value in found.items():
        if isinstance(value, dict):
            raise ConfigurationError(
                f"{path}: holds a section [{name}]. Expected every setting on a line of its own, outside any section; "
                "groups are comments (# ...)."
            )
    return found


def recipe_toml(recipe: "DataclassInstance") -> str:
    """Write a recipe as a configuration file: a line for each setting, and above each group its name, as a comment.

    Its fields are made by `setting`.
    """
    groups = itertools.groupby(fields(recipe), key=lambda item: item.metadata["group"])
    return "\n".join(
        f"# {group}\n" + "".join(f"{item.name} = {toml_value(getattr(recipe, item.name))}\n" for item in items)
        for group, items in groups
    )


def toml_value(value: Any) -> str:
    """Write a setting's value as it stands in a file.

    >>> toml_value((128, 160)), toml_value(False), toml_value("a b"), toml_value(1e-9)
    ('[128, 160]', 'false', '"a b"', '1e-09')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _find(path: str | Path) -> Path:
    """Find the file of that path, or of the recipe of that name; a folder of that name is neither."""
    path = Path(path)
    if path.is_file() or path.name != str(path) or path.suffix:
        return path
    named = NAMED_RECIPES / f"{path}.toml"
    if not named.is_file():
        known = ", ".join(sorted(file.stem for file in NAMED_RECIPES.glob("*.toml")))
        raise ConfigurationError(f"{path}: no such file, and no recipe of that name. Recipes: {known}.")
    return named
