"""Settings of a recipe that do not go together, reported before training starts."""

from typing import Any

from landmark.core.errors import ConfigurationError
from landmark.model.architecture import backbone_names


def check_together(recipe: Any) -> None:  # a Recipe, whose module imports this one
    """Raise `ConfigurationError` for a setting that another one makes senseless, such as lbfgs with no kept features.

    Every `Recipe` is checked when it is made.
    """
    is_one = len(backbone_names(recipe.backbone)) == 1
    if not is_one and recipe.head not in ("auto", "linear"):
        raise ConfigurationError(
            f"An ensemble has a linear head; found head = {recipe.head!r}. Expected head = 'linear', or one backbone."
        )
    if not recipe.train_px:
        raise ConfigurationError("The setting 'train_px' is []. Expected at least one size, such as [192].")
    is_linear_fit = recipe.freeze_features and recipe.views and recipe.head in ("auto", "linear")
    if recipe.optimizer == "lbfgs" and not is_linear_fit:
        raise ConfigurationError(
            "The optimizer 'lbfgs' fits a linear head to kept features; found freeze_features = "
            f"{str(recipe.freeze_features).lower()}, views = {recipe.views}, head = {recipe.head!r}. Expected "
            "freeze_features = true, views of at least 1 and head = 'linear', or another optimizer."
        )
    if recipe.optimizer == "lbfgs" and not recipe.weight_decay:
        raise ConfigurationError(
            "The optimizer 'lbfgs' fits to convergence, and without weight decay there is none; found "
            "weight_decay = 0. Expected a number above 0, such as 0.01."
        )
    trains_on = bool(recipe.weights) and not recipe.freeze_features
    found = f"freeze_features = {str(recipe.freeze_features).lower()} and weights = {recipe.weights!r}"
    if recipe.soup > 1 and not trains_on:
        raise ConfigurationError(
            f"Weights are averaged of trainings that begin alike; found soup = {recipe.soup} with {found}. "
            "Expected weights to start from and freeze_features = false, or soup = 1."
        )
    if recipe.keep_pretrained and not (trains_on and recipe.head != "cosine"):
        raise ConfigurationError(
            "What the weights knew is kept where they are trained on, and their classifier can be asked; found "
            f"keep_pretrained = {recipe.keep_pretrained} with {found}, head = {recipe.head!r}. Expected weights, "
            "freeze_features = false and another head than cosine, or keep_pretrained = 0."
        )
