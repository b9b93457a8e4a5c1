"""Checks before training, of what would otherwise stop it after hours."""

from collections.abc import Collection
from pathlib import Path

from landmark.core.errors import require
from landmark.core.text import count_text, list_text, one_line
from landmark.dataset.places import PLACES_FILE, own_places, places_of_no_landmark
from landmark.dataset.splits import Split, check_enough
from landmark.fitting.calibrate import check_negatives
from landmark.model.bundle.folder import refuse_to_lose
from landmark.photo.ignore_rules import DEFAULT_RULES, IgnoreRules
from landmark.photo.preprocessing import Preprocessing
from landmark.training.device import pick_device
from landmark.training.pipeline.networks import check_sizes, make_network, make_retention, member_recipes
from landmark.training.recipe import Recipe

FEW_PHOTOS = 20  # of an ordinary landmark
_NAMED = 10  # places of no landmark; the others are counted


def check_surroundings(not_landmarks: str | Path | None, device: str, rules: IgnoreRules = DEFAULT_RULES) -> None:
    """Check that charts can be drawn, that the device exists, and that there are enough negatives."""
    require("plotly", "train")
    pick_device(device)
    check_negatives(not_landmarks, rules)


def check_photos(split: Split, bundle: Path) -> None:
    """Check that there are enough photos, that places can be read, and that the bundle may be written.

    Raises `DataError` or `BundleError`.
    """
    check_enough(split)
    own_places(split.root)
    refuse_to_lose(bundle)


def hints(split: Split, recipes: Collection[Recipe]) -> list[str]:
    """Return what is allowed and mostly not meant, before hours of training and not after."""
    found = []
    if unknown := places_of_no_landmark(split.categories, split.root):
        named = one_line(list_text(unknown, _NAMED))
        found.append(f"{PLACES_FILE} has places of no landmark here, which are not used: {named}.")
    usual = sorted(split.photos_per_landmark("train"))[len(split.categories) // 2]
    if usual < FEW_PHOTOS and any(recipe.weights and not recipe.freeze_features for recipe in recipes):
        found.append(
            f"Mind: half of the landmarks have no more than {count_text(usual, 'photo')} to train on. With so few, "
            "--freeze, which trains the head alone, takes a minute and mostly does better; else give more epochs."
        )
    return found


def check_recipe(recipe: Recipe, split: Split) -> None:
    """Check sizes and weights. Raises `ConfigurationError` or `WeightsError`."""
    Preprocessing(resize_px=recipe.resize_px, crop_px=recipe.crop_px)  # whether the crop is too large
    members = member_recipes(recipe)
    for member in members:
        model = make_network(len(split.categories), member)
        make_retention(model, member)
        check_sizes(model, member)
    if len(members) > 1:  # whether they go together
        make_network(len(split.categories), recipe)
