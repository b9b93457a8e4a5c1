"""What a recipe asks for, before any of it is trained: loaders and networks."""

from functools import partial
from pathlib import Path

import torch
from torch import nn

from landmark.core.errors import ConfigurationError
from landmark.dataset.splits import Split
from landmark.model.architecture import backbone_names
from landmark.photo.preprocessing import Preprocessing
from landmark.training.data import Augmentation, Loaders, make_loaders
from landmark.training.learning_without_forgetting import LearningWithoutForgetting
from landmark.training.networks import SCRATCH, LandmarkNetwork, get_model_scratch, get_model_transfer
from landmark.training.networks.backbones import library_of
from landmark.training.networks.heads import LINEAR, read_head
from landmark.training.networks.weights import load_classifier, member_weights, read_weights
from landmark.training.recipe import Recipe


def make_recipe_loaders(split: Split, recipe: Recipe) -> Loaders:
    """Make the loaders that a recipe asks for."""
    return make_loaders(
        split.photos,
        split.categories,
        batch_size=recipe.batch_photos,
        preprocessing=Preprocessing(resize_px=recipe.resize_px, crop_px=recipe.crop_px),
        augmentation=make_augmentation(recipe),
        balance=recipe.balance,
        seed=recipe.seed,
    )


def make_augmentation(recipe: Recipe) -> Augmentation:
    """Make the augmentation that a recipe asks for."""
    return Augmentation(
        recipe.train_px[-1:] if recipe.freeze_features and recipe.views else recipe.train_px,  # views are seen once
        rotation_degrees=recipe.rotation_degrees,
        min_area=recipe.min_area,
        colour=recipe.colour,
        randaugment=recipe.randaugment,
        blur=recipe.blur,
        erasing=recipe.erasing,
    )


def member_recipes(recipe: Recipe) -> list[Recipe]:
    """Return the recipe of each backbone of an ensemble, which is trained alone; mostly it is the recipe itself.

    >>> [part.weights for part in member_recipes(Recipe(backbone="resnet18+resnet34", weights="a.pth+b.pth"))]
    ['a.pth', 'b.pth']
    """
    names = backbone_names(recipe.backbone)
    if len(names) == 1:
        return [recipe]
    weights = member_weights(recipe.weights, len(names)) if recipe.weights else [""] * len(names)
    return [recipe.replace(backbone=name, weights=own, head=LINEAR) for name, own in zip(names, weights, strict=True)]


def make_network(n_classes: int, recipe: Recipe) -> LandmarkNetwork:
    """Make the network that a recipe asks for, with the weights it starts from; the same for the same seed."""
    torch.manual_seed(recipe.seed)
    if recipe.backbone == SCRATCH:
        _check_scratch(recipe)
        return get_model_scratch(n_classes, image_px=recipe.crop_px, batch_norm=recipe.scratch_batch_norm)
    make = partial(
        get_model_transfer,
        n_classes,
        backbone=recipe.backbone,
        weights=recipe.weights or None,
        head=recipe.head,
        margin=recipe.margin,
        sub_centres=recipe.sub_centres,
        dropout=recipe.dropout,
    )
    if recipe.drop_path:
        try:
            return make(drop_path_rate=recipe.drop_path)
        except TypeError as error:  # a backbone without residual branches has none to leave out
            if "drop_path_rate" not in str(error):
                raise
    return make()


def make_retention(model: LandmarkNetwork, recipe: Recipe) -> LearningWithoutForgetting | None:
    """Make what keeps a model, still untrained, to what its weights knew; None where that is not asked for.

    Raises `WeightsError` where the weights came without a classifier that can be asked.
    """
    if not recipe.keep_pretrained:
        return None
    library = library_of(recipe.backbone)
    features: nn.Module = model.features  # type: ignore[assignment]
    classifier = load_classifier(features, recipe.backbone, library, recipe.weights, model.pooled_size)
    return LearningWithoutForgetting(model, classifier, recipe.keep_pretrained)


def check_sizes(model: LandmarkNetwork, recipe: Recipe) -> None:
    """Show a network a photo of each size that it will meet. Raises `ConfigurationError` for one that it does not take.

    Example: `check_sizes(make_network(3, recipe), recipe)`.
    """
    model.eval()
    for px in sorted({*recipe.train_px, recipe.crop_px}):
        try:
            with torch.inference_mode():
                model(torch.zeros(1, 3, px, px))
        except (AssertionError, RuntimeError, ValueError) as error:
            raise ConfigurationError(
                f"The network {recipe.backbone} takes no photos of {px} px ({error}). Expected sizes that it takes, in "
                f"train_px = {list(recipe.train_px)} and crop_px = {recipe.crop_px}."
            ) from error


def _check_scratch(recipe: Recipe) -> None:
    """Refuse settings that the network from scratch cannot have: its first fully connected layer fixes the size."""
    if recipe.weights or recipe.freeze_features or set(recipe.train_px) != {recipe.crop_px}:
        raise ConfigurationError(
            f"The network from scratch is trained as a whole and at one size; found weights = {recipe.weights!r}, "
            f"freeze_features = {recipe.freeze_features}, train_px = {list(recipe.train_px)}, crop_px = "
            f'{recipe.crop_px}. Expected weights = "", freeze_features = false and train_px = [crop_px].'
        )


def blank_network(n_classes: int, recipe: Recipe, checkpoint: Path) -> LandmarkNetwork:
    """Make a network for a checkpoint's weights, which show what head they have, or whether batch norm."""
    if not checkpoint.is_file():
        return make_network(n_classes, recipe)  # loading reports that it is missing
    state, _ = read_weights(checkpoint)
    if recipe.backbone == SCRATCH:
        batch_norm = "bn_1_1.weight" in state
        return get_model_scratch(n_classes, image_px=recipe.crop_px, batch_norm=batch_norm)
    head, sub_centres = read_head(state)
    # With the weights it started from: they tell how photos are normalised and padded, which a state dict does not.
    return get_model_transfer(
        n_classes, backbone=recipe.backbone, weights=recipe.weights or None, head=head, sub_centres=sub_centres
    )
