"""Which networks are trained and after which recipes: by kind, by configuration, by settings given one by one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landmark.core.errors import ConfigurationError
from landmark.training.recipe.file import NAMED_RECIPES
from landmark.training.recipe.recipe import Recipe

KINDS = ("scratch", "residual", "transfer")
BOTH = "both"  # scratch and transfer
# What a network that starts from random weights has no choice of.
FIXED = {
    "scratch": ("backbone", "weights", "head", "freeze_features", "keep_pretrained", "soup"),
    "residual": ("backbone", "weights", "freeze_features", "keep_pretrained", "soup"),
    "transfer": (),
}


def choose_recipes(
    model: str | None = None, config: str | Path | None = None, settings: Mapping[str, Any] | None = None
) -> dict[str, Recipe]:
    """Return the recipes that a user asks for: by kind of network, by configuration file or name, or by both.

    "both" is one from scratch and one that transfers. Each kind has a recipe of its own; with a configuration, all
    networks are trained as it says, those from scratch without its weights. `settings` go before what recipes say, for
    all networks (None leaves one as it is); those that choose backbone, weights and head, and freeze features, are for
    the network that transfers.

    >>> {kind: recipe.backbone for kind, recipe in choose_recipes("both").items()}
    {'scratch': 'scratch', 'transfer': 'mobilenet_edgetpu_100'}
    >>> {kind: recipe.backbone for kind, recipe in choose_recipes("both", "seed").items()}
    {'scratch': 'scratch', 'transfer': 'vgg16'}
    >>> {kind: (r.epochs, r.head) for kind, r in choose_recipes("both", None, {"epochs": 3, "head": "cosine"}).items()}
    {'scratch': (3, 'auto'), 'transfer': (3, 'cosine')}
    """
    if model is not None and model not in {*KINDS, BOTH}:
        raise ConfigurationError(f"There is no kind of network {model!r}. Expected one of {', '.join(KINDS)}, {BOTH}.")
    asked = Recipe.read(config) if config else None
    given = {name: value for name, value in (settings or {}).items() if value is not None}
    if model is None:
        recipe = _change(asked or Recipe(), given)
        return {"scratch" if recipe.backbone == "scratch" else "transfer" if recipe.weights else "residual": recipe}
    if model == BOTH:
        shared = {name: value for name, value in given.items() if name not in (*FIXED["scratch"], "train_px")}
        return {
            "scratch": _change(_of_kind("scratch", asked), shared),
            "transfer": _change(_of_kind("transfer", asked), given),
        }
    recipe = _of_kind(model, asked)
    if any(name in given and given[name] != getattr(recipe, name) for name in FIXED[model]):
        raise ConfigurationError(
            f"A network from scratch ({model}) has no other backbone and no pretrained weights. It takes all settings "
            f"but {', '.join(FIXED[model])}."
        )
    return {model: _change(recipe, given)}


def _of_kind(kind: str, asked: Recipe | None) -> Recipe:
    """Return the recipe for a kind of network, after the one that was asked for."""
    if kind == "transfer":
        if asked and asked.backbone == "scratch":
            raise ConfigurationError("The recipe is one for the backbone 'scratch'. Expected one for a transfer model.")
        return asked or Recipe()
    usual = Recipe.read(NAMED_RECIPES / f"{kind}.toml")
    if asked is None:
        return usual
    fixed = {name: getattr(usual, name) for name in FIXED[kind]}
    return asked.replace(**fixed, train_px=(asked.crop_px,) if kind == "scratch" else None)


def _change(recipe: Recipe, given: Mapping[str, Any]) -> Recipe:
    changed = recipe.replace(**given)
    if changed.backbone == "scratch" and "crop_px" in given and "train_px" not in given:
        return changed.replace(train_px=(changed.crop_px,))  # it has but one size
    return changed
