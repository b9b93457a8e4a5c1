"""All settings of a recipe as the tables of docs/recipe.md, which `make docs` writes."""

import itertools
from dataclasses import fields

from landmark.training.recipe.file import toml_value
from landmark.training.recipe.recipe import Recipe
from landmark.training.recipe.settings import expected

_HEAD = """\
# Every setting of a recipe

Written by `make docs` from [`recipe.py`](../landmark/training/recipe/recipe.py). [training.md](training.md) explains
training.

A setting is a line of a recipe file and an option of `landmark train`. An option overrides the file, the file overrides
the default.

| in a file | as an option |
|---|---|
| `learning_rate = 0.001` | `--learning-rate 0.001` |
| `train_px = [128, 160]` | `--train-px 128,160` |
| `compile = true`, `compile = false` | `--compile`, `--no-compile` |
"""


def recipe_page() -> str:
    """Write the page in Markdown: a table for each group, a row for each setting.

    >>> [line for line in recipe_page().splitlines() if "`epochs`" in line]
    ['| `epochs` | `12` | a whole number, at least 1 | How often every photo is seen. |']
    """
    groups = itertools.groupby(fields(Recipe), key=lambda item: item.metadata["group"])
    tables = [
        f"## {group}\n\n| setting | default | takes | what |\n|---|---|---|---|\n"
        + "".join(
            f"| `{item.name}` | `{toml_value(item.default)}` | {expected(item)} | {item.metadata['text']} |\n"
            for item in items
        )
        for group, items in groups
    ]
    return "\n".join([_HEAD, *tables])


if __name__ == "__main__":
    print(recipe_page(), end="")
